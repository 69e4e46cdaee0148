"""Says what an SQLite error means for the person who meets it."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ammo_agents.errors import AmmoError, BadInputError, DamagedError, DiskFullError, LockedError

RESTORE = "Put back a backup: ammo restore FOLDER"
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR}
CLOSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}


def damaged(path: Path, why: str) -> DamagedError:
    """Return the refusal to use a ledger that cannot be trusted."""
    return DamagedError(f"the ledger {path} is damaged: {why}", hint=RESTORE)


def disk_full(path: Path, why: str) -> DiskFullError:
    """Return the refusal to write on a full disk."""
    return DiskFullError(
        f"no room to write {path}: {why}",
        hint="Free disk space; nothing is lost, and reading goes on.",
    )


def no_folder(path: Path, error: OSError) -> AmmoError:
    """Return what an `OSError` about a data directory or a file in it means."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(path, error.strerror or "the disk is full")
    return BadInputError(
        f"{path} cannot be used: {error.strerror or error}",
        hint="Choose a folder you may write to: AMMO_HOME=FOLDER",
    )


def fault(error: sqlite3.Error, path: Path) -> Exception:
    """Return the typed refusal behind an SQLite error; the error itself if it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if primary == sqlite3.SQLITE_FULL:
        return disk_full(path, str(error))
    if primary in DAMAGED:
        return damaged(path, str(error))
    if primary in CLOSED:
        return BadInputError(
            f"{path} cannot be used: {error}",
            hint="Choose a folder you may write to: AMMO_HOME=FOLDER",
        )
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LockedError(
            f"{path} is held by another process: {error}",
            hint="Close what has it open, then retry.",
        )
    return error


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise AMMO's errors in the place of SQLite's."""
    try:
        yield
    except sqlite3.Error as error:
        raise fault(error, path) from error


def check_room(folder: Path, floor_mb: int, needed: int = 0) -> None:
    """Raise `DiskFullError` if less than `floor_mb` MB (and `needed` bytes) are free beside `folder`."""
    free = shutil.disk_usage(folder).free
    if free - needed < floor_mb * 1_000_000:
        raise disk_full(
            folder, f"{free // 1_000_000} MB are free, the floor is {floor_mb} MB (free_space_mb)"
        )
