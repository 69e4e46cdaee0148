"""The knowledge base: postings, agencies, families, occupations and skills, typed edges, and who speaks of what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ammo_agents.records import BuddyId, Edge, Entity, EntityId, GoalBuddy, Knowledge
from ammo_subspace_job.catalogue import Occupation, Skill, occupations, skills
from ammo_subspace_job.names import (
    JOB,
    NYC,
    agency_id,
    family_id,
    occupation_id,
    skill_id,
)
from ammo_subspace_job.postings import Posting, agencies, families, postings
from ammo_subspace_job.standing import standing

LEAST = 10
"""Postings from which an agency or a family has a Goal Buddy."""
NEIGHBOURS = 48
"""The nearest entities a buddy keeps in mind."""
WEIGHTS = {
    "posted_by": 0.6,
    "listed_under": 0.4,
    "post_for": 0.9,
    "names_skill": 0.9,
    "description_names": 0.8,
}
"""How near the two ends of an edge are, in (0, 1]."""


def knowledge() -> Knowledge:
    """Return the whole graph; its standing facts are what the sources say of occupations and skills."""
    listed = postings()
    posted = Counter(p.agency for p in listed)
    under = Counter(f for p in listed for f in p.families)
    entities = (
        *(_agency(name, posted[name]) for name in agencies()),
        *(_family(name, under[name]) for name in families()),
        *(_occupation(occupation) for occupation in occupations()),
        *(_skill(skill) for skill in skills()),
        *(_posting(posting) for posting in listed),
    )
    edges = dict.fromkeys(edge for posting in listed for edge in _edges(posting))
    named = (
        Edge(source=o.id, kind=kind, target=skill_id(skill), weight=WEIGHTS[kind])
        for kind in ("description_names",)
        for o in occupations()
        for skill in o.skills
    )
    return Knowledge(entities=entities, edges=(*edges, *named, *_between(listed)), facts=standing())


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return a Goal Buddy for each agency and family with enough postings, each occupation and each skill that something names."""
    near: dict[EntityId, dict[EntityId, float]] = defaultdict(dict)
    postings_of: Counter[EntityId] = Counter()
    for edge in known.edges:
        postings_of[edge.target] += edge.kind in {"posted_by", "listed_under"}
        for one, other in ((edge.source, edge.target), (edge.target, edge.source)):
            near[one][other] = max(edge.weight, near[one].get(other, 0.0))
    spoken = {fact.entity for fact in known.facts}
    return [
        GoalBuddy(
            id=BuddyId(entity.id),
            subspace=JOB,
            entity=entity.id,
            name=f"{entity.name} Buddy",
            voice="Plain, friendly sentences; who looks for whom and what for, and no advice.",
            neighbours=tuple(
                sorted(near[entity.id], key=lambda id: (-near[entity.id][id], id))[:NEIGHBOURS]
            ),
        )
        for entity in known.entities
        if postings_of[entity.id] >= LEAST
        or (entity.kind in {"occupation", "skill"} and near[entity.id] and entity.id in spoken)
    ]


def _agency(name: str, count: int) -> Entity:
    return Entity(
        id=agency_id(name),
        subspace=JOB,
        name=name,
        kind="agency",
        summary=f"{name}, an agency of New York City: {count:,} of the jobs here were posted by it.",
        keywords=("New York City",),
        source=NYC,
    )


def _family(name: str, count: int) -> Entity:
    return Entity(
        id=family_id(name),
        subspace=JOB,
        name=name,
        kind="family",
        summary=f"{name}: {count:,} of the jobs here are listed under this family.",
        source=NYC,
    )


def _occupation(occupation: Occupation) -> Entity:
    aliases = [name for name in (occupation.title, *occupation.names) if name != occupation.said]
    return Entity(
        id=occupation.id,
        subspace=JOB,
        name=occupation.said,
        aliases=tuple(dict.fromkeys(aliases)),
        kind="occupation",
        summary=f"{occupation.said}. {occupation.description}",
        keywords=occupation.skills,
        source=occupation.origin,
    )


def _skill(skill: Skill) -> Entity:
    said = f"{skill.name}: {skill.definition}." if skill.definition else f"{skill.name}, a skill."
    return Entity(
        id=skill.id,
        subspace=JOB,
        name=skill.name,
        aliases=tuple(term for term in skill.terms if term != skill.name.lower()),
        kind="skill",
        summary=said,
        source=skill.origin,
    )


def _posting(posting: Posting) -> Entity:
    under = f" Listed under {'; '.join(posting.families)}." if posting.families else ""
    return Entity(
        id=posting.id,
        subspace=JOB,
        name=posting.title,
        kind="posting",
        summary=f"{posting.title}, a job at the {posting.agency}, posted in {posting.date.year}.{under}",
        keywords=posting.skills,
        source=NYC,
    )


def _edges(posting: Posting) -> Iterable[Edge]:
    def edge(kind: str, target: EntityId) -> Edge:
        return Edge(source=posting.id, kind=kind, target=target, weight=WEIGHTS[kind])

    yield edge("posted_by", agency_id(posting.agency))
    for family in posting.families:
        yield edge("listed_under", family_id(family))
    if posting.occupation:
        yield edge("post_for", occupation_id(posting.occupation))
    for skill in posting.skills:
        yield edge("names_skill", skill_id(skill))


def _between(listed: Sequence[Posting]) -> Iterable[Edge]:
    """Yield what the postings make of the groups: agency → family, family → occupation, by their share."""
    pairs: Counter[tuple[str, EntityId, EntityId]] = Counter()
    sizes: Counter[EntityId] = Counter()
    for posting in listed:
        sizes[agency_id(posting.agency)] += 1
        if posting.occupation:
            sizes[occupation_id(posting.occupation)] += 1
        for family in posting.families:
            pairs["posts_under", agency_id(posting.agency), family_id(family)] += 1
            if posting.occupation:
                pairs["has_posts_for", family_id(family), occupation_id(posting.occupation)] += 1
    for (kind, source, target), count in sorted(pairs.items()):
        whole = sizes[source] if kind == "posts_under" else sizes[target]
        yield Edge(source=source, kind=kind, target=target, weight=round(count / whole, 3))
