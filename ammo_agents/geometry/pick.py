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
    """What a choice adds, over the rows it was between: ΔL = XᵀWX, Δh = Xᵀg, and Σ along_i E_i in the tail."""

    rows: Wide
    """X, shape (n, d), or (n, d + k) where rows have a tail E (`geometry.belief`)."""
    size: int
    """d: the width of L."""
    weight: Wide
    """W, shape (n, n), symmetric."""
    pull: Wide
    """g, shape (n,)."""
    along: Wide
    """What each row's tail counts, shape (n,)."""

    @property
    def belief(self) -> Belief:
        """(ΔL, Δh), shapes (d, d) and (d + k,); ΔL is symmetric to the bit."""
        head, tail = self.rows[:, : self.size], self.rows[:, self.size :]
        precision = head.T @ self.weight @ head
        information = np.concatenate([head.T @ self.pull, tail.T @ self.along])
        return Belief((precision + precision.T) / 2.0, information)

    def scaled(self, factor: float) -> Term:
        """Return the term with everything it adds times `factor`: an older or lighter event."""
        return self._replace(
            weight=factor * self.weight, pull=factor * self.pull, along=factor * self.along
        )

    def share(self, reach: Wide, phi: Wide, mean: Wide) -> float:
        """Return what the choice adds to a score: φ·L⁻¹(Δh - ΔL m) and the tail's part.

        `reach` is L⁻¹φ, shape (d,), `phi` the row in question, `mean` the prior's m, shape (d,).
        """
        head, tail = self.rows[:, : self.size], self.rows[:, self.size :]
        surprise = self.pull - self.weight @ (head @ mean)
        return float((head @ reach) @ surprise + self.along @ (tail @ phi[self.size :]))


def picked(
    belief: Belief, rows: Wide, chosen: int, *, pull: float = 0.0, beta: float = BETA
) -> Term:
    """Return what choosing row `chosen` of `rows` (n, d) adds to a belief, n ≥ 2.

    With w₀ = L⁻¹h the fit solves Aᵀ(1_k - p(w)) = L(w - w₀). In the n utilities u = A w that is
    u - u₀ = K(1_k - p(u)) with K = AL⁻¹Aᵀ: Newton steps of size n × n, halved while they do not help.
    Where rows have a tail its scores count as they stand, and `pull` goes along the chosen tail and
    against the mean of the others.

    Raises:
        BadInputError: fewer than two rows, or the chosen one is not among them.
        VectorError: a row is not finite.
    """
    x = finite(rows, name="the rows of a choice")
    if x.ndim != 2 or len(x) < 2 or not 0 <= chosen < len(x):
        raise BadInputError(
            f"row {chosen} of {len(x)} is no choice", hint="Choose one of at least two."
        )
    n, size = len(x), len(belief.precision)
    a, fixed = beta * x[:, :size], beta * (x[:, size:] @ belief.information[size:])
    reach = np.linalg.solve(belief.precision, np.column_stack([belief.information[:size], a.T]))
    spread = a @ reach[:, 1:]
    utility = _fitted(a @ reach[:, 0] + fixed, (spread + spread.T) / 2.0, chosen)
    p = _softmax(utility)
    curve, ahead = np.diag(p) - np.outer(p, p), _ahead(p, chosen)
    return Term(
        rows=x,
        size=size,
        weight=beta**2 * curve,
        pull=beta * (curve @ (utility - fixed) + ahead),
        along=pull * _ahead(np.where(np.arange(n) == chosen, 0.0, 1.0 / (n - 1)), chosen),
    )


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
