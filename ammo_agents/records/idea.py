"""Why a Goal Buddy writes: g of x = π(g | K, θ) (W7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ammo_agents.records.ids import BuddyId, EntityId, IdeaId, SubspaceId
from ammo_agents.records.knowledge import Fact


class IdeaKind(StrEnum):
    """The five kinds of idea of W7."""

    REQUEST = "request"
    """A person asked."""
    QUERY = "query"
    """The system asked: a region that people like and that is empty, a comparison, a follow-up."""
    SCHEDULE = "schedule"
    """The calendar says so: a week is over, an anniversary."""
    SIGNAL = "signal"
    """A shift in the subspace."""
    CURIOSITY = "curiosity"
    """An empty or contested region of the space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalBuddy:
    """A creator agent, born of one entity of the knowledge graph; it stays in its subspace."""

    id: BuddyId
    subspace: SubspaceId
    entity: EntityId
    name: str
    voice: str = ""
    """How it likes to write, for models that can follow it; never a fact."""
    neighbours: tuple[EntityId, ...] = ()
    """Entities one edge away, nearest first."""
    topics: tuple[str, ...] = ()
    """Words that choose its facts: of all it may stand on, those that name one of these come first; empty = all alike."""
    sources: tuple[str, ...] = ()
    """Names of the only sources it may cite; empty = any."""
    schedule: str = ""
    """When the calendar wakes it, beyond shifts: ``daily``, ``weekly``, or a weekday (``mon`` …); empty = never."""
    model: str = ""
    """The language model it writes with; empty = the one of the settings."""
    budget: int | None = None
    """Creations it may publish in a day of its world; None = as the settings say, and never more than they say."""
    cost_weight: float | None = None
    """λ, the weight of Cost(e) in its utility; None = as the settings say, and never below that."""
    principles: tuple[str, ...] = ()
    """What its creations must keep to, checked like claims (W23)."""
    prompt: str = ""
    """Its author's instructions, for models that can follow them; data in the gate's eyes, never a fact."""
    graph: str = ""
    """Name of the LangGraph graph that works for it; empty = the default one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """One reason to write, with the facts it may stand on."""

    id: IdeaId
    kind: IdeaKind
    buddy: BuddyId
    subspace: SubspaceId
    entity: EntityId
    date: dt.date
    facts: tuple[Fact, ...]
    """The facts chosen by arithmetic, most surprising first; retrieval may add more."""
    surprise: float = 0.0
    request: str = ""
    """The person's or the system's words, for REQUEST and QUERY. Data, never instructions."""
    seed: int = 0
