"""What people's tastes have in common: a prior over weights, learned by EM from people who are known (W3).

Person u: rewards y = X w + noise of variance s², w ~ N(m, Σ). Few hyper-parameters, so that ten people
are enough: means of the first coordinates only, one variance per block of coordinates (mathematics, 5.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.geometry.space import finite
from ammo_agents.records import Wide

ITERATIONS = 25
SMALLEST_VARIANCE = 1e-8
"""Neither a block's variance nor s² falls below: planted data without noise stay invertible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What EM needs of the known people: sums over each one's events, never the events themselves."""

    gram: Wide = field(compare=False)
    """XᵀX per person, shape (U, d, d)."""
    moment: Wide = field(compare=False)
    """Xᵀy per person, shape (U, d)."""
    square: Wide = field(compare=False)
    """yᵀy per person, shape (U,)."""
    count: Wide = field(compare=False)
    """Events per person, shape (U,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """w ~ N(mean, diag(variance)), rewards with variance `noise` around φ·w."""

    mean: Wide = field(compare=False)
    variance: Wide = field(compare=False)
    noise: float
    likelihood: tuple[float, ...] = ()
    """ln p(y) of the known people before each step, in nats: it never falls."""


def sums(rows: Sequence[tuple[Wide, Wide]]) -> People:
    """Return the sums of each person's (X, y), X of shape (n, d), y of shape (n,) in [0, 1].

    Raises:
        BadInputError: nobody, or rows and rewards that do not belong together.
        VectorError: a number that is not finite.
    """
    if not rows or any(len(x) != len(y) or x.ndim != 2 for x, y in rows):
        raise BadInputError(
            "a prior is learned from people with one reward a row", hint="Give (X, y) per person."
        )
    checked = [(finite(x, name="score vectors"), finite(y, name="rewards")) for x, y in rows]
    return People(
        gram=np.stack([x.T @ x for x, _ in checked]),
        moment=np.stack([x.T @ y for x, y in checked]),
        square=np.array([float(y @ y) for _, y in checked]),
        count=np.array([float(len(y)) for _, y in checked]),
    )


def learn(
    people: People,
    *,
    first: Learned,
    blocks: Sequence[slice],
    free: int,
    iterations: int = ITERATIONS,
) -> Learned:
    """Return the prior that EM reaches from a first one; `free` leading means move, the others stay 0.

    E: C = (Σ⁻¹ + XᵀX/s²)⁻¹, w = C(Σ⁻¹m + Xᵀy/s²). M: m_j = mean w_j; v of a block = mean over people
    and its coordinates of C_jj + (w_j - m_j)²; s² = Σ[|y - Xw|² + tr(X C Xᵀ)] / n. Tied variances keep it
    independent of a rotation of V, which differs between cross-fitted tables.
    """
    m, v, s2 = first.mean.copy(), first.variance.copy(), first.noise
    told = []
    for _ in range(iterations):
        spread, weights, likelihood = _expected(people, m, v, s2)
        told.append(likelihood)
        m = np.zeros_like(m)
        m[:free] = weights[:, :free].mean(axis=0)
        second = np.einsum("ujj->uj", spread) + (weights - m) ** 2
        for block in blocks:
            v[block] = max(float(second[:, block].mean()), SMALLEST_VARIANCE)
        left = (
            people.square.sum()
            - 2.0 * float((weights * people.moment).sum())
            + float(np.einsum("ui,uij,uj->", weights, people.gram, weights, optimize=True))
            + float(np.einsum("uij,uij->", people.gram, spread))
        )
        s2 = max(left / float(people.count.sum()), SMALLEST_VARIANCE)
    return Learned(mean=m, variance=v, noise=s2, likelihood=tuple(told))


def _expected(people: People, m: Wide, v: Wide, s2: float) -> tuple[Wide, Wide, float]:
    """Return C (U, d, d), w (U, d) and the marginal log likelihood under the present numbers."""
    size = len(m)
    precision = people.gram / s2
    precision[:, np.arange(size), np.arange(size)] += 1.0 / v
    spread = np.asarray(np.linalg.inv(precision), np.float64)
    information = m / v + people.moment / s2
    weights = np.einsum("uij,uj->ui", spread, information)
    _, logdet = np.linalg.slogdet(precision)
    quadratic = people.square / s2 + float(m @ (m / v)) - (weights * information).sum(axis=1)
    likelihood = -0.5 * (
        people.count * np.log(2 * np.pi * s2) + np.log(v).sum() + logdet + quadratic
    )
    return spread, weights, float(likelihood.sum())
