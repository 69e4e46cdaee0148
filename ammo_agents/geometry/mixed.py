"""φ over several subspaces at once: what they share, and an offset for each (W5).

φ(e) = [1, 0, 0, T (64), o (32 or S)]: the text block is the same space everywhere; b, p and V belong to the
community of one subspace, so b and p stay zero and V gives its columns to o, which is 1 at the subspace that
the entity is of and 0 elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents.geometry.basis import SIZE, TEXT_BLOCK, features
from ammo_agents.geometry.frame import Frame
from ammo_agents.records import Matrix, SubspaceId, Wide, digest

FIRST = TEXT_BLOCK.stop
"""Column of the first offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedFrame(Frame):
    """The frame of a preference that speaks of several subspaces."""

    spaces: tuple[SubspaceId, ...]
    """One offset each, in this order; a thing of none of them has no offset."""

    @property
    def fingerprint(self) -> str:
        """What preferences and slates are stamped with."""
        return digest([self.basis.fingerprint, list(self.spaces)])[:16]

    @property
    def width(self) -> int:
        """The length of φ: d, and more only beyond 32 subspaces."""
        return max(SIZE, FIRST + len(self.spaces))

    def rows(self, vectors: Matrix, entities: Sequence[str]) -> Wide:
        """Return φ, shape (n, width), of unit rows (n, D) that speak of these entities; see `Frame.rows`."""
        phi = np.zeros((len(entities), self.width))
        if len(entities):
            phi[:, :SIZE] = features(vectors, self.basis)
        for row, entity in enumerate(entities):
            if (place := self.offset(entity)) is not None:
                phi[row, place] = 1.0
        return phi

    def offset(self, entity: str) -> int | None:
        """Return the column of the offset of an entity's subspace; None if it is of none of them."""
        head = SubspaceId(entity.partition("/")[0])
        return FIRST + self.spaces.index(head) if head in self.spaces else None
