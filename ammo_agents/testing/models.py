"""Contract checks for authors of models and embedders: the promises of `ports.model`, tried out.

Each check raises one `AssertionError` that lists every broken rule, or returns the rules that hold.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import numpy as np

from ammo_agents.errors import AdapterError, ModelAnswerError, ModelError, ModelTimeoutError
from ammo_agents.ports import Embedder, Model
from ammo_agents.records import Completion, Message, Mix, Prompt, Sampling

ASK = Prompt(messages=(Message(role="user", text="Write one sentence about the sea."),))
SHORT = Sampling(max_tokens=24, seed=3)
SCHEMA = {
    "type": "object",
    "properties": {"mood": {"enum": ["calm", "rough"]}, "waves": {"type": "integer"}},
    "required": ["mood", "waves"],
    "additionalProperties": False,
}
TEXTS = (
    "Bitcoin fell 12% in a week.",
    "",
    "The price of Bitcoin dropped sharply.",
    "naïve 中文 🌊 \x00 \u202e",
    "word " * 2000,
    "I like cheese.",
)
Rule = Callable[[], Awaitable[None]]


async def check_model(model: Model) -> tuple[str, ...]:
    """Try every promise of `Model` on an open model; at most a few hundred tokens are written.

    Raises:
        AssertionError: naming each broken rule and what was seen.
    """
    rules = _ModelRules(model)
    held = [
        rules.the_card_names_a_provider,
        rules.an_answer_has_text_and_its_cost,
        rules.an_answer_ends_at_max_tokens,
        rules.pieces_join_to_the_completion,
        rules.a_schema_is_kept,
        rules.an_answer_cut_under_a_schema_is_refused,
        rules.a_grammar_is_kept,
        rules.an_adapter_it_does_not_have_is_refused,
        rules.two_calls_at_once_both_answer,
        rules.a_deadline_ends_the_call,
        rules.a_cancelled_call_leaves_the_model_usable,
        rules.a_prompt_beyond_the_context_is_a_model_error,
    ]
    return await _try(held)


async def check_embedder(embedder: Embedder) -> tuple[str, ...]:
    """Try every promise of `Embedder` on an open embedder.

    Raises:
        AssertionError: naming each broken rule and what was seen.
    """
    rules = _EmbedderRules(embedder)
    held = [
        rules.it_has_a_fingerprint_and_a_dimension,
        rules.rows_are_unit_float32_in_order,
        rules.a_text_alone_and_in_a_batch_is_the_same_row,
        rules.no_text_is_no_row,
        rules.calls_at_once_do_not_mix,
        rules.near_texts_lie_near,
    ]
    return await _try(held)


async def _try(rules: Sequence[Rule]) -> tuple[str, ...]:
    broken = []
    names = [getattr(rule, "__name__", "rule").replace("_", " ") for rule in rules]
    for name, rule in zip(names, rules, strict=True):
        try:
            await rule()
        except (AssertionError, ModelError, ValueError, KeyError) as error:
            broken.append(f"{name}: {error or type(error).__name__}")
    if broken:
        raise AssertionError(
            f"{len(broken)} of {len(rules)} rules are broken:\n- " + "\n- ".join(broken)
        )
    return tuple(names)


def _need(holds: bool, saw: object) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise AssertionError(f"saw {saw!r}")


class _ModelRules:
    def __init__(self, model: Model) -> None:
        self.model = model

    async def the_card_names_a_provider(self) -> None:
        card = self.model.card
        _need("/" in card.id and card.kind == "model" and card.context > 0, card)

    async def an_answer_has_text_and_its_cost(self) -> None:
        done = await self.model.complete(ASK, SHORT)
        self._whole(done)

    async def an_answer_ends_at_max_tokens(self) -> None:
        done = await self.model.complete(ASK, Sampling(max_tokens=2, seed=3))
        _need(done.finish == "length" and done.usage.tokens_out <= 2, done)

    async def pieces_join_to_the_completion(self) -> None:
        pieces = [piece async for piece in self.model.stream(ASK, SHORT)]
        last = pieces[-1].completion
        _need(last is not None and all(p.completion is None for p in pieces[:-1]), pieces)
        assert last is not None
        self._whole(last)
        _need("".join(p.text for p in pieces).strip() == last.text.strip(), (pieces, last.text))

    async def a_schema_is_kept(self) -> None:
        sampling = Sampling(max_tokens=120, seed=3, schema=SCHEMA)
        found = json.loads((await self.model.complete(ASK, sampling)).text)
        fits = set(found) == {"mood", "waves"} and found["mood"] in {"calm", "rough"}
        _need(fits and isinstance(found["waves"], int), found)

    async def an_answer_cut_under_a_schema_is_refused(self) -> None:
        await self._refused(ModelAnswerError, ASK, Sampling(max_tokens=3, schema=SCHEMA))

    async def a_grammar_is_kept(self) -> None:
        if self.model.card.grammar:
            sampling = Sampling(max_tokens=8, grammar='root ::= "yes" | "no"')
            done = await self.model.complete(ASK, sampling)
            _need(done.text in {"yes", "no"}, done)

    async def an_adapter_it_does_not_have_is_refused(self) -> None:
        sampling = replace(SHORT, adapters=(Mix(id="a_0000000000000000"),))
        await self._refused(AdapterError, ASK, sampling)
        self._whole(await self.model.complete(ASK, SHORT))

    async def two_calls_at_once_both_answer(self) -> None:
        calls = (self.model.complete(ASK, SHORT), self.model.complete(ASK, SHORT))
        for done in await asyncio.gather(*calls):
            self._whole(done)

    async def a_deadline_ends_the_call(self) -> None:
        await self._refused(ModelTimeoutError, ASK, Sampling(max_tokens=256, deadline_s=0.001))
        self._whole(await self.model.complete(ASK, SHORT))

    async def a_cancelled_call_leaves_the_model_usable(self) -> None:
        call = asyncio.ensure_future(self.model.complete(ASK, Sampling(max_tokens=512)))
        await asyncio.sleep(0.05)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        self._whole(await self.model.complete(ASK, SHORT))

    async def a_prompt_beyond_the_context_is_a_model_error(self) -> None:
        words = "wave " * (2 * self.model.card.context)
        await self._refused(ModelError, Prompt(messages=(Message(role="user", text=words),)), SHORT)

    async def _refused(self, kind: type[ModelError], prompt: Prompt, sampling: Sampling) -> None:
        try:
            done = await self.model.complete(prompt, sampling)
        except kind:
            return
        raise AssertionError(f"no {kind.__name__}, but {done!r}")

    def _whole(self, done: Completion) -> None:
        usage = done.usage
        _need(bool(done.text.strip()) and done.finish in {"stop", "length"}, done)
        _need(done.model == self.model.card.id, done.model)
        _need(usage.calls == 1 and usage.tokens_in > 0 and usage.seconds >= 0, usage)
        _need(0 < usage.tokens_out <= SHORT.max_tokens, usage)


class _EmbedderRules:
    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    async def it_has_a_fingerprint_and_a_dimension(self) -> None:
        card = self.embedder.card
        _need(bool(self.embedder.fingerprint) and card.kind == "embedder", card)
        _need(self.embedder.dim == card.dim > 0, (self.embedder.dim, card.dim))

    async def rows_are_unit_float32_in_order(self) -> None:
        rows = await self.embedder.embed(TEXTS)
        _need(rows.shape == (len(TEXTS), self.embedder.dim), rows.shape)
        _need(rows.dtype == np.float32, rows.dtype)
        lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
        _need(bool(np.allclose(lengths, 1, atol=1e-5)), lengths)
        back = await self.embedder.embed(TEXTS[::-1])
        _need(np.array_equal(rows, back[::-1]), "other rows for the same texts in reverse")

    async def a_text_alone_and_in_a_batch_is_the_same_row(self) -> None:
        rows = await self.embedder.embed(TEXTS)
        alone = np.concatenate([await self.embedder.embed([text]) for text in TEXTS])
        _need(np.array_equal(rows, alone), float(np.abs(rows - alone).max()))

    async def no_text_is_no_row(self) -> None:
        rows = await self.embedder.embed([])
        _need(rows.shape == (0, self.embedder.dim), rows.shape)

    async def calls_at_once_do_not_mix(self) -> None:
        rows = await self.embedder.embed(TEXTS)
        calls = (self.embedder.embed(TEXTS[i : i + 1]) for i in range(len(TEXTS)))
        _need(np.array_equal(rows, np.concatenate(await asyncio.gather(*calls))), "other rows")

    async def near_texts_lie_near(self) -> None:
        rows = await self.embedder.embed([TEXTS[0], TEXTS[2], TEXTS[5]])
        near, far = float(rows[0] @ rows[1]), float(rows[0] @ rows[2])
        _need(near > far, (near, far))
