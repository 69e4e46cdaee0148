"""Held-out pairs as a report sees them: whose they are, of what kind, and whether any of them was trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ammo_agents.aipp.pairs import Pair, leaks
from ammo_agents.errors import LeakError
from ammo_agents.records import digest
from ammo_training.measures import Judged, Kind


def kind_of(source: str) -> Kind:
    """Return whose choice a source stands for; public sets are people's."""
    if source.startswith("rule"):
        return "rule"
    return "simulated" if source.startswith("simulated") else "human"


def judged(pairs: Sequence[Pair]) -> list[Judged]:
    """Return pairs for measuring; the prompt is named by the hash of its messages."""
    return [
        Judged(
            id=pair.id,
            prompt=prompt_id(pair),
            chosen=pair.chosen,
            rejected=pair.rejected,
            person=pair.user,
            kind=kind_of(pair.source),
            source=pair.source,
        )
        for pair in pairs
    ]


def prompt_id(pair: Pair) -> str:
    """Return the short hash of what the writer read."""
    return digest([[m.role, m.text] for m in pair.messages])[:12]


def overlap(trained: Sequence[Pair], held: Sequence[Pair]) -> dict[str, int]:
    """Return how many things of each kind both sides share (person, exact text, near text, card), by the leak checker.

    Time counts only where both sides know it.
    """
    sides = [replace(p, split="train") for p in trained] + [replace(p, split="test") for p in held]
    counted = Counter(leak.kind for leak in leaks(sides))
    return {kind: counted[kind] for kind in ("user", "time", "text", "near", "creation")}


def check(trained: Sequence[Pair], held: Sequence[Pair]) -> dict[str, int]:
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
