"""Means with intervals: seeded bootstraps over people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ammo_agents.records import Wide

RESAMPLES = 2_000
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval."""

    value: float
    low: float
    high: float

    @property
    def interval(self) -> list[float]:
        """Low and high, as reports print them."""
        return [self.low, self.high]


def mean(values: Wide, *, seed: int) -> Estimate:
    """Return the mean over people with its 95 % interval; of nobody it is 0."""
    return ratio(values, np.ones(len(values)), seed=seed)


def difference(ours: Wide, theirs: Wide, *, seed: int) -> Estimate:
    """Return the mean of ours - theirs, the same people drawn for both."""
    return mean(np.asarray(ours) - np.asarray(theirs), seed=seed)


def ratio(above: Wide, below: Wide, *, seed: int) -> Estimate:
    """Return Σ above / Σ below, people drawn together: a ratio of means. 0 where below adds up to 0."""
    above, below = np.asarray(above, np.float64), np.asarray(below, np.float64)
    drawn = _drawn(len(above), seed)
    return _estimate(_divided(above.sum(), below.sum()), _divided(drawn @ above, drawn @ below))


def ratio_difference(ours: Wide, theirs: Wide, below: Wide, *, seed: int) -> Estimate:
    """Return (Σ ours - Σ theirs) / Σ below, people drawn together."""
    return ratio(np.asarray(ours) - np.asarray(theirs), below, seed=seed)


def resampled(values: Wide, of: Callable[[Wide], float], *, seed: int) -> Estimate:
    """Return any figure over people with its interval: people are drawn with replacement."""
    values = np.asarray(values, np.float64)
    rng = np.random.default_rng(seed)
    draws = [
        of(values[rng.integers(0, len(values), len(values))]) if len(values) else 0.0
        for _ in range(RESAMPLES)
    ]
    return _estimate(np.float64(of(values)), np.array(draws))


def _drawn(people: int, seed: int) -> Wide:
    """Return how often each person is in each resample, shape (RESAMPLES, people)."""
    rng = np.random.default_rng(seed)
    if people == 0:
        return np.zeros((RESAMPLES, 0))
    return rng.multinomial(people, np.full(people, 1.0 / people), RESAMPLES).astype(np.float64)


def _divided(above: Wide, below: Wide) -> Wide:
    some = np.asarray(below) != 0
    return np.where(some, above / np.where(some, below, 1.0), 0.0)


def _estimate(value: Wide | np.float64, samples: Wide) -> Estimate:
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(samples, [tail, 100 - tail])
    return Estimate(value=float(value), low=float(low), high=float(high))
