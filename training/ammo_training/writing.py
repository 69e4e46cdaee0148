"""Asks the base and the adapter for the same replies: through the product's own model, or through transformers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from ammo_agents.errors import ModelAnswerError
from ammo_agents.ports import Model
from ammo_agents.records import Message, Mix, Prompt, Sampling
from ammo_training.behaviour import Reply

if TYPE_CHECKING:
    from ammo_training.scoring import Scorer

AT_ONCE = 2
"""Calls in flight at a model behind the port."""
BATCH = 8
"""Replies transformers writes at a time on a CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A held-out prompt."""

    id: str
    messages: tuple[Message, ...]
    person: str = ""
    tokens: int = 64
    """The most tokens of a reply."""
    stop: tuple[str, ...] = ()
    grammar: str = ""
    """What the buddy's model is held to when it writes this (`ModelCard.grammar`)."""
    grounded: Callable[[str], Awaitable[bool]] | None = None
    """Whether the product's gate lets a raw reply through; None = no gate reads such prompts."""


Told = Callable[[int], None]


def ignored(more: int) -> None:
    """Hear of more replies and do nothing."""


class Writer(Protocol):
    """Writes one reply a prompt and seed."""

    name: str

    async def write(
        self, asked: Sequence[Asked], seeds: Sequence[int], adapter: str, *, told: Told = ignored
    ) -> list[Reply]:
        """Return the replies, prompt by prompt and seed by seed; "" as adapter asks the base.

        `told` hears how many more are written.
        """
        ...


class PortWriter:
    """Writes through `ammo_agents.ports.Model`: what is measured is what people will read."""

    def __init__(self, model: Model, *, temperature: float = 0.7) -> None:
        self.name = model.card.id
        self._model = model
        self._temperature = temperature

    async def write(
        self, asked: Sequence[Asked], seeds: Sequence[int], adapter: str, *, told: Told = ignored
    ) -> list[Reply]:
        """Return the replies in order; an empty answer is a reply too and counts as one."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(ask: Asked, seed: int) -> Reply:
            async with gate:
                reply = await self._one(ask, seed, adapter)
            told(1)
            return reply

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(ask, seed)) for ask in asked for seed in seeds]
        except ExceptionGroup as faults:  # all of one kind: the model went away, or is too slow
            raise faults.exceptions[0] from faults
        return await grounded(asked, [task.result() for task in tasks])

    async def _one(self, ask: Asked, seed: int, adapter: str) -> Reply:
        sampling = Sampling(
            max_tokens=ask.tokens,
            temperature=self._temperature,
            seed=seed,
            stop=ask.stop,
            grammar=ask.grammar if self._model.card.grammar else "",
            adapters=(Mix(id=adapter),) if adapter else (),
        )
        try:
            done = await self._model.complete(Prompt(messages=ask.messages), sampling)
        except ModelAnswerError:  # an empty answer is an answer, and a bad one
            return Reply(prompt=ask.id, seed=seed, text="", finish="stop", adapter=adapter)
        return Reply(
            prompt=ask.id,
            seed=seed,
            text=done.text,
            finish=done.finish,
            adapter=adapter,
            tokens=done.usage.tokens_out,
        )


class TransformersWriter:
    """Writes through transformers in this process: the fallback without a llama.cpp adapter, and on a GPU."""

    def __init__(self, scorer: Scorer, *, temperature: float = 0.7) -> None:
        self.name = "transformers"
        self._scorer = scorer
        self._temperature = temperature

    async def write(
        self, asked: Sequence[Asked], seeds: Sequence[int], adapter: str, *, told: Told = ignored
    ) -> list[Reply]:
        """Return the replies in order; both sides draw the same random numbers for the same batch."""
        rows = [(ask, seed) for seed in seeds for ask in asked]
        size = BATCH * (16 if self._scorer.device.type != "cpu" else 1)
        found: dict[tuple[str, int], Reply] = {}
        for seed in seeds:
            mine = [ask for ask, s in rows if s == seed]
            for start in range(0, len(mine), size):
                batch = mine[start : start + size]
                for reply in await asyncio.to_thread(self._batch, batch, seed, adapter):
                    found[reply.prompt, seed] = reply
                told(len(batch))
        ordered = [found[ask.id, seed] for ask in asked for seed in seeds]
        return await grounded(asked, ordered)

    def _batch(self, asked: Sequence[Asked], seed: int, adapter: str) -> list[Reply]:
        import torch  # noqa: PLC0415 - the port's writer needs none

        scorer = self._scorer
        tokenizer = scorer.tokenizer
        tokenizer.padding_side = "left"
        turns = [[{"role": m.role, "content": m.text} for m in ask.messages] for ask in asked]
        said = [
            tokenizer.apply_chat_template(t, tokenize=False, add_generation_prompt=True)
            for t in turns
        ]
        given = tokenizer(said, add_special_tokens=False, padding=True, return_tensors="pt")
        given = {k: v.to(scorer.device) for k, v in given.items() if k != "token_type_ids"}
        torch.manual_seed(seed)
        with scorer.worn(adapter=bool(adapter)):
            out = scorer.model.generate(
                **given,
                max_new_tokens=max(ask.tokens for ask in asked),
                do_sample=True,
                temperature=self._temperature,
                top_p=0.95,
                top_k=0,
                pad_token_id=tokenizer.pad_token_id,
                use_cache=True,
            )
        ends = _ends(scorer)
        new = out[:, given["input_ids"].shape[1] :].tolist()
        return [
            _reply(ask, seed, adapter, ids, ends, tokenizer)
            for ask, ids in zip(asked, new, strict=True)
        ]


async def grounded(asked: Sequence[Asked], replies: Sequence[Reply]) -> list[Reply]:
    """Return the replies with the gate's verdict where a gate reads their prompts."""
    gates = {ask.id: ask.grounded for ask in asked}
    found = []
    for reply in replies:
        gate = gates[reply.prompt]
        found.append(reply if gate is None else replace(reply, supported=await gate(reply.text)))
    return found


def _ends(scorer: Scorer) -> set[int]:
    given = scorer.model.generation_config.eos_token_id
    ends = given if isinstance(given, list) else [given]
    return {e for e in (*ends, scorer.tokenizer.eos_token_id) if e is not None}


def _reply(
    ask: Asked, seed: int, adapter: str, ids: list[int], ends: set[int], tokenizer: Any
) -> Reply:
    """Return the text up to its end, to a stop word, or to the most tokens it may have."""
    stopped = next((i for i, token in enumerate(ids) if token in ends), None)
    kept = ids[: ask.tokens if stopped is None else min(stopped, ask.tokens)]
    text: str = tokenizer.decode(kept, skip_special_tokens=True)
    whole = stopped is not None and stopped <= ask.tokens
    for word in ask.stop:
        if word in text:
            text, whole = text.split(word)[0], True
    return Reply(
        prompt=ask.id,
        seed=seed,
        text=text.strip(),
        finish="stop" if whole else "length",
        adapter=adapter,
        tokens=len(kept),
    )
