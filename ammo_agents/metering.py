"""A model that is paid for before it is asked: the worst case is booked first, what was used settles it (S10)."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from ammo_agents import telemetry
from ammo_agents.errors import AdapterError
from ammo_agents.ports import BudgetLimits, Clock, Ledger, Model
from ammo_agents.records import Completion, Mix, ModelCard, PersonId, Piece, Prompt, Sampling, Usage
from ammo_agents.settings import Settings

SPENDER = "models"
"""Who all model calls of all buddies together are booked on."""
FRAME_TOKENS = 16
"""Tokens a chat template may add around one message, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call as it was made: who asked, what the model read, what it answered."""

    who: str
    """A buddy's id, or ``you`` for a person's own; empty = nobody said."""
    person: PersonId | None
    """Whose talk it belongs to; None = a buddy's own work."""
    prompt: Prompt
    completion: Completion
    adapters: tuple[Mix, ...] = ()
    """What it was written with, beside the base."""


Observer = Callable[[Asked], Awaitable[None]]


@dataclass(slots=True)
class Asking:
    """Who asks the model now, and the calls made since."""

    who: str
    person: PersonId | None = None
    calls: list[Asked] = field(default_factory=list)


_NOW: ContextVar[Asking | None] = ContextVar("asking", default=None)


@contextmanager
def asking(who: str, person: PersonId | None = None) -> Iterator[Asking]:
    """Say who asks while the body runs; what it starts meanwhile asks in the same name.

    A buddy that is asked by a person sees that person's words: what it sees is theirs.
    """
    before = _NOW.get()
    now = Asking(who, person or (before.person if before else None))
    _NOW.set(now)
    try:
        yield now
    finally:
        _NOW.set(before)  # a generator may be closed in another context: no token would fit


def limits(settings: Settings) -> BudgetLimits:
    """Return what all model calls of one UTC day together may cost."""
    return BudgetLimits(tokens=settings.tokens_per_day, money=settings.money_per_day)


def worst_case(card: ModelCard, prompt: Prompt, sampling: Sampling) -> Usage:
    """Return the most one call can cost: every byte of the prompt a token, every allowed token written.

    Byte-level tokenizers never make more tokens than bytes, so the bound holds without the model's tokenizer.
    Money is in US dollars, by the card's prices per million tokens.
    """
    read = sum(len(m.text.encode(errors="surrogatepass")) + FRAME_TOKENS for m in prompt.messages)
    money = (read * card.price_in + sampling.max_tokens * card.price_out) / 1e6
    return Usage(calls=1, tokens_in=read, tokens_out=sampling.max_tokens, money=money)


class MeteredModel:
    """Asks a model only while its spender's budget of the day lasts.

    The reservation is committed before the call. A call that fails, is cancelled, or dies with the
    process keeps its worst case: what was really used is then unknown. An `observer` hears of every
    answered call and in whose name it was made.
    """

    observer: Observer | None = None

    def __init__(
        self, model: Model, ledger: Ledger, spender: str, limits: BudgetLimits, clock: Clock
    ) -> None:
        self.card = model.card
        self._model = model
        self._ledger = ledger
        self._spender = spender
        self._limits = limits
        self._clock = clock

    @classmethod
    def from_settings(
        cls, model: Model, ledger: Ledger, settings: Settings, clock: Clock
    ) -> MeteredModel:
        """Return the model under the budget that all buddies share."""
        return cls(model, ledger, SPENDER, limits(settings), clock)

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Return the whole answer of the model.

        Raises:
            AdapterError: the model takes no adapters; it is not asked.
            BudgetError: the worst case would pass the day's limit; the model is not asked.
            ModelError: as the model says; the worst case stays booked.
        """
        reservation = await self._reserve(prompt, sampling)
        used: Usage | None = None
        try:
            with telemetry.chat(self.card.id) as span:
                completion = await self._model.complete(prompt, sampling)
                used = completion.usage
                span.used(tokens_in=used.tokens_in, tokens_out=used.tokens_out)
        finally:
            await self._settle(reservation, used)
        await self._seen(prompt, sampling, completion)
        return completion

    async def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[Piece]:
        """Yield the model's answer piece by piece; left early, the worst case stays booked."""
        reservation = await self._reserve(prompt, sampling)
        used: Usage | None = None
        try:
            async for piece in self._model.stream(prompt, sampling):
                if piece.completion is not None:
                    used = piece.completion.usage
                    await self._seen(prompt, sampling, piece.completion)
                yield piece
        finally:
            await self._settle(reservation, used)

    async def close(self) -> None:
        """Close the model; the ledger belongs to the caller."""
        await self._model.close()

    async def _reserve(self, prompt: Prompt, sampling: Sampling) -> str:
        if sampling.adapters and not self.card.adapters:
            raise AdapterError(
                f"{self.card.id} takes no adapters, and was asked to write with "
                + ", ".join(mix.id for mix in sampling.adapters),
                hint="Use a local model, or a server that has loaded them: docs/training.md",
            )
        key = f"call/{uuid.uuid4().hex}"
        worst = worst_case(self.card, prompt, sampling)
        await self._ledger.reserve(key, self._spender, self._clock.now(), worst, self._limits)
        return key

    async def _seen(self, prompt: Prompt, sampling: Sampling, completion: Completion) -> None:
        now = _NOW.get() or Asking("")
        asked = Asked(
            who=now.who,
            person=now.person,
            prompt=prompt,
            completion=completion,
            adapters=sampling.adapters,
        )
        now.calls.append(asked)
        if self.observer is not None:
            await self.observer(asked)

    async def _settle(self, reservation: str, used: Usage | None) -> None:
        await self._ledger.settle(f"{reservation}/settled", reservation, used)
