"""Who is learned from and who is judged, and where a person's past ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.replay.log import History, RatingsLog

FOLDS = 5
Part = Literal["test", "validation"]
SHARES: dict[Part, tuple[float, float]] = {"test": (0.8, 1.0), "validation": (0.7, 0.8)}
"""From which share of a person's ratings, in time order, the judged part begins, and where it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Some people, and everybody else."""

    known: tuple[History, ...]
    """Learned from, with all their ratings."""
    judged: tuple[History, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One judged person: what a method may hear, and what it is judged on."""

    past: History
    tested: History


def folds(log: RatingsLog, people: Collection[str] = ()) -> tuple[Fold, ...]:
    """Return the folds: the named people against everybody else, or five by position in sorted id.

    Raises:
        BadInputError: fewer than two people.
    """
    if people:
        wanted = set(people)
        return (_fold(log, [person.person in wanted for person in log.people]),)
    if len(log.people) < 2:
        raise BadInputError(
            "the log has one person only: there is nobody to learn from",
            hint="Bring a log of several people.",
        )
    parts = min(FOLDS, len(log.people))
    return tuple(
        _fold(log, [position % parts == part for position in range(len(log.people))])
        for part in range(parts)
    )


def split(person: History, part: Part = "test") -> Split:
    """Return a person's past and the part of their ratings that is tested, by their own time."""
    begin, end = (int(share * len(person)) for share in SHARES[part])
    return Split(past=person.at(slice(0, begin)), tested=person.at(slice(begin, end)))


def some(known: Sequence[History], count: int | None, *, seed: int) -> tuple[History, ...]:
    """Return `count` of the known people, drawn by `seed`; None = all, in the order given."""
    if count is None or count >= len(known):
        return tuple(known)
    drawn = np.random.default_rng([seed, count]).permutation(len(known))[:count]
    return tuple(known[position] for position in sorted(drawn.tolist()))


def _fold(log: RatingsLog, judged: Sequence[bool]) -> Fold:
    pairs = list(zip(log.people, judged, strict=True))
    return Fold(
        known=tuple(person for person, out in pairs if not out),
        judged=tuple(person for person, out in pairs if out),
    )
