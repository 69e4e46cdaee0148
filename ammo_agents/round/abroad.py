"""What a running AMMO needs for feeds over several subspaces: their matrices, their User Buddies, their bridges."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from ammo_agents.errors import AmmoError
from ammo_agents.geometry import Basis, MixedFrame
from ammo_agents.ledger import SqliteLedger
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.metaspace.union import LivingUnion, Member
from ammo_agents.ports import Clock, Subspace, Wording
from ammo_agents.records import (
    EVERYTHING,
    Composition,
    Edge,
    Entity,
    EntityId,
    Fact,
    Knowledge,
    PersonId,
    Placed,
    SubspaceId,
    Vector,
)
from ammo_agents.round import profile
from ammo_agents.round.bridging import Bridges
from ammo_agents.round.companion import Companion
from ammo_agents.round.districts import Atlas, District, Share, drawn
from ammo_agents.round.parts import Parts
from ammo_agents.round.traveller import Traveller, mixed_prior
from ammo_agents.settings import Settings


class Installed(Protocol):
    """The plugins, as far as they are asked here."""

    def subspaces(self) -> list[Subspace]:
        """Return every subspace."""
        ...


class House(Protocol):
    """A running AMMO as one person sees it: `app.App`."""

    @property
    def parts(self) -> Parts:
        """What everybody shares."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock."""
        ...

    @property
    def plugins(self) -> Installed:
        """The plugins."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def ledger(self) -> SqliteLedger:
        """The truth."""
        ...

    @property
    def person(self) -> PersonId:
        """Whose User Buddy this is."""
        ...

    async def basis(self) -> Basis:
        """Return the frame of φ."""
        ...

    async def place(self, text: str) -> Vector:
        """Return a text's unit row."""
        ...

    async def knowledge(self, subspace: Subspace) -> Knowledge:
        """Return a subspace's knowledge base."""
        ...

    async def living(self, subspace: Subspace) -> LivingMatrix:
        """Return the matrix of what was written in a subspace."""
        ...

    async def companion(self, name: str | None = None) -> Companion:
        """Return the person's User Buddy of a subspace."""
        ...


def atlas_of(house: House) -> Atlas:
    """Return the map of subspaces that holds now."""
    return drawn(house.parts.compositions, [space.id for space in house.plugins.subspaces()])


def district(house: House, name: str) -> District | None:
    """Return what a name stands for, if it is no subspace of its own."""
    if name != EVERYTHING and not house.parts.compositions:
        return None
    return atlas_of(house).districts.get(SubspaceId(name))


def places(house: House, name: str) -> tuple[SubspaceId, ...]:
    """Return the subspaces in which is written what a feed shows: worlds go on apart."""
    found = district(house, name)
    return (SubspaceId(name),) if found is None or not found.spaces else found.spaces


def home_of(house: House, name: str) -> SubspaceId:
    """Return the one subspace that stands for a feed where only one can: the settings' own, or the first."""
    spaces, own = places(house, name), SubspaceId(house.settings.subspace)
    return own if own in spaces else spaces[0]


async def changes(ledger: SqliteLedger | None) -> list[Composition]:
    """Return what people did to the map of this home, as it stands."""
    return [] if ledger is None else list(await ledger.compositions())


def as_subspace(district: District) -> Subspace:
    """Return a district as what every view knows: a subspace in which nothing is written."""
    names = ", ".join(district.spaces)
    return Subspace(
        id=district.id, title=district.title, knowledge=Knowledge, summary=f"Shows {names}."
    )


async def feed(house: House, subspace: Subspace) -> LivingMatrix:
    """Return what the feed of a subspace is chosen from: what is written there, as the map shows it."""
    atlas = atlas_of(house)
    if subspace.id not in atlas.feeds:
        return await house.living(subspace)
    return await _union(house, subspace.id, atlas.feeds[subspace.id])


async def welcome(house: House, living: LivingMatrix) -> None:
    """Let the creations of other subspaces that belong here too live here, as long as they do at home."""
    for guest in await house.ledger.guests(living.subspace):
        day = await house.ledger.day(guest.creation.subspace)
        age = 0 if day is None else (day - guest.creation.date).days
        if age <= house.settings.days_live:
            living.add(guest)


async def known_to(house: House, district: District) -> Knowledge:
    """Return what the subspaces of a district know together, as one graph with its bridges."""
    spaces = [s for s in house.plugins.subspaces() if s.id in district.spaces]
    found = [await house.knowledge(space) for space in spaces]
    names = {entity.id for one in found for entity in one.entities}
    across = [edge for space in spaces for edge in await bridges_from(house, space)]
    return Knowledge(
        entities=tuple(entity for one in found for entity in one.entities),
        edges=(
            *(edge for one in found for edge in one.edges),
            *(e for e in across if e.target in names),
        ),
        facts=tuple(fact for one in found for fact in one.facts),
    )


async def travelling(house: House, district: District) -> Traveller:
    """Return the person's User Buddy of a district, which has read what they said in its subspaces."""
    chosen = await profile.read(house.ledger.diary, house.person, house.settings)
    installed = {space.id: space for space in house.plugins.subspaces()}
    spaces = district.spaces

    def abroad() -> Sequence[Companion]:
        open_ = house.parts.companions.items()
        return [c for (who, where), c in open_ if who == house.person and where in spaces]

    traveller = Traveller(
        person=house.person,
        subspace=district.id,
        settings=profile.applied(chosen, house.settings),
        clock=house.clock,
        ledger=house.ledger,
        frame=MixedFrame(basis=replace(await house.basis(), tables=""), spaces=spaces),
        prior=mixed_prior(len(spaces)),
        living=await _union(house, district.id, district.shares),
        place=house.place,
        mix=chosen.mix,
        mates=house.companion,
        abroad=abroad,
        titles={id: space.title for id, space in installed.items()},
        mods={id: space.actions for id, space in installed.items()},
    )
    await traveller.load()
    return traveller


def fits(house: House, companion: Companion) -> bool:
    """Return whether an open User Buddy still sees what the map shows it."""
    living, open_ = companion.living, house.parts.living
    if isinstance(living, LivingUnion) and any(
        open_.get(member.living.subspace) is not member.living for member in living.members
    ):
        return False  # a subspace went, or came anew
    if not isinstance(companion, Traveller):
        return True
    district = atlas_of(house).districts.get(companion.subspace)
    return district is not None and district.spaces == companion.frame.spaces


async def redraw(house: House) -> None:
    """Let every open User Buddy see the map as it is now; nobody has to start anew."""
    parts, atlas = house.parts, atlas_of(house)
    installed = {space.id: space for space in house.plugins.subspaces()}
    for key, companion in list(parts.companions.items()):
        if isinstance(companion, Traveller) and companion.subspace not in atlas.districts:
            for kept in (parts.companions, parts.sittings, parts.seats):
                kept.pop(key, None)
        elif isinstance(companion, Traveller):
            shares = atlas.districts[companion.subspace].shares
            companion.living = await _union(house, companion.subspace, shares)
        elif companion.subspace in installed:
            companion.living = await feed(house, installed[companion.subspace])


async def bridges(house: House) -> tuple[Edge, ...]:
    """Return the edges between entities of different subspaces, for what is installed now."""
    found = [await bridges_from(house, space) for space in house.plugins.subspaces()]
    return tuple(edge for edges in found for edge in edges)


async def bridges_from(house: House, space: Subspace) -> tuple[Edge, ...]:
    """Return the edges that lead from a subspace to others, heaviest first; cached until others are installed.

    A subspace whose answer is wrong gives no edge: an edge begins at an entity of its own and ends at one of
    another subspace that is installed.
    """
    if space.bridges is None:
        return ()
    others = sorted(house.plugins.subspaces(), key=lambda one: one.id)
    names = tuple(one.id for one in others)
    kept = house.parts.bridges
    async with house.parts.locks[f"bridges/{space.id}"]:
        if space.id not in kept or kept[space.id][0] != names:
            known = {one.id: await house.knowledge(one) for one in others}
            kept[space.id] = names, await _bridges_of(space, known)
    return kept[space.id][1]


async def leading(house: House, entity: EntityId) -> tuple[Edge, ...]:
    """Return where an entity leads in other subspaces, heaviest first."""
    home = entity.partition("/")[0]
    spaces = [space for space in house.plugins.subspaces() if space.id == home]
    found = [await bridges_from(house, space) for space in spaces]
    return tuple(edge for edges in found for edge in edges if edge.source == entity)


async def ahead(house: House, space: Subspace) -> Bridges | None:
    """Return what the Goal Buddies of a subspace may tell of others; None if nothing leads there."""
    edges = await bridges_from(house, space)
    if not edges:
        return None
    ends = {edge.target for edge in edges}
    entities: dict[EntityId, Entity] = {}
    facts: dict[EntityId, list[Fact]] = {}
    wordings: dict[str, Wording] = {}
    for other in house.plugins.subspaces():
        knowledge = await house.knowledge(other)
        named = {entity.id: entity for entity in knowledge.entities if entity.id in ends}
        if named:
            entities |= named
            wordings |= other.wordings
            for fact in knowledge.facts:
                if fact.entity in named:
                    facts.setdefault(fact.entity, []).append(fact)
    done = await house.ledger.bridged(space.id)
    return Bridges(edges=edges, entities=entities, facts=facts, wordings=wordings, done=done)


def settle(house: House, placed: Placed) -> None:
    """Let a creation live in the other open subspaces that it belongs to."""
    for space in placed.creation.also:
        if space in house.parts.living:
            house.parts.living[space].add(placed)


async def _bridges_of(space: Subspace, known: Mapping[SubspaceId, Knowledge]) -> tuple[Edge, ...]:
    if space.bridges is None:
        return ()
    try:
        offered = await asyncio.to_thread(space.bridges, known)
    except (AmmoError, LookupError, TypeError, ValueError, AttributeError):
        return ()
    own = {entity.id for entity in known[space.id].entities}
    abroad = {e.id for id, one in known.items() if id != space.id for e in one.entities}
    sound = {
        e: None for e in offered if isinstance(e, Edge) and e.source in own and e.target in abroad
    }
    return tuple(sorted(sound, key=lambda e: (-e.weight, e.source, e.target)))


async def _union(house: House, name: SubspaceId, shares: Sequence[Share]) -> LivingUnion:
    installed = {space.id: space for space in house.plugins.subspaces()}
    members = [
        Member(living=await house.living(installed[share.subspace]), takes=share.takes)
        for share in shares
        if share.subspace in installed
    ]
    return LivingUnion(name, members)
