"""Two factorisations of the implicit library, made repeatable: one thread, one seed."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from threadpoolctl import threadpool_limits

from ammo_agents.errors import BadInputError
from ammo_agents.ports import Likes
from ammo_agents.records import Wide

BPR_RATE = 0.05
"""Step of BPR's gradient; the library's own .01 is far from converged after 100 passes over few likes."""


def als(
    likes: Likes, *, factors: int, regularisation: float, alpha: float, iterations: int, seed: int
) -> Wide:
    """Return iALS item factors (Hu, Koren & Volinsky 2008), shape (entities, factors).

    A like of weight w has the confidence alpha·w, everything else 1.
    """
    table = _table(likes, factors=factors)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=factors,
            regularization=regularisation,
            alpha=alpha,
            iterations=iterations,
            random_state=seed,
            num_threads=1,
            use_gpu=False,
        )
        model.fit(table, show_progress=False)
    return np.asarray(model.item_factors, np.float64)


def bpr(
    likes: Likes,
    *,
    factors: int,
    regularisation: float,
    alpha: float,  # noqa: ARG001 - BPR compares pairs and knows no confidence
    iterations: int,
    seed: int,
) -> Wide:
    """Return BPR item factors (Rendle et al. 2009), shape (entities, factors).

    The last column is the entity's bias: a person's row has 1 there.
    """
    table = _table(likes, factors=factors)
    if factors < 2:
        raise BadInputError(
            "BPR needs at least 2 factors: the last one is the bias", hint="Ask for 2 or more."
        )
    with threadpool_limits(1, "blas"):
        model = BayesianPersonalizedRanking(
            factors=factors - 1,
            learning_rate=BPR_RATE,
            regularization=regularisation,
            iterations=iterations,
            random_state=seed,
            num_threads=1,
            use_gpu=False,
        )
        model.fit(table, show_progress=False)
    return np.asarray(model.item_factors, np.float64)


def _table(likes: Likes, *, factors: int) -> sp.csr_matrix:
    """Return people × entities; of several likes of one entity by one person the weights add up."""
    if factors < 1:
        raise BadInputError(f"{factors} factors cannot be found", hint="Ask for at least one.")
    if not len(likes.weight):
        raise BadInputError(
            "there is no like to learn from",
            hint="Factors need somebody who liked something; do without them until then.",
        )
    if not len(likes.person) == len(likes.entity) == len(likes.weight):
        raise BadInputError(
            f"{len(likes.person)} people, {len(likes.entity)} entities and {len(likes.weight)} weights "
            "do not make a list of likes",
            hint="Give one person, one entity and one weight per like.",
        )
    if not (np.isfinite(likes.weight).all() and (likes.weight > 0).all()):
        worst = int(np.flatnonzero(~(np.isfinite(likes.weight) & (likes.weight > 0)))[0])
        raise BadInputError(
            f"like {worst} has the weight {likes.weight[worst]}", hint="Weights are finite and > 0."
        )
    for what, rows, size in (
        ("person", likes.person, likes.people),
        ("entity", likes.entity, likes.entities),
    ):
        if rows.min() < 0 or rows.max() >= size:
            raise BadInputError(
                f"the likes name {what} rows {rows.min()} to {rows.max()}, there are {size}",
                hint=f"Rows lie in 0 to {size - 1}.",
            )
    return sp.csr_matrix(
        (likes.weight.astype(np.float32), (likes.person, likes.entity)),
        shape=(likes.people, likes.entities),
    )
