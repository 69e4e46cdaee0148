"""What a question is worth before it is answered: information, variance, avoided regret (W13).

A question is about a row x (d,); its answer is an event y = x·w + noise of variance s². C = L⁻¹ is
what is still unknown of w ~ N(q, C). Questions come as rows (m, d), what is to be ranked as rows (A, d).
Rows may have a tail (`geometry.belief`): it counts in scores, and nothing is unknown of it.
"""

from __future__ import annotations

import math

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.geometry.space import Indices, finite
from ammo_agents.records import Wide

REACH, POINTS = 5.0, 31
"""The answer's standard score is integrated over ±5 at 31 points: good to half a per cent of the drop."""
HORIZON = 10
"""Slates an answer is counted for: the rounds of the replay the anchors come from."""


def information(precision: Wide, questions: Wide, noise: float) -> Wide:
    """Return ½ ln(1 + x·Cx/s²) in nats per question, shape (m,): the same order as most uncertain."""
    return 0.5 * np.log1p(_variance(precision, questions) / noise)


def variance_fall(precision: Wide, questions: Wide, pool: Wide, noise: float) -> Wide:
    """Return Σ over φ in the pool of (φ·Cx)²/(x·Cx + s²) per question, shape (m,).

    The fall of the total predictive variance, whatever the answer is; not an information gain.
    """
    shift = shifts(precision, questions, pool, noise)
    found: Wide = (shift**2).sum(axis=0)
    return found


def shifts(precision: Wide, questions: Wide, pool: Wide, noise: float) -> Wide:
    """Return by how much an answer one standard deviation up moves each score, shape (A, m).

    φ·Cx/√(x·Cx + s²): its squares are the falls of variance, and the scores after an unknown answer
    are s + shift·Z with Z ~ N(0, 1), exactly.

    Raises:
        BadInputError: s² is not positive.
        VectorError: a row is not finite.
    """
    if not noise > 0:
        raise BadInputError(f"a noise of {noise} is none", hint="s² is positive.")
    size = len(precision)
    x = finite(questions, name="the questions")[:, :size]
    reach = np.linalg.solve(precision, x.T)  # (d, m)
    spread = np.einsum("md,dm->m", x, reach) + noise
    heads = finite(pool, name="the rows to rank")[:, :size]
    moved: Wide = heads @ reach / np.sqrt(spread)
    return moved


def regret_drop(
    precision: Wide, q: Wide, questions: Wide, pool: Wide, *, n: int, noise: float
) -> Wide:
    """Return by how much each answer is expected to lower the next slate's regret, shape (m,), ≥ 0.

    (1/n) E_Z[ Σ of the n best of s + shift·Z ] - (1/n) Σ of the n best of s: what the n best cards
    are worth more once the answer is known, in rewards per slot. It is the variance fall's shifts
    put through the choice they serve: a question that cannot change the slate is worth 0. Exact for
    the linear Gaussian belief up to the steps of a one-dimensional integral.
    """
    s = finite(pool, name="the rows to rank") @ q
    n = min(n, len(s))
    if n <= 0 or not len(questions):
        return np.zeros(len(questions))
    moved = shifts(precision, questions, pool, noise)
    z = np.linspace(-REACH, REACH, POINTS)
    mass = np.exp(-0.5 * z**2)
    mass /= mass.sum()
    now = _best(s[None], n)[0]
    after = np.array([mass @ _best(s + np.outer(z, column), n) for column in moved.T])
    found: Wide = np.maximum(0.0, after - now)
    return found


def slot_value(scores: Wide, n: int) -> float:
    """Return what a slate of n loses when a question takes a slot: the n-th best score over n.

    In rewards per slot, like `regret_drop`; 0 where a slot would stay empty anyway.
    """
    if n <= 0 or len(scores) < n:
        return 0.0
    last = float(np.partition(scores, len(scores) - n)[len(scores) - n])
    return max(0.0, last) / n


def order(worth: Wide, uncertainty: Wide) -> Indices:
    """Return the questions from the most worth to the least; ties by uncertainty, then by index."""
    return np.lexsort((np.arange(len(worth)), -uncertainty, -worth))


def worth_asking(drop: float, slot: float, *, horizon: int = HORIZON) -> bool:
    """Return whether the drop over the slates an answer serves beats the slot the question takes."""
    return math.isfinite(drop) and drop > 0 and drop * horizon > slot


def _variance(precision: Wide, rows: Wide) -> Wide:
    x = finite(rows, name="the questions")[:, : len(precision)]
    found: Wide = np.einsum("md,dm->m", x, np.linalg.solve(precision, x.T))
    return found


def _best(values: Wide, n: int) -> Wide:
    """Return the mean of the n largest of each row, shape (rows,)."""
    first = values.shape[1] - n
    found: Wide = np.partition(values, first, axis=1)[:, first:].mean(axis=1)
    return found
