"""The one writing connection: a thread, a queue, and many writes in one commit when they wait anyway."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ammo_agents.errors import AmmoError, RefusedError
from ammo_agents.ledger.faults import check_room, fault

T = TypeVar("T")
Task = Callable[[sqlite3.Connection], Any]
AT_ONCE = 256
"""Writes that may share one commit."""


@dataclass(slots=True)
class _Write:
    task: Task
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    alone: bool
    value: Any = None
    error: BaseException | None = None


class Writer:
    """Runs writes in order on its own thread and answers each only after its commit.

    Writes that queue up while a commit runs share the next one: each has its own savepoint,
    so a refused one takes nothing of the others with it.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, *, free_space_mb: int) -> None:
        self._db, self._path, self._floor = db, path, free_space_mb
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._closed = False
        self._door = threading.Lock()
        """Held for the moment of a put, so that nothing is queued behind the end."""
        self._thread.start()

    async def write(self, task: Callable[[sqlite3.Connection], T], *, alone: bool = False) -> T:
        """Run `task` in a transaction and return its value after the commit.

        An `alone` task runs outside any transaction, without the free-space floor (VACUUM, backup).
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._door:
            if self._closed:
                raise RefusedError(f"the ledger {self._path} is closed", hint="Open it anew.")
            self._queue.put(_Write(task, loop, future, alone))
        return await future

    def close(self) -> None:
        """Finish what is queued, checkpoint and close the connection; blocking, twice is harmless."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        held: _Write | None = None
        running = True
        while running:
            first = held or self._queue.get()
            held = None
            if first is None:
                break
            batch = [first]
            while not first.alone and len(batch) < AT_ONCE:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    running = False
                    break
                if more.alone:
                    held = more
                    break
                batch.append(more)
            self._settle(batch)
        self._db.close()

    def _settle(self, batch: list[_Write]) -> None:
        if batch[0].alone:
            self._alone(batch[0])
        else:
            self._together(batch)
        for write in batch:
            # A loop that has ended waits for no answer; the commit stands all the same.
            with contextlib.suppress(RuntimeError):
                write.loop.call_soon_threadsafe(_answer, write)

    def _alone(self, write: _Write) -> None:
        try:
            write.value = write.task(self._db)
        except sqlite3.Error as error:
            write.error = fault(error, self._path)
        except Exception as error:  # noqa: BLE001 - carried to the caller; the thread serves others
            write.error = error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _together(self, batch: list[_Write]) -> None:
        try:
            check_room(self._path.parent, self._floor)
            self._db.execute("BEGIN IMMEDIATE")
            for write in batch:
                self._one(write, shared=len(batch) > 1)
            # A lone write that failed has taken its transaction back already.
            if self._db.in_transaction:
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._fail(batch, fault(error, self._path))
        except (AmmoError, OSError) as error:
            self._fail(batch, error)

    def _one(self, write: _Write, *, shared: bool) -> None:
        if shared:
            self._db.execute("SAVEPOINT one")
        try:
            write.value = write.task(self._db)
        except sqlite3.Error as error:
            if not self._db.in_transaction:
                raise
            write.error = fault(error, self._path)
        except Exception as error:  # noqa: BLE001 - carried to the caller; the thread serves others
            write.error = error
        if write.error is not None:
            self._db.execute("ROLLBACK TO one" if shared else "ROLLBACK")
        if shared:
            self._db.execute("RELEASE one")

    def _fail(self, batch: list[_Write], error: BaseException) -> None:
        if self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
        for write in batch:
            write.error = error


def _answer(write: _Write) -> None:
    if write.future.done():
        return
    if write.error is not None:
        write.future.set_exception(write.error)
    else:
        write.future.set_result(write.value)
