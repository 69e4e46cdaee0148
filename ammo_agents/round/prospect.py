"""What a buddy's cards may expect before they are published: chances, slots, likeness, each with n and an interval.

Pure numbers. People are weighed one by one by the exact chances of the draw (W8, W14), so that what is
told before and what is measured after are the same quantity.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents import geometry
from ammo_agents.aipp.preference import Prior
from ammo_agents.records import BuddyId, Matrix, Wide
from ammo_agents.user.rank import FLAT, Candidates

SURE = 1.96
"""Standard deviations of a normal on each side of 95 %."""
CONTENDERS = 384
"""Candidates that are weighed for one person: the best; the others have no chance worth counting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over n observations, with its 95 % interval; None = nothing was observed."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What one person would see of the cards."""

    visibility: float
    """P(e ∈ S) of a card that is alone with what lives, the mean over the cards, in [0, 1]."""
    taken: float
    """Expected slots of a slate the buddy takes when all its cards are there, in [0, 1]."""
    lost: Mapping[BuddyId, float] = field(default_factory=dict)
    """Expected slots that others lose to it, by buddy."""


def mean_of(values: Sequence[float], *, low: float = -math.inf, high: float = math.inf) -> Estimate:
    """Return the mean with its normal interval, cut to [low, high]."""
    n = len(values)
    if n == 0:
        return Estimate(mean=None, low=None, high=None, n=0)
    mean = float(np.mean(values))
    wide = SURE * float(np.std(values, ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    ends = (max(low, mean - wide), min(high, mean + wide))
    below, above = (end if math.isfinite(end) else None for end in ends)
    return Estimate(mean=mean, low=below, high=above, n=n)


def share_of(kept: int, of: int) -> Estimate:
    """Return a share with its Wilson interval, in [0, 1]."""
    if of == 0:
        return Estimate(mean=None, low=None, high=None, n=0)
    p, z2 = kept / of, SURE**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    wide = SURE * math.sqrt(p * (1 - p) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return Estimate(mean=p, low=max(0.0, middle - wide), high=min(1.0, middle + wide), n=of)


def drawn_people(prior: Prior, width: int, *, n: int, seed: int) -> Wide:
    """Return tastes of n people nobody has heard yet, shape (n, width): w ~ N(mean, diag(variance))."""
    rng = np.random.default_rng(seed)
    people = np.zeros((n, width))
    d = len(prior.mean)
    people[:, :d] = prior.mean + rng.standard_normal((n, d)) * np.sqrt(prior.variance)
    return people


def slots_of(
    q: Wide, rivals: Candidates, rows: Wide, buddy: BuddyId, *, n: int, epsilon: float
) -> Slots:
    """Return what a person of taste `q`, shape (d,), would see of cards `rows`, shape (k, d).

    `rivals` is what lives and the person has not seen; `n` slots, exploration `epsilon`.
    """
    if not len(rows) or n <= 0:
        return Slots(visibility=0.0, taken=0.0)
    scores = rivals.rows @ q if len(rivals.ids) else np.empty(0)
    kept = geometry.top_k(scores, min(CONTENDERS, len(scores)))
    scores, buddies = scores[kept], [rivals.buddies[i] for i in kept.tolist()]
    before = _chances(scores, buddies, n, epsilon)
    fresh = geometry.finite(rows @ q, name="the scores")
    alone = [
        _chances(np.append(scores, one), [*buddies, buddy], n, epsilon, last=True)[0]
        for one in fresh
    ]
    after = _chances(np.append(scores, fresh), [*buddies, *[buddy] * len(fresh)], n, epsilon)
    now = _by_buddy(buddies, before)
    then = _by_buddy([*buddies, *[buddy] * len(fresh)], after)
    lost = {b: now[b] - then[b] for b in now if b != buddy and now[b] > then[b]}
    return Slots(
        visibility=float(np.mean(alone)),
        taken=max(0.0, then[buddy] - now.get(buddy, 0.0)),
        lost=lost,
    )


def losers(seen: Sequence[Slots], *, most: int) -> list[tuple[BuddyId, float]]:
    """Return who loses the most slots to the buddy, over all people: (buddy, share of what it takes)."""
    sums: Counter[BuddyId] = Counter()
    for one in seen:
        sums.update(one.lost)
    total = sum(sums.values())
    ranked = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return [(buddy, slots / total) for buddy, slots in ranked] if total > 0 else []


def nearest(rows: Matrix, living: Matrix) -> tuple[list[float], list[float]]:
    """Return, for each card, the cosine of the nearest living card and of the nearest earlier one of its own; -1 = none."""
    there = [float((living @ row).max()) if len(living) else -1.0 for row in rows]
    own = [float((rows[:i] @ row).max()) if i else -1.0 for i, row in enumerate(rows)]
    return there, own


def _chances(
    scores: Wide, buddies: Sequence[BuddyId], n: int, epsilon: float, *, last: bool = False
) -> Wide:
    """Return π of every candidate, or of the last one alone, at the temperature that explores `epsilon`."""
    if not len(scores):
        return np.empty(0)
    _, groups = np.unique(np.array(buddies), return_inverse=True)
    n = min(n, int(groups.max()) + 1)
    wanted = np.array([len(scores) - 1]) if last else np.arange(len(scores))
    if float(np.ptp(scores)) <= FLAT:
        sizes = np.bincount(groups)
        even: Wide = (n / len(sizes) / sizes[groups])[wanted]
        return even
    tau = geometry.tau_for(scores, n, epsilon, groups=groups)
    if tau <= 0:
        pi: Wide = np.zeros(len(scores))
        pi[geometry.first_of_groups(scores, n, groups)] = 1.0
        greedy: Wide = pi[wanted]
        return greedy
    chances: Wide = geometry.inclusion(scores, n, tau, groups=groups, of=wanted)
    return chances


def _by_buddy(buddies: Sequence[BuddyId], chances: Wide) -> dict[BuddyId, float]:
    sums: dict[BuddyId, float] = {}
    for buddy, chance in zip(buddies, chances.tolist(), strict=True):
        sums[buddy] = sums.get(buddy, 0.0) + chance
    return sums
