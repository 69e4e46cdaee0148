"""The exact matrix of a subspace's living creations: loaded once, grown by every publish, never reloaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents.errors import VectorError
from ammo_agents.geometry import Frame
from ammo_agents.metaspace.door import check_unit
from ammo_agents.ports import Ledger
from ammo_agents.records import (
    BuddyId,
    Creation,
    CreationId,
    EntityId,
    Matrix,
    Placed,
    SubspaceId,
    Wide,
)

FIRST = 64
"""Rows the buffer starts with; it doubles when it is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """What choosing needs to know of one creation besides its vector."""

    id: CreationId
    buddy: BuddyId
    entity: EntityId
    date: dt.date
    title: str
    subspace: SubspaceId
    """The subspace it was written in."""


class LivingMatrix:
    """Rows of creations and what they are, in the order they came; row i belongs to `about[i]`."""

    def __init__(self, subspace: SubspaceId) -> None:
        self.subspace = subspace
        self.about: list[Living] = []
        self._at: dict[CreationId, int] = {}
        self._rows: Matrix | None = None
        self.retired = 0
        """Grows whenever rows are dropped: a view over several matrices then begins anew."""
        self._featured: dict[str, Wide] = {}
        """φ of the rows, by the fingerprint of its frame: everybody of one frame shares them."""

    @classmethod
    async def load(
        cls, ledger: Ledger, subspace: SubspaceId, *, since: dt.date | None = None
    ) -> LivingMatrix:
        """Return the creations of a subspace that speak of `since` or later."""
        ids, rows = await ledger.vectors(subspace=subspace, since=since)
        about = {c.id: c for c in await ledger.creations(subspace=subspace, since=since)}
        living = cls(subspace)
        for id, row in zip(ids, rows, strict=True):
            if id in about:
                living._append(about[id], row)
        return living

    def __len__(self) -> int:
        return len(self.about)

    def __contains__(self, id: object) -> bool:
        return id in self._at

    @property
    def ids(self) -> list[CreationId]:
        """The ids, in row order."""
        return [one.id for one in self.about]

    @property
    def matrix(self) -> Matrix:
        """The rows, shape (n, D), read-only; (0, 0) while there is none. Later growth does not change it."""
        if self._rows is None:
            return np.empty((0, 0), np.float32)
        view = self._rows[: len(self.about)]
        view.flags.writeable = False
        return view

    def add(self, placed: Placed) -> None:
        """Let one more creation live, in amortised constant time; a known id changes nothing.

        Raises:
            VectorError: its row is not finite, not unit, or of another D than the rows here.
        """
        if placed.creation.id in self._at:
            return
        dim = np.size(placed.vector) if self._rows is None else self._rows.shape[1]
        self._append(placed.creation, check_unit(placed.creation.id, placed.vector, int(dim)))

    def one(self, id: CreationId) -> Living:
        """Return what one living creation is; raises `KeyError` for one that does not live here."""
        return self.about[self._at[id]]

    def vector(self, id: CreationId) -> Matrix | None:
        """Return one creation's row, shape (D,); None if it does not live here."""
        at = self._at.get(id)
        return None if at is None else self.matrix[at]

    def rows_since(self, day: dt.date | None) -> list[int]:
        """Return the rows of creations that speak of `day` or later, in id order."""
        about = self.about
        kept = [i for i, one in enumerate(about) if day is None or one.date >= day]
        return sorted(kept, key=lambda i: about[i].id)

    def featured(self, frame: Frame, ids: Sequence[CreationId]) -> Wide:
        """Return φ of living creations, shape (n, d); each is computed once for a frame."""
        known = self._featured.get(frame.fingerprint)
        begun = 0 if known is None else len(known)
        if begun < len(self.about):
            new = self.about[begun:]
            fresh = frame.rows(self.matrix[begun:], [one.entity for one in new])
            known = fresh if known is None else np.concatenate([known, fresh])
            self._featured[frame.fingerprint] = known
        if known is None:
            return np.empty((0, frame.width))
        rows: Wide = known[[self._at[id] for id in ids]]
        return rows

    def retire(self, before: dt.date) -> int:
        """Drop creations that speak of days before `before`; return how many. Older views stay as they were."""
        kept = [i for i, one in enumerate(self.about) if one.date >= before]
        gone = len(self.about) - len(kept)
        if gone and self._rows is not None:
            self._rows = self._rows[kept] if kept else None
            self.about = [self.about[i] for i in kept]
            self._at = {one.id: i for i, one in enumerate(self.about)}
            self._featured.clear()
            self.retired += 1
        return gone

    def _empty(self) -> None:
        self.about, self._at, self._rows = [], {}, None
        self._featured.clear()

    def _append(self, creation: Creation, row: Sequence[float] | Matrix) -> None:
        vector = np.asarray(row, np.float32)
        if self._rows is not None and vector.shape != self._rows.shape[1:]:
            raise VectorError(
                f"creation {creation.id} has shape {vector.shape}, its space {self._rows.shape[1:]}",
                hint="One MetaSpace has one embedder: ammo reembed",
            )
        about = Living(
            id=creation.id,
            buddy=creation.buddy,
            entity=creation.entity,
            date=creation.date,
            title=creation.title.text,
            subspace=creation.subspace,
        )
        self._take(about, vector)

    def _take(self, about: Living, vector: Matrix) -> None:
        n = len(self.about)
        if self._rows is None:
            self._rows = np.empty((FIRST, vector.size), np.float32)
        if n == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[n] = vector
        self._at[about.id] = n
        self.about.append(about)
