"""Simulated readers who prefer short, sourced cards: a stated utility, for trying the whole way without people.

What they choose is labelled ``simulated`` and never stands in a figure with what people chose.

Utility of an alternative, in nats, for a reader of brevity b and floor f:
``-b * words`` from f words on, ``-b * (f + 3 (f - words))`` below: too short is worse than too long, so that the best
text is a short one and not an empty one. Of two supported texts a reader takes each with the chance of
Bradley and Terry, sigmoid(U - U'). A text without support is never taken.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ammo_agents.aipp.pairs.record import Pair, Side
from ammo_agents.aipp.pairs.split import split
from ammo_agents.errors import BadInputError
from ammo_agents.records import Message, digest
from ammo_training.samples import NEAR_TIE, Alternative, Offer, Sample, Split, offers

READERS = 24
BREVITY = 1.2
"""Nats a word, the median reader: one word shorter is taken in 77 % of the cases, three words in 97 %."""
FLOOR = {"sentence": 7, "title": 4}
"""Words under which a text says too little for these readers."""
STEEP = 3.0
"""How many words too long weigh as much as one word too short."""
LENGTH = {"train": 2, "test": 6}
"""Pairs of one prompt about length at most: a few lively prompts must not speak for all. Tests cost no training."""
AGAINST = {"train": 1, "test": 3}
"""Pairs of one prompt against a text without support at most: they teach the gate and not length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One simulated reader."""

    name: str
    brevity: float
    """Nats a word."""

    def utility(self, one: Alternative, role: str) -> float:
        """Return what a supported alternative is worth to this reader, in nats; -inf without support."""
        if one.fault:
            return -math.inf
        floor = FLOOR.get(role, FLOOR["sentence"])
        short = max(0, floor - one.words)
        return -self.brevity * (max(one.words, floor) + STEEP * short)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the readers said of a file of samples."""

    pairs: tuple[Pair, ...]
    counts: dict[str, Any]
    """Offers, pairs and why others are none; the yield is pairs / alternatives."""


def readers(n: int, *, seed: int) -> tuple[Reader, ...]:
    """Return n readers, their brevity drawn log-normal around `BREVITY` with a third in ln.

    Raises:
        BadInputError: fewer than 4: tests are read by other readers than training.
    """
    if n < 4:
        raise BadInputError(f"{n} readers are too few", hint="Ask for 4 or more: --readers 24")
    rng = np.random.default_rng([seed, 2])
    drawn = BREVITY * np.exp(rng.normal(0.0, 1 / 3, size=n))
    return tuple(Reader(name=f"reader-{i:02d}", brevity=float(b)) for i, b in enumerate(drawn))


def choose(samples: Sequence[Sample], *, n: int = READERS, seed: int = 7) -> Chosen:
    """Return what `n` readers choose: every offer is put to one of them, in an order drawn and kept.

    Three of four readers see the training prompts, the others the test prompts, later: people, texts and
    time are apart on both sides.
    """
    rng = np.random.default_rng([seed, 3])
    people = readers(n, seed=seed)
    cut = 3 * n // 4
    counts: Counter[str] = Counter()
    pairs: list[Pair] = []
    for sample in sorted(pooled(samples), key=lambda s: (s.split == "test", s.id)):
        found, dropped = offers(sample)
        counts += dropped
        counts["offers"] += len(found)
        side = people[:cut] if sample.split == "train" else people[cut:]
        kept = _put(found, sample.split, rng, counts)
        pairs += [_asked(o, side[int(rng.integers(len(side)))], rng) for o in kept]
    apart = _apart(pairs, counts)
    return Chosen(pairs=tuple(apart), counts=_counted(samples, apart, counts) | {"readers": n})


def _apart(pairs: Sequence[Pair], counts: Counter[str]) -> list[Pair]:
    """Return the pairs without those whose answers, alike by chance, stand on both sides."""
    if len({p.split for p in pairs}) < 2:
        return list(pairs)
    parted = split(pairs)
    counts.update({f"left out: {why}": n for why, n in parted.dropped.items()})
    return [one for one in parted.kept if isinstance(one, Pair)]


def pooled(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples, each with what was said to the same sentence shown with other examples.

    One buddy, one adapter and one task wrote all of them, so they are alternatives to one another.
    """
    pools: dict[tuple[str, ...], list[Alternative]] = defaultdict(list)
    for one in samples:
        pools[_task(one)] += one.alternatives
    return [
        replace(one, alternatives=(*one.alternatives, *_others(one, pools[_task(one)])))
        for one in samples
    ]


def _task(one: Sample) -> tuple[str, ...]:
    return (one.split, one.role, one.model, one.adapter, one.messages[-1]["content"])


def _others(one: Sample, pool: Sequence[Alternative]) -> list[Alternative]:
    own = {id(a) for a in one.alternatives}
    return [a for a in pool if id(a) not in own]


def _put(
    found: Sequence[Offer], side: Split, rng: np.random.Generator, counts: Counter[str]
) -> list[Offer]:
    """Return which offers of one prompt are put to somebody."""
    kept: list[Offer] = []
    about: Counter[bool] = Counter()
    for i in rng.permutation(len(found)).tolist():
        offer, against = found[i], bool(found[i].other.fault)
        if _is_tie(offer):
            counts["near ties"] += 1
        elif about[against] == (AGAINST if against else LENGTH)[side]:
            counts["enough of one prompt"] += 1
        else:
            kept.append(offer)
            about[against] += 1
    return kept


def _counted(
    samples: Sequence[Sample], pairs: Sequence[Pair], counts: Counter[str]
) -> dict[str, Any]:
    every = sum(len(s.alternatives) for s in samples)
    return {
        "alternatives": every,
        **{k: counts[k] for k in sorted(counts)},
        "pairs": len(pairs),
        "train": sum(p.split == "train" for p in pairs),
        "test": sum(p.split == "test" for p in pairs),
        "against unsupported": sum(bool(p.extra["rejected_fault"]) for p in pairs),
        "shorter chosen": sum(p.extra["words"][0] < p.extra["words"][1] for p in pairs),
        "yield": round(len(pairs) / max(1, every), 3),
    }


def _is_tie(offer: Offer) -> bool:
    """Whether neither of two supported texts is shorter."""
    return not offer.other.fault and abs(offer.one.words - offer.other.words) < NEAR_TIE


def _asked(offer: Offer, reader: Reader, rng: np.random.Generator) -> Pair:
    """Put two alternatives to a reader, in a drawn order."""
    role = offer.sample.role
    first = bool(rng.integers(2))
    one, other = reader.utility(offer.one, role), reader.utility(offer.other, role)
    chance = 1.0 if offer.other.fault else 1 / (1 + math.exp(other - one))
    taken = bool(rng.random() < chance)
    won, lost = (offer.one, offer.other) if taken else (offer.other, offer.one)
    slots = (0, 1) if first == taken else (1, 0)
    return pair_of(offer.sample, won, lost, slots=slots, user=f"simulated/{reader.name}")


def pair_of(
    sample: Sample, won: Alternative, lost: Alternative, *, slots: tuple[int, int], user: str
) -> Pair:
    """Return the pair of a choice; raises `BadInputError` for one that prefers a text without support."""
    if won.fault:
        raise BadInputError(
            f"{won.text!r} is not supported: {won.fault}",
            hint="Only what the gate lets through can be preferred.",
        )
    late = dt.timedelta(days=1) if sample.split == "test" else dt.timedelta()
    return Pair(
        prompt=tuple(Message(role=_role(m), text=m["content"]) for m in sample.messages),
        chosen=won.text,
        rejected=lost.text,
        source="simulated",
        signal="label",
        subspace=sample.subspace,
        buddy=sample.buddy,
        user=digest(user)[:16],
        at=dt.datetime.fromisoformat(sample.at) + late,
        impression=sample.id,
        chosen_by=_side(sample, won, slots[0]),
        rejected_by=_side(sample, lost, slots[1]),
        split=sample.split,
        extra={
            "fact": sample.fact,
            "group": sample.group,
            "role": sample.role,
            "words": [won.words, lost.words],
            "rejected_fault": lost.fault,
        },
    )


def _role(turn: dict[str, str]) -> Any:
    return turn["role"]


def _side(sample: Sample, one: Alternative, slot: int) -> Side:
    return Side(
        model=sample.model,
        adapter=sample.adapter,
        prompt=sample.prompt,
        sampling={
            "temperature": one.temperature,
            "top_p": one.top_p,
            "max_tokens": one.max_tokens,
            "seed": one.seed,
            "grammar": sample.grammar,
        },
        slot=slot,
        propensity=0.5,
    )
