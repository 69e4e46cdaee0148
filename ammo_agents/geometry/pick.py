"""One chosen of several: what "which of these" says about a taste (W3, W13).

The chance of choosing k among rows x_1 … x_n is a multinomial logit, p = softmax(A w) with A = βX.
Around the w that fits the choice and the belief so far the log likelihood is a parabola, so an answer
moves L and h like any other event: ΔL = AᵀWA and Δh = AᵀWAw + Aᵀ(1_k - p), W = diag(p) - ppᵀ.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.geometry.belief import Belief
from ammo_agents.geometry.space import finite
from ammo_agents.records import Wide

BETA = 12.0
"""How sharply scores decide a choice: a lead of .1 is chosen three times as often."""
STEPS = 30
"""Newton steps at most; two or three are enough."""
SMALL = 1e-13
"""A residual below this is the optimum."""


class Term(NamedTuple):
    """What one event adds, over its own rows: ΔL = XᵀWX and Δh = Xᵀg."""

    rows: Wide
    """X, shape (n, d)."""
    weight: Wide
    """W, shape (n, n), symmetric."""
    pull: Wide
    """g, shape (n,)."""

    @property
    def belief(self) -> Belief:
        """(ΔL, Δh), shapes (d, d) and (d,); ΔL is symmetric to the bit."""
        precision = self.rows.T @ self.weight @ self.rows
        return Belief((precision + precision.T) / 2.0, self.rows.T @ self.pull)

    def scaled(self, factor: float) -> Term:
        """Return the term with both of its sides times `factor`: an older or lighter event."""
        return Term(self.rows, factor * self.weight, factor * self.pull)

    def surprise(self, mean: Wide) -> Wide:
        """Return g - W X m, shape (n,): how far the event pulls away from a prior of mean m (d,).

        The event's share of a score is φ·L⁻¹Xᵀ(g - WXm) = φ·L⁻¹(Δh - ΔL m).
        """
        found: Wide = self.pull - self.weight @ (self.rows @ mean)
        return found


def rated(x: Wide, y: float, c: float) -> Term:
    """Return the term of an event with one row x (d,), reward y and weight c = a/s²."""
    return Term(x[None], np.array([[c]]), np.array([c * y]))


def picked(belief: Belief, rows: Wide, chosen: int, *, beta: float = BETA) -> Term:
    """Return what choosing row `chosen` of `rows` (n, d) adds to a belief, n ≥ 2.

    With w₀ = L⁻¹h the fit solves Aᵀ(1_k - p(w)) = L(w - w₀). In the n utilities u = A w that is
    u - u₀ = K(1_k - p(u)) with K = AL⁻¹Aᵀ: Newton steps of size n × n, halved while they do not help.

    Raises:
        BadInputError: fewer than two rows, or the chosen one is not among them.
        VectorError: a row is not finite.
    """
    x = finite(rows, name="the rows of a choice")
    if x.ndim != 2 or len(x) < 2 or not 0 <= chosen < len(x):
        raise BadInputError(
            f"row {chosen} of {len(x)} is no choice", hint="Choose one of at least two."
        )
    a = beta * x
    reach = np.linalg.solve(belief.precision, np.column_stack([belief.information, a.T]))
    start, spread = a @ reach[:, 0], a @ reach[:, 1:]
    utility = _fitted(start, (spread + spread.T) / 2.0, chosen)
    p = _softmax(utility)
    curve = np.diag(p) - np.outer(p, p)
    return Term(x, beta**2 * curve, beta * (curve @ utility + _ahead(p, chosen)))


def chances(rows: Wide, q: Wide, *, beta: float = BETA) -> Wide:
    """Return how likely each row is the one chosen, shape (n,)."""
    return _softmax(beta * (rows @ q))


def _fitted(start: Wide, spread: Wide, chosen: int) -> Wide:
    u, size = start.copy(), len(start)
    p = _softmax(u)
    rest = u - start - spread @ _ahead(p, chosen)
    for _ in range(STEPS):
        if np.abs(rest).max() <= SMALL * max(1.0, float(np.abs(u).max())):
            break
        curve = np.diag(p) - np.outer(p, p)
        move, factor = np.linalg.solve(np.eye(size) + spread @ curve, rest), 1.0
        for _ in range(STEPS):
            new = u - factor * move
            at = _softmax(new)
            left = new - start - spread @ _ahead(at, chosen)
            if left @ left < rest @ rest:
                break
            factor /= 2.0
        else:
            break  # rounding is all that is left
        u, p, rest = new, at, left
    return u


def _ahead(p: Wide, chosen: int) -> Wide:
    """Return 1_k - p."""
    found = -p
    found[chosen] += 1.0
    return found


def _softmax(u: Wide) -> Wide:
    mass = np.exp(u - u.max())
    found: Wide = mass / mass.sum()
    return found
