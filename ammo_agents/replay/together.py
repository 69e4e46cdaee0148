"""Peers that know what is liked together: EASE^R, implicit ALS and BPR, each serving people it never saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ammo_agents.errors import BadInputError, MissingPartError
from ammo_agents.ports import Factoriser
from ammo_agents.records import Wide
from ammo_agents.replay.counts import item_means, likes_matrix, likes_of
from ammo_agents.replay.log import History, Rows
from ammo_agents.replay.method import Catalogue

EASE_RIDGE, TUNED_RIDGE = 50.0, 200.0
ALS_FACTORS, ALS_RIDGE, ALS_ALPHA, ALS_STEPS = 64, 30.0, 5.0, 15
BPR_FACTORS, BPR_RIDGE, BPR_PASSES = 64, 0.01, 100
NEGATIVES, NEWTON = 500, 8
"""BPR's fold-in: items a person is compared against, and Newton steps."""


class Ease:
    """EASE^R (Steck 2019) on likes, l = 50, through the people x people inverse.

    B = I - P·diag(P)⁻¹ with P = (I - Zᵀ(ZZᵀ + l)⁻¹Z)/l; a person is the row x of their likes, scores x·B.
    """

    name = "ease"
    ridge = EASE_RIDGE

    def __init__(self, catalogue: Catalogue) -> None:
        self._items = len(catalogue.items)
        self._start: Wide = np.zeros(self._items)

    def learn(self, known: Sequence[History]) -> None:
        """Solve for the dual weights A = (ZZᵀ + l)⁻¹Z."""
        self._start = item_means(known, self._items)
        self._z = likes_matrix(known, self._items)
        gram = self._z @ self._z.T + self.ridge * np.eye(len(self._z))
        self._a = np.linalg.solve(gram, self._z)
        self._d = (1.0 - np.einsum("pi,pi->i", self._z, self._a)) / self.ridge

    def scores(self, past: History) -> Wide:
        """Return x·B; the item mean for people who liked nothing yet."""
        liked = past.liked
        if not len(liked):
            return self._start
        x = np.zeros(self._items)
        x[liked] = 1.0
        found: Wide = x - (x - self._z[:, liked].sum(axis=1) @ self._a) / self.ridge / self._d
        return found


class TunedEase(Ease):
    """The same with l = 200, the best of 20, 50, 100, 200 and 400 on the validation part of MovieLens."""

    name = "ease_tuned"
    ridge = TUNED_RIDGE


class Ials:
    """Implicit ALS, 64 factors; an unseen person's factors are the closed-form user step on fixed items."""

    name = "ials"

    def __init__(self, catalogue: Catalogue) -> None:
        self._items, self._seed = len(catalogue.items), catalogue.seed
        self._factoriser = factoriser(catalogue, "implicit/als")
        self._start: Wide = np.zeros(self._items)

    def learn(self, known: Sequence[History]) -> None:
        """Factorise the likes."""
        self._start = item_means(known, self._items)
        self._v = _factors(
            self._factoriser, known, (self._items, ALS_FACTORS, ALS_STEPS, self._seed), ALS_RIDGE
        )
        self._gram = self._v.T @ self._v + ALS_RIDGE * np.eye(ALS_FACTORS)

    def scores(self, past: History) -> Wide:
        """Return V·u with u = (VᵀV + l + Σ(a-1)vvᵀ)⁻¹ Σ a v over the likes, a = alpha, l = the ridge."""
        liked = past.liked
        if not len(liked):
            return self._start
        v = self._v[liked]
        u = np.linalg.solve(self._gram + (ALS_ALPHA - 1.0) * (v.T @ v), ALS_ALPHA * v.sum(axis=0))
        return self._v @ u


class Bpr:
    """BPR, 63 factors and a bias; an unseen person's row is fitted by Newton steps on fixed items.

    The row maximises Σ over likes i of mean over 500 drawn unrated items j of log-sigmoid(u·(v_i - v_j) + b_i - b_j),
    less the ridge that one like has in training: what the stochastic passes would converge to.
    """

    name = "bpr"

    def __init__(self, catalogue: Catalogue) -> None:
        self._items, self._seed = len(catalogue.items), catalogue.seed
        self._factoriser = factoriser(catalogue, "implicit/bpr")
        self._start: Wide = np.zeros(self._items)

    def learn(self, known: Sequence[History]) -> None:
        """Factorise the likes; the last column is the bias."""
        self._start = item_means(known, self._items)
        rows = _factors(
            self._factoriser, known, (self._items, BPR_FACTORS, BPR_PASSES, self._seed), BPR_RIDGE
        )
        self._v, self._bias = rows[:, :-1], rows[:, -1]

    def scores(self, past: History) -> Wide:
        """Return V·u + bias."""
        liked = past.liked
        if not len(liked):
            return self._start
        rng = np.random.default_rng([self._seed, len(past)])
        drawn = rng.choice(self._items, min(NEGATIVES, self._items), replace=False)
        others = drawn[~np.isin(drawn, past.items)]
        if not len(others):
            return self._start
        found: Wide = self._v @ self._fold(liked, others) + self._bias
        return found

    def _fold(self, liked: Rows, others: Rows) -> Wide:
        vi, vj = self._v[liked], self._v[others]
        gap = self._bias[liked][:, None] - self._bias[others][None, :]
        u = np.zeros(self._v.shape[1])
        ridge = BPR_RIDGE * len(liked) * np.eye(len(u))
        for _ in range(NEWTON):
            lost = 1.0 / (1.0 + np.exp(np.clip((vi @ u)[:, None] - vj @ u + gap, -30, 30)))
            lost /= len(others)
            slope = vi.T @ lost.sum(axis=1) - vj.T @ lost.sum(axis=0) - ridge @ u
            bend = lost * (1.0 - lost * len(others))
            cross = vi.T @ bend @ vj
            curve = (vi * bend.sum(axis=1)[:, None]).T @ vi + (
                vj * bend.sum(axis=0)[:, None]
            ).T @ vj
            u = u + np.linalg.solve(curve - cross - cross.T + ridge, slope)
        return u


def factoriser(catalogue: Catalogue, name: str) -> Factoriser:
    """Return an installed factorisation; raises `MissingPartError` when there is none."""
    if name not in catalogue.factorisers:
        raise MissingPartError(
            f"no plugin offers {name!r}", hint=f"pip install ammo-{name.partition('/')[0]}"
        )
    return catalogue.factorisers[name]


def _factors(
    by: Factoriser, known: Sequence[History], shape: tuple[int, int, int, int], ridge: float
) -> Wide:
    """Return item factors; zeros where the known people liked nothing."""
    items, factors, iterations, seed = shape
    likes = likes_of(known, items)
    if not len(likes.weight):
        return np.zeros((items, factors))
    found = by.factorise(
        likes,
        factors=factors,
        regularisation=ridge,
        alpha=ALS_ALPHA,
        iterations=iterations,
        seed=seed,
    )
    if found.shape != (items, factors) or not np.isfinite(found).all():
        raise BadInputError(
            f"{by.name} gave factors of shape {found.shape}, or not finite ones",
            hint=f"It must return {items} finite rows of {factors}.",
        )
    return found
