"""The world of this subspace as history: the curricula change as their repositories did, and courses come round in turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import EntityId, Fact, Shift, digest
from ammo_subspace_edu import display
from ammo_subspace_edu.catalogue import (
    BEGINNING,
    EDU,
    FIRST,
    LAST,
    Row,
    all_listed,
    curricula,
    origin,
    rows,
    state_day,
)
from ammo_subspace_edu.changes import changes, told, years
from ammo_subspace_edu.facts import about, curriculum, entry, name, ties
from ammo_subspace_edu.groups import of_curriculum, of_section, of_topic
from ammo_subspace_edu.odds import ONCE_A_YEAR
from ammo_subspace_edu.tell import tell
from ammo_subspace_edu.topics import topics

START = dt.date(2025, 8, 20)
"""Where a newcomer begins: the last school year of the data, in which most of what is listed is listed still."""
RECENT = 7
"""Days that `knowledge` looks back for what happened."""
SPOTLIGHTS = 3
"""Courses, topics, sections and curricula that come round on a day."""


class EduReplay:
    """Replays the days of three repositories; the same start gives the same facts, and nothing looks ahead.

    Opening reads a packed file of 18 kB.

    Raises:
        BadInputError: a start outside the days, or a slug in `only` that nothing here has.
    """

    def __init__(self, options: FeedOptions) -> None:
        start = options.start or START
        if not FIRST <= start <= LAST + dt.timedelta(days=1):
            raise BadInputError(
                f"the edu subspace cannot start on {start}: its days run from {FIRST} to {LAST}",
                hint=f"Take a day from {FIRST} to {LAST}.",
            )
        self._keep = kept(tuple(options.only))
        self._day = start - dt.timedelta(days=1)
        self._known: tuple[dt.date, Sequence[Fact]] | None = None

    def day(self) -> dt.date:
        """Return the day the world has reached; the day before the start at first."""
        return self._day

    async def advance(self) -> Sequence[Shift] | None:
        """Move one day on and return what changed in the curricula; None at the end."""
        if self._day >= LAST:
            return None
        self._day += dt.timedelta(days=1)
        return self._kept(happened(self._day))

    async def scheduled(self) -> Sequence[Shift]:
        """Return the anniversaries of this day, the year's count on its first day, and whose turn it is."""
        return self._kept(calendar(self._day))

    def knowledge(self) -> Sequence[Fact]:
        """Return what happened in seven days and what the listings say today, newest first; nothing of the future."""
        if self._known is None or self._known[0] != self._day:
            self._known = (self._day, self._know())
        return self._known[1]

    def _know(self) -> Sequence[Fact]:
        days = [self._day - dt.timedelta(days=back) for back in range(RECENT)]
        recent = [f for d in days for s in self._kept(happened(d)) for f in s.facts]
        today = {shift.entity for shift in calendar(self._day)}  # told anew today
        stated = [f for f in standing(state_day(self._day)) if f.entity in self._keep - today]
        unique = {f.id: f for f in (*recent, *stated)}
        return sorted(unique.values(), key=lambda f: -f.date.toordinal())

    def _kept(self, shifts: Sequence[Shift]) -> Sequence[Shift]:
        return [shift for shift in shifts if shift.entity in self._keep]


@cache
def happened(day: dt.date) -> tuple[Shift, ...]:
    """Return what changed on a day, most surprising first."""
    if not FIRST <= day <= LAST:
        return ()
    news: dict[EntityId, dict[str, Fact]] = {}
    for slug, curriculum_ in curricula().items():
        count = 0
        for change in changes(slug, day):
            facts = told(change)
            if facts:
                stated = about(change.row, day) if change.new is not None else []
                mine = news.setdefault(change.row.id, {})
                mine.update({f.id: f for f in (*facts, *stated)})
            count += change.old is None or change.new is None
        if count:
            facts = of_curriculum(curriculum_, day)
            news.setdefault(curriculum_.id, {}).update({f.id: f for f in facts})
    return _ordered([_shift(entity, day, tuple(facts.values())) for entity, facts in news.items()])


@cache
def calendar(day: dt.date) -> tuple[Shift, ...]:
    """Return what the calendar brings on a day, most surprising first; who changed today is told of already."""
    if not FIRST <= day <= LAST:
        return ()
    found: dict[EntityId, list[Fact]] = {}
    for row in all_listed(day):
        if fact := anniversary(row, day):
            found.setdefault(row.id, [*about(row, day)]).append(fact)
    for fact in years(day):
        place = next(c for c in curricula().values() if c.id == fact.entity)
        found.setdefault(fact.entity, [*of_curriculum(place, day)]).append(fact)
    for entity in due(day):
        found.setdefault(entity, list(stated(entity, day)))
    changed = {shift.entity for shift in happened(day)}
    return _ordered([_shift(e, day, f) for e, f in found.items() if f and e not in changed])


def anniversary(row: Row, day: dt.date) -> Fact | None:
    """Return that a course came to its curriculum some years ago to the day."""
    entered = entry(row, day)
    if entered is None or (entered[0].month, entered[0].day) != (day.month, day.day):
        return None
    gone = day.year - entered[0].year
    if gone < 1:
        return None
    said = (
        display.date("date", day),
        name(row),
        curriculum(row),
        display.count("years", gone, "year"),
    )
    return tell(
        "edu.anniversary",
        row.id,
        day,
        said,
        surprise=ONCE_A_YEAR,
        source=origin(row, entered[1]),
        mentions=ties(row),
    )


def due(day: dt.date) -> list[EntityId]:
    """Return whose turn it is: everything that has something to say comes round in a fixed order."""
    order = turn_order(state_day(day))
    turn = (day - FIRST).days * SPOTLIGHTS
    return list(dict.fromkeys(order[(turn + n) % len(order)] for n in range(SPOTLIGHTS)))


@cache
def turn_order(day: dt.date) -> tuple[EntityId, ...]:
    """Return what has something to say in the state of a day, in an order that no list or alphabet shows through."""
    return tuple(sorted({f.entity for f in standing(day)}, key=lambda id: digest(str(id))))


@cache
def standing(day: dt.date) -> tuple[Fact, ...]:
    """Return everything that the listings state on a day of change, dated with it."""
    day = max(day, BEGINNING)
    found = {f.id: f for row in all_listed(day) for f in about(row, day)}
    for entity in _groups(day):
        found |= {f.id: f for f in _of_group(entity, day)}
    return tuple(found.values())


def stated(entity: EntityId, day: dt.date) -> list[Fact]:
    """Return what the listings state of one entity, as something told on `day`."""
    mine = [row for row in all_listed(day) if row.id == entity]
    facts = [f for row in mine[:1] for f in about(row, day)]
    return facts or _of_group(entity, day)


def _of_group(entity: EntityId, day: dt.date) -> list[Fact]:
    for topic in topics().values():
        if topic.id == entity:
            return of_topic(topic, day)
    for place in curricula().values():
        if place.id == entity:
            return of_curriculum(place, day)
    inside = next((r for r in all_listed(day) if r.section_id == entity), None)
    return of_section(inside.curriculum, inside.section, day) if inside else []


def _groups(day: dt.date) -> list[EntityId]:
    sections = dict.fromkeys(row.section_id for row in all_listed(day))
    return [*(t.id for t in topics().values()), *(c.id for c in curricula().values()), *sections]


@cache
def kept(only: tuple[str, ...]) -> frozenset[EntityId]:
    """Return what slugs name and everything tied to it; none = all. Raises `BadInputError` for an unknown slug."""
    near: dict[EntityId, set[EntityId]] = {c.id: set() for c in curricula().values()}
    near |= {topic.id: set() for topic in topics().values()}
    for row in rows():
        near.setdefault(row.id, set()).update(ties(row))
        near.setdefault(row.section_id, set()).add(curricula()[row.curriculum].id)
    if not only:
        return frozenset(near)
    wanted = {EntityId(f"{EDU}/{slug}") for slug in only}
    if unknown := sorted(str(id).partition("/")[2] for id in wanted - set(near)):
        raise BadInputError(
            f"the edu subspace has no {', '.join(map(repr, unknown))}",
            hint="See what there is: ammo subspace list, ammo buddy list --subspace edu.",
        )
    return frozenset(wanted | {id for id, ids in near.items() if wanted & ids})


def _shift(entity: EntityId, day: dt.date, facts: Sequence[Fact]) -> Shift:
    unique = {f.id: f for f in facts}.values()
    best_first = tuple(sorted(unique, key=lambda f: (-f.surprise, f.predicate, f.id)))
    return Shift(subspace=EDU, entity=entity, date=day, facts=best_first)


def _ordered(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    return tuple(sorted(shifts, key=lambda s: (-s.surprise, s.entity)))
