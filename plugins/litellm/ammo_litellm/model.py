"""A language model behind litellm: each call is lived in litellm's own thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import litellm
import numpy as np

from ammo_agents.adapters.fitting import refuse_any, tenths
from ammo_agents.errors import AdapterError, ModelAnswerError, ModelError
from ammo_agents.records import Completion, Mix, ModelCard, Piece, Prompt, Sampling, Usage
from ammo_litellm.answers import checked, is_strict
from ammo_litellm.breaker import Breaker
from ammo_litellm.faults import is_passing, model_error
from ammo_litellm.loaded import check_loaded
from ammo_litellm.route import (
    ASIDE,
    FAULTS,
    FIRST_PAUSE_S,
    RETRIES,
    Route,
    calm,
    card_of,
    client,
    route_of,
)

BYTES_PER_TOKEN: Final = 64
"""No tokenizer in use makes longer tokens on the average of an answer."""


async def open_model(name: str, breakers: dict[str, Breaker]) -> LitellmModel:
    """Return a model ready to answer; see `LitellmModels.open_model`."""
    calm()
    route = await asyncio.to_thread(route_of, name, breakers)
    return LitellmModel(route)


class LitellmModel:
    """One model behind litellm."""

    def __init__(self, route: Route) -> None:
        self.card = card_of(route, "model")
        self._route = route
        self._open = True
        ASIDE.enter()

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Return the whole answer; with a schema, its checked JSON text."""
        async with aclosing(self.stream(prompt, sampling)) as pieces:
            async for piece in pieces:
                if piece.completion is not None:
                    return piece.completion
        raise ModelAnswerError(f"{self.card.id} sent no answer", hint="Try again.")

    async def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncGenerator[Piece, None]:
        """Yield the answer as it comes; the last piece carries the `Completion`."""
        sampling = replace(sampling, adapters=taken(self.card, sampling))
        breaker = self._route.breaker
        breaker.check()
        end = time.monotonic() + sampling.deadline_s
        call = Call(self._route, self.card, prompt, sampling)
        try:
            poured = ASIDE.stream(call.pieces(), lambda: end - time.monotonic())
            async with aclosing(poured):
                async for piece in poured:
                    if piece.completion is not None:
                        breaker.worked()
                    yield piece
        except (ModelAnswerError, AdapterError):
            breaker.worked()
            raise
        except ModelError:
            breaker.failed()
            raise
        except TimeoutError as error:
            breaker.failed()
            raise model_error(error, self.card.id) from None

    async def close(self) -> None:
        """Let go of the connections; the last one to go stops litellm's thread."""
        if self._open:
            self._open = False
            await ASIDE.leave()


def taken(card: ModelCard, sampling: Sampling) -> tuple[Mix, ...]:
    """Return the one adapter of a call, if it names any.

    Raises:
        AdapterError: the server behind this model knows no adapters, or no mixtures of them.
    """
    if not card.adapters:
        refuse_any(card, sampling.adapters)
    mixture = tenths(sampling.adapters)
    if len(mixture) > 1 or any(mix.scale != 1.0 for mix in mixture):
        asked = ", ".join(f"{mix.id} at {mix.scale:g}" for mix in mixture)
        raise AdapterError(
            f"{card.id} writes with one whole adapter a call, not with {asked}",
            hint="A local model takes mixtures: ammo models list",
        )
    return mixture


class Call:
    """One call of a model, lived in litellm's loop."""

    def __init__(self, route: Route, card: ModelCard, prompt: Prompt, sampling: Sampling) -> None:
        self._route = route
        self._card = card
        self._prompt = prompt
        self._sampling = sampling
        self._started = time.monotonic()
        self._text: list[str] = []
        self._size = 0

    async def pieces(self) -> AsyncIterator[Piece]:
        """Yield the text as it comes, then the completion; retried only while nothing has come."""
        if self._adapter:
            await check_loaded(self._route, self._adapter)
        chance = np.random.default_rng(self._sampling.seed)
        for attempt in range(RETRIES + 1):
            begun = False
            try:
                stream = await litellm.acompletion(**await self._request())
                async for chunk in stream:
                    begun = True
                    if words := self._read(chunk):
                        yield Piece(text=words)
                yield Piece(text="", completion=self._completion(stream))
            except FAULTS as error:
                if begun or attempt == RETRIES or not is_passing(error):
                    raise model_error(error, self._card.id, self._adapter) from None
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt * (1 + chance.random() / 2))
            else:
                return

    @property
    def _adapter(self) -> str:
        return next((mix.id for mix in self._sampling.adapters), "")

    async def _request(self) -> dict[str, Any]:
        sampling = self._sampling
        request = {
            **self._route.arguments(self._adapter),
            **await client(self._route),
            "messages": [{"role": m.role, "content": m.text} for m in self._prompt.messages],
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "seed": sampling.seed,
            "timeout": sampling.deadline_s,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if "claude" not in self._route.name:  # newer ones refuse both at once
            request["top_p"] = sampling.top_p
        if sampling.stop:
            request["stop"] = list(sampling.stop)
        if sampling.schema is not None:
            request["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": "answer",
                    "schema": dict(sampling.schema),
                    "strict": is_strict(sampling.schema),
                },
            }
        return request

    def _read(self, chunk: Any) -> str:
        delta = chunk.choices[0].delta if chunk.choices else None
        words = str(getattr(delta, "content", None) or "")
        thoughts = str(getattr(delta, "reasoning_content", None) or "")
        self._size += len(words) + len(thoughts)
        if self._size > self._sampling.max_tokens * BYTES_PER_TOKEN:
            raise ModelAnswerError(
                f"{self._card.id} wrote on beyond {self._sampling.max_tokens} tokens",
                hint="The server ignores max_tokens: choose another.",
            )
        self._text.append(words)
        return words

    def _completion(self, stream: Any) -> Completion:
        """Return the completion of a finished stream.

        litellm ends a broken stream with a "stop" of its own making; what the provider sent itself is asked here.
        """
        finish = stream.received_finish_reason or stream.intermittent_finish_reason
        text = "".join(self._text)
        if finish is None:
            raise ModelAnswerError(
                f"{self._card.id} broke off {'in mid-answer' if text else 'without a word'}, or sent no event stream",
                hint="Is its address that of an OpenAI-compatible server?",
            )
        if finish not in {"stop", "length"} or not text.strip():
            raise ModelAnswerError(
                f"{self._card.id} gave no text (finish: {finish})", hint="Try again, or reword."
            )
        if self._sampling.schema is not None:
            if finish == "length":
                raise ModelAnswerError(
                    f"{self._card.id} was cut off at {self._sampling.max_tokens} tokens",
                    hint="Allow more tokens.",
                )
            text = checked(text, self._sampling.schema)
        return Completion(text=text, finish=finish, model=self._card.id, usage=self._usage(stream))

    def _usage(self, stream: Any) -> Usage:
        """Return what the provider says it counted; silent, it is the worst case: litellm's own guess is none."""
        told = [u for c in stream.chunks if (u := getattr(c, "usage", None)) is not None]
        read = sum(len(m.text.encode(errors="surrogatepass")) for m in self._prompt.messages)
        written = self._sampling.max_tokens
        if told:
            read = int(told[-1].prompt_tokens or 0)
            written = int(told[-1].completion_tokens or 0)
        return Usage(
            calls=1,
            tokens_in=read,
            tokens_out=written,
            seconds=time.monotonic() - self._started,
            money=(read * self._card.price_in + written * self._card.price_out) / 1e6,
        )
