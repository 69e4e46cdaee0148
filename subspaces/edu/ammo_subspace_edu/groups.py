"""What counting says about topics, sections and curricula on a day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from ammo_agents.records import Fact
from ammo_subspace_edu import display
from ammo_subspace_edu.catalogue import (
    Curriculum,
    Row,
    curricula,
    listed,
    names,
    section_id,
    source_of,
    state_day,
)
from ammo_subspace_edu.facts import course
from ammo_subspace_edu.measure import Span, hours, together
from ammo_subspace_edu.paths import after, chain, rows_before, whole
from ammo_subspace_edu.places import place_of
from ammo_subspace_edu.tell import tell
from ammo_subspace_edu.topics import Topic, covering, covers, on_topic

ENOUGH = 3
"""Courses from which a section's sum and a curriculum's hub are told."""


def of_topic(topic: Topic, day: dt.date) -> list[Fact]:
    """Return what is to be said of a topic: its courses, the shortest of them, the shortest way, who covers it."""
    found = [*_courses_on(topic, day), *_covered_by(topic, day)]
    return sorted(found, key=lambda f: (-f.surprise, f.predicate, f.id))


def of_section(curriculum: str, section: str, day: dt.date) -> list[Fact]:
    """Return what is to be said of a section: its size and what it covers."""
    inside = [r for r in listed(curriculum, state_day(day)) if r.section == section]
    return [*_size_of_section(inside, day), *_covering(inside, day)] if inside else []


def of_curriculum(about: Curriculum, day: dt.date) -> list[Fact]:
    """Return what is to be said of a curriculum: its size, its hub, its longest chain, its commonest site."""
    inside = listed(about.slug, state_day(day))
    found = [*_size(about, inside, day), *_hub(about, day), *_deepest(about, day), *_site(about, inside, day)]  # fmt: skip
    return sorted(found, key=lambda f: (-f.surprise, f.predicate))


def _courses_on(topic: Topic, day: dt.date) -> Iterator[Fact]:
    mates = on_topic(topic.slug, day)
    if len(mates) < 2:
        return
    where = display.name("topic", topic.name)
    ids = tuple(r.id for r in mates)
    yield tell(
        "edu.topic_two" if len(mates) == 2 else "edu.topic_count",
        topic.id,
        day,
        (
            display.count("count", len(mates), "course"),
            where,
            display.name("first", mates[0].name),
            display.name("second", mates[1].name),
        ),
        surprise=1.5,
        mentions=ids,
    )
    timed = [(total, r) for r in mates if (total := hours(r)) is not None]
    if (short := _least(timed)) is not None and len(timed) > 1:
        total, row = short
        yield tell(
            "edu.topic_short",
            topic.id,
            day,
            (display.count("count", len(timed), "course"), where, display.name("name", row.name), *total.said("total")),
            surprise=2.2,
            mentions=(row.id, *ids),
            inputs=tuple(q for t, r in timed for q in t.ends(slot(r))),
        )  # fmt: skip
    for curriculum in dict.fromkeys(r.curriculum for r in mates):
        yield from _way_to(topic, curriculum, day)


def _way_to(topic: Topic, curriculum: str, day: dt.date) -> Iterator[Fact]:
    """Yield the fewest hours in which a curriculum leads to a topic, if all its ways can be added up."""
    inside = [r for r in listed(curriculum, state_day(day)) if r.course in topic.courses]
    ways = [
        (total, row)
        for row in inside
        if whole(row, day)
        and (total := together([hours(r) for r in (*rows_before(row, day), row)])) is not None
    ]
    way = _least(ways) if len(ways) == len(inside) else None
    if way is None or not (before := rows_before(way[1], day)):
        return
    total, row = way
    said = (
        display.name("curriculum", curricula()[curriculum].title),
        display.name("topic", topic.name),
        display.count("count", len(before) + 1, "course"),
        display.name("name", row.name),
        *total.said("total"),
    )
    raw = tuple(q for r in (*before, row) if (t := hours(r)) for q in t.ends(slot(r)))
    ids = (row.id, *(r.id for r in before), curricula()[curriculum].id)
    yield tell("edu.topic_way", topic.id, day, said, surprise=2.6, mentions=ids, inputs=raw)


def slot(row: Row) -> str:
    """Return a course's slug as the name of an input."""
    return row.course.replace("-", "_")


def _least(timed: list[tuple[Span, Row]]) -> tuple[Span, Row] | None:
    """Return the one with fewer hours than every other by both ends, or nothing where none is."""
    if not timed:
        return None
    best = min(timed, key=lambda pair: (pair[0].high, pair[0].low))
    others = [span for span, row in timed if row is not best[1]]
    clear = all(o.high > best[0].high and o.low >= best[0].low for o in others)
    return best if clear else None


def _covered_by(topic: Topic, day: dt.date) -> Iterator[Fact]:
    for curriculum, section, words in covering(topic.slug, state_day(day)):
        title = curricula()[curriculum].title
        said = (
            display.year("year", day.year),
            display.name("section", section),
            display.name("curriculum", title),
            display.name("topic", words),
        )
        ids = (section_id(curriculum, section), curricula()[curriculum].id)
        yield tell("edu.covers", topic.id, day, said, surprise=0.9, source=source_of(curriculum), mentions=ids)  # fmt: skip


def _size_of_section(inside: list[Row], day: dt.date) -> Iterator[Fact]:
    row = inside[0]
    slots = (
        display.name("section", row.section),
        display.name("curriculum", curricula()[row.curriculum].title),
    )
    count = display.count("count", len(inside), "course")
    ids = (curricula()[row.curriculum].id, *(r.id for r in inside))
    total = together([hours(r) for r in inside])
    if total is not None and len(inside) >= ENOUGH:
        raw = tuple(q for r in inside if (t := hours(r)) for q in t.ends(slot(r)))
        said = (*slots, count, *total.said("total"))
        yield tell("edu.section_size", row.section_id, day, said, surprise=2.0, mentions=ids, inputs=raw)  # fmt: skip
    elif len(inside) > 1:
        said = (*slots, count, display.name("first", row.name))
        yield tell("edu.section_count", row.section_id, day, said, surprise=1.4, mentions=ids)


def _covering(inside: list[Row], day: dt.date) -> Iterator[Fact]:
    row = inside[0]
    slots = (
        display.name("section", row.section),
        display.name("curriculum", curricula()[row.curriculum].title),
    )
    listed_ = covers(row.curriculum, row.section, state_day(day))
    for n in range(0, len(listed_) - 1, 2):
        (topic, words), (second, others) = listed_[n : n + 2]
        said = (
            display.year("year", day.year),
            *slots,
            display.name("topic", words),
            display.name("second", others),
        )
        ids = (topic.id, second.id, curricula()[row.curriculum].id)
        source = source_of(row.curriculum)
        surprise = 1.2 - 0.1 * min(n, 10)
        yield tell("edu.covers_two", row.section_id, day, said, surprise=surprise, source=source, mentions=ids)  # fmt: skip


def _size(about: Curriculum, inside: tuple[Row, ...], day: dt.date) -> Iterator[Fact]:
    sections = len({r.section for r in inside})
    if not inside:
        return
    said = (
        display.name("curriculum", about.title),
        display.count("count", len(inside), "course"),
        display.count("sections", sections, "section"),
    )
    ids = tuple(dict.fromkeys(r.section_id for r in inside))
    yield tell("edu.size", about.id, day, said, surprise=1.0, source=source_of(about.slug), mentions=ids)  # fmt: skip


def _hub(about: Curriculum, day: dt.date) -> Iterator[Fact]:
    counted = Counter({r.course: len(after(about.slug, r.course, day)) for r in listed(about.slug, state_day(day))})  # fmt: skip
    best = counted.most_common(2)
    if len(best) < 2 or best[0][1] < ENOUGH or best[0][1] == best[1][1]:
        return
    hub, most = best[0]
    said = (
        display.name("curriculum", about.title),
        display.count("count", most, "course"),
        display.name("name", names()[hub]),
    )
    yield tell("edu.hub", about.id, day, said, surprise=3.0, mentions=(course(hub),))


def _deepest(about: Curriculum, day: dt.date) -> Iterator[Fact]:
    ways = [chain(about.slug, r.course, day) for r in listed(about.slug, state_day(day))]
    longest = max(ways, key=len, default=())
    if len(longest) < ENOUGH or sum(len(w) == len(longest) for w in ways) > 1:
        return
    said = (
        display.name("curriculum", about.title),
        display.count("count", len(longest), "course"),
        display.name("first", names()[longest[0]]),
        display.name("last", names()[longest[-1]]),
    )
    ids = tuple(course(c) for c in longest)
    yield tell("edu.deepest", about.id, day, said, surprise=3.2, mentions=ids)


def _site(about: Curriculum, inside: tuple[Row, ...], day: dt.date) -> Iterator[Fact]:
    counted = Counter(place for r in inside if (place := place_of(r.url)))
    best = counted.most_common(2)
    if len(best) < 2 or best[0][1] == best[1][1]:
        return
    said = (
        display.bare("count", best[0][1], "courses"),
        display.count("total", len(inside), "course"),
        display.name("curriculum", about.title),
        display.name("place", best[0][0]),
    )
    yield tell("edu.place_most", about.id, day, said, surprise=1.8)
