"""The world of this subspace as history: postings come day by day, and every month is counted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import EntityId, Fact, Shift
from ammo_subspace_job import groups
from ammo_subspace_job.board import Board, shipped_board
from ammo_subspace_job.catalogue import occupations, skills
from ammo_subspace_job.facts import news, stated, unusual
from ammo_subspace_job.names import JOB, agency_id, entity, family_id
from ammo_subspace_job.postings import Posting, agencies, families, postings
from ammo_subspace_job.tell import BEGINNING

FIRST = BEGINNING + dt.timedelta(days=1)
LAST = dt.date(2019, 3, 19)
"""The replayed days: from the first posting to the last."""
START = dt.date(2018, 10, 1)
"""Where a newcomer begins: from here on there are several postings on a working day."""
RECENT = 7
"""Days that `knowledge` looks back for what happened to groups."""
OPEN = 90
"""Days that `knowledge` looks back for postings."""


class JobReplay:
    """Replays the postings; the same start gives the same facts, and nothing looks ahead.

    Opening reads packed files and counts every posting once (some 100 ms): open it in a thread.

    Raises:
        BadInputError: a start outside the days, or a slug in `only` that nothing here has.
    """

    def __init__(self, options: FeedOptions, *, board: Board | None = None) -> None:
        start = options.start or START
        if not FIRST <= start <= LAST + dt.timedelta(days=1):
            raise BadInputError(
                f"the job subspace cannot start on {start}: its days run from {FIRST} to {LAST}",
                hint=f"Take a day from {FIRST} to {LAST}.",
            )
        self._keep = kept(options.only)
        self._board = board or shipped_board()
        self._day = start - dt.timedelta(days=1)
        self._posted: dict[dt.date, list[Posting]] = defaultdict(list)
        for posting in postings():
            if posting.id in self._keep:
                self._posted[posting.date].append(posting)
        self._told: dict[dt.date, list[Shift]] = {}
        self._months: dict[dt.date, list[Fact]] = {}
        self._known: tuple[dt.date, Sequence[Fact]] | None = None

    def day(self) -> dt.date:
        """Return the day the world has reached; the day before the start at first."""
        return self._day

    async def advance(self) -> Sequence[Shift] | None:
        """Move one day on and return the postings of that day and the groups that leave their habit; None at the end."""
        if self._day >= LAST:
            return None
        self._day += dt.timedelta(days=1)
        return self._happened(self._day)

    async def scheduled(self) -> Sequence[Shift]:
        """Return what the month before brought, on the first day of a month."""
        if self._day.day != 1 or self._day <= FIRST:
            return []
        found: dict[EntityId, list[Fact]] = {}
        for fact in self._counted(self._day):
            found.setdefault(fact.entity, []).append(fact)
        return _ordered([_shift(id, self._day, told) for id, told in found.items()])

    def knowledge(self) -> Sequence[Fact]:
        """Return what happened in seven days, the counts of the last month, and what the postings of ninety days state.

        Newest first. Asked for many times a day.
        """
        if self._known is None or self._known[0] != self._day:
            self._known = (self._day, self._know())
        return self._known[1]

    def _know(self) -> Sequence[Fact]:
        days = [self._day - dt.timedelta(days=back) for back in range(RECENT)]
        happened = [f for day in days for shift in self._happened(day) for f in shift.facts]
        counted = self._counted(self._day.replace(day=1))
        first = self._day - dt.timedelta(days=OPEN)
        posted = [
            fact
            for day, listed in self._posted.items()
            if first <= day <= self._day
            for posting in listed
            for fact in (news(posting), *stated(posting))
        ]
        unique = {f.id: f for f in (*happened, *counted, *posted)}
        return sorted(unique.values(), key=lambda f: (-f.date.toordinal(), -f.surprise, f.id))

    def _happened(self, day: dt.date) -> list[Shift]:
        """Return the shifts of one day; the last days are kept."""
        if day < FIRST:
            return []
        if day not in self._told:
            self._told[day] = self._compute(day)
            for old in [d for d in self._told if abs((d - day).days) > RECENT]:
                del self._told[old]
        return self._told[day]

    def _compute(self, day: dt.date) -> list[Shift]:
        shifts = [
            _shift(p.id, day, [news(p), *unusual(self._board, p), *stated(p)])
            for p in self._posted.get(day, ())
        ]
        if self._posted.get(day):  # a burst begins on a day that brings something
            for kind in ("agency", "family"):
                for name in self._board.of(kind):
                    fact = groups.burst(self._board, kind, name, day)
                    if fact is not None and fact.entity in self._keep:
                        shifts.append(_shift(fact.entity, day, [fact]))
        return _ordered(shifts)

    def _counted(self, day: dt.date) -> list[Fact]:
        """Return what the month before a first day of a month brought."""
        if day <= FIRST:
            return []
        if day not in self._months:
            facts = groups.monthly(self._board, day)
            self._months = {day: [f for f in facts if f.entity in self._keep]}
        return self._months[day]


@cache
def _ties() -> dict[EntityId, tuple[EntityId, ...]]:
    return {posting.id: (posting.id, *posting.tied) for posting in postings()}


def kept(only: Sequence[str]) -> frozenset[EntityId]:
    """Return what slugs name and every posting tied to it; none = all. Raises `BadInputError` for an unknown slug."""
    groups_of = (*(agency_id(a) for a in agencies()), *(family_id(f) for f in families()))
    known = {*_ties(), *groups_of, *(o.id for o in occupations()), *(s.id for s in skills())}
    if not only:
        return frozenset(known)
    wanted = {entity(slug) for slug in only}
    unknown = sorted(id.partition("/")[2] for id in wanted - known)
    if unknown:
        raise BadInputError(
            f"the job subspace has no {', '.join(map(repr, unknown))}",
            hint="See what there is: ammo subspace list, ammo buddy list --subspace job.",
        )
    return frozenset(wanted | {id for id, ids in _ties().items() if wanted & set(ids)})


def _shift(id: EntityId, day: dt.date, told: Sequence[Fact]) -> Shift:
    best_first = tuple(sorted(told, key=lambda f: (-f.surprise, f.predicate, f.id)))
    return Shift(subspace=JOB, entity=id, date=day, facts=best_first)


def _ordered(shifts: Sequence[Shift]) -> list[Shift]:
    return sorted(shifts, key=lambda s: (-s.surprise, s.entity))
