"""What every person of one running AMMO shares."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ammo_agents.ledger import SqliteLedger
from ammo_agents.metaspace.index import Index
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.ports import Embedder, Model
from ammo_agents.records import Composition, Edge, Knowledge, PersonId, SubspaceId
from ammo_agents.round.companion import Companion
from ammo_agents.round.runs import Runs
from ammo_agents.round.sitting import Sitting
from ammo_agents.round.world import World

if TYPE_CHECKING:  # LangGraph's weight is for who takes a seat
    from ammo_agents.round.seat import Seat


@dataclass(slots=True)
class Parts:
    """What every person of one running AMMO shares; each part is opened when it is first asked for."""

    ledger: SqliteLedger | None
    stack: AsyncExitStack
    models: dict[str, Model] = field(default_factory=dict)
    """By id; all of them share one budget."""
    embedder: Embedder | None = None
    index: Index | None = None
    knowledge: dict[SubspaceId, Knowledge] = field(default_factory=dict)
    living: dict[SubspaceId, LivingMatrix] = field(default_factory=dict)
    companions: dict[tuple[PersonId, SubspaceId], Companion] = field(default_factory=dict)
    seats: dict[tuple[PersonId, SubspaceId], Seat] = field(default_factory=dict)
    """Taken seats."""
    sittings: dict[tuple[PersonId, SubspaceId], Sitting] = field(default_factory=dict)
    """People in front of their feed."""
    worlds: dict[SubspaceId, World] = field(default_factory=dict)
    """Worlds that were opened."""
    compositions: list[Composition] = field(default_factory=list)
    """What people did to the map of subspaces, as it stands."""
    bridges: dict[tuple[SubspaceId, ...], tuple[Edge, ...]] = field(default_factory=dict)
    """Edges between subspaces, by what was installed when they were asked for; may be dropped at any time."""
    runs: Runs | None = None
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Two who ask for one part at once get the same."""
