"""The plugin hook of the factorisers; implicit and SciPy are imported when one runs (D14)."""

from __future__ import annotations

import importlib

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Factoriser, Likes
from ammo_agents.records import Wide


class Factorised:
    """One method of the implicit library."""

    def __init__(self, name: str, function: str) -> None:
        self.name = name
        self._function = function

    def factorise(
        self,
        likes: Likes,
        *,
        factors: int,
        regularisation: float,
        alpha: float,
        iterations: int,
        seed: int,
    ) -> Wide:
        """Return the entities' factors; see `ammo_implicit.factors`."""
        found: Wide = getattr(importlib.import_module("ammo_implicit.factors"), self._function)(
            likes,
            factors=factors,
            regularisation=regularisation,
            alpha=alpha,
            iterations=iterations,
            seed=seed,
        )
        return found


@hookimpl
def ammo_factors() -> list[Factoriser]:
    """Offer implicit ALS and BPR."""
    return [Factorised("implicit/als", "als"), Factorised("implicit/bpr", "bpr")]
