"""What a slate missed: top-N slate regret, best-in-slate regret, and how people fare (W11, W14).

`candidates` holds the true rewards μ of everything that *could* have been shown, never of what a
recall happened to return; `slate` those of what was shown. Differences from the paper are stated at
each formula. Never feed these with a learner's own estimates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ammo_agents.errors import BadInputError
from ammo_agents.geometry.space import finite
from ammo_agents.records import Wide


def slate_regret(candidates: ArrayLike, slate: ArrayLike, slots: int) -> float:
    """Return r = (1/n) [sum of the n best μ in C - sum of μ in S], n = min(N, |C|).

    The paper prints max e·q - Σ e·q, which is negative for a perfect slate of more than one; here
    both sides have n terms. An unused slot counts as μ = 0. For μ in [0, 1], r is in [0, 1].

    Raises:
        BadInputError: the slate has more cards than slots or candidates.
        VectorError: a reward is NaN or infinite.
    """
    pool, shown, n = _checked(candidates, slate, slots)
    if n == 0:
        return 0.0
    return float(np.sort(pool)[-n:].sum() - np.sort(shown).sum()) / n


def best_missed(candidates: ArrayLike, slate: ArrayLike, slots: int) -> float:
    """Return b = max μ in C - max μ in S: what never missing the critical one would have added.

    An empty slate counts as μ = 0.
    """
    pool, shown, n = _checked(candidates, slate, slots)
    if n == 0:
        return 0.0
    return float(pool.max()) - float(shown.max() if len(shown) else 0.0)


def random_regret(candidates: ArrayLike, slots: int) -> float:
    """Return the expected r of a uniformly random slate: mean of the n best - mean of all."""
    pool, _, n = _checked(candidates, (), slots)
    return float(np.sort(pool)[-n:].mean() - pool.mean()) if n else 0.0


def relative_regret(policy: ArrayLike, random: ArrayLike) -> float:
    """Return Σ r of a policy / Σ r of random slates: 0 for an oracle, 1 for chance; a ratio of means.

    Where chance has no regret either, every slate is best and the answer is 0.
    """
    ours, chance = finite(policy, name="regret"), finite(random, name="regret of random slates")
    return float(ours.sum() / chance.sum()) if chance.sum() > 0 else 0.0


def worst_decile(per_person: ArrayLike) -> float:
    """Return the mean over the worst tenth of people (at least one) of their mean regret (W14)."""
    people = np.sort(finite(per_person, name="regret per person"))
    if not len(people):
        return 0.0
    return float(people[-max(1, int(np.ceil(len(people) / 10))) :].mean())


def printed_regret(candidates: ArrayLike, slate: ArrayLike) -> float:
    """Return the whitepaper's own max over C - Σ over S: kept to document its fault, used nowhere."""
    pool, shown = finite(candidates, name="rewards"), finite(slate, name="rewards")
    return float(pool.max() - shown.sum())


def _checked(candidates: ArrayLike, slate: ArrayLike, slots: int) -> tuple[Wide, Wide, int]:
    pool = finite(candidates, name="rewards of the candidates").ravel()
    shown = finite(slate, name="rewards of the slate").ravel()
    n = max(0, min(slots, len(pool)))
    if len(shown) > n:
        raise BadInputError(
            f"a slate of {len(shown)} from {len(pool)} candidates does not fit {slots} slots",
            hint="The slate is a subset of the candidates, at most N of them.",
        )
    return pool, shown, n
