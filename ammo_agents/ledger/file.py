"""The open file behind a ledger: its one writer, its readers, and the lock of the folder it lies in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Self, TypeVar

from ammo_agents.errors import BadInputError, LockedError, RefusedError, VersionError
from ammo_agents.ledger.connect import check_content, check_place, connect
from ammo_agents.ledger.faults import explained, no_folder
from ammo_agents.ledger.lock import DataLock
from ammo_agents.ledger.migrations import create, migrate, migrations
from ammo_agents.ledger.readers import Readers
from ammo_agents.ledger.writer import Writer

T = TypeVar("T")


class LedgerFile:
    """Runs reads and writes of everything that lives in one ledger."""

    _writing: ClassVar[set[Path]] = set()
    """Ledgers this process has open for writing; one left unclosed stays its own only writer."""

    def __init__(self, path: Path, readers: Readers, writer: Writer | None, lock: DataLock | None):
        self.path = path
        self.readers, self.writer, self.lock = readers, writer, lock
        self._owns_lock = False

    @classmethod
    def open(cls, path: Path, *, read_only: bool, free_space_mb: int) -> Self:
        """Return the file at `path`, made or migrated if need be; blocking.

        Raises:
            LockedError: another process writes here, or this one already does.
            BadInputError: a place that cannot hold a ledger; or nothing to read.
            DamagedError: a file that cannot be trusted.
            VersionError: a newer AMMO made it, or an older one and it is only to be read.
        """
        if read_only:
            cls._prepare(path, read_only=True).close()
            return cls(path, Readers(path), None, None)
        held = DataLock.held(path.parent)
        lock = held or DataLock.acquire(path.parent)
        try:
            if path.resolve() in cls._writing:
                raise LockedError(
                    f"the ledger {path} is open for writing in this very process (pid {lock.pid})",
                    hint="Share the open ledger, or close it first.",
                    pid=lock.pid,
                )
            db = cls._prepare(path, read_only=False)
        except BaseException:
            if held is None:
                lock.release()
            raise
        opened = cls(path, Readers(path), Writer(db, path, free_space_mb=free_space_mb), lock)
        opened._owns_lock = held is None
        cls._writing.add(path.resolve())
        return opened

    @classmethod
    def _prepare(cls, path: Path, *, read_only: bool) -> sqlite3.Connection:
        """Return a checked connection of the newest schema."""
        check_place(path, read_only=read_only)
        steps = migrations()
        newest = steps[-1].number
        try:
            with explained(path):
                if not path.exists():
                    create(path, steps)
                db = connect(path, read_only=read_only)
        except OSError as error:
            raise no_folder(path, error) from error
        try:
            found = check_content(db, path, schema=newest)
            if found < newest and read_only:
                raise VersionError(
                    f"the ledger {path} has the old schema {found}, this AMMO reads {newest}",
                    hint="Open it for writing once, which brings it up: ammo up",
                )
            with explained(path):
                migrate(db, path, found, steps)
        except BaseException:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Finish what is under way, close the file and give the lock back; blocking, twice is harmless."""
        self.readers.close()
        if self.writer is not None:
            self.writer.close()
            self._writing.discard(self.path.resolve())
        if self.lock is not None and self._owns_lock:
            self.lock.release()

    async def read(self, task: Callable[..., T], *arguments: object) -> T:
        """Return what `task` reads in one snapshot.

        Raises:
            BadInputError: asked with what no row can hold.
            DamagedError: a page or a row that cannot be trusted.
        """
        if self.lock is not None:
            self.lock.check()
        with _sayable():
            return await self.readers.read(lambda db: task(db, *arguments))

    async def write(self, task: Callable[..., T], *arguments: object) -> T:
        """Return what `task` answers in a transaction of its own, once that is durable.

        Raises:
            RefusedError: the file was opened for reading.
            BadInputError: a value that no row can hold.
        """
        with _sayable():
            return await self._owner().write(lambda db: task(db, *arguments))

    async def alone(self, task: Callable[[sqlite3.Connection], T]) -> T:
        """Run `task` outside any transaction, while no other write runs."""
        return await self._owner().write(task, alone=True)

    def _owner(self) -> Writer:
        if self.writer is None or self.lock is None:
            raise RefusedError(
                f"the ledger {self.path} was opened for reading", hint="Open it for writing."
            )
        self.lock.check()
        return self.writer


@contextmanager
def _sayable() -> Iterator[None]:
    """Refuse what SQLite cannot be told: a lone surrogate, a number beyond 64 bits."""
    try:
        yield
    except (UnicodeEncodeError, OverflowError) as error:
        raise BadInputError(
            f"the ledger can hold no such value: {error}",
            hint="Give valid Unicode text, and whole numbers below 2^63.",
        ) from error
