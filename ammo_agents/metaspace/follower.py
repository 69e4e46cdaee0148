"""Brings a store up to the ledger: the outbox in order, or everything at once (D3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from ammo_agents.errors import VectorError
from ammo_agents.geometry import unit
from ammo_agents.metaspace.door import MOST_IDS
from ammo_agents.ports import COLLECTIONS, Collection, IndexRow, OutboxRow, Row, Store
from ammo_agents.records import Vector

PREFERENCE_DIM = 128
"""Preference directions are filled up with zeros to a multiple of this: dot products stay, and bases may differ in d."""


class Source(Protocol):
    """The part of the ledger that an index is built from (see `ports.Ledger`)."""

    async def outbox(self, after: int, limit: int = 500) -> list[OutboxRow]:
        """Return changes after `after`, oldest first."""
        ...

    async def index_rows(
        self, collection: Collection, ids: Sequence[str] | None = None
    ) -> list[IndexRow]:
        """Return the named ids that live, or all of a collection."""
        ...

    async def projected(self, index: str, seq: int) -> None:
        """Note that `index` has applied the outbox up to `seq`."""
        ...

    async def projected_seq(self, index: str) -> int:
        """Return how far `index` has come."""
        ...


class Follower:
    """One store and how far it has heard the outbox."""

    def __init__(self, ledger: Source, store: Store, seq: int = 0) -> None:
        self.store = store
        self.seq = seq
        self._ledger = ledger
        self._lock = asyncio.Lock()

    async def fill(self) -> None:
        """Write every row the ledger has; `seq` must be taken from the outbox before."""
        async with self._lock:
            for collection in COLLECTIONS:
                await self._write(collection, await self._ledger.index_rows(collection))

    async def follow(self) -> int:
        """Apply the outbox to its end, and return how many changes that were. Applying twice is harmless."""
        applied = 0
        async with self._lock:
            while page := await self._ledger.outbox(self.seq, MOST_IDS):
                for collection in COLLECTIONS:
                    await self._apply(collection, page)
                self.seq = page[-1].seq
                applied += len(page)
        return applied

    async def _apply(self, collection: Collection, page: Sequence[OutboxRow]) -> None:
        """Bring every id that the page names to what the ledger says now: a row, or none."""
        named = list(dict.fromkeys(r.id for r in page if r.collection == collection))
        if not named:
            return
        rows = as_stored(collection, await self._ledger.index_rows(collection, named))
        living = {row.id for row in rows}
        gone = [id for id in named if id not in living]
        if gone:
            await self.store.delete(collection, gone)
        if rows:
            await self.store.upsert(collection, rows)

    async def _write(self, collection: Collection, rows: Sequence[IndexRow]) -> None:
        for start in range(0, len(rows), MOST_IDS):
            batch = as_stored(collection, rows[start : start + MOST_IDS])
            if batch:
                await self.store.upsert(collection, batch)


async def outbox_end(ledger: Source, after: int = 0) -> int:
    """Return the newest seq of the outbox."""
    while page := await ledger.outbox(after, 10_000):
        after = page[-1].seq
    return after


def as_stored(collection: Collection, rows: Iterable[IndexRow]) -> list[Row]:
    """Return the rows a store keeps: preferences as directions of a fixed width, the rest as they are."""
    if collection != "preferences":
        return [Row(id=r.id, vector=r.vector, tags=r.tags) for r in rows]
    directions = ((r, direction(r.vector)) for r in rows)
    return [Row(id=r.id, vector=d, tags=r.tags) for r, d in directions if d is not None]


def direction(q: Vector) -> Vector | None:
    """Return q / ‖q‖ filled up with zeros, shape (multiple of 128,); None when q has no direction.

    Inner products of two such rows are the cosines of the two preferences.
    """
    try:
        row = unit(q, name="preference")
    except VectorError:
        return None
    return np.pad(row, (0, -len(row) % PREFERENCE_DIM))
