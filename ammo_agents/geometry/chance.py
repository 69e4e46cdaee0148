"""Choice with known chances: Gumbel-top-N, P(e ∈ S) exactly and in closed form, τ from a share (W8, W11).

Keys s/τ + Gumbel(0,1), the n largest shown, is the race of exponential clocks with rates
w = exp(s/τ). Everything here takes scores of shape (C,) and optional `groups` (C,): the Goal Buddy
of each creation as an integer from 0; with groups at most one creation per buddy is shown.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ammo_agents.errors import BadInputError
from ammo_agents.geometry.space import Indices, top_k
from ammo_agents.records import Wide

Groups = NDArray[np.intp]
COARSE = 0.8
"""Largest step of the exact integral in ln t; a finer one is taken for a greater depth."""
SHALLOW = 7.0
"""Depth while a temperature is sought: the share is right to a thousandth."""
USUAL_SLOPE = 0.75
"""Of ln share over ln tau near shares of a tenth or two, as slates of ten thousand candidates show it."""
LATE = 7.0
"""A clock e^7 past its mean has rung: exp(-e^7) is 0 in float64."""


def inclusion(
    scores: Wide,
    n: int,
    tau: float,
    *,
    groups: Groups | None = None,
    of: Indices | None = None,
    depth: float = 24.0,
) -> Wide:
    """Return π_i = P(i in the slate), exactly, shape (C,); the sum is min(n, number that fit).

    With `of`, only those of these few candidates, in their order: much less work than all of them.

    π_i = ∫ w_i e^(-w_i t) Pr[at most n-1 others arrived by t] dt, over x = ln t. A creation whose
    clock is slower than the n-th by more than e^(depth + ln C) is left out of the counting (an
    error of about e^-depth) and gets its share by rate. With `groups`, buddies race with the sum of
    their rates and a creation is drawn inside its buddy by share: exact as well.

    Raises:
        BadInputError: τ is not positive (a greedy slate has no chances).
    """
    wanted = np.arange(len(scores)) if of is None else of
    if groups is not None:
        log_rate, share = _pooled(scores, tau, groups)
        racing, place = np.unique(groups[wanted], return_inverse=True)
        return _race(log_rate, n, depth, racing)[place] * share[wanted]
    _positive(tau)
    return _race((scores - scores.max(initial=-np.inf)) / tau, n, depth, wanted)


def inclusion_closed(scores: Wide, n: int, tau: float, *, groups: Groups | None = None) -> Wide:
    """Return π_i ≈ 1 - exp(-w_i t) with Σ π = n, shape (..., C): for plans and gradients only.

    Right when many creations compete within τ of the edge, off by up to .1 when few do. Leading
    axes (people) are handled together.

    Raises:
        BadInputError: τ is not positive.
    """
    if groups is not None:
        log_rate, share = _pooled(scores, tau, groups)
        return _closed(log_rate, n)[..., groups] * share
    _positive(tau)
    return _closed((scores - scores.max(axis=-1, keepdims=True)) / tau, n)


def gumbel_keys(scores: Wide, tau: float, rng: np.random.Generator) -> Wide:
    """Return s/τ + Gumbel(0,1), shape (C,); at τ = 0 the scores themselves. Noise is drawn either way."""
    noise = rng.gumbel(size=len(scores))
    return scores / tau + noise if tau > 0 else np.asarray(scores, np.float64)


def first_of_groups(keys: Wide, n: int, groups: Groups | None = None) -> Indices:
    """Return the `n` largest keys, at most one per group, largest first; ties by the smaller index."""
    if groups is None:
        return top_k(keys, n)
    order = np.lexsort((np.arange(len(keys)), -keys))
    _, first = np.unique(groups[order], return_index=True)
    return order[np.sort(first)[: max(0, n)]]


def propensities(
    scores: Wide, chosen: Indices, tau: float, *, groups: Groups | None = None
) -> Wide:
    """Return p_k = P(k-th card | the cards before it) for the cards in order; all 1 at τ = 0."""
    found = np.ones(len(chosen))
    if tau <= 0:
        return found
    z = scores / tau
    open_ = np.ones(len(scores), bool)
    for k, i in enumerate(chosen):
        rest = z[open_]
        top = rest.max()
        found[k] = math.exp(z[i] - top) / np.exp(rest - top).sum()
        if groups is None:
            open_[i] = False
        else:
            open_ &= groups != groups[i]
    return found


def exploration_share(
    scores: Wide, n: int, tau: float, *, groups: Groups | None = None, depth: float = 24.0
) -> float:
    """Return ε = 1 - mean π over the greedy slate: the expected part a greedy buddy would not show."""
    if tau <= 0 or not len(scores) or n <= 0:
        return 0.0
    return _share_beyond(first_of_groups(scores, n, groups), scores, n, tau, groups, depth)


def _share_beyond(
    greedy: Indices, scores: Wide, n: int, tau: float, groups: Groups | None, depth: float
) -> float:
    pi = inclusion(scores, n, tau, groups=groups, of=greedy, depth=depth)
    return max(0.0, 1.0 - float(pi.mean()))


def tau_for(
    scores: Wide, n: int, epsilon: float, *, groups: Groups | None = None, within: float = 0.004
) -> float:
    """Return the temperature whose exploration share is `epsilon`, by bisection in ln τ on the exact π.

    0 where ε = 0, and where all scores are equal or everything fits (no temperature changes
    anything). A share that no temperature reaches gives the largest one tried: near uniform.
    """
    spread = float(np.ptp(scores)) if len(scores) else 0.0
    if epsilon <= 0 or n <= 0 or spread == 0.0:
        return 0.0
    low, high = math.log(spread * 1e-5), math.log(spread * 1e2)
    middle = min(high, max(low, math.log(epsilon * _edge_gap(scores, n, groups) + spread * 1e-5)))
    # ln share is nearly straight in ln tau: secant steps, kept inside what is known to hold the root.
    greedy = first_of_groups(scores, n, groups)
    last: tuple[float, float] | None = None
    while high - low > 1e-3:
        share = _share_beyond(greedy, scores, n, math.exp(middle), groups, SHALLOW)
        if abs(share - epsilon) <= within:
            return math.exp(middle)
        low, high = (middle, high) if share < epsilon else (low, middle)
        seen = (middle, math.log(max(share, 1e-12)))
        middle = _secant(last, seen, math.log(epsilon))
        middle = middle if low < middle < high else (low + high) / 2
        last = seen
    return math.exp(low)


def _secant(last: tuple[float, float] | None, seen: tuple[float, float], wanted: float) -> float:
    """Return where the line through two points has the value wanted; of the usual slope while there is one point."""
    slope = USUAL_SLOPE
    if last is not None and abs(seen[0] - last[0]) > 1e-9:
        slope = min(4.0, max(0.1, (seen[1] - last[1]) / (seen[0] - last[0])))
    return seen[0] + (wanted - seen[1]) / slope


def _edge_gap(scores: Wide, n: int, groups: Groups | None) -> float:
    """Return how far the scores (the best of each group) fall from half way up the slate to as far below it."""
    order = first_of_groups(scores, n + max(1, n // 2), groups)
    return float(scores[order[min(n // 2, len(order) - 1)]] - scores[order[-1]])


def _positive(tau: float) -> None:
    if not tau > 0 or not math.isfinite(tau):
        raise BadInputError(
            f"tau is {tau}, and chances need a positive temperature",
            hint="A greedy slate (tau = 0) shows its cards with probability 1.",
        )


def _pooled(scores: Wide, tau: float, groups: Groups) -> tuple[Wide, Wide]:
    """Return ln W per group, shape (..., G), and each creation's share of its group, (..., C)."""
    _positive(tau)
    z = scores / tau
    size = int(groups.max(initial=-1)) + 1
    flat = z.reshape(-1, z.shape[-1])
    rows = np.arange(len(flat))[:, None] * size + groups  # one bin per person and buddy
    best = np.full(len(flat) * size, -np.inf)
    np.maximum.at(best, rows.ravel(), flat.ravel())
    mass = np.bincount(rows.ravel(), weights=np.exp(flat - best[rows]).ravel(), minlength=len(best))
    with np.errstate(divide="ignore"):
        log_rate = (best + np.log(mass)).reshape(*z.shape[:-1], size)
    share = np.exp(z - log_rate[..., groups])
    return log_rate - log_rate.max(axis=-1, keepdims=True, initial=-np.inf), share


def _race(z: Wide, n: int, depth: float, of: Indices) -> Wide:
    """Return π of some of the clocks with rates e^z, max z = 0; a group without members has z = -inf."""
    live = int(np.isfinite(z).sum())
    if n <= 0 or live == 0:
        return np.zeros(len(of))
    if live <= n:
        return np.isfinite(z[of]).astype(np.float64)
    edge = float(np.partition(z, len(z) - n)[len(z) - n])
    kept = np.flatnonzero(z >= edge - depth - math.log(live))
    start, stop = -depth - math.log(live), -edge + 9.0
    x, step = np.linspace(
        start, stop, int((stop - start) / min(COARSE, 7.0 / depth)) + 2, retstep=True
    )
    x = x[_busy(x, z[kept], -start)]
    rate = np.exp(np.minimum(z[kept, None] + x, LATE))  # (K, T)
    waits = np.exp(-rate)
    slow = z[of] < z[kept].min()
    last = int(z[kept].argmin())
    places = np.where(slow, last, np.searchsorted(kept, of))
    asked, back = np.unique(places, return_inverse=True)
    others = _at_most(waits, n, asked)
    found: Wide = np.minimum(1.0, (rate[asked] * waits[asked] * others).sum(axis=1) * step)[back]
    found[slow] *= np.exp(z[of][slow] - z[kept[last]])
    return found


def _busy(x: Wide, z: Wide, reach: float) -> NDArray[np.bool_]:
    """Return at which ln t some clock may ring: far apart scores leave long stretches empty."""
    times = np.sort(-z)
    coming = times[np.minimum(np.searchsorted(times, x - 9.0), len(times) - 1)]
    return np.asarray((coming >= x - 9.0) & (coming <= x + reach))


def _at_most(waits: Wide, n: int, asked: Indices) -> Wide:
    """Return Pr[at most n-1 of the others arrived] for the rows asked for, from Pr[not arrived] (K, T).

    Those nobody asks for are counted once; then counts are run forward and backward over the asked ones,
    cut at n-1: "all but i" without division. Shape (asked, T).
    """
    size, times = len(asked), waits.shape[1]
    rest = np.ones(len(waits), bool)
    rest[asked] = False
    came = 1.0 - waits
    before = np.zeros((size, n, times))
    before[0] = _counted(waits[rest], n)
    for place, i in enumerate(asked[:-1]):
        np.multiply(before[place], waits[i], out=before[place + 1])
        before[place + 1, 1:] += before[place, :-1] * came[i]
    after = np.zeros((n, times))
    after[0] = 1.0
    found = np.empty((size, times))
    for place in range(size - 1, -1, -1):
        i = asked[place]
        up_to = np.cumsum(after, axis=0)[::-1]
        found[place] = np.einsum("at,at->t", before[place], up_to)
        shifted = after[:-1] * came[i]
        after *= waits[i]
        after[1:] += shifted
    return found


def _counted(waits: Wide, n: int) -> Wide:
    """Return Pr[exactly k arrived], k below n, shape (n, T), from Pr[not arrived] (K, T).

    Each clock is a polynomial (not arrived) + (arrived) z; all are multiplied in pairs, in pairs of pairs …
    """
    whole = np.zeros((max(1, len(waits)), n, waits.shape[1]))
    whole[:, 0] = 1.0
    if len(waits):
        whole[:, 0] = waits
        if n > 1:
            whole[:, 1] = 1.0 - waits
    degree = 1
    while len(whole) > 1:
        odd, left, right = whole[len(whole) // 2 * 2 :], whole[0:-1:2], whole[1::2]
        joined = left[:, :1] * right
        for k in range(1, min(degree, n - 1) + 1):
            joined[:, k:] += left[:, k : k + 1] * right[:, : n - k]
        whole, degree = np.concatenate([joined, odd]), 2 * degree
    found: Wide = whole[0]
    return found


def _closed(z: Wide, n: int) -> Wide:
    """Return 1 - exp(-e^z t) with Σ = n by bisection on ln t, shape (..., C)."""
    size = z.shape[-1]
    if n <= 0 or size <= n:
        return np.full(z.shape, 0.0 if n <= 0 else 1.0)
    edge = np.partition(z, size - n - 1, axis=-1)[..., size - n - 1]
    low = math.log(n) - np.log(np.exp(z).sum(axis=-1))
    high = np.maximum(low, -edge + math.log(math.log(n + 1.0)))
    for _ in range(44):
        middle = (low + high) / 2
        total = -np.expm1(-np.exp(np.minimum(z + middle[..., None], LATE))).sum(axis=-1)
        low, high = np.where(total < n, middle, low), np.where(total < n, high, middle)
    pi: Wide = -np.expm1(-np.exp(np.minimum(z + ((low + high) / 2)[..., None], LATE)))
    return pi
