"""Erasure: every row of one person leaves the ledger, and the bytes leave the files."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ammo_agents.errors import LockedError
from ammo_agents.ledger.codec import encode
from ammo_agents.ledger.migrations import COPIES
from ammo_agents.ledger.reads import row_of
from ammo_agents.ledger.stamps import drop_unnamed
from ammo_agents.records import Creation, IdeaKind, PersonId, Rejected

OWN = (
    ("feedback", "person = :person"),
    ("shown", "person = :person"),
    ("slates", "person = :person"),
    ("preferences", "person = :person"),
    (
        "outbox",
        "collection = 'preferences' AND substr(id, 1, length(:person) + 1) = :person || '/'",
    ),
    ("reservations", "owned(spender, :person)"),
    ("spend", "owned(spender, :person)"),
    ("diary", "person = :person"),
    ("events", "person = :person"),
)
"""What belongs to a person, children first."""


def forget(db: sqlite3.Connection, *, path: Path, person: PersonId) -> Mapping[str, int]:
    """Erase a person's rows, the words they asked with and the copies that hold them; return counts.

    Stored effects go too, whoever caused them: they are a cache of model answers, and prompts of
    this person may be quoted in any of them. The caller removes the index, which holds the vectors.
    An account and its grants stay, with the person's name and no word of theirs: whoever starts
    anew may log in; `Accounts.remove` drops them. Nor is anything erased of `SOCIETY`'s own diary.

    Raises:
        LockedError: a long read keeps old pages alive; nothing is erased by halves, call again.
    """
    db.create_function("owned", 2, _owned, deterministic=True)
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    found = {"requests": _blank_requests(db, person)}
    for table, where in OWN:
        found[table] = db.execute(f"DELETE FROM {table} WHERE {where}", {"person": person}).rowcount  # noqa: S608 - our own names
    found["effects"] = db.execute("DELETE FROM effects").rowcount
    _leave_community(db, person)
    db.execute("COMMIT")
    wipe(db, path)
    return found


def wipe(db: sqlite3.Connection, path: Path) -> None:
    """Let the bytes of deleted rows leave the files, and remove copies that still hold them.

    Raises:
        LockedError: a long read keeps old pages alive; ask again.
    """
    db.execute("VACUUM")
    busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise LockedError(
            f"{path} is being read, so old pages could not be wiped", hint="Ask for it again."
        )
    copies = path.parent / COPIES
    if copies.is_dir():
        shutil.rmtree(copies)


def _owned(name: str, person: str) -> bool:
    """Is `person` one of the parts of a name such as ``user:anna/coin``?"""
    return person in name.replace(":", "/").split("/")


def _leave_community(db: sqlite3.Connection, person: PersonId) -> None:
    """Withdraw what a person agreed to, and drop every community that was learned from people of this home.

    Whoever left before is still in it, and nobody can take one person out of it: it is learned again whole.
    """
    db.execute(
        "UPDATE meta SET value = (SELECT json_group_array(value) FROM json_each(meta.value) "
        "WHERE value <> ?) WHERE name = 'community.joined'",
        (person,),
    )
    db.execute("DELETE FROM meta WHERE name LIKE 'community/%/%'")
    drop_unnamed(db)


def _blank_requests(db: sqlite3.Connection, person: PersonId) -> int:
    """Blank the words of requests that are this person's, and return how many.

    A request carries no name. It is theirs if they said the same in a note, or if they are the
    only person of this ledger.
    """
    alone = not db.execute(
        "SELECT 1 FROM events WHERE person IS NOT NULL AND person <> ? LIMIT 1", (person,)
    ).fetchone()
    notes = {
        row[0]
        for row in db.execute(
            "SELECT json_extract(json, '$.note') FROM feedback WHERE person = ?", (person,)
        )
    }
    blanked = 0
    rows = db.execute(
        "SELECT id, json FROM creations WHERE kind = ?", (IdeaKind.REQUEST.value,)
    ).fetchall()
    for id, text in rows:
        creation = row_of(Creation, "creations", text)
        if creation.request and (alone or creation.request in notes):
            blank = encode(replace(creation, request=""))
            db.execute("UPDATE creations SET json = ? WHERE id = ?", (blank, id))
            blanked += 1
    rows = db.execute(
        "SELECT seq, json FROM attempts WHERE json_extract(json, '$.idea.kind') = ?",
        (IdeaKind.REQUEST.value,),
    ).fetchall()
    for seq, text in rows:
        rejected = row_of(Rejected, "attempts", text)
        if alone or rejected.idea.request in notes:
            blank = encode(replace(rejected, idea=replace(rejected.idea, request="")))
            db.execute("UPDATE attempts SET json = ? WHERE seq = ?", (blank, seq))
            blanked += 1
    return blanked
