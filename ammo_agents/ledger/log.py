"""The event log: one row per write, under the idempotency key of the request that asked for it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass

from ammo_agents.errors import BadInputError, ConflictError
from ammo_agents.ports import Collection, Receipt

KEY_LENGTH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a write says of itself."""

    key: str
    kind: str
    body: bytes
    """Hash of what the caller asked for; what the program added (times, costs) is not in it."""
    person: str | None = None


def stored(db: sqlite3.Connection, request: Request) -> Receipt | None:
    """Return the receipt of an earlier write under this key; None if it is the first.

    Raises:
        ConflictError: the key came with another body before.
        BadInputError: an empty, overlong or unprintable key.
    """
    check_key(request.key)
    row = db.execute(
        "SELECT seq, kind, body, answer FROM events WHERE key = ?", (request.key,)
    ).fetchone()
    if row is None:
        return None
    seq, kind, body, answer = row
    if kind != request.kind or body != request.body:
        raise ConflictError(
            f"the key {request.key!r} came with two bodies: first {kind!r}, now {request.kind!r}",
            hint="Give every new request a new key; repeat a request only unchanged.",
        )
    return Receipt(seq=answer or seq, repeated=True)


def check_key(key: str) -> None:
    """Raise `BadInputError` for an empty, overlong or unprintable idempotency key."""
    if not key or len(key) > KEY_LENGTH or not key.isprintable():
        raise BadInputError(
            f"an idempotency key of {len(key)} letters cannot be used",
            hint=f"Give 1 to {KEY_LENGTH} printable letters.",
        )


def append(db: sqlite3.Connection, request: Request, *, answer: int | None = None) -> int:
    """Write the event and return its place in the log.

    `answer` is the seq of an earlier event with the same content, when this one adds nothing.
    """
    now = dt.datetime.now(dt.UTC).isoformat()
    cursor = db.execute(
        "INSERT INTO events (key, kind, at, person, body, answer) VALUES (?, ?, ?, ?, ?, ?)",
        (request.key, request.kind, now, request.person, request.body, answer),
    )
    return int(cursor.lastrowid or 0)


def tell(db: sqlite3.Connection, collection: Collection, op: str, id: str) -> None:
    """Put one change into the outbox of the indexes, in the transaction that makes it."""
    db.execute("INSERT INTO outbox (collection, op, id) VALUES (?, ?, ?)", (collection, op, id))
