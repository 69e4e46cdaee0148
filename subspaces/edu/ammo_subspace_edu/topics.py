"""Topics: what courses are on by their titles, and what sections say that they cover; one topic under all its names."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ammo_agents.records import EntityId
from ammo_subspace_edu.catalogue import (
    BEGINNING,
    EDU,
    Row,
    all_listed,
    covered,
    names,
    slug_of,
    state_day,
)

PROPER = frozenset(
    "Turing Herbrand CMOS GPU ML-family Lisp-family NP-completeness O-notation ODEs Laplace OpenGL UML REST CUDA Java Ruby".split()
)
"""Words that keep their capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something to learn."""

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    courses: tuple[str, ...] = ()
    """Slugs of the courses whose title says that they are on it."""

    @property
    def id(self) -> EntityId:
        """Its entity."""
        return EntityId(f"{EDU}/topic-{self.slug}")


@cache
def topics() -> dict[str, Topic]:
    """Return every topic by its slug: the curated ones first, then what only sections list."""
    text = resources.files("ammo_subspace_edu").joinpath("data", "topics.toml").read_text("utf-8")
    found: dict[str, Topic] = {}
    for key, told in tomllib.loads(text).items():
        slug = told.get("slug", slug_of(key))
        found[slug] = Topic(
            slug=slug,
            name=told.get("name", key),
            aliases=_other_names(key, told),
            courses=tuple(c for c in told.get("courses", ()) if c in names()),
        )
    known = {name.lower() for t in found.values() for name in (t.name, *t.aliases)}
    for said in sorted({c.topic for c in covered() if c.until is None or c.until > BEGINNING}):
        if said.lower() not in known and written(said).lower() not in known:
            slug = slug_of(written(said))
            found[slug] = Topic(slug=slug, name=written(said))
            known.add(written(said).lower())
    return found


@cache
def by_name() -> dict[str, Topic]:
    """Return every topic by each of its names, in lower case."""
    every = [(name, t) for t in topics().values() for name in (t.name, *t.aliases)]
    return {name.lower(): topic for name, topic in reversed(every)}


def _other_names(key: str, told: dict[str, Any]) -> tuple[str, ...]:
    """Return the aliases, with the plain spelling of a name that has capitals."""
    plain = (key,) if told.get("name", key) != key else ()
    return tuple(dict.fromkeys((*plain, *told.get("aliases", ()))))


def called(said: str) -> Topic:
    """Return the topic that a README means by these words."""
    return by_name().get(said.lower()) or by_name()[written(said).lower()]


@cache
def on_topic(topic: str, day: dt.date) -> tuple[Row, ...]:
    """Return how the courses on a topic are listed on a day, each once, by the first curriculum that has it."""
    wanted = set(topics()[topic].courses)
    found: dict[str, Row] = {}
    for row in all_listed(day):
        if row.course in wanted:
            found.setdefault(row.course, row)
    return tuple(found.values())


def topics_of(course: str) -> list[Topic]:
    """Return the topics a course is on."""
    return [topic for topic in topics().values() if course in topic.courses]


@cache
def covers(curriculum: str, section: str, day: dt.date) -> tuple[tuple[Topic, str], ...]:
    """Return what a section lists as covered on a day, each topic once: (topic, the section's own words for it)."""
    when = state_day(day)
    found: dict[Topic, str] = {}
    for said in covered():
        if (said.curriculum, said.section) == (curriculum, section) and said.on(when):
            found.setdefault(called(said.topic), written(said.topic))
    return tuple(found.items())


@cache
def covering(topic: str, day: dt.date) -> tuple[tuple[str, str, str], ...]:
    """Return each (curriculum, section, its own words) that lists a topic as covered on a day."""
    places = dict.fromkeys((row.curriculum, row.section) for row in all_listed(day))
    return tuple(
        (*place, words)
        for place in places
        for found, words in covers(*place, state_day(day))
        if found.slug == topic
    )


def written(said: str) -> str:
    """Return a topic as it stands in a sentence: small letters, unless they are a name's own."""
    words = re.sub(r"\s*\(.*?\)", "", said).split()
    return " ".join(w if w in PROPER else w.lower() for w in words)
