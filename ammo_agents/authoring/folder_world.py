"""The world of a folder: its dated facts happen on their day, its standing ones come round; the same every time."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ammo_agents.authoring.facts_file import Facts
from ammo_agents.ports import FeedOptions
from ammo_agents.records import EntityId, Fact, Shift, digest

WEEKS = dt.timedelta(days=28)
"""Days that a world lasts at least, so that what is weekly comes several times."""
AFTER = dt.timedelta(days=14)
"""Days that a world goes on after its last date."""
ROUNDS = 2
"""How often every standing entity comes round at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days of a folder's world."""

    start: dt.date
    end: dt.date
    spotlights: int
    """Entities that come round on a day."""


def calendar(facts: Facts, *, end: dt.date | None, spotlights: int) -> Calendar:
    """Return the days of a world: to `end`, or long enough for everything to happen and come round."""
    standing = len({fact.entity for fact in facts.standing})
    turns = ROUNDS * -(-standing // spotlights) if spotlights else 0
    last = max((fact.date for fact in facts.dated), default=facts.start)
    needed = max(facts.start + max(WEEKS, dt.timedelta(days=turns)), last + AFTER)
    return Calendar(start=facts.start, end=end or needed, spotlights=spotlights)


class FolderWorld:
    """Replays a folder's facts day by day; what is told of a day does not depend on where one began."""

    def __init__(self, facts: Facts, days: Calendar, options: FeedOptions) -> None:
        keep = {slug.rpartition("/")[2] for slug in options.only}
        self._days = days
        self._dated = _kept(facts.dated, keep)
        self._dates = [fact.date for fact in self._dated]
        self._standing: dict[EntityId, list[Fact]] = defaultdict(list)
        for fact in _kept(facts.standing, keep):
            self._standing[fact.entity].append(fact)
        # A fixed order that no list and no alphabet shows through.
        self._round = sorted(self._standing, key=digest)
        first = max(options.start or days.start, days.start)
        self._day = first - dt.timedelta(days=1)
        self._known: tuple[dt.date, Sequence[Fact]] | None = None

    def day(self) -> dt.date:
        """Return the day the world has reached; the day before the first at first."""
        return self._day

    async def advance(self) -> Sequence[Shift] | None:
        """Move one day on and return what happened that day, most surprising first; None at the end."""
        if self._day >= self._days.end:
            return None
        self._day += dt.timedelta(days=1)
        low = bisect.bisect_left(self._dates, self._day)
        high = bisect.bisect_right(self._dates, self._day)
        by_entity: dict[EntityId, list[Fact]] = defaultdict(list)
        for fact in self._dated[low:high]:
            by_entity[fact.entity].append(fact)
        shifts = [_shift(entity, self._day, told) for entity, told in by_entity.items()]
        return sorted(shifts, key=lambda shift: (-shift.surprise, shift.entity))

    def knowledge(self) -> Sequence[Fact]:
        """Return the dated facts up to this day, newest first."""
        if self._known is None or self._known[0] != self._day:
            known = self._dated[: bisect.bisect_right(self._dates, self._day)]
            self._known = (self._day, tuple(reversed(known)))
        return self._known[1]

    async def scheduled(self) -> Sequence[Shift]:
        """Return the standing facts of the entities whose turn it is."""
        turn = (self._day - self._days.start).days * self._days.spotlights
        count = min(self._days.spotlights, len(self._round))
        due = [self._round[(turn + n) % len(self._round)] for n in range(count)]
        return [_shift(entity, self._day, self._standing[entity]) for entity in due]


def _kept(facts: Iterable[Fact], slugs: set[str]) -> list[Fact]:
    return [f for f in facts if not slugs or f.entity.partition("/")[2] in slugs]


def _shift(entity: EntityId, day: dt.date, told: Sequence[Fact]) -> Shift:
    best = sorted(told, key=lambda f: (-f.surprise, f.predicate, f.id))
    return Shift(subspace=told[0].subspace, entity=entity, date=day, facts=tuple(best))
