"""The ratings log: items, people and what each said, in their own order of time."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ammo_agents.errors import BadInputError
from ammo_agents.records import Wide

LOWEST, HIGHEST = 0.5, 5.0
"""The scale of ratings; a reward is (r - .5) / 4.5, in [0, 1]."""
LIKED = 4.0
"""A rating from here on is a like, and what a test calls relevant."""
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing people rate."""

    id: str
    title: str
    """With the year, as people write it: ``Toy Story (1995)``."""
    year: int | None = None
    brief: str
    """Title and genres: what is known of a thing nobody has met."""
    text: str
    """`brief` and, where there is one, the opening of an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What one person rated, in time order; every array has shape (n,)."""

    person: str
    items: Rows = field(compare=False)
    """Rows of `RatingsLog.items`, none twice."""
    ratings: Wide = field(compare=False)
    """In [.5, 5]."""
    times: Wide = field(compare=False)
    """Seconds, never falling."""

    def __len__(self) -> int:
        return len(self.items)

    @property
    def rewards(self) -> Wide:
        """The ratings as rewards in [0, 1]."""
        return (self.ratings - LOWEST) / (HIGHEST - LOWEST)

    @property
    def liked(self) -> Rows:
        """The items rated 4 or more, in time order."""
        return self.items[self.ratings >= LIKED]

    def at(self, positions: Rows | slice) -> History:
        """Return the history of these positions only, in the order given."""
        return History(
            person=self.person,
            items=self.items[positions].copy(),
            ratings=self.ratings[positions].copy(),
            times=self.times[positions].copy(),
        )

    def without(self, items: Rows) -> History:
        """Return the history without some items."""
        return self.at(np.flatnonzero(~np.isin(self.items, items)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsLog:
    """Everything that was read from one log."""

    items: tuple[Item, ...]
    """In order of their ids (as numbers where all are numbers)."""
    people: tuple[History, ...]
    """In order of their ids."""
    fingerprint: str
    """Hash of ids and ratings: the same log gives the same, in whatever order it was written."""
    notes: tuple[str, ...] = ()
    """What was done with rows that say something twice."""

    @property
    def ratings(self) -> int:
        """How many ratings there are."""
        return sum(len(person) for person in self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One line of a log, before it has its place."""

    person: str
    item: str
    rating: float
    time: float
    where: str
    """File and line, for whoever must find it again."""


def checked_rating(rating: float, where: str) -> float:
    """Return a rating of the scale; raises `BadInputError` that names the line."""
    if not LOWEST <= rating <= HIGHEST:  # also NaN
        raise BadInputError(
            f"{where}: the rating {rating} is not between {LOWEST} and {HIGHEST}",
            hint="Correct or remove the line.",
        )
    return rating


def build(items: Sequence[Item], rated: Iterable[Rated], notes: Sequence[str] = ()) -> RatingsLog:
    """Return the log of these items and lines; the order of both makes no difference.

    A person who rated one item twice is taken at their last word; of two at the same time the higher
    rating counts.

    Raises:
        BadInputError: no line, an item twice, or a line about an item that is not there.
    """
    ordered = in_order(items)
    rows = {item.id: row for row, item in enumerate(ordered)}
    if len(rows) != len(ordered):
        twice = next(a.id for a, b in itertools.pairwise(ordered) if a.id == b.id)
        raise BadInputError(f"item {twice!r} is there twice", hint="Keep one of the two lines.")
    lasting: dict[tuple[str, str], Rated] = {}
    seen = 0
    for line in rated:
        seen += 1
        if line.item not in rows:
            raise BadInputError(
                f"{line.where}: nothing is known of the item {line.item!r}",
                hint="Add it to the list of items, or remove the line.",
            )
        kept = lasting.get((line.person, line.item))
        if kept is None or (line.time, line.rating) > (kept.time, kept.rating):
            lasting[line.person, line.item] = line
    if not lasting:
        raise BadInputError("the log holds no rating", hint="Name a log in which people rated.")
    if seen > len(lasting):
        notes = (*notes, f"{seen - len(lasting)} ratings were repeated: the last word counts")
    people = _histories(lasting.values(), rows)
    return RatingsLog(
        items=tuple(ordered),
        people=people,
        fingerprint=_fingerprint(ordered, people),
        notes=tuple(notes),
    )


def in_order(items: Sequence[Item]) -> list[Item]:
    """Return items by id; ids that are all numbers by their value."""
    numbers = all(item.id.isdecimal() for item in items)
    return sorted(items, key=lambda item: (int(item.id) if numbers else 0, item.id))


def _histories(lines: Iterable[Rated], rows: dict[str, int]) -> tuple[History, ...]:
    by_person: dict[str, list[Rated]] = {}
    for line in lines:
        by_person.setdefault(line.person, []).append(line)
    numbers = all(person.isdecimal() for person in by_person)
    found = []
    for person in sorted(by_person, key=lambda p: (int(p) if numbers else 0, p)):
        mine = sorted(by_person[person], key=lambda line: (line.time, rows[line.item]))
        found.append(
            History(
                person=person,
                items=np.array([rows[line.item] for line in mine], np.intp),
                ratings=np.array([line.rating for line in mine], np.float64),
                times=np.array([line.time for line in mine], np.float64),
            )
        )
    return tuple(found)


def _fingerprint(items: Sequence[Item], people: Sequence[History]) -> str:
    whole = hashlib.sha256()
    for item in items:
        whole.update(f"{item.id}\t{item.text}\n".encode())
    for person in people:
        whole.update(f"{person.person}\n".encode())
        for part in (person.items.astype("<i8"), person.ratings, person.times):
            whole.update(part.tobytes())
    return whole.hexdigest()[:16]
