"""What Goal Buddies make: drafts, their grounding, creations and refusals (W7, W8)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from ammo_agents.records.idea import Idea, IdeaKind
from ammo_agents.records.ids import BuddyId, CreationId, EntityId, FactId, IdeaId, SubspaceId
from ammo_agents.records.model import Usage
from ammo_agents.records.vectors import Vector

Author = Literal["model", "realiser"]
"""Who chose the words of a sentence: a language model, or the deterministic realiser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence and the facts it stands on."""

    text: str
    facts: tuple[FactId, ...]
    author: Author = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """Prose that states nothing checkable (a greeting, a bridge)."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBlock:
    """A sentence with its sources."""

    claim: Claim
    kind: Literal["claim"] = "claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBlock:
    """A small table; every cell comes from the cited facts."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    facts: tuple[FactId, ...]
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartBlock:
    """A line over days, drawn from one fact's series."""

    title: str
    unit: str
    dates: tuple[dt.date, ...]
    values: tuple[float, ...]
    facts: tuple[FactId, ...]
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a dialogue."""

    speaker: BuddyId
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueBlock:
    """Two buddies in conversation; every turn is a claim."""

    turns: tuple[Turn, ...]
    kind: Literal["dialogue"] = "dialogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionBlock:
    """A question to the person, with answers to pick from."""

    question: str
    options: tuple[str, ...]
    kind: Literal["question"] = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionBlock:
    """A link or a call that a person must confirm; AMMO never does it by itself."""

    label: str
    target: str
    kind: Literal["action"] = "action"


Block = (
    TextBlock | ClaimBlock | TableBlock | ChartBlock | DialogueBlock | QuestionBlock | ActionBlock
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a buddy wrote, before anybody checked it."""

    idea: Idea
    title: Claim
    hook: Claim
    claims: tuple[Claim, ...]
    blocks: tuple[Block, ...] = ()
    model: str
    """The model's id: ``local/smollm2-135m``; ``realiser`` when no model wrote a word."""
    prompt: str = ""
    """Fingerprint of the prompt texts used."""
    usage: Usage = field(default_factory=Usage)
    tried: int = 0
    """Sentences the model offered for this draft, used or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A sentence the gate did not let through, and why."""

    text: str
    facts: tuple[FactId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """A draft whose claims met the evidence, and what that cost."""

    draft: Draft
    """Only supported claims are left."""
    cost: float
    """Cost(e) of the whitepaper, in [0, 1]: unsupported / min(stated, 3), at most 1."""
    flags: tuple[Flag, ...] = ()


Stage = Literal["draft", "ground", "embed", "duplicate", "visibility", "budget", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An idea that stays unpublished, and the reason. A value, not an error."""

    idea: Idea
    stage: Stage
    reason: str
    cost: float = 0.0
    flags: tuple[Flag, ...] = ()
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    tried: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A published piece: everything a door shows, without its vector."""

    id: CreationId
    idea: IdeaId
    kind: IdeaKind
    buddy: BuddyId
    subspace: SubspaceId
    entity: EntityId
    date: dt.date
    """The day of the subspace's world it speaks of."""
    created_at: dt.datetime
    title: Claim
    hook: Claim
    claims: tuple[Claim, ...]
    blocks: tuple[Block, ...]
    cost: float
    visibility: float
    """The buddy's own estimate of P(e ∈ S) when it published, in [0, 1]."""
    surprise: float
    model: str
    prompt: str
    seed: int
    usage: Usage = field(default_factory=Usage)
    flags: tuple[Flag, ...] = ()
    tried: int = 0
    request: str = ""
    also: tuple[SubspaceId, ...] = ()
    """Other subspaces it lives in too: those whose facts it stands on (W5)."""
    adapter: str = ""
    """Id of the adapter that its words were written with; empty = the base model, or no model."""

    @property
    def text(self) -> str:
        """The words that are embedded: title, hook and claims."""
        return " ".join([self.title.text, self.hook.text, *(claim.text for claim in self.claims)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A creation with its place in the MetaSpace."""

    creation: Creation
    vector: Vector = field(compare=False)
    """Unit row, shape (D,), float32."""
    space: str
    """Fingerprint of the space that `vector` belongs to."""
