"""The only module that imports litellm: models and embedders over it, each call in litellm's own thread.

litellm blocks the event loop it runs in (certificates, tokenizers, its price map), so it has one of its own.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Final, Literal

import httpx
import litellm
import numpy as np
import openai
from litellm.llms.custom_httpx.async_client_cleanup import close_litellm_async_clients
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

from ammo_agents.errors import MissingPartError, ModelAnswerError, ModelError, ModelTimeoutError
from ammo_agents.records import (
    Completion,
    Matrix,
    ModelCard,
    Piece,
    Prompt,
    Sampling,
    Usage,
    digest,
)
from ammo_litellm.answers import checked, is_strict
from ammo_litellm.aside import Aside
from ammo_litellm.breaker import Breaker
from ammo_litellm.faults import is_passing, model_error
from ammo_litellm.known import ENDPOINTS, PREFIX, Endpoint, base_of, card, is_loopback, key_of

RETRIES: Final = 2
FIRST_PAUSE_S: Final = 0.25
"""Before the first retry; each further pause doubles, and up to half of it is added by chance."""
BODY_LIMIT: Final = 8_000_000
"""Bytes of one answer's body beyond which it is given up."""
BYTES_PER_TOKEN: Final = 64
"""No tokenizer in use makes longer tokens on the average of an answer."""
BATCH: Final = 96
"""Texts of one embedding call."""
FAULTS: Final = (openai.OpenAIError, httpx.HTTPError, OSError, ValueError, KeyError, TypeError)
"""What litellm raises for a provider's faults; the last three for bodies that are no answer at all."""

CALMED: Final = {
    "telemetry": False,
    "suppress_debug_info": True,
    "turn_off_message_logging": True,
    "disable_streaming_logging": True,
    "disable_aiohttp_transport": True,
    "callbacks": [],
    "success_callback": [],
    "failure_callback": [],
    "input_callback": [],
    "_async_success_callback": [],
    "_async_failure_callback": [],
}
"""Switches of litellm: nothing is told to anybody, nothing of a prompt is logged."""


class BodyTooLargeError(httpx.HTTPError):
    """A provider sends without end."""


class CappedStream(httpx.AsyncByteStream):
    """A response's body that stops at `BODY_LIMIT` bytes."""

    def __init__(self, body: httpx.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body; raise `BodyTooLargeError` when it goes on and on."""
        size = 0
        async for chunk in self._body:
            size += len(chunk)
            if size > BODY_LIMIT:
                raise BodyTooLargeError(f"more than {BODY_LIMIT} bytes")
            yield chunk

    async def aclose(self) -> None:
        """Close the body."""
        await self._body.aclose()


async def _cap(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = CappedStream(response.stream)


async def _farewell() -> None:
    await close_litellm_async_clients()
    litellm.in_memory_llm_clients_cache.flush_cache()
    if litellm.aclient_session is not None:
        await litellm.aclient_session.aclose()
        litellm.aclient_session = None


ASIDE: Final = Aside(_farewell)


def _calm() -> None:
    for switch, value in CALMED.items():
        setattr(litellm, switch, value)
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the calls of one model go."""

    name: str
    provider: str
    endpoint: Endpoint
    breaker: Breaker

    @property
    def id(self) -> str:
        """The model's id in AMMO."""
        return f"{PREFIX}{self.name}"

    def arguments(self) -> dict[str, Any]:
        """Return what every call of litellm gets: address, key, client, and no retry of its own."""
        given = {"api_base": base_of(self.endpoint), "api_key": key_of(self.endpoint)}
        if self.endpoint.self_hosted and not given["api_key"]:
            given["api_key"] = "none"
        return {
            "model": self.name,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            **{name: value for name, value in given.items() if value},
        }


async def _client(route: Route) -> dict[str, Any]:
    """Return the capped HTTP client as litellm takes it for this provider: by argument, or from its global."""
    if litellm.aclient_session is None:
        handler = await asyncio.to_thread(AsyncHTTPHandler, event_hooks={"response": [_cap]})
        litellm.aclient_session = handler.client
    if route.provider in {"openai", "azure", *litellm.openai_compatible_providers} - {
        "hosted_vllm"
    }:
        return {}
    handler = await asyncio.to_thread(AsyncHTTPHandler, event_hooks={"response": [_cap]})
    handler.client = litellm.aclient_session
    return {"client": handler}


def _route(name: str, breakers: dict[str, Breaker]) -> Route:
    try:
        _, provider, _, _ = litellm.get_llm_provider(name)
    except openai.OpenAIError:
        raise MissingPartError(
            f"litellm knows no provider for {name!r}",
            hint="Put the provider first: openrouter/…, ollama_chat/…, hosted_vllm/…",
        ) from None
    endpoint = ENDPOINTS.get(provider)
    if endpoint is None:
        lacking = litellm.validate_environment(name)["missing_keys"]
        if lacking:
            raise MissingPartError(
                f"{PREFIX}{name} needs {' and '.join(lacking)}",
                hint=f"export {lacking[0]}=…; see also: ammo keys",
            )
        endpoint = Endpoint()
    breaker = breakers.setdefault(provider, Breaker(provider))
    return Route(name=name, provider=provider, endpoint=endpoint, breaker=breaker)


def _card(route: Route, kind: Literal["model", "embedder"]) -> ModelCard:
    """Return the card with prices and context of litellm's map, where it knows the name."""
    plain = dataclasses.replace(
        card(route.name), kind=kind, local=is_loopback(base_of(route.endpoint))
    )
    info = litellm.model_cost.get(route.name) or litellm.model_cost.get(
        route.name.removeprefix(route.provider + "/")
    )
    if route.endpoint.self_hosted or info is None:
        return plain
    return dataclasses.replace(
        plain,
        context=int(info.get("max_input_tokens") or plain.context),
        price_in=float(info.get("input_cost_per_token") or 0.0) * 1e6,
        price_out=float(info.get("output_cost_per_token") or 0.0) * 1e6,
    )


async def open_model(name: str, breakers: dict[str, Breaker]) -> LitellmModel:
    """Return a model ready to answer; see `LitellmModels.open_model`."""
    _calm()
    route = await asyncio.to_thread(_route, name, breakers)
    return LitellmModel(route)


async def open_embedder(
    name: str, breakers: dict[str, Breaker], deadline_s: float
) -> LitellmEmbedder:
    """Return an embedder that has told its D; see `LitellmModels.open_embedder`."""
    _calm()
    route = await asyncio.to_thread(_route, name, breakers)
    embedder = LitellmEmbedder(route, deadline_s)
    try:
        await embedder.learn_dim()
    except ModelError:
        await embedder.close()
        raise
    return embedder


class LitellmModel:
    """One model behind litellm."""

    def __init__(self, route: Route) -> None:
        self.card = _card(route, "model")
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
        except ModelAnswerError:
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
                    raise model_error(error, self._card.id) from None
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt * (1 + chance.random() / 2))
            else:
                return

    async def _request(self) -> dict[str, Any]:
        sampling = self._sampling
        request = {
            **self._route.arguments(),
            **await _client(self._route),
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
        read = sum(len(m.text.encode()) for m in self._prompt.messages)
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


class LitellmEmbedder:
    """One embedder behind litellm; its D is what it answers."""

    def __init__(self, route: Route, deadline_s: float) -> None:
        self.card = _card(route, "embedder")
        self.dim = 0
        self.fingerprint = ""
        self._route = route
        self._deadline_s = deadline_s
        self._open = True
        ASIDE.enter()

    async def learn_dim(self) -> None:
        """Ask for one vector, and take its length as D."""
        self.dim = (await self._embed(["AMMO"])).shape[1]
        self.fingerprint = digest(["litellm", self._route.name, self.dim, "unit"])
        self.card = dataclasses.replace(self.card, dim=self.dim)

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit rows, shape (len(texts), dim), in the order given.

        Raises:
            ModelAnswerError: vectors of another length, or not finite, or zero, or too few.
            ModelTimeoutError: not within the deadline.
            ModelCrashedError: the provider is not to be had.
        """
        rows = [await self._embed(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, self.dim), np.float32)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._open:
            self._open = False
            await ASIDE.leave()

    async def _embed(self, texts: Sequence[str]) -> Matrix:
        breaker = self._route.breaker
        breaker.check()
        try:
            async with asyncio.timeout(self._deadline_s):
                rows = await ASIDE.run(self._ask(list(texts)))
        except TimeoutError:
            breaker.failed()
            raise ModelTimeoutError(f"{self.card.id} gave nothing in time") from None
        except ModelAnswerError:
            raise
        except ModelError:
            breaker.failed()
            raise
        breaker.worked()
        return rows

    async def _ask(self, texts: list[str]) -> Matrix:
        for attempt in range(RETRIES + 1):
            try:
                answer = await litellm.aembedding(
                    **self._route.arguments(),
                    **await _client(self._route),
                    input=texts,
                    timeout=self._deadline_s,
                )
                return self._checked([row["embedding"] for row in answer.data], len(texts))
            except FAULTS as error:
                if attempt == RETRIES or not is_passing(error):
                    raise model_error(error, self.card.id) from None
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        raise ModelAnswerError(f"{self.card.id} sent no vector")

    def _checked(self, vectors: list[Any], n: int) -> Matrix:
        fault = ModelAnswerError(
            f"{self.card.id} sent no {n} finite vectors of one length",
            hint="Is it an embedding model?",
        )
        try:
            rows = np.asarray(vectors, np.float32)
        except (TypeError, ValueError):
            raise fault from None
        if rows.ndim != 2 or len(rows) != n or (self.dim and rows.shape[1] != self.dim):
            raise fault
        norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not norms.all():
            raise fault
        return np.asarray(rows / norms, np.float32)
