"""Numbered schema steps: forward only, one transaction each, a copy of the ledger first."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ammo_agents import __version__, durable
from ammo_agents.ledger.connect import APPLICATION, connect

COPIES = "before-migration"
"""Folder beside the ledger that keeps the copies made before a migration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step from schema ``number - 1`` to ``number``."""

    number: int
    sql: str


def migrations() -> tuple[Migration, ...]:
    """Return every step this AMMO knows, in order."""
    found = [
        Migration(number=int(item.name[:4]), sql=item.read_text(encoding="utf-8"))
        for item in resources.files("ammo_agents.ledger").iterdir()
        if item.name.endswith(".sql")
    ]
    return tuple(sorted(found, key=lambda step: step.number))


def create(path: Path, steps: Sequence[Migration]) -> None:
    """Write an empty ledger under a temporary name and move it into place: a ledger is never half made."""
    new = _empty(path)
    db = connect(new)
    try:
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        for step in steps:
            apply(db, step)
    finally:
        db.close()
    durable.settle(new, path)


def migrate(db: sqlite3.Connection, path: Path, found: int, steps: Sequence[Migration]) -> None:
    """Bring the ledger from schema `found` to the newest one, after a copy was kept."""
    pending = [step for step in steps if step.number > found]
    if not pending:
        return
    copy(db, path.parent / COPIES / f"{path.stem}-schema-{found}.db")
    for step in pending:
        apply(db, step)


def apply(db: sqlite3.Connection, step: Migration) -> None:
    """Run one step in one transaction: killed half way, the ledger has the old schema."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(step.sql):
            db.execute(statement)
        db.execute(
            "INSERT INTO meta VALUES ('app', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (__version__,),
        )
        db.execute(f"PRAGMA user_version = {step.number:d}")
        db.execute("COMMIT")
    except sqlite3.Error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def copy(db: sqlite3.Connection, target: Path) -> None:
    """Write a whole, durable copy of the open ledger to `target`, by rename."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = _empty(target)
    other = sqlite3.connect(new)
    try:
        db.backup(other)
        # A copy is one file: without WAL it needs no journal beside it.
        other.execute("PRAGMA journal_mode = DELETE")
    finally:
        other.close()
    durable.settle(new, target)


def _empty(path: Path) -> Path:
    """Make an empty file beside `path` for its owner alone, its name fixed: SQLite puts further files beside it."""
    new = path.with_name(path.name + ".new")
    for name in (new, *(new.with_name(new.name + end) for end in ("-wal", "-shm", "-journal"))):
        name.unlink(missing_ok=True)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return new


def _statements(sql: str) -> list[str]:
    """Split where a semicolon ends a statement, not inside a text or a trigger."""
    found, rest = [], ""
    for part in sql.split(";")[:-1]:
        rest += part + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found
