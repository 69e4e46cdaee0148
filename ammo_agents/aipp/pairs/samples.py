"""What buddies wrote when they were asked for alternatives, as a person is offered it: two texts at a time, order drawn.

The files lie at ``samples/<target>/<id>.jsonl`` (decision 0017). What is shown has names and numbers; what is learned
from is the model's own text, letters for numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from ammo_agents.aipp.pairs.files import prompt_of
from ammo_agents.aipp.pairs.near import normal
from ammo_agents.aipp.pairs.record import Side, Split
from ammo_agents.errors import BadInputError
from ammo_agents.records import Message, PersonId, content_id, digest

CHOSEN = ".pairs.jsonl"
"""What simulated readers took lies beside the samples, and is none."""
SAMPLING = ("temperature", "top_p", "max_tokens", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One text a buddy wrote."""

    text: str
    """As the model said it: what is learned from."""
    shown: str
    """What a person reads."""
    by: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Two texts for one prompt: which is better? `one` stands first for this person."""

    id: str
    """``o_`` and letters: the same for whoever is asked."""
    sample: str
    subspace: str
    buddy: str
    prompt: tuple[Message, ...]
    about: str
    """The fact they are about, in its own words."""
    one: Alternative
    two: Alternative
    held: Split = ""
    """The side that its prompt was put on when it was sampled; empty = none yet."""


def offers(folder: Path, person: PersonId, *, target: str = "") -> list[Offer]:
    """Return what a person can be asked about, one pair of each prompt first, then the second ones.

    Only whole, different texts are offered, of which one at least stands on its fact.

    Raises:
        BadInputError: a file that holds no samples; it names file and line.
    """
    rounds = [list(_of_sample(one, person)) for one in _samples(folder / target)]
    most = max((len(found) for found in rounds), default=0)
    ordered = [found[n] for n in range(most) for found in rounds if n < len(found)]
    return list({one.id: one for one in ordered}.values())


def _samples(folder: Path) -> Iterator[Mapping[str, Any]]:
    paths = sorted(folder.rglob("*.jsonl")) if folder.is_dir() else []
    for path in (one for one in paths if not one.name.endswith(CHOSEN)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                said = json.loads(line)
                prompt_of(said["messages"])
                said["alternatives"][0]["text"]
            except (ValueError, TypeError, KeyError, IndexError) as error:
                raise BadInputError(
                    f"{path}, line {number} is no sample: {error}",
                    hint="Delete that line, or sample again: ammo train sample @NAME",
                ) from error
            yield said


def _of_sample(said: Mapping[str, Any], person: PersonId) -> Iterator[Offer]:
    whole = {normal(a["text"]): a for a in said["alternatives"] if a.get("complete", True)}
    for one, other in combinations(whole.values(), 2):
        if one.get("fault") and other.get("fault"):
            continue
        texts = sorted([str(one["text"]), str(other["text"])])
        id = content_id("o", [said["messages"], texts])
        first, second = (one, other) if int(digest([person, id])[:8], 16) % 2 else (other, one)
        prompt = prompt_of(said["messages"])
        yield Offer(
            id=id,
            sample=str(said.get("id", "")),
            subspace=str(said.get("subspace", "")),
            buddy=str(said.get("buddy", "")),
            prompt=(Message(role="user", text=prompt),) if isinstance(prompt, str) else prompt,
            about=str(said.get("statement", "")),
            one=_alternative(said, first, 0),
            two=_alternative(said, second, 1),
            held=said.get("split", ""),
        )


def _alternative(said: Mapping[str, Any], one: Mapping[str, Any], slot: int) -> Alternative:
    by = Side(
        model=str(said.get("model", "")),
        adapter=str(said.get("adapter", "")),
        prompt=str(said.get("prompt", "")),
        sampling={name: one[name] for name in SAMPLING if name in one},
        slot=slot,
        propensity=0.5,
    )
    return Alternative(text=str(one["text"]), shown=str(one.get("said") or one["text"]), by=by)


def found(offered: Sequence[Offer], id: str) -> Offer | None:
    """Return the offer with this id; None = there is none any more."""
    return next((one for one in offered if one.id == id), None)
