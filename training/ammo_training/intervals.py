"""Figures with their n and a 95 % interval: Wilson for shares, bootstraps over people or prompts, jackknife, t over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.records import Wide
from ammo_agents.replay import stats

Z = 1.959963984540054
"""The normal distribution's 97.5 % point."""
T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Student's 97.5 % points for 1 to 9 degrees of freedom; beyond them `Z` plus a tenth is wide enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, what it was taken over, and how far it can be believed."""

    value: float
    low: float
    high: float
    n: int
    over: str
    """What is drawn again for the interval: ``pairs``, ``people``, ``prompts``, ``seeds``."""

    def plain(self) -> dict[str, Any]:
        """Return it as reports hold it; an end that nothing is known of is null."""
        low, high = (end if math.isfinite(end) else None for end in (self.low, self.high))
        return {
            "value": self.value,
            "low": low,
            "high": high,
            "n": self.n,
            "over": self.over,
        }


def share(parts: Sequence[float] | Wide, *, over: str = "pairs") -> Figure:
    """Return the mean of values in [0, 1] with Wilson's interval; a tie is 0.5. Of nothing it is [0, 1]."""
    values = finite(parts)
    n = len(values)
    if n == 0:
        return Figure(value=0.5, low=0.0, high=1.0, n=0, over=over)
    p = float(values.mean())
    below = 1 + Z**2 / n
    middle = (p + Z**2 / (2 * n)) / below
    half = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / below
    return Figure(
        value=p, low=max(0.0, middle - half), high=min(1.0, middle + half), n=n, over=over
    )


def mean(values: Sequence[float] | Wide, groups: Sequence[str], *, over: str, seed: int) -> Figure:
    """Return the mean of all values, whole groups drawn again: values of one person or prompt hang together."""
    numbers = finite(values)
    if len(numbers) == 0:
        return Figure(value=0.0, low=-math.inf, high=math.inf, n=0, over=over)
    above, below = per_group(numbers, groups)
    if len(below) == 1:  # one group says nothing about others
        return Figure(value=float(numbers.mean()), low=-math.inf, high=math.inf, n=1, over=over)
    found = stats.ratio(above, below, seed=seed)
    return Figure(value=found.value, low=found.low, high=found.high, n=len(below), over=over)


def macro(values: Sequence[float] | Wide, groups: Sequence[str], *, over: str, seed: int) -> Figure:
    """Return the mean over groups of each group's mean: everybody counts once, whoever said much too."""
    numbers = finite(values)
    if len(numbers) == 0:
        return Figure(value=0.0, low=-math.inf, high=math.inf, n=0, over=over)
    above, below = per_group(numbers, groups)
    each = above / below
    return mean(each, [str(i) for i in range(len(each))], over=over, seed=seed)


def jackknife(whole: float, left: Sequence[float], *, over: str) -> Figure:
    """Return a figure of all groups and its interval, from its values with one group at a time left out.

    For figures of a whole collection (distinct-n, duplicates), where drawing a text twice would itself change them.
    """
    n = len(left)
    if n < 2:
        return Figure(value=float(whole), low=-math.inf, high=math.inf, n=n, over=over)
    values = finite(left)
    half = Z * math.sqrt((n - 1) / n * float(((values - values.mean()) ** 2).sum()))
    value = float(finite([whole])[0])
    return Figure(value=value, low=value - half, high=value + half, n=n, over=over)


def across(values: Sequence[float]) -> Figure:
    """Return the mean over seeds with Student's interval; of one seed the interval has no ends."""
    numbers = finite(values)
    n = len(numbers)
    if n < 2:
        value = float(numbers.mean()) if n else 0.0
        return Figure(value=value, low=-math.inf, high=math.inf, n=n, over="seeds")
    wide = T[n - 2] if n - 2 < len(T) else Z + 0.1
    half = wide * float(numbers.std(ddof=1)) / math.sqrt(n)
    value = float(numbers.mean())
    return Figure(value=value, low=value - half, high=value + half, n=n, over="seeds")


def per_group(values: Wide, groups: Sequence[str]) -> tuple[Wide, Wide]:
    """Return the sum and the count of each group, groups in the order of their names.

    Raises:
        BadInputError: not one group a value.
    """
    if len(values) != len(groups):
        raise BadInputError(
            f"{len(values)} values stand beside {len(groups)} groups",
            hint="One person (or prompt) a value.",
        )
    _, place = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    above = np.bincount(place, weights=values).astype(np.float64)
    return above, np.bincount(place).astype(np.float64)


def finite(values: Sequence[float] | Wide) -> Wide:
    """Return the values as float64.

    Raises:
        BadInputError: one of them is NaN or infinite: no figure is made of such.
    """
    numbers = np.asarray(values, np.float64)
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise BadInputError(
            f"{int(bad.sum())} of {numbers.size} measured values are no numbers (NaN or infinite)",
            hint="The adapter or the base is damaged: train again, or check ammo runs show.",
        )
    return numbers
