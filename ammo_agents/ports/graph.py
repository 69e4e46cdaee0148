"""What a graph of one's own gets and gives: a plugin's LangGraph graph that works for a Goal Buddy (W7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ammo_agents.ports.model import Model
from ammo_agents.ports.subspace import Wording
from ammo_agents.records import Draft, Fact, GoalBuddy, Idea


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a graph may know of the work in hand: copies, so that nothing it does to them reaches AMMO."""

    buddy: GoalBuddy
    idea: Idea
    """Why it writes, with the facts that arithmetic chose, the most telling first."""
    known: tuple[Fact, ...]
    """Every fact it may cite: the idea's own come first."""
    wordings: Mapping[str, Wording]
    """Predicate → how its facts may be said."""
    titles: frozenset[str]
    """Living titles in lower case: another card may not have one of them."""
    model: Model | None
    """The language model, metered in the buddy's name; None = nobody writes."""


class BuddyGraph(Protocol):
    """Works for the Goal Buddies that name it. What it gives is read as a stranger's."""

    name: str
    """What ``graph`` of a buddy says: a slug."""

    async def write(self, brief: Brief) -> Draft | None:
        """Return what it wrote, or None where it has nothing to say.

        It runs in a loop and a thread of its own, with a time limit. AMMO keeps the words and the ids of the
        facts of the draft and nothing else: the gate reads every sentence, and cost, place, visibility, model
        and usage are found again.
        """
        ...
