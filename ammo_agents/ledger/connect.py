"""Opens SQLite the one way AMMO opens it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from ammo_agents.errors import BadInputError, VersionError
from ammo_agents.ledger.faults import damaged, explained, no_folder

APPLICATION = 0x414D4D4F
"""``AMMO`` in the file's header: marks a file as a ledger."""
BUSY_MS = 5_000
MAGIC = b"SQLite format 3\x00"
TABLES = frozenset([
    "meta",
    "blobs",
    "events",
    "facts",
    "creations",
    "cited",
    "attempts",
    "slates",
    "shown",
    "feedback",
    "preferences",
    "worlds",
    "reservations",
    "spend",
    "effects",
    "outbox",
    "projected",
])
SINCE = {
    3: frozenset(["diary", "accounts", "grants"]),
    4: frozenset(["memberships", "compositions"]),
}
"""Tables that came with a later schema."""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Return a connection in autocommit mode: WAL, FULL, foreign keys; readers neither write nor checkpoint."""
    mode = "ro" if read_only else "rwc"
    db = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        timeout=BUSY_MS / 1000,
    )
    try:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA temp_store = MEMORY")
        if read_only:
            db.execute("PRAGMA query_only = ON")
            db.execute("PRAGMA wal_autocheckpoint = 0")
        else:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA trusted_schema = OFF")
    except sqlite3.Error:
        db.close()
        raise
    return db


def check_place(path: Path, *, read_only: bool) -> None:
    """Refuse a path that cannot be a ledger, before SQLite is asked.

    Raises:
        BadInputError: a folder, no ledger to read, or a file that may not be read.
        DamagedError: an empty or cut file, another format, or a journal without its ledger.
    """
    try:
        head, size = b"", path.stat().st_size if path.exists() else -1
        if size > 0 and not path.is_dir():
            with path.open("rb") as file:
                head = file.read(100)
    except OSError as error:
        raise no_folder(path, error) from error
    if path.is_dir():
        raise BadInputError(f"{path} is a folder, not a ledger", hint="Name another AMMO_HOME.")
    if size < 0:
        _check_absent(path, read_only=read_only)
        return
    if len(head) < 100 or not head.startswith(MAGIC):
        raise damaged(path, f"it is no SQLite database ({size} bytes)")
    page = int.from_bytes(head[16:18], "big")
    page = 65_536 if page == 1 else page
    pages = int.from_bytes(head[28:32], "big")
    # With a journal beside it the file may be ahead of or behind its own header.
    if not _wal(path) and (page < 512 or size != page * pages):
        raise damaged(path, f"it has {size} bytes, its header says {page * pages}")


def _check_absent(path: Path, *, read_only: bool) -> None:
    if _wal(path):
        raise damaged(path, "its journal is there, the file itself is gone")
    if read_only:
        raise BadInputError(
            f"there is no ledger at {path}", hint="Make one by starting AMMO: ammo up"
        )


def _wal(path: Path) -> int:
    journal = path.with_name(path.name + "-wal")
    return journal.stat().st_size if journal.exists() else 0


def check_content(db: sqlite3.Connection, path: Path, *, schema: int) -> int:
    """Return the schema version of a ledger after a look at every page.

    Raises:
        DamagedError: SQLite's quick check, the mark in the header or the tables are not as they were left.
        VersionError: a newer AMMO wrote it.
    """
    with explained(path):
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        mark = int(db.execute("PRAGMA application_id").fetchone()[0])
        if mark != APPLICATION:
            raise damaged(path, f"its header is marked {mark:#x}, a ledger's is {APPLICATION:#x}")
        names = {
            row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        wanted = TABLES.union(*(more for number, more in SINCE.items() if number <= found))
        if found < 1 or not names >= wanted:
            raise damaged(path, f"schema {found} lacks tables {sorted(wanted - names)}")
        if found > schema:
            made_by = db.execute("SELECT value FROM meta WHERE name = 'app'").fetchone()
            raise VersionError(
                f"the ledger {path} has schema {found}, this AMMO knows {schema}"
                + (f"; it was made by AMMO {made_by[0]}" if made_by else ""),
                hint="Install that AMMO or a newer one: pip install -U ammo-agents",
            )
        answer = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if answer != "ok":
            raise damaged(path, str(answer).splitlines()[-1])
    return found


@contextmanager
def wiping(db: sqlite3.Connection) -> Iterator[None]:
    """Overwrite what is deleted meanwhile; not always on, because it slows the hot writes down."""
    db.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        db.execute("PRAGMA secure_delete = OFF")
