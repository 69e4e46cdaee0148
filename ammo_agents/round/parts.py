"""What every person of one running AMMO shares."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ammo_agents.ledger import SqliteLedger
from ammo_agents.metaspace.index import Index
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.ports import Embedder, Model, Subspace
from ammo_agents.records import Composition, Edge, Knowledge, PersonId, SubspaceId
from ammo_agents.round.companion import Companion
from ammo_agents.round.pens import Pens
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
    bridges: dict[SubspaceId, tuple[tuple[SubspaceId, ...], tuple[Edge, ...]]] = field(
        default_factory=dict
    )
    """Edges from a subspace to others, and what was installed when it was asked; may be dropped at any time."""
    pens: Pens = field(default_factory=Pens)
    """Shared by every world: all of them write with one model."""
    runs: Runs | None = None
    leaving: list[Callable[[SubspaceId], Awaitable[None]]] = field(default_factory=list)
    """Who lets go of a subspace before it is taken away or brought anew: whoever has loops there."""
    arriving: list[Callable[[Sequence[Subspace]], Awaitable[None]]] = field(default_factory=list)
    """Who begins with subspaces that have just come."""
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Two who ask for one part at once get the same."""

    async def leave(self, subspace: SubspaceId) -> None:
        """Stop what works in a subspace and drop what is held of it; everything elsewhere goes on."""
        for let_go in self.leaving:
            await let_go(subspace)
        for kept in (self.knowledge, self.living, self.worlds):
            kept.pop(subspace, None)
        for shared in (self.companions, self.seats, self.sittings):
            for key in [key for key in shared if key[1] == subspace]:
                del shared[key]
        self.bridges.clear()

    async def arrive(self, subspaces: Sequence[Subspace]) -> None:
        """Begin with subspaces that have just come."""
        self.bridges.clear()
        for begin in self.arriving:
            await begin(subspaces)
