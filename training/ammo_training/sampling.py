"""Lets a buddy write alternatives in its own prompts, and keeps each with everything it came from.

Pairs made of what a model itself says move what it says (training.md 4.1: the same budget of pairs written
by others moved nothing). Test prompts are drawn by what the model reads of a fact, not by the fact: two
days of one coin differ only in letters the program fills in.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ammo_agents.errors import BadInputError, ModelError
from ammo_agents.ports import Model
from ammo_agents.records import Completion, Mix, Sampling, digest
from ammo_training import samples as kept
from ammo_training.desk import ROLES, Ask, Desk, Role, tokens_for
from ammo_training.samples import Alternative, Sample, Split

NEAR = 0.6
"""Share of common words from which two statements are one for the split."""
HELD_OUT = 4
"""One of so many groups is for tests."""
TEMPERATURES = (0.7, 0.9, 1.1)
"""In turn; freer than a card is written with (0.5 to 0.9), since alternatives that are alike make no pair."""

Told = Callable[[int, int], None]
"""Called as ``told(alternatives so far, alternatives in all)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for."""

    n: int = 200
    """Alternatives in all."""
    k: int = 4
    """Alternatives of a prompt."""
    seed: int = 7
    adapter: str = ""
    """What to write with; empty = the base."""
    roles: tuple[Role, ...] = ROLES
    splits: tuple[Split, ...] = ("train", "test")
    deadline_s: float = 60.0
    temperatures: tuple[float, ...] = TEMPERATURES
    at_once: int = 1
    """Answers in flight; a local model reads a prompt once for all its answers when they come one by one."""

    def __post_init__(self) -> None:
        if not 2 <= self.k <= 16 or not self.k <= self.n <= 20_000:
            raise BadInputError(
                f"{self.n} alternatives, {self.k} a prompt, cannot be sampled",
                hint="Ask for 2 to 16 a prompt (--k 4) and at most 20000 in all (--n 200).",
            )


def name_of(desk: Desk, model: str, wish: Wish) -> str:
    """Return the id of the file: the same wish goes on in the same file, a larger `n` too."""
    drawn = [wish.k, wish.seed, wish.temperatures]
    asked = [desk.target, model, wish.adapter, wish.roles, wish.splits, *drawn]
    return "s_" + digest(asked)[:16]


async def sample(
    desk: Desk, model: Model, wish: Wish, path: Path, told: Told
) -> tuple[Sample, ...]:
    """Return at least `wish.n` alternatives, those of an earlier, broken-off run among them.

    Raises:
        ModelError: the model fails three prompts in a row; what was written is kept.
    """
    done = list(await asyncio.to_thread(kept.mended, path))
    have = {s.id for s in done}
    asks = await asyncio.to_thread(_asks, desk, wish)
    total = -(-wish.n // wish.k)
    faults = 0
    for turn, (ask, split, group) in enumerate(_endless(asks)):
        if len(done) >= total:
            break
        id = "p_" + digest([desk.target, wish.adapter, wish.seed, turn, list(ask.messages)])[:16]
        if id in have:
            continue
        try:
            made = await _answered(ask, desk, model, wish, turn)
        except ModelError:
            faults += 1
            if faults >= 3:
                raise
            continue
        faults = 0
        new = _sample(ask, desk, model, wish, made)
        done.append(replace(new, id=id, split=split, group=group))
        await asyncio.to_thread(kept.append, path, done[-1])
        told(min(wish.n, len(done) * wish.k), wish.n)
    return tuple(done)


def groups_of(statements: Mapping[str, str]) -> dict[str, str]:
    """Return group → the name of its cluster: statements that share `NEAR` of their words are together.

    `statements` is group → what the model reads. *Up [B]* and *down [B]* in one frame are near duplicates.
    """
    names = sorted(statements)
    words = [frozenset(kept.WORD.findall(statements[n].lower())) for n in names]
    cluster = {n: n for n in names}
    for i, name in enumerate(names):
        for j in range(i):
            both = len(words[i] | words[j])
            if both and len(words[i] & words[j]) / both >= NEAR:
                pair = {cluster[name], cluster[names[j]]}
                cluster = {n: (min(pair) if c in pair else c) for n, c in cluster.items()}
    return cluster


def split_of(clusters: Iterable[str]) -> dict[str, Split]:
    """Return which side each cluster falls on: by its own hash: another seed moves none, more days few.

    Where chance leaves no test among four or more, the one with the smallest hash is.
    """
    hashes = {c: int(digest(["split", c])[:8], 16) for c in set(clusters)}
    tested = {c for c, h in hashes.items() if h % HELD_OUT == 0}
    if not tested and len(hashes) >= HELD_OUT:
        tested = {min(hashes, key=hashes.__getitem__)}
    return {c: "test" if c in tested else "train" for c in hashes}


def _asks(desk: Desk, wish: Wish) -> list[tuple[Ask, Split, str]]:
    every = desk.asks(seed=wish.seed, roles=ROLES)
    reads = {ask.group: ask.task.prompt.messages[-1].text for ask in every}
    clusters = groups_of(reads)
    sides = split_of(clusters.values())
    found = [
        (ask, sides[clusters[ask.group]], clusters[ask.group])
        for ask in every
        if ask.role in wish.roles and sides[clusters[ask.group]] in wish.splits
    ]
    if not found:
        raise BadInputError(
            f"{desk.target} has no prompt of {', '.join(wish.splits)}",
            hint="Look at more days of its world: --days 360",
        )
    return found


def _endless(
    asks: Sequence[tuple[Ask, Split, str]],
) -> Iterable[tuple[Ask, Split, str]]:
    while True:
        yield from asks


async def _answered(
    ask: Ask, desk: Desk, model: Model, wish: Wish, turn: int
) -> tuple[Alternative, ...]:
    gate = asyncio.Semaphore(wish.at_once)
    rng = np.random.default_rng([wish.seed, turn])
    seeds = rng.integers(2**31, size=wish.k).tolist()

    async def one(n: int) -> Alternative | ModelError:
        asked = Sampling(
            max_tokens=tokens_for(ask.role),
            temperature=wish.temperatures[n % len(wish.temperatures)],
            seed=int(seeds[n]),
            stop=("\n",),
            grammar=ask.task.grammar() if model.card.grammar else "",
            deadline_s=wish.deadline_s,
            adapters=(Mix(id=wish.adapter),) if wish.adapter else (),
        )
        try:
            async with gate:
                answer = await model.complete(ask.task.prompt, asked)
        except ModelError as error:
            return error
        return await _judged(ask, desk, answer, asked)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(n)) for n in range(wish.k)]
    made = [task.result() for task in tasks]
    for fault in made:
        if isinstance(fault, ModelError):
            raise fault
    return tuple(one for one in made if isinstance(one, Alternative))


async def _judged(ask: Ask, desk: Desk, answer: Completion, asked: Sampling) -> Alternative:
    text = " ".join(answer.text.split())
    complete = answer.finish == "stop" or (ask.role == "sentence" and text.endswith("."))
    said, fault = await desk.verdict(ask, text)
    return Alternative(
        text=text,
        said=said,
        fault=fault,
        complete=complete and bool(text),
        tokens=answer.usage.tokens_out,
        seconds=round(answer.usage.seconds, 3),
        temperature=asked.temperature,
        top_p=asked.top_p,
        max_tokens=asked.max_tokens,
        seed=asked.seed,
    )


def _sample(
    ask: Ask, desk: Desk, model: Model, wish: Wish, made: tuple[Alternative, ...]
) -> Sample:
    grammar = ask.task.grammar() if model.card.grammar else ""
    return Sample(
        id="",
        split="train",
        group=ask.group,
        target=desk.target,
        subspace=desk.subspace,
        buddy=ask.buddy,
        fact=ask.fact.id,
        statement=ask.fact.statement,
        source=ask.fact.source.name,
        predicate=ask.fact.predicate,
        role=ask.role,
        messages=ask.messages,
        prompt=ask.task.prompt.fingerprint,
        model=model.card.id,
        adapter=wish.adapter,
        grammar=digest(grammar)[:12] if grammar else "",
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        alternatives=made,
    )
