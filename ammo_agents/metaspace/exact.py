"""Exact search in NumPy: the oracle every index is compared with, and the fallback that always serves (D7)."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from ammo_agents import durable
from ammo_agents.errors import BadInputError, DamagedError
from ammo_agents.metaspace import manifest as manifests
from ammo_agents.metaspace.door import (
    Shape,
    check_ids,
    check_k,
    check_rows,
    check_unit,
    check_where,
    matches,
)
from ammo_agents.ports import COLLECTIONS, Clause, Collection, Hit, Row, Store, Tag
from ammo_agents.records import Matrix, Vector

FILE = "exact.npz"
FORMAT = "1"
TIE = 1e-5
"""Room for the rounding of a float32 product, before the exact sums decide."""


def ranked(ids: Sequence[str], rows: Matrix, query: Vector, k: int) -> list[Hit]:
    """Return the `k` best of a short list by float64 inner product, ties by id.

    Each row is summed by itself, so that equal vectors get equal scores wherever they stand, in any store.
    """
    sums = (rows.astype(np.float64) * query.astype(np.float64)).sum(axis=1)
    order = sorted(range(len(ids)), key=lambda i: (-sums[i], ids[i]))[:k]
    return [Hit(id=ids[i], score=float(sums[i])) for i in order]


class Shelf:
    """The rows of one collection in one growing array."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.ids: list[str] = []
        self.tags: list[dict[str, Tag]] = []
        self._at: dict[str, int] = {}
        self._rows: Matrix = np.empty((16, shape.dim), np.float32)

    @property
    def matrix(self) -> Matrix:
        """The rows in use, shape (n, dim)."""
        return self._rows[: len(self.ids)]

    def put(self, row: Row) -> None:
        """Write one row over the one of the same id, or after the last."""
        at = self._at.get(row.id, len(self.ids))
        if at == len(self.ids):
            if at == len(self._rows):
                self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
            self.ids.append(row.id)
            self.tags.append({})
            self._at[row.id] = at
        self._rows[at] = row.vector
        self.tags[at] = dict(row.tags)

    def drop(self, id: str) -> None:
        """Remove one row; the last one takes its place."""
        at = self._at.pop(id, None)
        if at is None:
            return
        last = len(self.ids) - 1
        if at != last:
            self._rows[at] = self._rows[last]
            self.ids[at], self.tags[at] = self.ids[last], self.tags[last]
            self._at[self.ids[at]] = at
        self.ids.pop()
        self.tags.pop()

    def get(self, id: str) -> Vector | None:
        """Return a copy of one row."""
        at = self._at.get(id)
        return None if at is None else self._rows[at].copy()

    def best(self, query: Vector, k: int, where: Sequence[Clause]) -> list[Hit]:
        """Return the `k` best rows among those that satisfy the clauses."""
        rows, at = self.matrix, np.arange(len(self.ids))
        if where:
            at = np.array([i for i, tags in enumerate(self.tags) if matches(tags, where)], np.intp)
            rows = rows[at]
        if not len(at):
            return []
        scores = rows @ query
        if k < len(scores):
            edge = np.partition(scores, len(scores) - k)[len(scores) - k]
            near = np.flatnonzero(scores >= edge - TIE)
            at, rows = at[near], rows[near]
        return ranked([self.ids[i] for i in at], rows, query, k)


class ExactStore:
    """Unit vectors in memory; with a folder, kept in one file that a clean close writes."""

    name = "exact"

    def __init__(self, dim: int, *, space: str = "", folder: Path | None = None) -> None:
        self.dim = dim
        self._space = space
        self._folder = folder
        self._shelves: dict[Collection, Shelf] = {}
        self._lock = threading.Lock()
        self._closed = False

    async def upsert(self, collection: Collection, rows: Sequence[Row]) -> None:
        """Write rows; a known id is replaced."""
        await asyncio.to_thread(self._upsert, collection, rows)

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove ids; unknown ones are ignored."""
        check_ids(ids)
        with self._lock:
            if shelf := self._shelves.get(collection):
                for id in ids:
                    shelf.drop(id)

    async def search(
        self, collection: Collection, query: Vector, k: int, *, where: Sequence[Clause] = ()
    ) -> list[Hit]:
        """Return at most `k` hits, best inner product first, ties by id."""
        check_k(k)
        shape = self._shape(collection)
        if shape is None:
            return []
        query = check_unit("query", query, shape.dim)
        where = check_where(where, shape)
        return await asyncio.to_thread(self._search, collection, query, k, where) if k else []

    async def vectors(self, collection: Collection, ids: Sequence[str]) -> dict[str, Vector]:
        """Return the stored vectors of the ids that are known."""
        check_ids(ids)
        with self._lock:
            shelf = self._shelves.get(collection)
            found = {id: shelf.get(id) for id in ids} if shelf else {}
        return {id: vector for id, vector in found.items() if vector is not None}

    async def count(self, collection: Collection) -> int:
        """Return how many rows the collection holds."""
        shelf = self._shelves.get(collection)
        return len(shelf.ids) if shelf else 0

    async def ids(self, collection: Collection) -> list[str]:
        """Return every id, sorted."""
        with self._lock:
            shelf = self._shelves.get(collection)
            return sorted(shelf.ids) if shelf else []

    async def close(self) -> None:
        """Write the file and its manifest, when there is a folder."""
        if not self._closed and self._folder is not None:
            await asyncio.to_thread(self._save, self._folder)
        self._closed = True

    def _shape(self, collection: Collection) -> Shape | None:
        if collection not in COLLECTIONS:
            raise BadInputError(
                f"no collection {collection!r}", hint=f"There are {', '.join(COLLECTIONS)}."
            )
        shelf = self._shelves.get(collection)
        return shelf.shape if shelf else None

    def _upsert(self, collection: Collection, rows: Sequence[Row]) -> None:
        with self._lock:
            shape = check_rows(collection, rows, dim=self.dim, shape=self._shape(collection))
            if rows:
                shelf = self._shelves.setdefault(collection, Shelf(shape))
                for row in rows:
                    shelf.put(row)

    def _search(
        self, collection: Collection, query: Vector, k: int, where: Sequence[Clause]
    ) -> list[Hit]:
        with self._lock:
            return self._shelves[collection].best(query, k, where)

    def _manifest(self) -> manifests.Manifest:
        return manifests.Manifest(
            store=self.name,
            version=FORMAT,
            space=self._space,
            dim=self.dim,
            shapes={name: shelf.shape for name, shelf in self._shelves.items()},
        )

    def _save(self, folder: Path) -> None:
        arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {}
        for name, shelf in self._shelves.items():
            side = json.dumps([shelf.ids, shelf.tags]).encode()
            arrays[f"{name}.rows"] = shelf.matrix
            arrays[f"{name}.side"] = np.frombuffer(side, np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        durable.write_bytes(folder / FILE, buffer.getvalue())
        ids: dict[str, list[str]] = {
            str(name): sorted(shelf.ids) for name, shelf in self._shelves.items()
        }
        manifests.seal(folder, self._manifest(), ids)

    def load(self, folder: Path) -> None:
        """Read what a clean close wrote, and mark the folder as open; blocking.

        Raises:
            DamagedError: it was not closed cleanly, or a file changed since.
            SpaceMismatchError: it belongs to another space.
        """
        folder.mkdir(parents=True, exist_ok=True)
        kept = manifests.read(folder)
        if kept is not None:
            manifests.admit(kept, store=self.name, version=FORMAT, space=self._space, dim=self.dim)
            if not kept.clean:
                raise DamagedError(
                    f"index {folder.name} was not closed cleanly", hint=manifests.WAY_OUT
                )
            manifests.inspect(folder, kept)
            with np.load(folder / FILE, allow_pickle=False) as arrays:
                for name, shape in kept.shapes.items():
                    shelf = self._shelves[cast("Collection", name)] = Shelf(shape)
                    ids, tags = json.loads(arrays[f"{name}.side"].tobytes())
                    for id, vector, tag in zip(ids, arrays[f"{name}.rows"], tags, strict=True):
                        shelf.put(Row(id=id, vector=vector, tags=tag))
        manifests.write(folder, self._manifest())


class ExactStores:
    """The store that is always there: exact search, kept in one file."""

    name = "exact"

    async def open(self, folder: Path, *, dim: int, space: str) -> Store:
        """Return the exact store kept in `folder`."""
        store = ExactStore(dim, space=space, folder=folder)
        await asyncio.to_thread(store.load, folder)
        return store
