"""The arithmetic behind the facts: pure functions over daily series, none of which looks ahead.

Series have shape (T,) or (T, K): one row per calendar day, oldest first, NaN where nothing is known.
Row t of every result depends on rows ≤ t only.
"""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ammo_subspace_coin.prices import Table

Counts = NDArray[np.int64]


def change(series: Table, days: int = 1) -> Table:
    """Return x[t] / x[t - days] - 1; NaN where either end is missing."""
    out = np.full(series.shape, np.nan)
    out[days:] = series[days:] / series[:-days] - 1.0
    return out


def lagged(series: Table, days: int = 1) -> Table:
    """Return the series moved `days` rows later, NaN before it begins."""
    out = np.full(series.shape, np.nan)
    out[days:] = series[: len(series) - days]
    return out


def rolling_mean(series: Table, window: int, *, least: int) -> Table:
    """Return the mean over the `window` rows that end at t; NaN with fewer than `least` values."""
    known = ~np.isnan(series)
    total = _window_sum(np.where(known, series, 0.0), window)
    count = _window_sum(known.astype(np.float64), window)
    return np.where(count >= least, total / np.maximum(count, 1), np.nan)


def rolling_std(series: Table, window: int, *, least: int) -> Table:
    """Return the population standard deviation over the `window` rows that end at t."""
    mean = rolling_mean(series, window, least=least)
    square = rolling_mean(series**2, window, least=least)
    return np.sqrt(np.maximum(square - mean**2, 0.0))


def rolling_correlation(a: Table, b: Table, window: int, *, least: int) -> Table:
    """Return the correlation of `a` and `b` over the `window` rows that end at t, in [-1, 1].

    Only rows where both are known count. NaN with fewer than `least` of them, or without variance.
    """
    both = ~(np.isnan(a) | np.isnan(b))
    x, y = np.where(both, a, np.nan), np.where(both, b, np.nan)
    mx, my, mxy = (rolling_mean(s, window, least=least) for s in (x, y, x * y))
    spread = rolling_std(x, window, least=least) * rolling_std(y, window, least=least)
    out = np.full(np.broadcast_shapes(a.shape, b.shape), np.nan)
    np.divide(mxy - mx * my, spread, out=out, where=spread > 1e-15)
    bounded: Table = np.clip(out, -1.0, 1.0)
    return bounded


def tail_surprise(series: Table, window: int, *, least: int) -> Table:
    """Return -ln P(something at least this large), in nats, from the `window` rows before t.

    P is the empirical tail with one added to both counts, (1 + #{x[s] ≥ x[t]}) / (1 + n), so the
    largest value of n earlier ones gives ln(1 + n). NaN with fewer than `least` earlier values.
    """
    columns = series.reshape(len(series), -1)
    tails = [_tail(column.tolist(), window, least) for column in columns.T]
    return np.array(tails, np.float64).T.reshape(series.shape)


def _tail(values: list[float], window: int, least: int) -> list[float]:
    """Return the surprise of each value; the values before it are kept sorted, so a step is a bisection."""
    out = [math.nan] * len(values)
    past: list[float] = []
    for t, value in enumerate(values):
        if t > window and (gone := values[t - window - 1]) == gone:
            del past[bisect_left(past, gone)]
        if value != value:
            continue
        at = bisect_left(past, value)
        if len(past) >= least:
            out[t] = math.log((1 + len(past)) / (1 + len(past) - at))
        past.insert(at, value)
    return out


def days_unbeaten(series: NDArray[np.float64]) -> Counts:
    """Return over how many rows up to t the value at t is the strict maximum; shape (T,).

    0 where the value is missing; t + 1 where nothing earlier was as high.
    """
    out = np.zeros(len(series), np.int64)
    stack: list[int] = []
    for t, value in enumerate(series.tolist()):
        if value != value:
            continue
        while stack and series[stack[-1]] < value:
            stack.pop()
        out[t] = t - stack[-1] if stack else t + 1
        stack.append(t)
    return out


def peak_so_far(series: NDArray[np.float64]) -> Counts:
    """Return the row of the highest value up to t (the first of equals), -1 before the first value."""
    out = np.full(len(series), -1, np.int64)
    best, at = -np.inf, -1
    for t, value in enumerate(series.tolist()):
        if value > best:
            best, at = value, t
        out[t] = at
    return out


def deeper(tenth: Counts, peak: Counts) -> NDArray[np.bool_]:
    """Return where `tenth` is larger than on every earlier row that has the same peak; shape (T,)."""
    out = np.zeros(len(tenth), bool)
    deepest, of = 0, -1
    for t, (level, at) in enumerate(zip(tenth.tolist(), peak.tolist(), strict=True)):
        deepest, of = (deepest, of) if at == of else (0, at)
        out[t] = level > deepest
        deepest = max(deepest, level)
    return out


def streak(moves: NDArray[np.float64]) -> Counts:
    """Return the length of the run of same-signed moves that ends at t, negative for falls; 0 at a pause."""
    out = np.zeros(len(moves), np.int64)
    run = 0
    for t, move in enumerate(moves.tolist()):
        sign = (move > 0) - (move < 0)
        run = run + sign if sign * run > 0 else sign
        out[t] = run
    return out


def first_in(fires: NDArray[np.bool_], quiet: int) -> NDArray[np.bool_]:
    """Return where `fires` is true and was false on all of the `quiet` rows before; shape kept."""
    before = np.zeros(fires.shape, bool)
    for days in range(1, quiet + 1):
        before[days:] |= fires[:-days]
    return fires & ~before


def _window_sum(series: Table, window: int) -> Table:
    """Return the sum over the last `window` rows; each window is summed by itself, so no error builds up."""
    pad = np.concatenate([np.zeros((window - 1, *series.shape[1:])), series])
    total: Table = sliding_window_view(pad, window, axis=0).sum(axis=-1)
    return total
