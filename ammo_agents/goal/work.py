"""What a Goal Buddy works with, and the way to let it work. (W7).

LangGraph weighs a second of CPU: it is loaded when the first buddy writes, not when a page is opened (D14).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from ammo_agents.goal.guest import Guest
from ammo_agents.goal.principles import Charter
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.ports import Embedder, Evidence, Model, Wording
from ammo_agents.records import (
    BuddyId,
    Entity,
    EntityId,
    Fact,
    FactId,
    GoalBuddy,
    Matrix,
    Placed,
    Rejected,
    Vector,
)
from ammo_agents.settings import set_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalContext:
    """What a buddy may use, and what the core keeps from it (the gate, the visibility, the costs)."""

    model: Model | None
    """None = nobody writes: every line is realised."""
    embedder: Embedder
    space: str
    """Fingerprint of the space."""
    entities: Mapping[EntityId, Entity]
    wordings: Mapping[str, Wording]
    evidence: Sequence[Evidence] = ()
    charter: Charter = field(default_factory=Charter)
    """The principles of the subspace and of the buddy."""
    graph: Guest | None = None
    """The graph that writes for this buddy; None = AMMO's own stages."""
    graph_seconds: float = 120.0
    """Seconds until a graph is given up."""
    known: Sequence[Fact] = ()
    """Facts of the buddy's entity and its neighbours."""
    recent: set[FactId]
    """Facts its living creations stand on."""
    living: Matrix
    """Unit rows of the living creations, shape (n, D)."""
    titles: set[str]
    """Titles of the living creations, lower case."""
    visibility: Callable[[Vector, EntityId], float]
    """P(e ∈ S) of a place, computed by the core."""
    cost_limit: float = 0.34
    cost_weight: float = 1.0
    """λ."""
    now: Callable[[], dt.datetime]
    progress: Callable[[BuddyId, str], None] | None = None


async def create(
    buddy: GoalBuddy, stimulus: Stimulus, context: GoalContext
) -> Placed | Rejected | None:
    """Return a creation with its place, or why there is none; None where the buddy has nothing to say.

    Faults of a model are values here: the attempt is `Rejected` (stage ``model`` or ``budget``) or its
    lines are realised; nothing half-made comes out.
    """
    graph = await asyncio.to_thread(_graph)
    made: Placed | Rejected | None = await graph.create(buddy, stimulus, context)
    return made


def _graph() -> ModuleType:
    """Return the module of the graph; what LangGraph reads at its import is set first (S12)."""
    set_environment("LANGGRAPH_STRICT_MSGPACK", "true")
    set_environment("LANGSMITH_TRACING", "false")
    return importlib.import_module("ammo_agents.goal.graph")
