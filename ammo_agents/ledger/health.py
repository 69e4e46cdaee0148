"""What the doctor shows of the ledger."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from ammo_agents.ledger.faults import explained

WAL_RESET_FIXED = (3, 51, 3)
"""First SQLite without the WAL-reset bug, which only two writing connections can meet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Versions, sizes in bytes, and whether SQLite finds the file whole."""

    path: Path
    schema: int
    sqlite: str
    ledger_bytes: int
    journal_bytes: int
    free_bytes: int
    integrity: str
    """``ok``, or SQLite's first complaint."""
    foreign_keys: int
    """Rows that point to nothing; 0 in a sound ledger."""
    warnings: tuple[str, ...] = ()


def look(db: sqlite3.Connection, path: Path) -> Health:
    """Return the health of an open ledger; reads every page."""
    journal = path.with_name(path.name + "-wal")
    with explained(path):
        integrity = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
        lost = len(db.execute("PRAGMA foreign_key_check").fetchall())
        schema = int(db.execute("PRAGMA user_version").fetchone()[0])
    return Health(
        path=path,
        schema=schema,
        sqlite=sqlite3.sqlite_version,
        ledger_bytes=path.stat().st_size,
        journal_bytes=journal.stat().st_size if journal.exists() else 0,
        free_bytes=shutil.disk_usage(path.parent).free,
        integrity=integrity,
        foreign_keys=lost,
        warnings=warnings(sqlite3.sqlite_version_info),
    )


def warnings(version: tuple[int, int, int]) -> tuple[str, ...]:
    """Return what is to be known about this version of SQLite."""
    if version >= WAL_RESET_FIXED:
        return ()
    name = ".".join(map(str, version))
    return (
        f"SQLite {name} can damage a file that two connections write at once; AMMO writes through one",
    )
