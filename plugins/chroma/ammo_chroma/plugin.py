"""The plugin hook of the Chroma store; chromadb itself is imported when a store is opened (D14)."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Store, StoreProvider


class ChromaStores:
    """Chroma's embedded client, one per generation folder."""

    name = "chroma"

    async def open(self, folder: Path, *, dim: int, space: str) -> Store:
        """Return the store kept in `folder`, after a child process has looked at it."""
        adapter = await asyncio.to_thread(importlib.import_module, "ammo_chroma.store")
        store: Store = await adapter.open_store(folder, dim=dim, space=space)
        return store


@hookimpl
def ammo_stores() -> list[StoreProvider]:
    """Offer the Chroma store."""
    return [ChromaStores()]
