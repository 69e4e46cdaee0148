"""Edges from skills to what teaches them in other subspaces: by name, and rather none than a false one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ammo_agents.records import Edge, Entity, Knowledge, SubspaceId
from ammo_subspace_job.catalogue import Skill, plain, skills

EDU = SubspaceId("edu")
TAUGHT_BY = "taught by"
"""The kind of these edges."""
NEAR = {"topic": 0.9, "course": 0.8}
"""How near a topic or a course is to the skill of its name."""
MOST = 12
"""Courses that one skill leads to at most: those whose title names it, shortest title first."""
BROAD = frozenset({"communication", "electricity", "logistics"})
"""Skills whose name is a common word: only a topic or a course of exactly that name teaches them."""


def bridges(known: Mapping[SubspaceId, Knowledge]) -> Sequence[Edge]:
    """Return an edge from each skill to the topics of its name and the courses whose title names it, in a fixed order."""
    there = known.get(EDU)
    if there is None:
        return ()
    kinds = {e.id: kind for e in there.entities if (kind := _kind(e)) in NEAR}
    offered = [e for e in there.entities if e.id in kinds]
    found = []
    for skill in skills():
        exact = [e for e in offered if _is_named(skill, e)]
        courses = [e for e in offered if kinds[e.id] == "course" and e not in exact and _is_titled(skill, e)]  # fmt: skip
        courses.sort(key=lambda e: (len(e.name), e.id))
        for target in [*exact, *courses][:MOST]:
            weight = NEAR[kinds[target.id]]
            found.append(Edge(source=skill.id, kind=TAUGHT_BY, target=target.id, weight=weight))
    return tuple(found)


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
