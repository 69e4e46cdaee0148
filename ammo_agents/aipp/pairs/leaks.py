"""The leak checker: what stands on both sides of a split, so that a test would only ask for what was learned by heart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ammo_agents.aipp.pairs.record import Taught
from ammo_agents.aipp.pairs.sides import Kind, Marks, alone, marked
from ammo_agents.errors import BadInputError, LeakError

SHOWN = 10
"""Offenders that a refusal names."""
BESIDE: tuple[tuple[str, str], ...] = (("train", "dev"), ("train", "test"), ("dev", "test"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One thing that two sides share."""

    kind: Kind
    sides: tuple[str, str]
    one: str
    """Id on the first side."""
    other: str
    """Id on the second side."""
    what: str
    """The person, the text's beginning, the card, or the two times."""

    @property
    def words(self) -> str:
        """Say it in a line."""
        named = {
            "user": "the same person",
            "time": "the later one is learned from",
            "text": "the same text",
            "near": "nearly the same text",
            "creation": "the same card",
        }
        here, there = self.sides
        return f"{self.kind}: {self.one} ({here}) and {self.other} ({there}): {named[self.kind]} ({self.what})"


def leaks(found: Sequence[Taught]) -> tuple[Leak, ...]:
    """Return what the sides share, at most one leak of a kind for each offender; empty = none.

    A set of one person has no sides by person: then it is split by time and text only.
    """
    marks = marked(found)
    by_person = not alone(found)
    told: list[Leak] = []
    for sides in BESIDE:
        here, there = ([i for i, p in enumerate(found) if p.split == side] for side in sides)
        if by_person:
            told += _shared("user", sides, found, [m.users for m in marks], (here, there))
        told += _shared("text", sides, found, [m.exact for m in marks], (here, there))
        told += _near(sides, found, marks, (here, there))
        told += _shared("creation", sides, found, [m.creations for m in marks], (here, there))
        if sides[0] == "train":
            told += _late(sides, found, (here, there))
    return tuple(told)


def check(found: Sequence[Taught]) -> Mapping[str, int]:
    """Return how many of each side there are, or refuse: this runs inside every job.

    Raises:
        LeakError: something stands on two sides; the first ten offenders are named (exit 3).
        BadInputError: nothing is split, or nothing is there to train on or to test with.
    """
    sizes = Counter(str(one.split or "none") for one in found)
    if not sizes["train"] or not sizes["dev"] + sizes["test"]:
        raise BadInputError(
            f"the set has {sizes['train']} to train on and {sizes['dev'] + sizes['test']} to test with",
            hint="Build it with a split: ammo train data build NAME",
        )
    told = leaks(found)
    if told:
        kinds = Counter(leak.kind for leak in told)
        listed = "\n".join(f"  {leak.words}" for leak in told[:SHOWN])
        counted = ", ".join(f"{n} by {kind}" for kind, n in sorted(kinds.items()))
        raise LeakError(
            f"{len(told)} leaks between the sides of this set ({counted}); the first:\n{listed}",
            hint="Split it anew, which drops what stands on two sides: ammo train data build NAME",
        )
    return dict(sizes)


def _shared(
    kind: Kind,
    sides: tuple[str, str],
    found: Sequence[Taught],
    of: Sequence[frozenset[str]],
    places: tuple[list[int], list[int]],
) -> list[Leak]:
    """Return a leak for each on the first side that shares a mark with one on the second."""
    owner: dict[str, int] = {}
    for place in places[1]:
        for mark in of[place]:
            owner.setdefault(mark, place)
    told = []
    for place in places[0]:
        both = sorted(mark for mark in of[place] if mark in owner)
        if both:
            other = found[owner[both[0]]].id
            what = _shown(kind, both[0])
            told.append(Leak(kind=kind, sides=sides, one=found[place].id, other=other, what=what))
    return told


def _near(
    sides: tuple[str, str],
    found: Sequence[Taught],
    marks: Sequence[Marks],
    places: tuple[list[int], list[int]],
) -> list[Leak]:
    """Return leaks of near copies; an exact copy is told as such, and not again."""
    exact = {mark for place in places[1] for mark in marks[place].exact}
    first = [i for i in places[0] if not marks[i].exact & exact]
    told = _shared("near", sides, found, [m.near for m in marks], (first, places[1]))
    names = {one.id: one for one in found}
    return [
        Leak(kind="near", sides=sides, one=t.one, other=t.other, what=_begins(names[t.one], t.what))
        for t in told
    ]


def _late(
    sides: tuple[str, str], found: Sequence[Taught], places: tuple[list[int], list[int]]
) -> list[Leak]:
    """Return a leak for each that is learned from and was said no earlier than the first that is tested with."""
    dated = [(found[i].at, i) for i in places[1]]
    known = [(at, i) for at, i in dated if at is not None]
    if not known:
        return []
    first, other = min(known)
    told = []
    for place in places[0]:
        at = found[place].at
        if at is not None and at >= first:
            what = f"{at:%Y-%m-%d %H:%M} is not before {first:%Y-%m-%d %H:%M}"
            one, two = found[place].id, found[other].id
            told.append(Leak(kind="time", sides=sides, one=one, other=two, what=what))
    return told


def _shown(kind: Kind, mark: str) -> str:
    return mark if kind in {"user", "near"} else f"“{mark[2:62]}”"


def _begins(one: Taught, mark: str) -> str:
    text = one.asked if mark.startswith("?") else one.texts[0]
    return f"“{' '.join(text.split())[:60]}”"
