"""What a person is shown, says, and is believed to like (W3, W11)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from ammo_agents.records.ids import (
    CreationId,
    EntityId,
    FeedbackId,
    PersonId,
    SlateId,
    SubspaceId,
)
from ammo_agents.records.vectors import Wide

PartKind = Literal["prior", "event", "space", "exploration", "novelty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One term of a score; the parts of a card add up to its score."""

    kind: PartKind
    label: str
    """Words a person understands: ``you liked "Bitcoin falls 12%"``."""
    value: float
    feedback: FeedbackId | None = None
    """The event it comes from, for kind ``event``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One filled attention slot."""

    creation: CreationId
    position: int
    """0 is the first."""
    score: float
    """φ(e)·q, before exploration."""
    propensity: float
    """P(this card | the cards before it), in (0, 1]."""
    inclusion: float
    """π = P(this card in the slate), in (0, 1]."""
    exploring: bool
    """A greedy buddy would not have shown it."""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slate:
    """S with |S| ≤ N: what was chosen, how, and what it displaced (W11, W14)."""

    id: SlateId
    person: PersonId
    subspace: SubspaceId
    at: dt.datetime
    slots: tuple[Slot, ...]
    tau: float
    """Temperature of the Gumbel noise; 0 is greedy."""
    exploration: float
    """ε: the expected share of the slate that a greedy buddy would not have shown."""
    seed: int
    basis: str
    """Fingerprint of the basis of φ."""
    preference_version: int
    """How many of the person's events the choice knew."""
    candidates: tuple[CreationId, ...]
    """C: everything that could have been shown, in canonical (id) order."""
    scores: tuple[float, ...] = ()
    """φ·q of each candidate, same order; what off-policy estimates need."""
    displaced: tuple[CreationId, ...] = ()
    """The greedy slate's cards that noise and caps left out: the counterfactual of W14."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an act is about when it is about no card: an entity, or a topic in the person's words (W13)."""

    kind: Literal["entity", "topic"]
    name: str
    """Words for the person: ``Bitcoin``, ``price talk``."""
    text: str
    """The text that is placed in the space."""
    entity: EntityId | None = None
    """For kind ``entity``."""
    space: str = ""
    """Fingerprint of the space that `place` lies in."""
    place: tuple[float, ...] = ()
    """The text's unit row, D numbers; placed again when the space is another."""

    @property
    def key(self) -> str:
        """What beliefs are grouped by: the entity's id, or ``topic/`` and the words."""
        return self.entity or f"topic/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One act of one person: about a creation, or about an entity or a topic they were asked or spoke of."""

    id: FeedbackId
    key: str
    """Idempotency key of the request that carried it."""
    person: PersonId
    subspace: SubspaceId
    creation: CreationId
    """Empty for an act with a `subject`."""
    slate: SlateId | None
    act: str
    """``like``, ``skip``, ``save``, ``ask``, ``hide``, ``dislike`` … or a subspace's own."""
    reward: float
    """y in [0, 1]."""
    weight: float
    """a in [1/4, 4]; 0 for acts that say nothing about taste."""
    at: dt.datetime
    day: int
    """Days of use (days with a presented slate) before it; forgetting counts in these."""
    note: str = ""
    subject: Subject | None = None
    over: tuple[CreationId, ...] = ()
    """For a choice: the cards it was chosen over (“which of these”)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A person's state in one subspace: q = L⁻¹h, and the fold that made it."""

    person: PersonId
    subspace: SubspaceId
    basis: str
    version: int
    """Number of events folded in."""
    day: int
    """Days of use it was folded up to."""
    q: Wide = field(compare=False)
    """Shape (d,), float64."""
    precision: Wide = field(compare=False)
    """L, shape (d, d), float64."""
    information: Wide = field(compare=False)
    """h, shape (d,), float64."""
