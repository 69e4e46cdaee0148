"""The frame a person's state is folded in: the frozen basis, and what a community knows of entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents.geometry.basis import SIZE, Basis, features
from ammo_agents.geometry.tables import Tables
from ammo_agents.records import Matrix, Wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything that turns a creation into φ. Another frame is another space of states: fold again."""

    basis: Basis
    """Its `tables` names the community, so that its fingerprint covers both."""
    tables: Tables | None = None
    """None = nobody else is known."""

    @property
    def fingerprint(self) -> str:
        """What preferences and slates are stamped with."""
        return self.basis.fingerprint

    @property
    def width(self) -> int:
        """The length of φ."""
        return SIZE if self.tables is None else self.tables.width

    def rows(self, vectors: Matrix, entities: Sequence[str]) -> Wide:
        """Return φ, shape (n, width), of unit rows (n, D) that speak of these entities.

        Raises:
            VectorError: the rows are not finite.
            SpaceMismatchError: D is not the basis's.
        """
        if not len(entities):
            return np.empty((0, self.width))
        known = None if self.tables is None else self.tables.of(entities, vectors)
        return features(vectors, self.basis, known)
