"""The knowledge base: courses, sections, curricula and topics, typed edges, and who speaks of what."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ammo_agents.records import BuddyId, Edge, Entity, EntityId, Fact, GoalBuddy, Knowledge, Source
from ammo_subspace_edu.catalogue import (
    BEGINNING,
    EDU,
    LAST,
    Row,
    course_id,
    covered,
    curricula,
    listed,
    names,
    rows,
    section_id,
    source_of,
    turns,
)
from ammo_subspace_edu.facts import on_topic_fact
from ammo_subspace_edu.paths import graph as needs
from ammo_subspace_edu.topics import called, topics, topics_of

COURSES_OF_TOPIC, COURSES_OF_SECTION = 2, 3
"""Courses from which a topic and a section have a Goal Buddy."""
NEIGHBOURS = 48
"""The nearest entities a buddy keeps in mind."""
WEIGHTS = {"requires": 1.0, "leads_to": 1.0, "teaches": 0.9, "covers": 0.5, "part_of": 0.3}
"""How near the two ends of an edge are, in (0, 1]."""


def knowledge() -> Knowledge:
    """Return the whole graph; its standing facts say which topic each course of the first day is on."""
    entities = (*_curricula(), *_sections(), *_topics(), *_courses())
    return Knowledge(entities=entities, edges=tuple(edges()), facts=tuple(_standing()))


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return a Goal Buddy for each curriculum, and for each topic and section with enough courses."""
    near: dict[EntityId, dict[EntityId, float]] = defaultdict(dict)
    for edge in known.edges:
        for one, other in ((edge.source, edge.target), (edge.target, edge.source)):
            near[one][other] = max(edge.weight, near[one].get(other, 0.0))
    return [
        GoalBuddy(
            id=BuddyId(entity.id),
            subspace=EDU,
            entity=entity.id,
            name=_buddy_name(entity),
            voice="Plain, encouraging sentences; what to learn, in which order, in how many hours.",
            neighbours=tuple(
                sorted(near[entity.id], key=lambda id: (-near[entity.id][id], id))[:NEIGHBOURS]
            ),
        )
        for entity in known.entities
        if entity.id in speakers()
    ]


def _buddy_name(entity: Entity) -> str:
    kind = "" if entity.kind == "topic" else f" {entity.kind}"
    return f"{entity.name[:1].upper()}{entity.name[1:]}{kind} Buddy"


def speakers() -> frozenset[EntityId]:
    """Return what has a Goal Buddy: what has enough courses to speak of on the last day."""
    born = {about.id for about in curricula().values()}
    now = {row.course: row for slug in curricula() for row in listed(slug, LAST)}
    born |= {
        topic.id
        for topic in topics().values()
        if sum(course in now for course in topic.courses) >= COURSES_OF_TOPIC
    }
    sections: dict[EntityId, int] = defaultdict(int)
    for slug in curricula():
        for row in listed(slug, LAST):
            sections[row.section_id] += 1
    return frozenset(born | {id for id, n in sections.items() if n >= COURSES_OF_SECTION})


def edges() -> Iterator[Edge]:
    """Yield every edge once: what any state of the replayed days says."""
    for source, kind, target in dict.fromkeys((*_of_listings(), *_of_paths(), *_of_topics())):
        yield Edge(source=source, kind=kind, target=target, weight=WEIGHTS[kind])


def _of_listings() -> Iterator[tuple[EntityId, str, EntityId]]:
    for curriculum, day in _states():
        for row in listed(curriculum, day):
            yield row.id, "part_of", row.section_id
            yield row.section_id, "part_of", curricula()[curriculum].id


def _of_paths() -> Iterator[tuple[EntityId, str, EntityId]]:
    for curriculum, day in _states():
        for course, earlier in needs(curriculum, day).items():
            for other in earlier:
                yield course_id(course), "requires", course_id(other)
                yield course_id(other), "leads_to", course_id(course)


def _of_topics() -> Iterator[tuple[EntityId, str, EntityId]]:
    for topic in topics().values():
        for course in topic.courses:
            yield course_id(course), "teaches", topic.id
    for said in covered():
        if said.until is None or said.until > BEGINNING:
            yield section_id(said.curriculum, said.section), "covers", called(said.topic).id


def _states() -> Iterator[tuple[str, dt.date]]:
    for slug, days in turns().items():
        for day in (LAST, *(d for d in reversed(days) if d > BEGINNING), BEGINNING):
            yield slug, day


def _curricula() -> Iterable[Entity]:
    for about in curricula().values():
        yield Entity(
            id=about.id,
            subspace=EDU,
            name=about.title,
            aliases=(f"{about.title} curriculum",),
            kind="curriculum",
            summary=f"The {about.title} curriculum of the Open Source Society University.",
            keywords=tuple(dict.fromkeys(row.section.lower() for row in listed(about.slug, LAST))),
            source=source_of(about.slug),
        )


def _sections() -> Iterable[Entity]:
    seen: dict[EntityId, Row] = {}
    for row in rows():
        if row.until is None or row.until > BEGINNING:
            seen.setdefault(row.section_id, row)
    for id, row in sorted(seen.items()):
        title = curricula()[row.curriculum].title
        inside = [r.name for r in listed(row.curriculum, LAST) if r.section == row.section]
        yield Entity(
            id=id,
            subspace=EDU,
            name=row.section,
            aliases=(f"{row.section} of {title}",),
            kind="section",
            summary=f"A section of the {title} curriculum: {', '.join(inside) or 'no courses now'}.",
            source=source_of(row.curriculum),
        )


def _topics() -> Iterable[Entity]:
    for topic in topics().values():
        told = ", ".join(names()[course] for course in topic.courses)
        yield Entity(
            id=topic.id,
            subspace=EDU,
            name=topic.name,
            aliases=topic.aliases,
            kind="topic",
            summary=f"Courses on {topic.name}: {told}."
            if told
            else f"Something to learn: {topic.name}.",
            keywords=(topic.name.lower(),),
        )


def _courses() -> Iterable[Entity]:
    latest: dict[str, Row] = {}
    for row in rows():
        before = latest.get(row.course, row)
        if row.until is None or (row.until > BEGINNING and before.until is not None):
            latest[row.course] = row
    for slug, name in sorted(names().items()):
        row = latest[slug]
        on = [topic.name for topic in topics_of(slug)]
        yield Entity(
            id=course_id(slug),
            subspace=EDU,
            name=name,
            aliases=tuple(
                dict.fromkeys(r.title for r in rows() if r.course == slug and r.title != name)
            ),
            kind="course",
            summary=_summary(row, on),
            keywords=tuple(name.lower() for name in on),
            source=_page(row),
        )


def _page(row: Row) -> Source:
    """Return the course's own page, as its curriculum links it; where it links none, the README."""
    readme = source_of(row.curriculum, row.since_commit)
    return replace(readme, url=row.url or readme.url)


def _summary(row: Row, on: Sequence[str]) -> str:
    title = curricula()[row.curriculum].title
    kind = f"A course on {', '.join(on)}" if on else "A course"
    until = f" until {row.until}" if row.until else ""
    return f"{kind}, listed in the section {row.section} of the {title} curriculum{until}."


def _standing() -> Iterator[Fact]:
    for row in {r.course: r for slug in curricula() for r in listed(slug, BEGINNING)}.values():
        for topic in topics_of(row.course):
            yield on_topic_fact(row, topic, BEGINNING)
