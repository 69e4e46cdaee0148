"""Four small subspaces for the tests of composition: postings and courses with bridges, isles and stars beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Action, QuietTriggers, Subspace
from ammo_agents.records import (
    Edge,
    Entity,
    EntityId,
    Fact,
    Knowledge,
    Quantity,
    Shift,
    Source,
    SubspaceId,
    fact_id,
)

DAY = dt.date(2026, 3, 2)
SKILLS = ("python", "welding", "baking", "drawing", "sailing")
ROOMS: Mapping[str, tuple[str, ...]] = {
    "work": tuple(f"{skill}-worker" for skill in SKILLS),
    "school": tuple(f"{skill}-course" for skill in SKILLS),
    "isles": tuple(f"isle-{n}" for n in range(6)),
    "stars": tuple(f"star-{n}" for n in range(40)),
}
"""Subspace → slugs of its entities."""


def entity_of(space: str, slug: str) -> Entity:
    """Return one entity."""
    name = slug.replace("-", " ").capitalize()
    return Entity(
        id=EntityId(f"{space}/{slug}"),
        subspace=SubspaceId(space),
        name=name,
        summary=f"{name} of {space}.",
    )


def fact_of(space: str, slug: str) -> Fact:
    """Return the one standing fact of an entity."""
    entity, verb = (
        entity_of(space, slug),
        {"work": "asks for the skill", "school": "teaches the skill"}.get(space),
    )
    skill = slug.partition("-")[0]
    frame = f"{entity.name} {verb} {{skill}}." if verb else f"{entity.name} lies {{skill}} out."
    text = skill.capitalize() if verb else f"{len(slug)} miles"
    return Fact(
        id=fact_id(entity=entity.id, predicate=f"{space}.skill", date=DAY, statement=frame + text),
        subspace=SubspaceId(space),
        entity=entity.id,
        predicate=f"{space}.skill",
        frame=frame,
        quantities=(Quantity(name="skill", value=text, unit="", text=text),),
        date=DAY,
        source=Source(name="A list made for tests", licence="CC0-1.0"),
    )


def known(space: str) -> Knowledge:
    """Return what a subspace knows."""
    return Knowledge(
        entities=tuple(entity_of(space, slug) for slug in ROOMS[space]),
        facts=tuple(fact_of(space, slug) for slug in ROOMS[space]),
    )


def taught(others: Mapping[SubspaceId, Knowledge]) -> Sequence[Edge]:
    """Return which course teaches what a posting asks for, and two edges that lead nowhere."""
    if SubspaceId("school") not in others:
        return []
    pairs = [
        Edge(
            source=EntityId(f"work/{skill}-worker"),
            kind="taught by",
            target=EntityId(f"school/{skill}-course"),
        )
        for skill in SKILLS
    ]
    nowhere = Edge(source=pairs[0].source, kind="taught by", target=EntityId("school/nobody"))
    foreign = Edge(source=pairs[0].target, kind="asked by", target=pairs[0].source)
    return [*pairs, nowhere, foreign]


class Days(QuietTriggers):
    """A world in which days pass and nothing happens."""

    async def advance(self) -> Sequence[Shift]:
        """Move one day on."""
        self._day += dt.timedelta(days=1)
        return ()


def subspace(space: str) -> Subspace:
    """Return one subspace."""
    return Subspace(
        id=SubspaceId(space),
        title=space.capitalize(),
        knowledge=lambda: known(space),
        triggers=lambda options: Days(options.start or DAY),
        bridges=taught if space == "work" else None,
        actions=(Action(name="apply", label="Apply", reward=1.0, weight=2.0),)
        if space == "work"
        else (),
    )


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer all four."""
    return [subspace(space) for space in ROOMS]
