"""A local language model: prompts go to the child process, answers and their cost come back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

import httpx

from ammo_agents.adapters.fitting import refuse_any, tenths
from ammo_agents.errors import ModelAnswerError, ModelCrashedError, ModelTimeoutError
from ammo_agents.records import Completion, ModelCard, Piece, Prompt, Sampling, Usage
from ammo_local.child import Child
from ammo_local.servers import Nursery, Server, Servers
from ammo_local.shape import breach
from ammo_local.turns import Turns

PATH = "/v1/chat/completions"
GRACE_S = 5.0
"""Seconds a child may take to show that it lives after a call was given up; then it is killed."""
T = TypeVar("T")


class LocalModel:
    """A GGUF model in its own process; calls beyond its slots wait their turn there."""

    def __init__(self, card: ModelCard, child: Child, nursery: Nursery | None = None) -> None:
        self.card = card
        self.servers = Servers(Server(child), nursery)
        self.turns = Turns()
        self.repeatable = False
        """Read every prompt anew: one call at a time, the same seed then gives the same text, at the
        price of the prompt cache. Kernels round a short batch unlike a long one, so a remembered
        beginning can change a later token."""
        # No limit of its own, no proxy, no certificates: one peer on loopback, a deadline per call.
        # A connection for every call: llama.cpp hangs up after a streamed answer and after 5 s of rest,
        # and a call that was on its way there would look like a dead child (1 of 49 in a row).
        self._client = httpx.AsyncClient(
            timeout=None,
            trust_env=False,
            verify=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    @property
    def child(self) -> Child:
        """The child that takes the calls of now."""
        return self.servers.now.child

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Return the whole answer; `ammo_agents.ports.Model` says what is raised."""
        async with self._called(sampling) as call:
            answer = await call.send(self._body(prompt, sampling, stream=False))
            try:
                found = _json(await call.within(answer.aread()))
            finally:
                await answer.aclose()
            _refuse_fault(answer.status_code, found)
            return call.done(found, _text(found, "message"))

    async def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[Piece]:
        """Yield the answer piece by piece; the last piece carries the `Completion`."""
        words: list[str] = []
        last: dict[str, Any] = {}
        async with self._called(sampling) as call:
            async for event in self._events(call, self._body(prompt, sampling, stream=True)):
                if event.get("choices"):
                    last = {**last, **event}
                    if text := _text(event, "delta"):
                        words.append(text)
                        yield Piece(text=text)
                last.update({k: event[k] for k in ("usage", "timings") if k in event})
            done = call.done(last, "".join(words))
        yield Piece(text="", completion=done)

    async def _events(self, call: _Call, body: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        answer = await call.send(body)
        try:
            if answer.status_code != httpx.codes.OK:
                _refuse_fault(answer.status_code, _json(await call.within(answer.aread())))
            lines = answer.aiter_lines()
            while (line := await call.within(anext(lines, None))) is not None:
                if not line.startswith("data:") or line == "data: [DONE]":
                    continue
                event = _json(line.removeprefix("data:").encode())
                _refuse_fault(answer.status_code, event)
                yield event
        finally:
            await answer.aclose()

    @asynccontextmanager
    async def _called(self, sampling: Sampling) -> AsyncIterator[_Call]:
        """Give one call, in a turn of its adapters; its server is let go of afterwards."""
        if not self.card.adapters:
            refuse_any(self.card, sampling.adapters)
        call = _Call(self, replace(sampling, adapters=tenths(sampling.adapters)))
        try:
            yield call
        finally:
            await call.over()

    async def close(self) -> None:
        """End the connections and the children."""
        await self._client.aclose()
        await self.servers.close()

    def _body(self, prompt: Prompt, sampling: Sampling, *, stream: bool) -> dict[str, Any]:
        return {
            **_request(prompt, sampling),
            "stream": stream,
            "cache_prompt": not self.repeatable,
        }

    async def post(self, child: Child, body: dict[str, Any]) -> httpx.Response:
        """Return a child's answer, its body still unread."""
        request = self._client.build_request(
            "POST",
            child.address + PATH,
            json=body,
            headers={"Authorization": f"Bearer {child.token}"},
        )
        return await self._client.send(request, stream=True)

    async def lives(self, child: Child) -> bool:
        """Return whether a child's own loop still turns."""
        headers = {"Authorization": f"Bearer {child.token}"}
        try:
            async with asyncio.timeout(GRACE_S):
                await self._client.get(child.address + "/slots", headers=headers)
        except (TimeoutError, httpx.HTTPError):
            return False
        return True


class _Call:
    """One call: its deadline, and what a fault of the child means for it."""

    def __init__(self, model: LocalModel, sampling: Sampling) -> None:
        self.model = model
        self.sampling = sampling
        self.started = time.monotonic()
        self.until = asyncio.get_running_loop().time() + sampling.deadline_s
        self.start = 0
        self._server: Server | None = None
        self._turn = model.turns.of(sampling.adapters)
        self._in_turn = False

    async def send(self, body: dict[str, Any]) -> httpx.Response:
        """Post the call."""
        return await self.within(self._send(body))

    async def _send(self, body: dict[str, Any]) -> httpx.Response:
        mixture = self.sampling.adapters
        wanted = [mix.id for mix in mixture]
        await self.model.servers.load(wanted)  # before its turn: nobody waits while a child starts
        await self._turn.__aenter__()
        self._in_turn = True
        server = self._server = await self.model.servers.enter(wanted)
        self.start = server.child.starts
        if server.adapters:
            body = {**body, "lora": server.lora(mixture)}
        return await self.model.post(server.child, body)

    async def over(self) -> None:
        """Let go of the turn and of the server."""
        if self._server is not None:
            self.model.servers.leave(self._server)
            self._server = None
        if self._in_turn:
            self._in_turn = False
            await self._turn.__aexit__(None, None, None)

    async def within(self, step: Awaitable[T]) -> T:
        """Return what `step` gives before the deadline; a dead or deaf child becomes a typed error."""
        try:
            async with asyncio.timeout_at(self.until):
                return await step
        except TimeoutError:
            child = self._child
            if child.alive and not await self.model.lives(child):
                await child.kill()
            raise ModelTimeoutError(
                f"{self.model.card.id} gave no whole answer within {self.sampling.deadline_s:g} s",
                hint="Ask for less, raise model_deadline_s, or choose a smaller model.",
            ) from None
        except httpx.HTTPError as error:
            child = self._child
            said = await asyncio.to_thread(child.last_words)
            await child.crashed(self.start)
            raise ModelCrashedError(
                f"{self.model.card.id} went away in the middle of an answer: {said or error!r}",
                hint="It is started again for the next call.",
            ) from error

    @property
    def _child(self) -> Child:
        return self.model.child if self._server is None else self._server.child

    def done(self, found: dict[str, Any], text: str) -> Completion:
        """Return the whole answer.

        Raises:
            ModelAnswerError: it is empty, or, with a schema, cut off or of another shape.
        """
        self._child.answered()
        finish = _finish(found)
        sampling, name = self.sampling, self.model.card.id
        if not text.strip():
            raise _no_answer(f"{name} answered nothing", text)
        if sampling.schema is not None:
            if finish == "length":
                raise _no_answer(f"{name}: cut off after {sampling.max_tokens} tokens", text)
            if fault := breach(text, sampling.schema):
                raise _no_answer(f"{name}: the answer breaks its schema: {fault}", text)
        usage = _usage(found, time.monotonic() - self.started)
        return Completion(
            text=text, finish="length" if finish == "length" else "stop", model=name, usage=usage
        )


def _request(prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messages": [{"role": m.role, "content": m.text} for m in prompt.messages],
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed & 0xFFFFFFFF,
        "stop": list(sampling.stop),
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if sampling.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": sampling.schema},
        }
    elif sampling.grammar:
        body["grammar"] = sampling.grammar
    return body


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError as error:
        raise _no_answer("the local model's process answered no JSON", repr(raw[:80])) from error
    if not isinstance(found, dict):
        raise _no_answer("the local model's process answered no object", repr(raw[:80]))
    return found


def _refuse_fault(status: int, found: dict[str, Any]) -> None:
    fault = found.get("error")
    if fault is None and status == httpx.codes.OK:
        return
    said = fault.get("message", fault) if isinstance(fault, dict) else fault
    raise ModelAnswerError(
        f"the local model refused the prompt ({status}): {said}",
        hint="Shorten the prompt, or correct its grammar or schema.",
    )


def _text(found: dict[str, Any], part: str) -> str:
    try:
        return str(found["choices"][0][part].get("content") or "")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise _no_answer("the local model's process answered without text", repr(found)) from error


def _finish(found: dict[str, Any]) -> str:
    choices = found.get("choices")
    finish = choices[0].get("finish_reason") if choices else None
    if finish not in {"stop", "length"}:
        raise _no_answer(f"the answer ended early (finish {finish!r})", "")
    return str(finish)


def _usage(found: dict[str, Any], seconds: float) -> Usage:
    """Return what the server counted: read = evaluated + taken from the prompt cache."""
    timings = found.get("timings")
    counts = timings if isinstance(timings, dict) else {}
    return Usage(
        calls=1,
        tokens_in=int(counts.get("prompt_n", 0)) + int(counts.get("cache_n", 0)),
        tokens_out=int(counts.get("predicted_n", 0)),
        seconds=seconds,
    )


def _no_answer(what: str, text: str) -> ModelAnswerError:
    return ModelAnswerError(
        f"{what}: {text[:80]!r}" if text else what, hint="The attempt is recorded; nothing is used."
    )
