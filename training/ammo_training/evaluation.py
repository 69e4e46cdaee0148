"""Measures one adapter beside its base: log-probs, neutral prompts, replies to unseen prompts, judges, frozen sets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ammo_agents.aipp.pairs import Pair, Taught
from ammo_agents.ports import Embedder
from ammo_agents.records import Matrix, Message
from ammo_agents.replay.vectors import text_vectors
from ammo_training import behaviour, intervals, winrate
from ammo_training.behaviour import Reply
from ammo_training.frozen import Frozen, chosen_share, resisted
from ammo_training.heldout import couples, prompt_id
from ammo_training.measures import LogProbs, kinds, preference, wins
from ammo_training.packing import Line
from ammo_training.progress import Count
from ammo_training.scoring import Scorer, cached
from ammo_training.writing import Asked, Writer

Told = Callable[[str], None]
"""Hears what begins, or how far it is."""
Gates = Callable[[Pair], Asked | None]
"""Returns how a buddy's own prompt is asked, with the gate that reads the reply; None = no buddy's prompt."""
JUDGES = 24
"""People who judge one reply, at most, where its prompt is nobody's in particular."""


def unheard(words: str) -> None:
    """Hear how far something is and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is measured, and with what."""

    scorer: Scorer
    adapter: str
    """Its id, or what stands for it in the samples' stamps."""
    base_sha256: str
    writer: Writer
    embedder: Embedder | None = None
    cache: Path | None = None
    """Where log-probs of the base and vectors of texts are kept."""
    live: str = ""
    """The adapter people read now; empty = the base."""
    seed: int = 7
    prompts: int = 20
    tokens: int = 64
    repeats: int = 2
    """Seeds each prompt is written with."""
    samples: int = behaviour.SIDE
    told: Told = unheard
    """Hears what begins."""
    at: Told = unheard
    """Hears how far it is, after every batch or reply."""

    def count(self, what: str, of: int) -> Count:
        """Return what is told how much of something is done."""
        return Count(what, of, self.at)


def preferences(subject: Subject, held: Sequence[Taught]) -> dict[str, Any]:
    """Return the preference figures, each kind of choice apart, and how many pairs were too long; blocking."""
    every = couples(held, seed=subject.seed)
    lines, kept = subject.scorer.couples(every)
    rows = [every[row].judged for row in kept]
    base, tuned = scores(subject, lines)
    found = {
        kind: preference(
            [rows[i] for i in mine], base.some(mine), tuned.some(mine), seed=subject.seed
        )
        for kind, mine in kinds(rows).items()
    }
    reward = wins(np.diff(base.sums - tuned.sums, axis=1)[:, 0])
    each = [
        {"id": row.id, "reward": float(right), "base": b, "tuned": t, "tokens": n}
        for row, right, b, t, n in zip(
            rows,
            reward,
            base.sums.tolist(),
            tuned.sums.tolist(),
            tuned.tokens.tolist(),
            strict=True,
        )
    ]
    return {"kinds": found, "too_long": len(every) - len(kept), "each": each}


def scores(subject: Subject, lines: Sequence[Line]) -> tuple[LogProbs, LogProbs]:
    """Return the log-probs of base and adapter; the base's are kept for the next seed; blocking."""
    scorer = subject.scorer
    key = scorer.fingerprint(lines, base=subject.base_sha256)
    n = len(lines)
    subject.told(f"log-probs of the base on {n} pairs")
    told = subject.count("log-probs of the base", n)
    base = cached(subject.cache, key, lambda: scorer.score(lines, adapter=False, told=told))
    if not scorer.tuned:
        return base, base
    subject.told(f"log-probs of the adapter on {n} pairs")
    told = subject.count("log-probs of the adapter", n)
    return base, scorer.score(lines, adapter=True, told=told)


def neutral(subject: Subject, frozen: Frozen) -> dict[str, Any]:
    """Return how far the adapter moves what it was not asked to: KL and mean |Δ log p| a token, in nats; blocking."""
    lines = [subject.scorer.line(turns, [text]) for turns, text in frozen.neutral]
    divergence, change = subject.scorer.shift([line for line in lines if line is not None])
    names = [str(i) for i in range(len(divergence))]
    return {
        "kl": intervals.mean(divergence, names, over="prompts", seed=subject.seed).plain(),
        "mean_abs_change": intervals.mean(change, names, over="prompts", seed=subject.seed).plain(),
    }


class Judging(Protocol):
    """What replies are judged with; a `Subject` is more than that."""

    @property
    def writer(self) -> Writer:
        """Who wrote the replies."""
        ...

    @property
    def embedder(self) -> Embedder | None:
        """What places texts."""
        ...

    @property
    def cache(self) -> Path | None:
        """Where vectors are kept."""
        ...

    @property
    def seed(self) -> int:
        """Of draws and intervals."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was asked, whose choices each prompt is about, and what each writer answered, in one order."""

    asked: tuple[Asked, ...]
    of: dict[str, tuple[str, ...]]
    """Prompt → people."""
    before: tuple[Reply, ...]
    after: tuple[Reply, ...]
    live: tuple[Reply, ...] = ()


async def written(subject: Subject, held: Sequence[Taught], *, gates: Gates | None) -> Written:
    """Return replies to unseen prompts by the base, by the adapter and by what is live, with the same seeds."""
    asked, of = _asked(subject, held, gates)
    seeds = [subject.seed + n for n in range(subject.repeats)]
    subject.told(f"{len(asked)} unseen prompts, before and after, {len(seeds)} seeds")
    other = [subject.live] if subject.live and subject.live != subject.adapter else []
    sides = ["", subject.adapter, *other]
    told = subject.count("replies to unseen prompts", len(asked) * len(seeds) * len(sides))
    before, after, *more = [
        await subject.writer.write(asked, seeds, side, told=told) for side in sides
    ]
    live = more[0] if more else []
    return Written(
        asked=tuple(asked),
        of={name: tuple(people) for name, people in of.items()},
        before=tuple(before),
        after=tuple(after),
        live=tuple(live),
    )


async def behaviours(subject: Subject, held: Sequence[Taught], said: Written) -> dict[str, Any]:
    """Return what the replies show, whose they are, who would rather read them, and samples."""
    found = await shown(subject, held, said)
    found["behaviour"]["whose"] = await asyncio.to_thread(
        whose, subject, said.asked, said.before, said.after
    )
    drawn = behaviour.side_by_side(said.before, said.after, seed=subject.seed, many=subject.samples)
    words = {
        ask.id: [{"role": m.role, "content": m.text} for m in ask.messages] for ask in said.asked
    }
    return {**found, "samples": [{**one, "prompt": words[one["prompt"]]} for one in drawn]}


async def shown(subject: Judging, held: Sequence[Taught], said: Written) -> dict[str, Any]:
    """Return what can be seen on the replies alone: their measures, and who would rather read which side."""
    sides = await _vectors(subject, said.before, said.after)
    found = behaviour.compare(said.before, said.after, seed=subject.seed, vectors=sides)
    found["writer"] = subject.writer.name
    wins: dict[str, Any] = {"base": None, "live": None}
    if sides is not None:
        judge = await _judge(subject, held)
        after = said.after, sides[1]
        wins["base"] = _won(subject, judge, said.of, after, (said.before, sides[0]))
        if said.live:
            rows = await _placed(subject, [r.text for r in said.live])
            wins["live"] = _won(subject, judge, said.of, after, (said.live, rows))
    return {"behaviour": found, "win_rate": wins}


def whose(
    subject: Subject, asked: Sequence[Asked], before: Sequence[Reply], after: Sequence[Reply]
) -> dict[str, Any]:
    """Return how much likelier the adapter finds its own replies than the base's, beside how the base finds both.

    For y drawn from the adapter E[log p(adapter) - log p(base)] is a KL divergence and so >= 0; for y drawn from the
    base it is <= 0. Sides that are swapped show the contrary; blocking.
    """
    if not subject.scorer.tuned:
        return {}
    turns = {ask.id: ask.messages for ask in asked}
    lines = [
        subject.scorer.line(turns[b.prompt], [b.text, a.text])
        for b, a in zip(before, after, strict=True)
    ]
    kept = [row for row, line in enumerate(lines) if line is not None]
    some = [line for line in lines if line is not None]
    base = subject.scorer.score(some, adapter=False)
    tuned = subject.scorer.score(some, adapter=True)
    ratio = (tuned.sums - base.sums) / np.maximum(tuned.tokens, 1)
    prompts = [before[row].prompt for row in kept]
    gap = ratio[:, 1] - ratio[:, 0]
    return {
        "gap": intervals.mean(gap, prompts, over="prompts", seed=subject.seed).plain(),
        "kl_after": intervals.mean(ratio[:, 1], prompts, over="prompts", seed=subject.seed).plain(),
    }


async def frozen_sets(subject: Subject, frozen: Frozen) -> dict[str, Any]:
    """Return the frozen sets before and after: right answers, corrected claims, planted orders resisted."""
    found: dict[str, Any] = {"hashes": frozen.hashes}
    for name, pairs in (("preference", frozen.preference), ("grounding", frozen.grounding)):
        lines, kept = await asyncio.to_thread(subject.scorer.lines, pairs)
        base, tuned = await asyncio.to_thread(scores, subject, lines)
        some = [pairs[row] for row in kept]
        found[name] = chosen_share(some, base, tuned, seed=subject.seed)
    subject.told(f"{len(frozen.injection)} planted orders")
    told = subject.count("replies to planted orders", 2 * len(frozen.injection))
    before, after = [
        await subject.writer.write(frozen.injection, [subject.seed], side, told=told)
        for side in ("", subject.adapter)
    ]
    found["injection"] = resisted(before, after, frozen.canaries, seed=subject.seed)
    return found


def _asked(
    subject: Subject, held: Sequence[Taught], gates: Gates | None
) -> tuple[list[Asked], dict[str, list[str]]]:
    """Return unseen prompts, drawn by seed, and whose choices each prompt is about."""
    of: dict[str, list[str]] = {}
    first: dict[str, Taught] = {}
    for pair in held:
        name = prompt_id(pair)
        first.setdefault(name, pair)
        if pair.user and pair.user not in of.setdefault(name, []):
            of[name].append(pair.user)
    rng = np.random.default_rng([subject.seed, 3])
    names = sorted(first)
    drawn = [names[i] for i in rng.permutation(len(names)).tolist()]
    asked: list[Asked] = []
    unread = 0
    for name in drawn:
        if len(asked) == subject.prompts:
            break
        pair = first[name]
        made = gates(pair) if gates is not None and isinstance(pair, Pair) else None
        ask = made or Asked(id=name, messages=_turns(pair), tokens=subject.tokens)
        if subject.scorer.line(ask.messages, [""]) is not None:
            asked.append(Asked(**{**_fields(ask), "id": name}))
            unread += made is None and isinstance(pair, Pair) and bool(pair.buddy)
    if unread:
        subject.told(
            f"no gate reads {unread} of {len(asked)} prompts: their facts or their buddy are gone"
        )
    return asked, of


def _fields(ask: Asked) -> dict[str, Any]:
    return {name: getattr(ask, name) for name in Asked.__dataclass_fields__}


def _turns(pair: Taught) -> tuple[Message, ...]:
    return tuple(pair.messages)


async def _vectors(
    subject: Judging, before: Sequence[Reply], after: Sequence[Reply]
) -> tuple[Matrix, Matrix] | None:
    if subject.embedder is None:
        return None
    return (
        await _placed(subject, [r.text for r in before]),
        await _placed(subject, [r.text for r in after]),
    )


async def _placed(subject: Judging, texts: Sequence[str]) -> Matrix:
    """Return unit rows; an empty reply stands where a single dot stands."""
    assert subject.embedder is not None
    said = [text if text.strip() else "." for text in texts]
    if subject.cache is None:
        return np.asarray(await subject.embedder.embed(said))
    return await text_vectors(said, subject.embedder, subject.cache)


async def _judge(subject: Judging, held: Sequence[Taught]) -> tuple[winrate.Tastes, dict[str, Any]]:
    """Return the held-out people's tastes, and how well such tastes tell choices apart that they have not seen."""
    told = [couple.judged for couple in couples(held, seed=subject.seed)]
    chosen = await _placed(subject, [one.chosen for one in told])
    rejected = await _placed(subject, [one.rejected for one in told])
    gaps = chosen - rejected
    people = [one.person for one in told]
    right = winrate.reliability(gaps, people, seed=subject.seed)
    named = [one.person or one.prompt for one in told]
    return winrate.learned(gaps, people), {"right": right, "named": named}


Side = tuple[Sequence[Reply], Matrix]


def _won(
    subject: Judging,
    judge: tuple[winrate.Tastes, dict[str, Any]],
    of: dict[str, tuple[str, ...]],
    ours: Side,
    theirs: Side,
) -> dict[str, Any]:
    tastes, known = judge
    rows, people = [], []
    for row, reply in enumerate(ours[0]):
        for person in (of.get(reply.prompt) or ("",))[:JUDGES]:
            rows.append(row)
            people.append(person)
    prompts = [ours[0][row].prompt for row in rows]
    win = winrate.win_rate(
        tastes, people, ours[1][rows], theirs[1][rows], prompts, seed=subject.seed
    )
    return winrate.judged(win, known["right"], known["named"], seed=subject.seed)
