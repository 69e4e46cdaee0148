"""The first three taps: what somebody new is offered to pick from, and what a pick says (W3).

A tile stands for an entity and the living cards about it and its neighbours. A pick is an ordinary event
on the mean of those cards, so it needs no embedder, and every explanation can name it at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents.aipp.feedback import statement
from ammo_agents.errors import NotFoundError
from ammo_agents.geometry import unit
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.records import Entity, EntityId, Knowledge, Subject, Vector
from ammo_agents.round.companion import Companion
from ammo_agents.round.receipt import Given

PICK = "pick"
BESIDE = 0.5
"""What a card about a neighbour counts, beside 1 for a card about the entity itself."""

FEWEST, MOST = 3, 0.6
"""A tile stands for at least so many cards and at most this share of all: less or more says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One thing to pick."""

    entity: Entity
    cards: int
    """Living cards about it or a neighbour."""


def tiles(living: LivingMatrix, knowledge: Knowledge, n: int) -> tuple[Tile, ...]:
    """Return up to `n` entities that together stand for as many living cards as they can.

    Greedy coverage: each next tile is the one that adds most cards the tiles before it do not stand for.
    """
    reach = _reach(living, knowledge)
    names = {e.id: e for e in knowledge.entities}
    covered = np.zeros(len(living))
    chosen: list[Tile] = []
    most = max(FEWEST, MOST * len(living))
    size = {id: int(np.count_nonzero(reach[id])) for id in reach if id in names}
    open_ = sorted(id for id, cards in size.items() if FEWEST <= cards <= most) or sorted(size)
    while open_ and len(chosen) < n:
        gains = [float(np.maximum(reach[id] - covered, 0).sum()) for id in open_]
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        id = open_.pop(best)
        covered = np.maximum(covered, reach[id])
        chosen.append(Tile(entity=names[id], cards=size[id]))
    return tuple(chosen)


async def pick(companion: Companion, knowledge: Knowledge, entity: EntityId) -> Given:
    """Keep one pick as an event; the same pick twice counts once.

    Raises:
        NotFoundError: no such entity, or no living card stands for it.
    """
    for event in companion.events:
        said = event.feedback
        if said.act == PICK and said.subject is not None and said.subject.entity == entity:
            return await companion.repeated(event)
    subject = await _subject(companion, knowledge, entity)
    now = await companion.now()
    record = statement(PICK, companion.person, companion.subspace, subject, now)
    return await companion.keep(await companion.memory.event(record))


async def _subject(companion: Companion, knowledge: Knowledge, id: EntityId) -> Subject:
    found = next((e for e in knowledge.entities if e.id == id), None)
    reach = _reach(companion.living, knowledge).get(id)
    if found is None or reach is None:
        raise NotFoundError(f"there is no tile {id!r}", hint="Pick one of those that are shown.")
    place = _mean(companion.living, reach)
    return Subject(
        kind="entity",
        name=found.name,
        text=f"{found.name}. {found.summary}",
        entity=found.id,
        space=await companion.ledger.meta("space") or "",
        place=tuple(place.astype(np.float64).tolist()),
    )


def _mean(living: LivingMatrix, reach: np.ndarray) -> Vector:
    """Return the unit mean of the rows a tile stands for, shape (D,)."""
    rows = living.matrix[: len(reach)]  # (n, D)
    return unit((reach.astype(np.float32) @ rows).astype(np.float32), name="a tile")


def _reach(living: LivingMatrix, knowledge: Knowledge) -> Mapping[EntityId, np.ndarray]:
    """Return, for each entity some card stands for, how far it stands for each living card, shape (n,)."""
    near: dict[EntityId, set[EntityId]] = defaultdict(set)
    for edge in knowledge.edges:
        near[edge.source].add(edge.target)
        near[edge.target].add(edge.source)
    about = list(living.about)
    reach: dict[EntityId, np.ndarray] = defaultdict(lambda: np.zeros(len(about)))
    for row, one in enumerate(about):
        for other in near[one.entity]:
            reach[other][row] = BESIDE
    for row, one in enumerate(about):
        reach[one.entity][row] = 1.0
    return dict(reach)


def spread(per_subspace: Sequence[Sequence[Tile]], n: int) -> list[Tile]:
    """Return `n` tiles of several subspaces in turn: none is crowded out by a larger one."""
    rows = [list(tiles) for tiles in per_subspace]
    found: list[Tile] = []
    while len(found) < n and any(rows):
        for row in rows:
            if row and len(found) < n:
                found.append(row.pop(0))
    return found
