"""What the curricula say of one course on a day: how long it takes, what it asks for, what it is on, where it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from ammo_agents.records import EntityId, Fact, Quantity
from ammo_subspace_edu import display
from ammo_subspace_edu.catalogue import (
    Row,
    curricula,
    listed,
    names,
    origin,
    row_of,
    rows,
    source_of,
    state_day,
)
from ammo_subspace_edu.measure import effort, hours, length, together
from ammo_subspace_edu.odds import LISTED, rarity
from ammo_subspace_edu.paths import (
    after,
    chain,
    named,
    only_courses,
    right_after,
    rows_before,
    whole,
)
from ammo_subspace_edu.places import place_of
from ammo_subspace_edu.tell import tell
from ammo_subspace_edu.topics import Topic, on_topic, topics_of

FREE = frozenset(["none", "no"])
"""What a README writes where a course asks for nothing."""
Maker = Callable[[Row, dt.date], Fact | None]


def about(row: Row, day: dt.date) -> list[Fact]:
    """Return everything that is known of a course as one curriculum lists it, most surprising first."""
    found = [fact for maker in MAKERS if (fact := maker(row, day)) is not None]
    return sorted(found, key=lambda f: (-f.surprise, f.predicate))


def takes(row: Row, day: dt.date) -> Fact | None:
    """Return how many weeks a course is listed with, at how many hours a week."""
    weeks, weekly = length(row), effort(row)
    if weeks is None or weekly is None:
        return None
    said = (curriculum(row), name(row), *weeks.said("weeks"), *weekly.said("effort"))
    return tell(
        "edu.length", row.id, day, said, surprise=LISTED, source=origin(row), mentions=ties(row)
    )


def in_all(row: Row, day: dt.date) -> Fact | None:
    """Return the hours that length and effort come to."""
    total, weeks, weekly = hours(row), length(row), effort(row)
    if total is None or weeks is None or weekly is None:
        return None
    said = (name(row), *total.said("total"), *weeks.said("weeks"), *weekly.said("effort"))
    return tell(
        "edu.hours",
        row.id,
        day,
        said,
        surprise=rarity("hours", total.high, day),
        source=origin(row),
        mentions=ties(row),
        inputs=(*weeks.ends("weeks"), *weekly.ends("effort")),
    )


def needs(row: Row, day: dt.date) -> Fact | None:
    """Return what must come right before: courses where all that is listed are courses here, else the listing's words."""
    if not row.asked or "these" in row.asked:  # "one of these" shows a picture
        return None
    earlier = named(row, day)
    mentions = (*(course(c) for c in earlier), *ties(row))
    if only_courses(row, day) and len(earlier) in (1, 2):
        slots = zip(("other", "second"), earlier, strict=False)
        said = (
            year(day),
            curriculum(row),
            *(display.name(s, names()[c]) for s, c in slots),
            name(row),
        )
        predicate = "edu.needs" if len(earlier) == 1 else "edu.needs_two"
    else:
        said = (year(day), name(row), curriculum(row), display.name("needs", row.asked))
        predicate = "edu.asks"
    return tell(predicate, row.id, day, said, surprise=1.0, source=origin(row), mentions=mentions)


def free(row: Row, day: dt.date) -> Fact | None:
    """Return that a course asks for nothing, where the README says so."""
    if row.prerequisites.lower() not in FREE:
        return None
    said = (year(day), name(row), curriculum(row))
    return tell("edu.free", row.id, day, said, surprise=1.2, source=origin(row), mentions=ties(row))


def led_to(row: Row, day: dt.date) -> Fact | None:
    """Return the longest chain of prerequisites before a course."""
    way = chain(row.curriculum, row.course, day)
    if len(way) < 3:
        return None
    said = (
        curriculum(row),
        display.count("count", len(way) - 1, "course"),
        display.name("first", names()[way[0]]),
        name(row),
    )
    mentions = (course(way[0]), course(way[-2]), *ties(row))
    surprise = rarity("chain", len(way), day)
    return tell("edu.chain", row.id, day, said, surprise=surprise, mentions=mentions)


def reach(row: Row, day: dt.date) -> Fact | None:
    """Return the weeks of a course and of everything that must come before it, one after another."""
    earlier = rows_before(row, day)
    weeks = together([length(r) for r in (*earlier, row)])
    if len(earlier) < 2 or weeks is None or weeks.unit != "weeks" or not whole(row, day):
        return None
    said = (
        curriculum(row),
        name(row),
        *weeks.said("weeks"),
        display.count("count", len(earlier), "course"),
    )
    raw = tuple(
        Quantity(
            name=f"{r.course}_{q.name}".replace("-", "_"), value=q.value, unit=q.unit, text=q.text
        )
        for r in (*earlier, row)
        if (span := length(r)) is not None
        for q in span.ends("weeks")
    )
    mentions = (*(r.id for r in earlier), *ties(row))
    surprise = rarity("before", len(earlier), day)
    return tell("edu.reach", row.id, day, said, surprise=surprise, mentions=mentions, inputs=raw)


def leads(row: Row, day: dt.date) -> Fact | None:
    """Return the one course that has this one as a prerequisite."""
    later = right_after(row.curriculum, row.course, day)
    if len(later) != 1:
        return None
    next_row = row_of(later[0], day, row.curriculum)
    said = (year(day), name(row), display.name("other", names()[later[0]]), curriculum(row))
    source = origin(next_row) if next_row else source_of(row.curriculum)
    mentions = (course(later[0]), *ties(row))
    return tell("edu.leads", row.id, day, said, surprise=1.3, source=source, mentions=mentions)


def builds(row: Row, day: dt.date) -> Fact | None:
    """Return how many courses build on a course, directly or through others."""
    later = after(row.curriculum, row.course, day)
    if len(later) < 2:
        return None
    said = (curriculum(row), display.count("count", len(later), "course"), name(row))
    mentions = (*(course(c) for c in later), *ties(row))
    surprise = rarity("after", len(later), day)
    return tell("edu.builds", row.id, day, said, surprise=surprise, mentions=mentions)


def subject(row: Row, day: dt.date) -> Fact | None:
    """Return the topic a course is on: alone, or as one of several."""
    topics = topics_of(row.course)
    if not topics:
        return None
    topic = min(topics, key=lambda t: (abs(len(on_topic(t.slug, day)) - 3), t.slug))
    mates = on_topic(topic.slug, day)
    if len(mates) < 2 or row.course not in {r.course for r in mates}:
        return on_topic_fact(row, topic, day)
    mentions = (topic.id, *(r.id for r in mates), *ties(row))
    said = (
        name(row),
        display.count("count", len(mates), "course"),
        display.name("topic", topic.name),
    )
    return tell("edu.on_count", row.id, day, said, surprise=0.8, mentions=mentions)


def on_topic_fact(row: Row, topic: Topic, day: dt.date) -> Fact:
    """Return that a course is on a topic, as its title says."""
    said = (year(day), name(row), display.name("topic", topic.name))
    mentions = (topic.id, *ties(row))
    return tell("edu.on", row.id, day, said, surprise=0.6, source=origin(row), mentions=mentions)


def part(row: Row, day: dt.date) -> Fact | None:
    """Return the section a course is in, with how many others."""
    inside = [r for r in listed(row.curriculum, state_day(day)) if r.section == row.section]
    if len(inside) < 2:
        return None
    said = (name(row), display.count("count", len(inside), "course"), section(row), curriculum(row))
    return tell("edu.part", row.id, day, said, surprise=0.3, source=source_of(row.curriculum), mentions=ties(row))  # fmt: skip


def shared(row: Row, day: dt.date) -> Fact | None:
    """Return that a course is in more than one curriculum."""
    both = [slug for slug in curricula() if row_of(row.course, day, slug)]
    if len(both) < 2:
        return None
    mentions = tuple(curricula()[slug].id for slug in both)
    if len(both) == len(curricula()):
        said = (name(row), display.count("count", len(both), "curriculum"))
        return tell("edu.shared_all", row.id, day, said, surprise=3.0, mentions=mentions)
    first, other = (curricula()[slug].title for slug in both)
    titles = (display.name("curriculum", first), display.name("other", other))
    return tell(
        "edu.shared", row.id, day, (year(day), name(row), *titles), surprise=2.4, mentions=mentions
    )


def longest(row: Row, day: dt.date) -> Fact | None:
    """Return that no course of its section comes to as many hours, if all of them list theirs."""
    inside = [r for r in listed(row.curriculum, state_day(day)) if r.section == row.section]
    mine, others = hours(row), [hours(r) for r in inside if r.course != row.course]
    if mine is None or len(inside) < 3:
        return None
    if any(o is None or o.high >= mine.high or o.low > mine.low for o in others):
        return None
    said = (
        name(row),
        display.count("count", len(inside), "course"),
        section(row),
        curriculum(row),
        *mine.said("total"),
    )
    mentions = (*ties(row), *(r.id for r in inside))
    return tell("edu.longest", row.id, day, said, surprise=2.0, mentions=mentions)


def since(row: Row, day: dt.date) -> Fact | None:
    """Return since when a course is in a curriculum without a break, where the data saw it come."""
    entered = entry(row, day)
    if entered is None or entered[0] >= day:
        return None
    said = (name(row), curriculum(row), display.date("date", entered[0]))
    source = origin(row, entered[1])
    return tell("edu.since", row.id, day, said, surprise=1.1, source=source, mentions=ties(row))


def where(row: Row, day: dt.date) -> Fact | None:
    """Return the site that a README links a course to."""
    place = place_of(row.url)
    if not place:
        return None
    said = (year(day), name(row), display.name("place", place), curriculum(row))
    source = replace(origin(row), url=row.url)  # the course itself: what a reader would open
    return tell("edu.where", row.id, day, said, surprise=0.5, source=source, mentions=ties(row))


MAKERS: tuple[Maker, ...] = (takes, in_all, needs, free, led_to, reach, leads, builds, subject, part, shared, longest, since, where)  # fmt: skip


def entry(row: Row, day: dt.date) -> tuple[dt.date, str] | None:
    """Return the day and the commit with which a course came and has been there ever since; None = not seen."""
    mine = [r for r in rows() if (r.curriculum, r.course) == (row.curriculum, row.course)]
    ends = {r.until: r for r in mine if r.until is not None}
    current = next((r for r in mine if r.on(day)), None)
    while current is not None:
        if current.since is None:
            return None
        if current.since not in ends:
            return current.since, current.since_commit
        current = ends[current.since]
    return None


def year(day: dt.date) -> Quantity:
    """Return the year that a listing is told of: it may change."""
    return display.year("year", day.year)


def name(row: Row) -> Quantity:
    """Return the course's name as a slot."""
    return display.name("name", row.name)


def curriculum(row: Row) -> Quantity:
    """Return the curriculum's title as a slot."""
    return display.name("curriculum", curricula()[row.curriculum].title)


def section(row: Row) -> Quantity:
    """Return the section's title as a slot."""
    return display.name("section", row.section)


def course(slug: str) -> EntityId:
    """Return the entity of a course."""
    return EntityId(f"edu/course-{slug}")


def ties(row: Row) -> tuple[EntityId, ...]:
    """Return what a course hangs together with: its topics, its section, its curriculum."""
    return (*(t.id for t in topics_of(row.course)), row.section_id, curricula()[row.curriculum].id)
