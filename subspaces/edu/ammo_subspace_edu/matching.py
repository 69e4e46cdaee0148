"""Which course others mean by a title, and which topic by a word."""

from __future__ import annotations

import re
from functools import cache

from ammo_agents.records import EntityId
from ammo_subspace_edu.catalogue import course_id, rows
from ammo_subspace_edu.topics import topics


def find(title: str) -> EntityId | None:
    """Return the entity that a title names by one of its spellings; None = nothing here, or more than one course."""
    return _names().get(_plain(title))


@cache
def _names() -> dict[str, EntityId | None]:
    found: dict[str, EntityId | None] = {}
    for topic in topics().values():
        for name in (topic.name, *topic.aliases):
            found.setdefault(_plain(name), topic.id)
    courses: dict[str, set[EntityId]] = {}
    for row in rows():
        for name in (row.name, row.title):
            courses.setdefault(_plain(name), set()).add(course_id(row.course))
    found |= {name: next(iter(ids)) if len(ids) == 1 else None for name, ids in courses.items()}
    return {name: id for name, id in found.items() if name}


def _plain(text: str) -> str:
    """Return letters and digits alone: ``C/C++`` and ``C / C++`` are one."""
    return re.sub(r"[^a-z0-9+]+", " ", text.lower()).strip()
