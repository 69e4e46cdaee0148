"""Reading connections: a few threads, each with its own, none of which can write or checkpoint."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ammo_agents.errors import RefusedError
from ammo_agents.ledger.connect import connect
from ammo_agents.ledger.faults import explained

T = TypeVar("T")
AT_ONCE = 4


class Readers:
    """Runs reads beside the loop; each sees everything that was acknowledged before it began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ledger-reader")
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._closed = False

    async def read(self, task: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `task` reads in one snapshot.

        Raises:
            DamagedError: a page or a row that cannot be trusted.
        """
        if self._closed:
            raise RefusedError(f"the ledger {self._path} is closed", hint="Open it anew.")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, task)

    def close(self) -> None:
        """Finish running reads and close every connection; blocking, twice is harmless."""
        self._closed = True
        self._pool.shutdown(wait=True)
        while self._opened:
            self._opened.pop().close()

    def _run(self, task: Callable[[sqlite3.Connection], T]) -> T:
        with explained(self._path):
            db: sqlite3.Connection | None = getattr(self._own, "db", None)
            if db is None:
                db = self._own.db = connect(self._path, read_only=True)
                self._opened.append(db)
            db.execute("BEGIN")
            try:
                return task(db)
            finally:
                db.execute("ROLLBACK")
