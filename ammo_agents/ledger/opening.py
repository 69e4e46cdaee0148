"""Opens the ledger for what a verb needs of the data directory."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Literal

from ammo_agents.ledger.lock import DataLock
from ammo_agents.ledger.sqlite import SqliteLedger
from ammo_agents.settings import Settings, folders

Access = Literal["none", "read", "write"]


async def open_ledger(
    settings: Settings, access: Access, stack: AsyncExitStack
) -> SqliteLedger | None:
    """Return the ledger, and let `stack` close it: none, read-only, or with the lock of the data directory.

    Raises:
        LockedError: another process owns the data directory.
        DamagedError: the ledger cannot be trusted.
    """
    if access == "none":
        return None
    place = folders(settings)
    if access == "write" or not await asyncio.to_thread(place.ledger.exists):
        lock = await asyncio.to_thread(DataLock.acquire, place.data)
        stack.callback(lock.release)
        ledger = await SqliteLedger.open(place.ledger, free_space_mb=settings.free_space_mb)
    else:
        ledger = await SqliteLedger.open(place.ledger, read_only=True)
    stack.push_async_callback(ledger.close)
    return ledger
