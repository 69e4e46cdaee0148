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
