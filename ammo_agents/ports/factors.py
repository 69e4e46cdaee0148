"""Entity factors from likes: the part an existing implicit-feedback library does (W12)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ammo_agents.records import Wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Likes:
    """Who liked what, sparse: one position of the three arrays per like."""

    people: int
    """How many people there are; those without a like count too."""
    entities: int
    person: NDArray[np.intp] = field(compare=False)
    """Row of the person, in [0, people), shape (likes,)."""
    entity: NDArray[np.intp] = field(compare=False)
    """Row of the entity, in [0, entities), shape (likes,)."""
    weight: Wide = field(compare=False)
    """How much the like counts, finite and > 0, shape (likes,)."""


class Factoriser(Protocol):
    """Finds one row per entity so that people with like taste share a direction."""

    name: str
    """Plugin and method, as in ``implicit/als``."""

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
        """Return the entities' factors, shape (entities, factors), float64; the same seed gives the same.

        `alpha` multiplies the weights where the method has confidences; others leave it out.

        Raises:
            BadInputError: there is no like, or one that cannot be used.
        """
        ...
