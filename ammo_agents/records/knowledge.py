"""What is known: entities, edges and human-verified facts (W2, W6)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from ammo_agents.records.ids import EntityId, FactId, SubspaceId, content_id

SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A slot in a fact's frame: ``{close}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a statement comes from, and who stands behind it."""

    name: str
    url: str = ""
    licence: str = ""
    verified_by: str = ""
    """Who checked it: a person, an institution, or the computation that made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A node of a subspace's knowledge graph; a Goal Buddy can be born from it."""

    id: EntityId
    subspace: SubspaceId
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = "thing"
    summary: str = ""
    keywords: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A typed, directed edge of the knowledge graph."""

    source: EntityId
    kind: str
    target: EntityId
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number or date of a fact, with the exact words that state it."""

    name: str
    """The slot it fills in the frame: ``close``."""
    value: float | str
    """The number *as displayed* (rounded), in `unit`; an ISO date for a date."""
    unit: str
    """``USD``, ``%``, ``days``, ``date``, ``x`` …"""
    text: str
    """How a sentence says it: ``$29,001.72``, ``3.2%``, ``3 January 2020``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The numbers behind a fact, oldest first, for a chart or a table."""

    title: str
    unit: str
    dates: tuple[dt.date, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement that a creation may repeat, with every number it was computed from."""

    id: FactId
    subspace: SubspaceId
    entity: EntityId
    predicate: str
    """What kind of statement: ``coin.jump``; wordings and entailed words are looked up by it."""
    frame: str
    """The sentence with a slot per quantity: ``Bitcoin closed at {close} on {date}.``"""
    quantities: tuple[Quantity, ...]
    date: dt.date
    """The day of the subspace's world that the statement speaks of."""
    source: Source
    direction: Literal["up", "down"] | None = None
    surprise: float = 0.0
    """-ln P of something at least this unusual in the entity's own history, in nats; 0 = ordinary."""
    mentions: tuple[EntityId, ...] = ()
    """Other entities the statement names."""
    inputs: tuple[Quantity, ...] = ()
    """The raw numbers (unrounded) that the quantities were computed from."""
    series: Series | None = None

    @property
    def statement(self) -> str:
        """The frame with every slot filled: the canonical sentence."""
        words = {q.name: q.text for q in self.quantities}
        return SLOT.sub(lambda match: words[match.group(1)], self.frame)


def fact_id(*, entity: EntityId, predicate: str, date: dt.date, statement: str) -> FactId:
    """Return the id of a fact: a hash of what it states and of whom, when."""
    return FactId(content_id("f", [entity, predicate, date, statement]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """A subspace's knowledge base: its graph and the facts that always hold."""

    entities: tuple[Entity, ...] = ()
    edges: tuple[Edge, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Something happened in a subspace (W9): the facts of one entity on one day."""

    subspace: SubspaceId
    entity: EntityId
    date: dt.date
    facts: tuple[Fact, ...]
    """Most surprising first."""

    @property
    def surprise(self) -> float:
        """The surprise of the most surprising fact, in nats."""
        return max((fact.surprise for fact in self.facts), default=0.0)
