"""Named values: stamps, binaries, results of effects, how far each index has come."""

from __future__ import annotations

import sqlite3

from ammo_agents.errors import ConflictError
from ammo_agents.ledger import reads

COMMUNITY = "community/"
"""What names of communities' stamps and bytes begin with."""


def set_meta(db: sqlite3.Connection, name: str, value: str) -> None:
    """Write one stamp; the bytes of a community that no stamp names any more leave with the old value."""
    db.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (name, value),
    )
    if name.startswith(COMMUNITY):
        drop_unnamed(db)


def drop_unnamed(db: sqlite3.Connection) -> None:
    """Erase every community that no stamp names: it may hold a trace of somebody who left."""
    db.execute(
        "DELETE FROM blobs WHERE substr(name, 1, length(:mark)) = :mark AND substr(name, length(:mark) + 1) "
        "NOT IN (SELECT value FROM meta WHERE substr(name, 1, length(:mark)) = :mark)",
        {"mark": COMMUNITY},
    )


def save_blob(db: sqlite3.Connection, name: str, blob: bytes) -> None:
    """Keep a named binary; raises `ConflictError` for the same name with other bytes."""
    kept = reads.scalar(db, "SELECT bytes FROM blobs WHERE name = ?", name)
    if kept is None:
        db.execute("INSERT INTO blobs VALUES (?, ?)", (name, blob))
    elif kept != blob:
        raise ConflictError(
            f"the blob {name!r} is kept with other bytes", hint="Give new bytes a new name."
        )


def keep_effect(db: sqlite3.Connection, key: str, text: str) -> str:
    """Store the result of `key` unless one is stored, and return the stored one."""
    db.execute("INSERT INTO effects VALUES (?, ?) ON CONFLICT DO NOTHING", (key, text))
    return str(reads.scalar(db, "SELECT json FROM effects WHERE key = ?", key))


def set_projected(db: sqlite3.Connection, index: str, seq: int) -> None:
    """Note how far an index has come."""
    db.execute(
        "INSERT INTO projected VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq",
        (index, seq),
    )
