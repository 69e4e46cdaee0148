"""The vector store: an index that can be thrown away and rebuilt from the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from ammo_agents.records import Matrix, Vector

Collection = Literal["creations", "knowledge", "preferences"]
COLLECTIONS: tuple[Collection, ...] = ("creations", "knowledge", "preferences")
Tag = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One vector under its content id, with a few typed tags to filter by."""

    id: str
    vector: Vector = field(compare=False)
    """Unit row, shape (dim,), float32."""
    tags: Mapping[str, Tag] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One filter clause: ``tag op value``; clauses of a search are joined by *and*."""

    tag: str
    op: Literal["==", "!=", ">=", "<=", "in"]
    value: Tag | tuple[Tag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An id and its inner product with the query; rows come from the ledger."""

    id: str
    score: float


class Store(Protocol):
    """Holds unit vectors by id. Takes ≤ 64 clauses, ≤ 500 ids, ≤ 1,000 rows a call (D7).

    Creations and knowledge have rows of `dim`; preferences have the dim of their first row. Every row
    of a collection carries the same tags with the same types; its first row fixes them. What goes
    beyond is a `BadInputError`. `testing.check_store` checks all of this.
    """

    name: str
    dim: int

    async def upsert(self, collection: Collection, rows: Sequence[Row]) -> None:
        """Write rows; a known id is replaced, so a retry is harmless.

        Raises:
            VectorError: a row that is not finite, not unit, or not of shape (dim,); nothing is written.
        """
        ...

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove ids; unknown ones are ignored."""
        ...

    async def search(
        self, collection: Collection, query: Vector, k: int, *, where: Sequence[Clause] = ()
    ) -> list[Hit]:
        """Return at most `k` hits, best inner product first, ties by id; k = 0 gives none."""
        ...

    async def vectors(self, collection: Collection, ids: Sequence[str]) -> dict[str, Vector]:
        """Return the stored vectors of the ids that are known."""
        ...

    async def count(self, collection: Collection) -> int:
        """Return how many rows the collection holds."""
        ...

    async def ids(self, collection: Collection) -> list[str]:
        """Return every id, sorted; for audits and rebuilds."""
        ...

    async def close(self) -> None:
        """Write what is pending and its manifest; closing twice is harmless."""
        ...


class StoreProvider(Protocol):
    """A plugin's vector store."""

    name: str

    async def open(self, folder: Path, *, dim: int, space: str) -> Store:
        """Return the store kept in `folder`, for the space with this fingerprint.

        Raises:
            DamagedError: the index cannot be trusted; the caller moves it away and rebuilds.
            SpaceMismatchError: the folder belongs to another space.
        """
        ...


def as_rows(ids: Sequence[str], matrix: Matrix) -> list[Row]:
    """Return one `Row` per id and matrix row, without tags."""
    return [Row(id=i, vector=np.asarray(v, np.float32)) for i, v in zip(ids, matrix, strict=True)]
