"""What the curricula list from day to day: the rows of the data, and the state of a curriculum on a day."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ammo_agents.records import EntityId, Source, SubspaceId

EDU = SubspaceId("edu")
BEGINNING = dt.date(2020, 12, 31)
"""The day before the replayed days: what has always been here is dated with it."""
FIRST, LAST = dt.date(2021, 1, 1), dt.date(2026, 6, 26)
"""The replayed days: to the last change of a course list."""
FILES = ("computer-science", "mathematics", "data-science")
"""The curricula, each in a file of its own: their licences differ."""
NOTHING = frozenset(["", "-", "none", "no", "chat"])
"""What a cell says that lists nothing; ``chat`` stood in the wrong column for some weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curriculum:
    """One curriculum and the repository it is kept in."""

    slug: str
    title: str
    repository: str
    url: str
    licence: str
    day: dt.date
    """The last day on which its README changed."""
    commit: str

    @property
    def id(self) -> EntityId:
        """Its entity."""
        return EntityId(f"{EDU}/curriculum-{self.slug}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A course as one curriculum lists it over a span of days in which the listing stays the same."""

    curriculum: str
    part: str
    section: str
    course: str
    """Slug of the course, the same in every curriculum."""
    name: str
    """What the course is called here, in every curriculum."""
    title: str
    """What the README calls it."""
    url: str
    duration: str
    effort: str
    prerequisites: str
    order: int
    """Place in the README, from 0."""
    since: dt.date | None
    """None = before the data begin."""
    since_commit: str
    until: dt.date | None
    """The day from which it is listed so no longer; None = still."""
    until_commit: str

    @property
    def id(self) -> EntityId:
        """The course's entity."""
        return course_id(self.course)

    @property
    def section_id(self) -> EntityId:
        """The section's entity."""
        return section_id(self.curriculum, self.section)

    @property
    def asked(self) -> str:
        """The prerequisites as listed; empty = nothing, or the word none."""
        return "" if self.prerequisites.lower() in NOTHING else self.prerequisites

    def on(self, day: dt.date) -> bool:
        """Whether the curriculum lists it so on a day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A topic that a section lists as covered, over a span of days."""

    curriculum: str
    section: str
    topic: str
    since: dt.date | None
    until: dt.date | None

    def on(self, day: dt.date) -> bool:
        """Whether it is listed on a day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )


def course_id(slug: str) -> EntityId:
    """Return the entity of a course."""
    return EntityId(f"{EDU}/course-{slug}")


def section_id(curriculum: str, section: str) -> EntityId:
    """Return the entity of a section."""
    return EntityId(f"{EDU}/section-{curriculum}-{slug_of(section)}")


def slug_of(name: str) -> str:
    """Return a name as a slug: ``Data Science Tools & Methods`` → ``data-science-tools-methods``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@cache
def curricula() -> dict[str, Curriculum]:
    """Return the curricula by slug."""
    return {
        line["slug"]: Curriculum(
            slug=line["slug"],
            title=line["title"],
            repository=line["name"],
            url=line["url"],
            licence=line["licence"],
            day=dt.date.fromisoformat(line["day"]),
            commit=line["commit"],
        )
        for line in _lines()
        if line["kind"] == "curriculum"
    }


@cache
def rows() -> tuple[Row, ...]:
    """Return every row of the data, in the order of the days they begin."""
    texts = ("curriculum", "part", "section", "course", "name", "title", "url", "duration", "effort", "prerequisites", "since_commit", "until_commit")  # fmt: skip
    return tuple(
        Row(
            **{field: line.get(field, "") for field in texts},
            order=line["order"],
            since=_day(line.get("since")),
            until=_day(line.get("until")),
        )
        for line in _lines()
        if line["kind"] == "row"
    )


@cache
def covered() -> tuple[Covered, ...]:
    """Return every topic that a section lists or listed."""
    return tuple(
        Covered(
            curriculum=line["curriculum"],
            section=line["section"],
            topic=line["topic"],
            since=_day(line.get("since")),
            until=_day(line.get("until")),
        )
        for line in _lines()
        if line["kind"] == "topic"
    )


@cache
def names() -> dict[str, str]:
    """Return the name of every course by its slug."""
    return {row.course: row.name for row in rows() if row.until is None or row.until > BEGINNING}


@cache
def listed(curriculum: str, day: dt.date) -> tuple[Row, ...]:
    """Return what a curriculum lists on a day, in its own order."""
    return tuple(sorted((r for r in _turn(curriculum, day)), key=lambda r: (r.order, r.course)))


@cache
def turns() -> dict[str, tuple[dt.date, ...]]:
    """Return for each curriculum the days on which its course list changed, in order."""
    return {
        slug: tuple(
            sorted({d for r in rows() if r.curriculum == slug for d in (r.since, r.until) if d})
        )
        for slug in curricula()
    }


def state_day(day: dt.date) -> dt.date:
    """Return the last day up to `day` on which anything changed: states between changes are one."""
    return max((d for days in turns().values() for d in days if d <= day), default=BEGINNING)


def row_of(course: str, day: dt.date, curriculum: str = "") -> Row | None:
    """Return how a course is listed on a day: by `curriculum`, else by the first that lists it."""
    for slug in (curriculum,) if curriculum else tuple(curricula()):
        for row in listed(slug, state_day(day)):
            if row.course == course:
                return row
    return None


def all_listed(day: dt.date) -> list[Row]:
    """Return every row of every curriculum on a day."""
    return [row for slug in curricula() for row in listed(slug, state_day(day))]


def origin(row: Row, commit: str = "") -> Source:
    """Return where a row stands: the commit of the README that said so first, and its licence."""
    return source_of(row.curriculum, commit or row.since_commit)


def source_of(curriculum: str, commit: str = "") -> Source:
    """Return a curriculum's README as a source; with `commit`, that version of it."""
    about = curricula()[curriculum]
    place = f"{about.url}/blob/{commit}/README.md" if commit else about.url
    return Source(
        name=f"Open Source Society University, {about.title} curriculum ({about.repository})",
        url=place,
        licence=about.licence,
        verified_by="read from the README's history by ammo_subspace_edu",
    )


def _turn(curriculum: str, day: dt.date) -> Iterator[Row]:
    return (row for row in rows() if row.curriculum == curriculum and row.on(day))


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@cache
def _lines() -> Sequence[dict[str, Any]]:
    folder = resources.files("ammo_subspace_edu").joinpath("data")
    packed = (folder.joinpath(f"{name}.jsonl.gz").read_bytes() for name in FILES)
    return [
        json.loads(line) for data in packed for line in gzip.decompress(data).decode().splitlines()
    ]
