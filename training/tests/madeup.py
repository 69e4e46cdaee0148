"""Reports of adapters that never were: pairs, log-probs, replies and judges made up, everything else the product's own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ammo_training import behaviour, intervals, report
from ammo_training.behaviour import Reply
from ammo_training.measures import Judged, LogProbs, kinds, preference

N, PEOPLE, PROMPTS = 400, 80, 24
Plain = dict[str, Any]
WORDS = [
    a + b for a in "ba ce di fo gu ha ki lo mu ne".split() for b in "rak sen til mon dur".split()
]


def text(rng: np.random.Generator, words: int) -> str:
    """Return so many made-up words, as a sentence."""
    return " ".join(rng.choice(WORDS, words)).capitalize() + "."


def pairs(seed: int = 1, n: int = N) -> list[Judged]:
    """Return pairs of people in which length says nothing."""
    rng = np.random.default_rng(seed)
    return [
        Judged(
            id=str(i),
            prompt=f"q{i}",
            chosen=text(rng, int(rng.integers(6, 14))),
            rejected=text(rng, int(rng.integers(6, 14))),
            person=f"p{i % PEOPLE}",
        )
        for i in range(n)
    ]


def base_of(found: Sequence[Judged]) -> LogProbs:
    """Return what a base that knows no preference thinks of them."""
    rng = np.random.default_rng(9)
    tokens = np.array([[len(p.chosen.split()), len(p.rejected.split())] for p in found], np.float64)
    return LogProbs(sums=tokens * rng.normal(-3, 0.3, tokens.shape), tokens=tokens)


def tuned(base: LogProbs, ratio: np.ndarray) -> LogProbs:
    """Return an adapter that moves each text by so many nats."""
    return LogProbs(sums=base.sums + ratio, tokens=base.tokens)


def replies(words: int, *, adapter: str = "", copies: int = 1, seed: int = 3) -> list[Reply]:
    """Return whole replies of so many words; `copies` = how many prompts get the same one."""
    rng = np.random.default_rng(seed)
    said = [text(rng, words) if words else "" for _ in range(PROMPTS)]
    return [
        Reply(prompt=f"q{n}", seed=7, text=said[n // copies], finish="stop", adapter=adapter)
        for n in range(PROMPTS)
    ]


def honest(found: Sequence[Judged], base: LogProbs) -> LogProbs:
    """Return an adapter that finds 80 % of the choices, and lifts what was chosen."""
    rng = np.random.default_rng(5)
    right = rng.random(len(found)) < 0.8
    up = np.where(right, 1.0, -0.2)
    return tuned(base, np.stack([np.where(right, 1.0, 0.2), 0.2 - up + 0.2], axis=1))


def frozen(change: float = 0.0) -> Plain:
    """Return frozen sets that all moved by `change`."""
    one = {"before": intervals.share([1, 0]).plain(), "after": intervals.share([1, 0]).plain()}
    moved = {"value": change, "low": change - 0.04, "high": change + 0.04, "n": 72, "over": "pairs"}
    return {name: {**one, "change": moved} for name in ("preference", "grounding", "injection")}


def win(rate: float = 0.7, *, believed: bool = True) -> Plain:
    """Return a win rate by a judge who is believed, or not."""
    figure = {"value": rate, "low": rate - 0.08, "high": rate + 0.08, "n": 40, "over": "prompts"}
    return {
        "n": 40,
        "rate": figure,
        "order_changed": 0.0,
        "ties": 0,
        "judge_accuracy": {**figure, "value": 0.7},
        "judge_qualified": believed,
    }


def made(**changes: Any) -> Plain:
    """Return the report of an adapter that deserves its gate, with changes."""
    found = changes.pop("pairs", None) or pairs()
    base = base_of(found)
    after = changes.pop("tuned", honest)(found, base)
    before_said = changes.pop("before", None) or replies(9)
    after_said = changes.pop("after", None) or replies(9, adapter="a_1", seed=4)
    gap = changes.pop("gap", 0.3)
    moved = {"value": gap, "low": gap - 0.1, "high": gap + 0.1, "n": 40, "over": "prompts"}
    whole = {"data": {"overlap": {"user": 0, "text": 0}}, "hashes": {"base": "b"}, "seed": 7}
    said = behaviour.compare(before_said, after_said, seed=1)
    parts = {
        "preference": {
            kind: preference([found[i] for i in rows], base.some(rows), after.some(rows), seed=1)
            for kind, rows in kinds(found).items()
        },
        "behaviour": {**said, "whose": {"gap": moved}},
        "win_rate": {"base": win(), "live": None},
        "frozen": frozen(),
    }
    for name, value in changes.items():
        (whole if name in {"seed", "target", "intended", "data", "hashes"} else parts)[name] = value
    return report.assembled(whole, parts)


def failed(found: Plain) -> list[str]:
    """Return the names of the bars that are not cleared."""
    return [check["name"] for check in found["gate"]["checks"] if not check["passed"]]
