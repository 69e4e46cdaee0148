"""The vector store of a MetaSpace on Chroma's embedded client: ids and scores only, checked at both ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ammo_agents.errors import BadInputError, DamagedError
from ammo_agents.metaspace import manifest as manifests
from ammo_agents.metaspace.door import (
    Shape,
    check_ids,
    check_k,
    check_rows,
    check_unit,
    check_where,
)
from ammo_agents.metaspace.exact import ranked
from ammo_agents.ports import COLLECTIONS, Clause, Collection, Hit, Row
from ammo_agents.records import Vector
from ammo_chroma.child import probe
from ammo_chroma.client import VERSION, check_process, guarded, open_client, open_collection

T = TypeVar("T")
SPARE = 16
"""Hits asked for beyond k, so that exact sums decide who is at the edge."""
SAMPLE = 50
"""Self-queries of the probe after a clean stop; after an unclean one every row is asked."""
OPERATORS = {"==": "$eq", "!=": "$ne", ">=": "$gte", "<=": "$lte", "in": "$in"}


class ChromaStore:
    """One generation folder, open in this process."""

    name = "chroma"

    def __init__(self, folder: Path, manifest: manifests.Manifest) -> None:
        self.dim = manifest.dim
        self._folder = folder
        self._manifest = manifest
        self._pid = os.getpid()
        self._writing = asyncio.Lock()
        self._faulty = False
        self._client: Any = open_client(folder)
        self._collections = {name: open_collection(self._client, name) for name in COLLECTIONS}

    async def upsert(self, collection: Collection, rows: Sequence[Row]) -> None:
        """Write rows; a known id is replaced."""
        async with self._writing:
            known = self._shape(collection)
            shape = check_rows(collection, rows, dim=self.dim, shape=known)
            if not rows:
                return
            if known is None:
                shapes = {**self._manifest.shapes, collection: shape}
                self._manifest = replace(self._manifest, shapes=shapes)
                await asyncio.to_thread(manifests.write, self._folder, self._manifest)
            target = self._collections[collection]
            await self._call(
                lambda: target.upsert(
                    ids=[row.id for row in rows],
                    embeddings=np.stack([np.asarray(row.vector, np.float32) for row in rows]),
                    metadatas=[dict(row.tags) for row in rows] if shape.tags else None,
                )
            )

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove ids; unknown ones are ignored."""
        check_ids(ids)
        if ids and self._shape(collection) is not None:
            async with self._writing:
                target = self._collections[collection]
                await self._call(lambda: target.delete(ids=list(dict.fromkeys(ids))))

    async def search(
        self, collection: Collection, query: Vector, k: int, *, where: Sequence[Clause] = ()
    ) -> list[Hit]:
        """Return at most `k` hits of the approximate graph, with exact scores, ties by id."""
        check_k(k)
        shape = self._shape(collection)
        if shape is None:
            return []
        query = check_unit("query", query, shape.dim)
        clauses = check_where(where, shape)
        if not k or any(clause.op == "in" and not clause.value for clause in clauses):
            return []
        target = self._collections[collection]
        found = await self._call(
            lambda: target.query(
                query_embeddings=[query],
                n_results=k + SPARE,
                where=_filter(clauses),
                include=["embeddings"],
            )
        )
        ids = found["ids"][0]
        if not ids:
            return []
        rows = np.asarray(found["embeddings"][0], np.float32)
        return ranked(ids, rows, query, k)

    async def vectors(self, collection: Collection, ids: Sequence[str]) -> dict[str, Vector]:
        """Return the stored vectors of the ids that are known."""
        check_ids(ids)
        if not ids or self._shape(collection) is None:
            return {}
        target = self._collections[collection]
        wanted = list(dict.fromkeys(ids))
        found = await self._call(lambda: target.get(ids=wanted, include=["embeddings"]))
        rows = np.asarray(found["embeddings"], np.float32)
        return dict(zip(found["ids"], rows, strict=True))

    async def count(self, collection: Collection) -> int:
        """Return how many rows the collection holds."""
        self._shape(collection)
        return int(await self._call(self._collections[collection].count))

    async def ids(self, collection: Collection) -> list[str]:
        """Return every id, sorted."""
        self._shape(collection)
        return await self._call(lambda: self._ids(collection))

    async def close(self) -> None:
        """Close the client and seal the folder with the hash of every file; never after a fault."""
        async with self._writing:
            if self._client is not None:
                await asyncio.to_thread(self._close)

    def abandon(self) -> None:
        """Let go of the client without sealing the folder; blocking."""
        client, self._client = self._client, None
        if client is not None:
            guarded(client.close)

    def _close(self) -> None:
        check_process(self._pid)
        if self._faulty:
            self.abandon()
            return
        ids = {name: self._ids(name) for name in self._manifest.shapes}
        self.abandon()
        manifests.seal(self._folder, self._manifest, ids)

    def _ids(self, collection: str) -> list[str]:
        target = self._collections[collection]  # type: ignore[index]
        return sorted(guarded(lambda: target.get(include=[]))["ids"])

    def _shape(self, collection: Collection) -> Shape | None:
        if collection not in COLLECTIONS:
            raise BadInputError(
                f"no collection {collection!r}", hint=f"There are {', '.join(COLLECTIONS)}."
            )
        return self._manifest.shapes.get(collection)

    async def _call(self, call: Callable[[], T]) -> T:
        """Run a call into the bindings in a thread, in the process that opened them."""
        check_process(self._pid)
        if self._client is None:
            raise DamagedError("the index is closed", hint="Open it again.")
        try:
            return await asyncio.to_thread(guarded, call)
        except DamagedError:
            self._faulty = True
            raise


async def open_store(folder: Path, *, dim: int, space: str) -> ChromaStore:
    """Return the store kept in `folder`, checked by manifest, file hashes and a child process.

    Raises:
        DamagedError: the folder cannot be trusted; nothing was served from it.
        SpaceMismatchError: it belongs to another space.
    """
    fresh = manifests.Manifest(store="chroma", version=VERSION, space=space, dim=dim)
    kept = await asyncio.to_thread(_inspected, folder, fresh)
    if kept is not None:
        await probe(folder, kept, SAMPLE if kept.clean else None)
    opened = replace(kept or fresh, clean=False, counts={}, ids={}, files={})
    opening = asyncio.ensure_future(asyncio.to_thread(ChromaStore, folder, opened))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        store = await opening
        await asyncio.to_thread(store.abandon)
        raise


def _inspected(folder: Path, fresh: manifests.Manifest) -> manifests.Manifest | None:
    """Return the manifest of a folder that is as it was left, and mark the folder as open."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = manifests.read(folder)
    if kept is not None:
        manifests.admit(
            kept, store=fresh.store, version=fresh.version, space=fresh.space, dim=fresh.dim
        )
        if kept.clean:
            manifests.inspect(folder, kept)
        elif kept.shapes and not (folder / "chroma.sqlite3").exists():
            raise DamagedError(
                f"index {folder.name}: chroma.sqlite3 is missing", hint=manifests.WAY_OUT
            )
    manifests.write(folder, replace(kept or fresh, clean=False))
    return kept


def _filter(clauses: Sequence[Clause]) -> dict[str, Any] | None:
    """Return the clauses in Chroma's words."""
    terms: list[dict[str, Any]] = [
        {c.tag: {OPERATORS[c.op]: list(c.value) if isinstance(c.value, tuple) else c.value}}
        for c in clauses
    ]
    if len(terms) > 1:
        return {"$and": terms}
    return terms[0] if terms else None
