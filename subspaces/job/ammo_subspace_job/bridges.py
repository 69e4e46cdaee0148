"""Edges from skills, and from what names them, to what teaches them in other subspaces: by name, and rather none than a false one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ammo_agents.records import Edge, Entity, EntityId, Knowledge, SubspaceId
from ammo_subspace_job.catalogue import Skill, occupations, plain, skills
from ammo_subspace_job.postings import postings

EDU = SubspaceId("edu")
TAUGHT_BY = "taught by"
"""The kind of edge from a skill."""
NAMES = "names a skill taught by"
"""The kind of edge from an occupation or a posting that names the skill."""
FIRST, FARTHER = 3, 0.7
"""Of what teaches a skill, an occupation or a posting leads to so many, and is so much farther from them."""
NEAR = {"topic": 0.9, "course": 0.8}
"""How near a topic or a course is to the skill of its name."""
MOST = 12
"""Courses that one skill leads to at most: those whose title names it, shortest title first."""
BROAD = frozenset({"communication", "electricity", "logistics"})
"""Skills whose name is a common word: only a topic or a course of exactly that name teaches them."""


def bridges(known: Mapping[SubspaceId, Knowledge]) -> Sequence[Edge]:
    """Return the edges from skills, and from the occupations and postings that name one, in a fixed order."""
    there = known.get(EDU)
    if there is None:
        return ()
    kinds = {e.id: kind for e in there.entities if (kind := _kind(e)) in NEAR}
    offered = [e for e in there.entities if e.id in kinds]
    found: list[Edge] = []
    teaching: dict[str, list[Edge]] = {}
    for skill in skills():
        targets = _teaching(skill, offered, kinds)
        teaching[skill.name] = [
            Edge(source=skill.id, kind=TAUGHT_BY, target=e.id, weight=NEAR[kinds[e.id]])
            for e in targets
        ]
        found += teaching[skill.name]
    naming = [(o.id, o.skills) for o in occupations()] + [(p.id, p.skills) for p in postings()]
    for source, names in naming:
        ways = [way for name in names for way in teaching.get(name, ())[:FIRST]]
        targets_of = {way.target: round(way.weight * FARTHER, 3) for way in ways}
        found += [
            Edge(source=source, kind=NAMES, target=target, weight=weight)
            for target, weight in targets_of.items()
        ]
    return tuple(found)


def _teaching(
    skill: Skill, offered: Sequence[Entity], kinds: Mapping[EntityId, str]
) -> list[Entity]:
    """Return what has exactly a name of the skill, then the courses whose title holds one."""
    exact = [e for e in offered if _is_named(skill, e)]
    titled = [
        e for e in offered if kinds[e.id] == "course" and e not in exact and _is_titled(skill, e)
    ]
    exact.sort(key=lambda e: (kinds[e.id] != "topic", e.id))
    titled.sort(key=lambda e: (len(e.name), e.id))
    return [*exact, *titled][:MOST]


def _kind(entity: Entity) -> str:
    """Return ``course`` or ``topic``, read from the id (``edu/course-…``) or the entity's kind."""
    slug = entity.id.partition("/")[2]
    return next((k for k in NEAR if slug.startswith(f"{k}-") or entity.kind == k), "")


def _is_named(skill: Skill, entity: Entity) -> bool:
    """Whether a topic or a course has exactly one of the names of the skill."""
    names = {plain(name) for name in (entity.name, *entity.aliases)}
    return bool(names & {plain(name) for name in (skill.name, *skill.terms)})


def _is_titled(skill: Skill, entity: Entity) -> bool:
    """Whether the title of a course holds a name of the skill as whole words; *Mathematics for Computer Science* teaches mathematics."""
    if plain(skill.name) in BROAD:
        return False
    title = f" {plain(entity.name)} "
    for name in {plain(name) for name in (skill.name, *skill.terms)}:
        if f" {name} " in title and f" for {name} " not in title:
            return True
    return False
