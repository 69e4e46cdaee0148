"""Held-out pairs as a report sees them: whose they are, of what kind, and whether any of them was trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ammo_agents.aipp.pairs import Pair, Row, Said, Taught, leaks
from ammo_agents.errors import LeakError
from ammo_agents.records import Message, digest
from ammo_training.measures import Judged, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Couple:
    """A text somebody would rather have and one they would not, each with what it was said to."""

    judged: Judged
    ask: tuple[Message, ...]
    other: tuple[Message, ...]
    """What the rejected text was said to; of a pair the same."""


def kind_of(source: str) -> Kind:
    """Return whose choice a source stands for; public sets are people's."""
    if source.startswith("rule"):
        return "rule"
    return "simulated" if source.startswith("simulated") else "human"


def couples(held: Sequence[Taught], *, seed: int) -> list[Couple]:
    """Return what is judged by: pairs as they are; of single rows each liked text beside a disliked one of that person.

    Such couples only rank: nothing is trained on them, no half of a pair is invented (training.md 3.6).
    """
    found = [_couple(pair, pair) for pair in held if isinstance(pair, Pair)]
    rows = [row for row in held if isinstance(row, Row)]
    rng = np.random.default_rng([seed, 6])
    whose = sorted({(row.user, kind_of(row.source)) for row in rows})
    for user, kind in whose:
        mine = [row for row in rows if row.user == user and kind_of(row.source) == kind]
        liked = [row for row in mine if row.label]
        others = [row for row in mine if not row.label]
        order = rng.permutation(len(others)).tolist()
        found += [_couple(one, others[i]) for one, i in zip(liked, order, strict=False)]
    return found


def _couple(one: Taught, other: Taught) -> Couple:
    return Couple(
        judged=Judged(
            id=one.id,
            prompt=prompt_id(one),
            chosen=one.texts[0],
            rejected=other.texts[-1],
            person=one.user,
            kind=kind_of(one.source),
            source=one.source,
        ),
        ask=one.messages,
        other=other.messages,
    )


def prompt_id(pair: Said) -> str:
    """Return the short hash of what the writer read."""
    return digest([[m.role, m.text] for m in pair.messages])[:12]


def overlap(trained: Sequence[Taught], held: Sequence[Taught]) -> dict[str, int]:
    """Return how many things of each kind both sides share (person, exact text, near text, card), by the leak checker.

    Time counts only where both sides know it.
    """
    sides = [replace(p, split="train") for p in trained] + [replace(p, split="test") for p in held]
    counted = Counter(leak.kind for leak in leaks(sides))
    return {kind: counted[kind] for kind in ("user", "time", "text", "near", "creation")}


def check(trained: Sequence[Taught], held: Sequence[Taught]) -> dict[str, int]:
    """Return the overlap when there is none.

    Raises:
        LeakError: held-out rows hold what was trained on; a set of one person has no sides by person.
    """
    found = overlap(trained, held)
    if any(found.values()):
        said = ", ".join(f"{count} by {kind}" for kind, count in found.items() if count)
        raise LeakError(
            f"what {len(held)} rows are to judge was trained on: {said}",
            hint="Judge by rows it has never seen; see: ammo train data check FILE",
        )
    return found
