"""Erasure of a subspace: its creations, facts, feedback and preferences leave the ledger, and the bytes the files."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ammo_agents.ledger.codec import encode
from ammo_agents.ledger.erase import wipe
from ammo_agents.ledger.reads import row_of
from ammo_agents.ledger.stamps import drop_unnamed
from ammo_agents.records import Creation, Fact, Feedback, Slate, SubspaceId

ROWS = (
    ("outbox", "id IN (SELECT id FROM erased_creations UNION SELECT id FROM erased_facts)"),
    ("outbox", "collection = 'preferences' AND owned(id, :space)"),
    ("feedback", "subspace = :space OR creation IN (SELECT id FROM erased_creations)"),
    (
        "shown",
        "creation IN (SELECT id FROM erased_creations) OR slate IN (SELECT id FROM slates WHERE subspace = :space)",
    ),
    ("slates", "subspace = :space"),
    ("preferences", "subspace = :space"),
    ("memberships", "subspace = :space OR creation IN (SELECT id FROM erased_creations)"),
    ("cited", "creation IN (SELECT id FROM erased_creations)"),
    ("creations", "id IN (SELECT id FROM erased_creations)"),
    ("facts", "subspace = :space"),
    ("attempts", "subspace = :space"),
    ("worlds", "subspace = :space"),
    ("reservations", "owned(spender, :space)"),
    ("spend", "owned(spender, :space)"),
    ("effects", "1"),
)
"""What belongs to a subspace, children first. Stored effects go whole: they are a cache of model answers."""
TEMPORARY = {
    "erased_creations": "id TEXT PRIMARY KEY",
    "erased_facts": "id TEXT PRIMARY KEY",
    "erased_events": "seq INTEGER PRIMARY KEY",
}
LONG = 24
"""First letters of a fact or a sentence that are enough to know it by in what people talked about."""
IDS = re.compile(r"\b[cf]_[0-9a-z]+")


def forget_subspace(
    db: sqlite3.Connection, *, path: Path, subspace: SubspaceId
) -> Mapping[str, int]:
    """Erase a subspace and return how many rows of each kind left.

    Cards of other subspaces that stand on its facts go with it: they would say what nothing supports
    any more. The caller stops whoever writes there first, and renews the index.

    Raises:
        LockedError: a long read keeps old pages alive; nothing is erased by halves, call again.
    """
    db.create_function("owned", 2, _owned, deterministic=True)
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    try:
        found = _erase(db, {"space": subspace})
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    for name in TEMPORARY:
        db.execute(f"DROP TABLE {name}")
    wipe(db, path)
    return found


def _erase(db: sqlite3.Connection, names: Mapping[str, str]) -> dict[str, int]:
    _collect(db, names)
    found = {"diary": _erase_talk(db, names["space"])}
    _let_go_of_slates(db, names["space"])
    _leave_cards(db, names["space"])
    for table, where in ROWS:
        count = db.execute(f"DELETE FROM {table} WHERE {where}", names).rowcount  # noqa: S608 - our own names
        found[table] = found.get(table, 0) + count
    # A later write under a key that is still there would be answered from rows that are gone.
    found["events"] = db.execute(
        "DELETE FROM events WHERE seq IN (SELECT seq FROM erased_events) OR answer IN "
        "(SELECT seq FROM erased_events) OR (kind NOT IN ('compose', 'decompose') AND owned(key, :space))",
        names,
    ).rowcount
    found["meta"] = db.execute("DELETE FROM meta WHERE owned(name, :space)", names).rowcount
    drop_unnamed(db)
    return found


def _collect(db: sqlite3.Connection, names: Mapping[str, str]) -> None:
    """Name what is erased: a subspace's own cards, those of others that stand on its facts, and their events."""
    for name, kind in TEMPORARY.items():
        db.execute(f"CREATE TEMP TABLE {name} ({kind})")
    db.execute("INSERT INTO erased_facts SELECT id FROM facts WHERE subspace = :space", names)
    db.execute(
        "INSERT INTO erased_creations SELECT id FROM creations WHERE subspace = :space "
        "UNION SELECT creation FROM cited WHERE fact IN (SELECT id FROM erased_facts)",
        names,
    )
    db.execute(
        "INSERT INTO erased_events SELECT seq FROM attempts WHERE subspace = :space "
        "UNION SELECT seq FROM slates WHERE subspace = :space "
        "UNION SELECT seq FROM creations WHERE id IN (SELECT id FROM erased_creations) "
        "UNION SELECT seq FROM feedback WHERE subspace = :space OR creation IN (SELECT id FROM erased_creations) "
        "UNION SELECT undone FROM feedback WHERE undone IS NOT NULL AND (subspace = :space OR creation IN (SELECT id FROM erased_creations)) "
        "UNION SELECT seq FROM facts WHERE subspace = :space AND seq NOT IN "
        "(SELECT seq FROM creations WHERE id NOT IN (SELECT id FROM erased_creations) UNION SELECT seq FROM facts WHERE subspace <> :space)",
        names,
    )


def _erase_talk(db: sqlite3.Connection, space: str) -> int:
    """Erase what people's diaries say of it: by its name, by an id of its cards or facts, by their own words."""
    named = "SELECT id FROM erased_creations UNION SELECT id FROM erased_facts"
    ids = {row[0] for row in db.execute(named)}
    heads = {text[:LONG] for text in _texts(db) if len(text) >= LONG}
    marks = (f'"{space}"', f'"{space}/')
    gone = []
    for seq, topic, json in db.execute("SELECT seq, topic, json FROM diary"):
        told = topic == space or topic.startswith(f"{space}/") or any(m in json for m in marks)
        told = told or not ids.isdisjoint(IDS.findall(json))
        if told or any(json[i : i + LONG] in heads for i in range(len(json) - LONG + 1)):
            gone.append((seq,))
    db.executemany("DELETE FROM diary WHERE seq = ?", gone)
    return len(gone)


def _texts(db: sqlite3.Connection) -> Iterator[str]:
    """Yield what the erased facts and cards say, as JSON writes it between its quotes."""
    facts = "SELECT json FROM facts WHERE id IN (SELECT id FROM erased_facts)"
    cards = "SELECT json FROM creations WHERE id IN (SELECT id FROM erased_creations)"
    for (text,) in db.execute(facts):
        yield encode(row_of(Fact, "facts", text).statement)[1:-1]
    for (text,) in db.execute(cards):
        creation = row_of(Creation, "creations", text)
        yield encode(creation.title.text)[1:-1]
        for claim in creation.claims:
            yield encode(claim.text)[1:-1]


def _let_go_of_slates(db: sqlite3.Connection, space: str) -> None:
    """Part what a mixed slate joined: its other cards stay in it, and acts on those lose a slate that goes."""
    gone = {row[0] for row in db.execute("SELECT id FROM erased_creations")}
    for id, text in db.execute(
        "SELECT id, json FROM slates WHERE subspace <> ?", (space,)
    ).fetchall():
        if gone.isdisjoint(IDS.findall(text)):
            continue
        slate = row_of(Slate, "slates", text)
        kept = [i for i, c in enumerate(slate.candidates) if c not in gone]
        fresh = replace(
            slate,
            slots=tuple(s for s in slate.slots if s.creation not in gone),
            candidates=tuple(slate.candidates[i] for i in kept),
            scores=tuple(slate.scores[i] for i in kept) if slate.scores else (),
            displaced=tuple(c for c in slate.displaced if c not in gone),
        )
        db.execute("UPDATE slates SET json = ? WHERE id = ?", (encode(fresh), id))
    acts = "SELECT id, json FROM feedback WHERE subspace <> ?1 AND slate IN (SELECT id FROM slates WHERE subspace = ?1)"
    for id, text in db.execute(acts, (space,)).fetchall():
        act = replace(row_of(Feedback, "feedback", text), slate=None)
        db.execute("UPDATE feedback SET slate = NULL, json = ? WHERE id = ?", (encode(act), id))


def _leave_cards(db: sqlite3.Connection, space: str) -> None:
    """Take the subspace off cards of others that live in it too and stand on none of its facts."""
    rows = db.execute(
        "SELECT id, json FROM creations WHERE id IN (SELECT creation FROM memberships WHERE subspace = ?) "
        "AND id NOT IN (SELECT id FROM erased_creations)",
        (space,),
    ).fetchall()
    for id, text in rows:
        creation = row_of(Creation, "creations", text)
        left = replace(creation, also=tuple(s for s in creation.also if s != space))
        db.execute("UPDATE creations SET json = ? WHERE id = ?", (encode(left), id))


def _owned(name: str, space: str) -> bool:
    """Is `space` one of the parts of a name such as ``seed/coin/day`` or ``publish/coin/…``?"""
    return space in name.replace(":", "/").split("/")
