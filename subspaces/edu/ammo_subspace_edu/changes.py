"""What changed in a curriculum on a day: courses that joined, left or moved, and listings that were set anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ammo_agents.records import Fact, Quantity
from ammo_subspace_edu import display
from ammo_subspace_edu.catalogue import Row, curricula, listed, origin, source_of, turns
from ammo_subspace_edu.facts import curriculum, name, on_topic_fact, section, ties
from ammo_subspace_edu.measure import effort, length
from ammo_subspace_edu.odds import CHANGED, ONCE_A_YEAR
from ammo_subspace_edu.places import place_of
from ammo_subspace_edu.tell import tell
from ammo_subspace_edu.topics import topics_of

ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How one course stood in one curriculum before and after a day; None = not listed."""

    day: dt.date
    old: Row | None
    new: Row | None
    row: Row
    """The listing that is told of: the new one, or the last one of a course that left."""


@cache
def changes(slug: str, day: dt.date) -> tuple[Change, ...]:
    """Return what changed in a curriculum on a day, by the places in the README; empty on most days."""
    if day not in turns()[slug]:
        return ()
    old = {row.course: row for row in listed(slug, day - ONE)}
    new = {row.course: row for row in listed(slug, day)}
    return tuple(
        Change(day=day, old=old.get(course), new=new.get(course), row=row)
        for course, row in (old | new).items()
        if old.get(course) != new.get(course)
    )


def told(change: Change) -> list[Fact]:
    """Return the facts of one change, most surprising first; empty where nothing that is told of changed."""
    if change.new is None:
        facts = list(_gone(change))
    elif change.old is None:
        facts = list(_came(change))
    else:
        facts = list(_set_anew(change, change.old, change.new))
    return sorted(facts, key=lambda f: (-f.surprise, f.predicate))


def counted(slug: str, year: int) -> tuple[int, int]:
    """Return how many courses joined a curriculum and how many left it in a year."""
    days = [day for day in turns()[slug] if day.year == year]
    both = [change for day in days for change in changes(slug, day)]
    return sum(c.old is None for c in both), sum(c.new is None for c in both)


def _came(change: Change) -> Iterator[Fact]:
    row = change.row
    said = (name(row), curriculum(row), display.date("date", change.day))
    source = origin(row)
    yield tell("edu.joined", row.id, change.day, said, surprise=ONCE_A_YEAR, source=source, mentions=ties(row))  # fmt: skip
    if swap := _swap(change):
        yield swap


def _gone(change: Change) -> Iterator[Fact]:
    row = change.row
    source = source_of(row.curriculum, row.until_commit)
    said = (name(row), curriculum(row), display.date("date", change.day))
    yield tell("edu.left", row.id, change.day, said, surprise=ONCE_A_YEAR, source=source, mentions=ties(row))  # fmt: skip
    for topic in topics_of(row.course)[:2]:
        yield on_topic_fact(row, topic, change.day)


def _swap(change: Change) -> Fact | None:
    """Return which course left the section that this one joined, where it is one for one."""
    row = change.row
    same = [c for c in changes(row.curriculum, change.day) if c.row.section == row.section]
    joined, left = [c for c in same if c.old is None], [c for c in same if c.new is None]
    if len(joined) != 1 or len(left) != 1:
        return None
    other = left[0].row
    if row.section in {row.name, other.name}:  # a sentence could not tell them apart
        return None
    said = (
        display.date("date", change.day),
        name(row),
        display.name("other", other.name),
        section(row),
        curriculum(row),
    )
    mentions = (other.id, *ties(row))
    return tell("edu.swap", row.id, change.day, said, surprise=ONCE_A_YEAR + 0.1, source=origin(row), mentions=mentions)  # fmt: skip


def _set_anew(change: Change, old: Row, new: Row) -> Iterator[Fact]:
    def fact(predicate: str, *slots: Quantity, surprise: float = CHANGED) -> Fact:
        date = display.date("date", change.day)
        said = (date, curriculum(new), name(new), *slots)
        return tell(predicate, new.id, change.day, said, surprise=surprise, source=origin(new), mentions=ties(new))  # fmt: skip

    if old.section != new.section:
        said = (name(new), section(new), curriculum(new), display.date("date", change.day))
        yield tell("edu.moved", new.id, change.day, said, surprise=CHANGED, source=origin(new), mentions=ties(new))  # fmt: skip
    for predicate, measure in (("edu.length_change", length), ("edu.effort_change", effort)):
        before, after = measure(old), measure(new)
        if before and after and before != after and before.unit == after.unit:
            yield fact(predicate, *before.said("old"), *after.said("new"), surprise=CHANGED + 0.3)
    if old.asked and new.asked and _letters(old.asked) != _letters(new.asked) and "these" not in old.asked + new.asked:  # fmt: skip
        slots = (display.name("old", old.asked), display.name("needs", new.asked))
        yield fact("edu.needs_change", *slots, surprise=CHANGED + 0.2)
    places = place_of(old.url), place_of(new.url)
    if all(places) and places[0] != places[1]:
        slots = (display.name("old", places[0]), display.name("place", places[1]))
        yield fact("edu.relinked", *slots)


def _letters(text: str) -> str:
    """Return the letters of a text: a hyphen more is no change."""
    return "".join(c for c in text.lower() if c.isalnum())


def years(day: dt.date) -> Iterator[Fact]:
    """Yield on the first day of a year what came to and left each curriculum in the year before."""
    if (day.month, day.day) != (1, 1):
        return
    for about in curricula().values():
        joined, left = counted(about.slug, day.year - 1)
        if joined and left:
            said = (
                display.year("year", day.year - 1),
                display.count("joined", joined, "course"),
                display.bare("gone", left, "courses"),
                display.name("curriculum", about.title),
            )
            yield tell("edu.year", about.id, day, said, surprise=ONCE_A_YEAR)
