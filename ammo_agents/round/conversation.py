"""A person asks; their own buddy, or the Goal Buddy that made a card, answers from facts (W12)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents.adapters.voice import Voices, stamp_of
from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.ports import Embedder, Ledger, Model, Wording
from ammo_agents.records import (
    Claim,
    Creation,
    Entity,
    EntityId,
    Fact,
    FactId,
    GoalBuddy,
    Sampling,
    SubspaceId,
)
from ammo_agents.user.elaborate import Elaboration, Gate, Library, answer, worded

OWN = "your User Buddy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A whole answer: its words, the facts it cites in the order of their numbers, and whose it is."""

    text: str
    facts: tuple[Fact, ...]
    by: str
    model: str = ""
    """The model that worded it; empty = the facts' own words."""
    known: bool = True
    adapter: str = ""
    """The adapter it was worded with; empty = the base, or no model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What talking in one subspace needs."""

    subspace: SubspaceId
    ledger: Ledger
    embedder: Embedder
    model: Model | None = None
    voices: Voices | None = None
    """Gives each Goal Buddy its live adapter; None = all answer with the base."""
    gate: Gate | None = None
    """Lets a model's sentence through only as far as the cited facts carry it."""

    async def answer(
        self,
        question: str,
        *,
        buddy: GoalBuddy | None = None,
        creation: Creation | None = None,
        without: Collection[FactId] = (),
    ) -> AsyncIterator[str | Said]:
        """Yield the answer piece by piece, then the whole of it.

        A Goal Buddy answers from its entity's facts and its neighbours'; your own buddy from all.
        Facts of `without` are not said again.

        Raises:
            BadInputError: the question has no words.
        """
        library = await self._library(buddy, frozenset(without))
        by = OWN if buddy is None else buddy.name
        if (
            buddy is not None and creation is None
        ):  # "what is it?" asks about the buddy's own entity
            question = f"{buddy.name.removesuffix(' Buddy')}: {question}"
        model = await self._voice(buddy)
        async for piece in answer(
            question, creation, library, embedder=self.embedder, model=model, gate=self.gate
        ):
            if isinstance(piece, Elaboration):
                yield Said(
                    text=piece.text,
                    facts=piece.facts,
                    by=by,
                    model=piece.model,
                    known=piece.known,
                    adapter=stamp_of(model) if piece.model else "",
                )
            else:
                yield piece

    async def again(
        self, question: str, facts: Sequence[Fact], *, seed: int, buddy: GoalBuddy | None = None
    ) -> str:
        """Return other words for the same facts, as far as the gate lets them through; empty without a writer."""
        model = await self._voice(buddy)
        if not self.words_itself or model is None or self.gate is None:
            return ""
        said = worded(question, facts, model=model, gate=self.gate, sampling=freer(seed))
        return " ".join([sentence async for sentence in said])

    @property
    def words_itself(self) -> bool:
        """Whether a model words the answers; else the facts stand as they are."""
        return (
            self.model is not None
            and self.gate is not None
            and self.model.card.capability != "tiny"
        )

    async def _voice(self, buddy: GoalBuddy | None) -> Model | None:
        """Return the model as it words a buddy's answers; a person's own buddy speaks with the base."""
        if self.model is None or self.voices is None or buddy is None or not self.words_itself:
            return self.model
        return await self.voices.of(self.model, buddy.subspace, buddy.id, told=lambda _: None)

    async def _library(self, buddy: GoalBuddy | None, without: frozenset[FactId]) -> Library:
        ids, rows = await self.ledger.fact_vectors(self.subspace)
        facts = await self.ledger.facts(ids=ids)
        near = None if buddy is None else {buddy.entity, *buddy.neighbours}
        kept = [
            i
            for i, fact in enumerate(facts)
            if fact.id not in without
            and (near is None or fact.entity in near or near & set(fact.mentions))
        ]
        chosen = rows[kept] if kept else np.empty((0, self.embedder.dim), np.float32)
        return Library(facts=tuple(facts[i] for i in kept), vectors=chosen)


def freer(seed: int) -> Sampling:
    """Return how a second wording is sampled: freer than the first, so that it differs."""
    return Sampling(max_tokens=200, temperature=0.8, seed=seed)


def gate_of(wordings: Mapping[str, Wording], entities: Mapping[EntityId, Entity]) -> Gate:
    """Return the gate of cards as the gate of answers: a sentence says only what its facts say."""

    def passes(sentence: str, facts: Sequence[Fact]) -> bool:
        claim = Claim(text=sentence, facts=tuple(fact.id for fact in facts))
        known = [licence(fact, wordings.get(fact.predicate), entities) for fact in facts]
        return judge(claim, known) is None

    return passes
