"""What a buddy writes before and after, measured on the texts themselves; pure, no model is asked here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.records import Matrix, Wide
from ammo_training import intervals
from ammo_training.intervals import Figure

WORD = re.compile(r"\w+(?:[’'-]\w+)*")
CITES = re.compile(
    r"\[\d+\]|\(source:|\bsources?:|\baccording to\b|https?://|\[\^?\w+\]\(", re.IGNORECASE
)
REFUSES = re.compile(
    r"^\W*(?:i['’]?m sorry|i am sorry|sorry,|i cannot|i can['’]?t|i am unable|i['’]?m unable|as an ai\b|i do not have)",
    re.IGNORECASE,
)
ENDS = (".", "!", "?", "…", '."', ".”", ".)", "]", "`", ".*")
Measure = Literal["words", "complete", "empty", "cites", "supported", "refuses", "loops"]
MEASURES: tuple[Measure, ...] = (
    "words",
    "complete",
    "empty",
    "cites",
    "supported",
    "refuses",
    "loops",
)
"""Measures of one reply; ``supported`` is there only where a gate has read it."""
SIDE = 10
"""Samples shown side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one writer wrote to one prompt with one seed."""

    prompt: str
    """The id of the prompt."""
    seed: int
    text: str
    finish: Literal["stop", "length"]
    adapter: str = ""
    """What it was written with; empty = the base. Stamped by the writer, never by who reads it."""
    supported: bool | None = None
    """Whether the product's own gate lets it through; None = no gate reads such prompts."""
    tokens: int = 0


def values(replies: Sequence[Reply], measure: Measure) -> Wide:
    """Return one number a reply; a share is 0 or 1, ``loops`` the share of three-word runs said before."""
    of: dict[Measure, Callable[[Reply], float]] = {
        "words": lambda r: len(words(r.text)),
        "complete": lambda r: float(is_complete(r)),
        "empty": lambda r: float(not words(r.text)),
        "cites": lambda r: float(CITES.search(r.text) is not None),
        "supported": lambda r: float(bool(r.supported)),
        "refuses": lambda r: float(REFUSES.search(r.text) is not None),
        "loops": lambda r: _loops(r.text),
    }
    return np.array([of[measure](r) for r in replies], np.float64)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, in lower case."""
    return tuple(WORD.findall(text.lower()))


def is_complete(reply: Reply) -> bool:
    """Return whether a reply ended by itself, says something, and ends like a sentence."""
    return reply.finish == "stop" and bool(words(reply.text)) and reply.text.rstrip().endswith(ENDS)


def compare(
    before: Sequence[Reply],
    after: Sequence[Reply],
    *,
    seed: int,
    vectors: tuple[Matrix, Matrix] | None = None,
) -> dict[str, Any]:
    """Return every measure before, after and its change, prompts drawn again for the intervals.

    `vectors` are unit rows of both sides' texts, for their spread.

    Raises:
        BadInputError: the two sides answer other prompts or seeds, or a side is not whose it says.
    """
    paired(before, after)
    prompts = [r.prompt for r in before]
    found: dict[str, Any] = {
        "n": len(before),
        "prompts": len(set(prompts)),
        "seeds": sorted({r.seed for r in before}),
        "measures": {},
    }
    gated = all(r.supported is not None for r in (*before, *after)) and bool(before)
    for measure in MEASURES:
        if measure == "supported" and not gated:
            found["measures"][measure] = None
            continue
        sides = values(before, measure), values(after, measure)
        found["measures"][measure] = _change(sides, prompts, share=measure != "words", seed=seed)
    for name, of in (("distinct_1", _distinct(1)), ("distinct_2", _distinct(2))):
        found["measures"][name] = _whole(before, after, of)
    found["measures"]["duplicates"] = _whole(before, after, lambda a, _: duplicates(a))
    found["measures"]["spread"] = None if vectors is None else _spread(before, after, vectors)
    return found


def paired(before: Sequence[Reply], after: Sequence[Reply]) -> None:
    """Check that both sides answer the same prompts with the same seeds, the base first.

    Raises:
        BadInputError: they do not, or "before" was written with an adapter or "after" without one.
    """
    if [(r.prompt, r.seed) for r in before] != [(r.prompt, r.seed) for r in after]:
        raise BadInputError(
            "before and after answer different prompts or seeds",
            hint="Write both sides again: ammo train report RUN --again",
        )
    wrong = [r for r in before if r.adapter] + [r for r in after if not r.adapter]
    if wrong:
        what = "the base" if not wrong[0].adapter else f"adapter {wrong[0].adapter}"
        side = "after" if not wrong[0].adapter else "before"
        raise BadInputError(
            f"{len(wrong)} replies on the wrong side: {what} stands under {side!r}",
            hint="The two sides are swapped or mixed; write them again: ammo train report RUN --again",
        )


def side_by_side(
    before: Sequence[Reply], after: Sequence[Reply], *, seed: int, many: int = SIDE
) -> list[dict[str, Any]]:
    """Return samples of both sides, drawn by `seed` and not by hand."""
    rng = np.random.default_rng([seed, 4])
    rows = rng.permutation(len(before))[:many].tolist()
    return [
        {
            "prompt": before[row].prompt,
            "seed": before[row].seed,
            "before": before[row].text,
            "after": after[row].text,
        }
        for row in rows
    ]


def duplicates(replies: Sequence[Reply]) -> float:
    """Return the share of replies whose words another prompt got as well (or this one with another seed)."""
    said = [" ".join(words(r.text)) for r in replies]
    count = Counter(said)
    return sum(count[text] > 1 for text in said) / max(1, len(said))


def spread(rows: Matrix) -> float:
    """Return the mean distance 1 - cosine of two texts, from unit rows; 0 = all say the same."""
    n = len(rows)
    if n < 2:
        return 0.0
    total = np.asarray(rows, np.float64).sum(axis=0)
    return float(1 - (total @ total - n) / (n * (n - 1)))


def _change(
    sides: tuple[Wide, Wide], prompts: Sequence[str], *, share: bool, seed: int
) -> dict[str, Any]:
    over = "prompts"
    first, second = sides
    of: Callable[[Wide], Figure] = (
        (lambda v: _bounded(intervals.mean(v, prompts, over=over, seed=seed), v))
        if share
        else (lambda v: intervals.mean(v, prompts, over=over, seed=seed))
    )
    return {
        "before": of(first).plain(),
        "after": of(second).plain(),
        "change": intervals.mean(second - first, prompts, over=over, seed=seed).plain(),
        "relative": _relative(float(first.mean()), float(second.mean())) if len(first) else None,
    }


def _bounded(figure: Figure, parts: Wide) -> Figure:
    """Return the wider of the bootstrap's interval and Wilson's: at 0 of n or n of n a bootstrap has no width."""
    wilson = intervals.share(parts)
    return Figure(
        value=figure.value,
        low=max(0.0, min(figure.low, wilson.low)),
        high=min(1.0, max(figure.high, wilson.high)),
        n=figure.n,
        over=figure.over,
    )


def _relative(before: float, after: float) -> float | None:
    return None if before == 0 else after / before - 1


Whole = Callable[[Sequence[Reply], Sequence[Reply]], float]
"""A figure of a whole collection; the second argument is the other side, for equal sizes."""


def _whole(before: Sequence[Reply], after: Sequence[Reply], of: Whole) -> dict[str, Any]:
    names = sorted({r.prompt for r in before})

    def both(out: str | None) -> tuple[float, float]:
        one, two = ([r for r in side if r.prompt != out] for side in (before, after))
        return of(one, two), of(two, one)

    first, second = both(None)
    left = [both(name) for name in names]
    sides = [
        intervals.jackknife(first, [a for a, _ in left], over="prompts"),
        intervals.jackknife(second, [b for _, b in left], over="prompts"),
        intervals.jackknife(second - first, [b - a for a, b in left], over="prompts"),
    ]
    return {
        **dict(zip(("before", "after", "change"), (s.plain() for s in sides), strict=True)),
        "relative": _relative(first, second),
    }


def _distinct(n: int) -> Whole:
    """Return distinct-n at equal size: the share of different runs of n words among as many as both sides have.

    The share falls with the number of words; without equal sizes whoever writes less would look richer.
    """

    def of(ours: Sequence[Reply], theirs: Sequence[Reply]) -> float:
        runs, others = _runs(ours, n), _runs(theirs, n)
        most = min(len(runs), len(others)) or len(runs)
        drawn = runs[:most]
        return len(set(drawn)) / len(drawn) if drawn else 0.0

    return of


def _runs(replies: Sequence[Reply], n: int) -> list[tuple[str, ...]]:
    """Return runs of n words, the first of each reply before the second of any: all replies count alike."""
    said = [words(r.text) for r in replies]
    each = [[w[i : i + n] for i in range(len(w) - n + 1)] for w in said]
    longest = max((len(e) for e in each), default=0)
    return [e[i] for i in range(longest) for e in each if i < len(e)]


def _spread(
    before: Sequence[Reply], after: Sequence[Reply], vectors: tuple[Matrix, Matrix]
) -> dict[str, Any]:
    place = {
        id(r): row
        for side, rows in zip((before, after), vectors, strict=True)
        for r, row in zip(side, rows, strict=True)
    }
    return _whole(before, after, lambda a, _: spread(np.array([place[id(r)] for r in a])))


def _loops(text: str) -> float:
    said = words(text)
    runs = [said[i : i + 3] for i in range(len(said) - 2)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0
