"""The questions: each a function of one snapshot of the ledger."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from ammo_agents.errors import DamagedError, NotFoundError
from ammo_agents.ledger.codec import UNIT, decode, preference_row, unpack_unit
from ammo_agents.ledger.faults import RESTORE
from ammo_agents.ledger.writes import DIM
from ammo_agents.ports import Attempt, Collection, IndexRow, OutboxRow
from ammo_agents.records import (
    BuddyId,
    Creation,
    CreationId,
    Fact,
    FactId,
    Feedback,
    Matrix,
    PersonId,
    Preference,
    Rejected,
    Slate,
    SlateId,
    SubspaceId,
)

T = TypeVar("T")
PREFIX = 4
"""Letters of an id that are enough, if they fit one thing only."""
COUNTED = (
    "events creations facts attempts slates shown feedback preferences reservations effects outbox "
    "diary"
)


def row_of(kind: type[T], table: str, text: str) -> T:
    """Return the record of a row; raises `DamagedError` for a row that is none."""
    try:
        return decode(kind, text)
    except ValueError as error:
        raise _damaged(table, kind.__name__) from error


def creation(db: sqlite3.Connection, id: CreationId) -> Creation:
    """Return one creation by id or unique prefix; raises `NotFoundError`."""
    return row_of(Creation, "creations", _named(db, "creations", "c_", id))


def fact(db: sqlite3.Connection, id: FactId) -> Fact:
    """Return one fact by id or unique prefix; raises `NotFoundError`."""
    return row_of(Fact, "facts", _named(db, "facts", "f_", id))


def creations(
    db: sqlite3.Connection,
    subspace: SubspaceId | None,
    buddy: BuddyId | None,
    since: dt.date | None,
    limit: int | None,
) -> list[Creation]:
    """Return creations, newest first."""
    rows = db.execute(
        "SELECT json FROM creations WHERE (:subspace IS NULL OR subspace = :subspace "
        "OR id IN (SELECT creation FROM memberships WHERE subspace = :subspace)) "
        "AND (:buddy IS NULL OR buddy = :buddy) AND (:since IS NULL OR day >= :since) "
        "ORDER BY seq DESC LIMIT :most",
        {
            "subspace": subspace,
            "buddy": buddy,
            "since": _ordinal(since),
            "most": _limit(limit),
        },
    )
    return [row_of(Creation, "creations", row[0]) for row in rows]


def vectors(
    db: sqlite3.Connection, subspace: SubspaceId | None, since: dt.date | None
) -> tuple[list[CreationId], Matrix]:
    """Return sorted ids and their unit rows, shape (n, D)."""
    rows = db.execute(
        "SELECT id, vector FROM creations WHERE (:subspace IS NULL OR subspace = :subspace) "
        "AND (:since IS NULL OR day >= :since) ORDER BY id",
        {"subspace": subspace, "since": _ordinal(since)},
    ).fetchall()
    return [CreationId(row[0]) for row in rows], _matrix(db, "creations", [row[1] for row in rows])


def facts(
    db: sqlite3.Connection,
    ids: Sequence[FactId] | None,
    subspace: SubspaceId | None,
    limit: int | None,
) -> list[Fact]:
    """Return the named facts in order, or the newest of a subspace."""
    if ids is None:
        rows = db.execute(
            "SELECT json FROM facts WHERE (:subspace IS NULL OR subspace = :subspace) "
            "ORDER BY day DESC, seq DESC, id LIMIT :most",
            {"subspace": subspace, "most": _limit(limit)},
        )
        return [row_of(Fact, "facts", row[0]) for row in rows]
    query = "SELECT id, json FROM facts WHERE id IN (SELECT value FROM json_each(?))"
    found = dict(db.execute(query, (json.dumps(list(ids)),)).fetchall())
    for id in ids:
        if id not in found:
            raise NotFoundError(f"no fact {id}", hint="A card names its facts: ammo why CARD")
    wanted = ids if limit is None else ids[:limit]
    return [row_of(Fact, "facts", found[id]) for id in wanted]


def fact_vectors(db: sqlite3.Connection, subspace: SubspaceId) -> tuple[list[FactId], Matrix]:
    """Return sorted ids and unit rows of a subspace's facts that have a vector."""
    rows = db.execute(
        "SELECT id, vector FROM facts WHERE subspace = ? AND vector IS NOT NULL ORDER BY id",
        (subspace,),
    ).fetchall()
    return [FactId(row[0]) for row in rows], _matrix(db, "facts", [row[1] for row in rows])


def attempts(
    db: sqlite3.Connection, subspace: SubspaceId | None, limit: int | None
) -> list[Attempt]:
    """Return rejected ideas, newest first."""
    rows = db.execute(
        "SELECT seq, at, json FROM attempts WHERE (:subspace IS NULL OR subspace = :subspace) "
        "ORDER BY seq DESC LIMIT :most",
        {"subspace": subspace, "most": _limit(limit)},
    )
    return [_attempt(seq, at, row_of(Rejected, "attempts", text)) for seq, at, text in rows]


def feedback(
    db: sqlite3.Connection, person: PersonId, subspace: SubspaceId | None
) -> list[Feedback]:
    """Return a person's standing acts in log order."""
    rows = db.execute(
        "SELECT json FROM feedback WHERE person = :person "
        "AND (:subspace IS NULL OR subspace = :subspace) AND undone IS NULL ORDER BY seq",
        {"person": person, "subspace": subspace},
    )
    return [row_of(Feedback, "feedback", row[0]) for row in rows]


def preference(db: sqlite3.Connection, person: PersonId, subspace: SubspaceId) -> Preference | None:
    """Return the newest kept state."""
    row = db.execute(
        "SELECT * FROM preferences WHERE person = ? AND subspace = ?", (person, subspace)
    ).fetchone()
    return None if row is None else _preference(row)


def slate(db: sqlite3.Connection, id: SlateId) -> Slate:
    """Return one slate; raises `NotFoundError`."""
    row = db.execute("SELECT json FROM slates WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFoundError(f"no slate {id}", hint="See your cards with: ammo feed")
    return row_of(Slate, "slates", row[0])


def slates(
    db: sqlite3.Connection, person: PersonId, subspace: SubspaceId | None, limit: int | None
) -> list[Slate]:
    """Return slates, newest first."""
    rows = db.execute(
        "SELECT json FROM slates WHERE person = :person "
        "AND (:subspace IS NULL OR subspace = :subspace) ORDER BY seq DESC LIMIT :most",
        {"person": person, "subspace": subspace, "most": _limit(limit)},
    )
    return [row_of(Slate, "slates", row[0]) for row in rows]


def seen(
    db: sqlite3.Connection, person: PersonId, subspace: SubspaceId | None, but_not: Sequence[str]
) -> set[CreationId]:
    """Return what was shown to a person, in one feed or all, leaving out some slates."""
    rows = db.execute(
        "SELECT DISTINCT shown.creation FROM shown WHERE shown.person = :person "
        "AND shown.slate NOT IN (SELECT value FROM json_each(:gone)) AND (:subspace IS NULL OR "
        "(SELECT slates.subspace FROM slates WHERE slates.id = shown.slate) = :subspace)",
        {"person": person, "subspace": subspace, "gone": json.dumps(list(but_not))},
    )
    return {CreationId(row[0]) for row in rows}


def said(db: sqlite3.Connection, person: PersonId) -> str:
    """Return two stamps with a bar between: of what a person says and takes back, and of what they are shown."""
    query = (
        "SELECT COUNT(*) || '/' || COALESCE(MAX(seq), 0) || '/' || COUNT(undone) || '|' || "
        "(SELECT COUNT(*) FROM shown WHERE person = :person) FROM feedback WHERE person = :person"
    )
    return str(db.execute(query, {"person": person}).fetchone()[0])


def shown_in(db: sqlite3.Connection, person: PersonId, creation: CreationId) -> SlateId | None:
    """Return the newest slate in which the person saw a creation."""
    row = db.execute(
        "SELECT slate FROM shown WHERE person = ? AND creation = ? ORDER BY seq DESC LIMIT 1",
        (person, creation),
    ).fetchone()
    return None if row is None else SlateId(row[0])


def presented_days(db: sqlite3.Connection, person: PersonId) -> int:
    """Return on how many UTC days a slate was presented."""
    query = "SELECT COUNT(DISTINCT day) FROM slates WHERE person = ?"
    return int(db.execute(query, (person,)).fetchone()[0])


def outbox(db: sqlite3.Connection, after: int, limit: int) -> list[OutboxRow]:
    """Return changes after `after`, oldest first."""
    rows = db.execute(
        "SELECT seq, collection, op, id FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, limit),
    )
    return [OutboxRow(seq=seq, collection=where, op=op, id=id) for seq, where, op, id in rows]


def index_rows(
    db: sqlite3.Connection, collection: Collection, ids: Sequence[str] | None
) -> list[IndexRow]:
    """Return what an index should hold, sorted by id; a preference without direction has no row."""
    named = None if ids is None else json.dumps(list(ids))
    match collection:
        case "creations":
            return _creation_rows(db, named)
        case "knowledge":
            return _knowledge_rows(db, named)
        case "preferences":
            return _preference_rows(db, named)


def counts(db: sqlite3.Connection) -> Mapping[str, int]:
    """Return rows of each kind."""
    return {
        table: int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names
        for table in COUNTED.split()
    }


def scalar(db: sqlite3.Connection, query: str, *values: object) -> Any:
    """Return the one value of a query, or None."""
    row = db.execute(query, values).fetchone()
    return None if row is None else row[0]


def _named(db: sqlite3.Connection, table: str, mark: str, id: str) -> str:
    full = id if id.startswith(mark) else mark + id
    query = f"SELECT id, json FROM {table} WHERE id IN (?, ?)"  # noqa: S608 - our own names
    rows = db.execute(query, (id, full)).fetchall()
    if not rows and len(full) - len(mark) >= PREFIX:
        query = f"SELECT id, json FROM {table} WHERE id >= ? AND id < ? LIMIT 2"  # noqa: S608 - our own names
        rows = db.execute(query, (full, full + "\U0010ffff")).fetchall()
    if len(rows) > 1:
        raise NotFoundError(
            f"{id!r} fits several {table}", hint=f"Give more letters: {rows[0][0]} or {rows[1][0]}"
        )
    if not rows:
        raise NotFoundError(
            f"no {table.removesuffix('s')} {id!r}",
            hint=f"Give the id, or its first {PREFIX} letters or more; list with: ammo feed --all",
        )
    return str(rows[0][1])


def _creation_rows(db: sqlite3.Connection, named: str | None) -> list[IndexRow]:
    rows = db.execute(
        "SELECT id, vector, subspace, buddy, entity, kind, day, cost FROM creations "
        "WHERE :named IS NULL OR id IN (SELECT value FROM json_each(:named)) ORDER BY id",
        {"named": named},
    )
    names = ("subspace", "buddy", "entity", "kind", "day", "cost")
    return _index_rows(rows, names)


def _knowledge_rows(db: sqlite3.Connection, named: str | None) -> list[IndexRow]:
    rows = db.execute(
        "SELECT id, vector, subspace, entity, predicate, day FROM facts WHERE vector IS NOT NULL "
        "AND (:named IS NULL OR id IN (SELECT value FROM json_each(:named))) ORDER BY id",
        {"named": named},
    )
    return _index_rows(rows, ("subspace", "entity", "predicate", "day"))


def _index_rows(rows: Iterable[tuple[Any, ...]], names: tuple[str, ...]) -> list[IndexRow]:
    return [
        IndexRow(id=id, vector=unpack_unit(vector), tags=dict(zip(names, tags, strict=True)))
        for id, vector, *tags in rows
    ]


def _preference_rows(db: sqlite3.Connection, named: str | None) -> list[IndexRow]:
    rows = db.execute(
        "SELECT * FROM preferences WHERE :named IS NULL "
        "OR person || '/' || subspace IN (SELECT value FROM json_each(:named)) "
        "ORDER BY person || '/' || subspace",
        {"named": named},
    )
    found = []
    for state in map(_preference, rows):
        length = float(np.linalg.norm(state.q))
        if length > 0:
            found.append(
                IndexRow(
                    id=f"{state.person}/{state.subspace}",
                    vector=(state.q / length).astype(np.float32),
                    tags={
                        "person": state.person,
                        "subspace": state.subspace,
                        "version": state.version,
                    },
                )
            )
    return found


def _preference(row: tuple[Any, ...]) -> Preference:
    try:
        return preference_row(row)
    except ValueError as error:
        raise _damaged("preferences", "Preference") from error


def _attempt(seq: int, at: str, rejected: Rejected) -> Attempt:
    return Attempt(
        seq=seq,
        at=dt.datetime.fromisoformat(at),
        buddy=rejected.idea.buddy,
        subspace=rejected.idea.subspace,
        kind=rejected.idea.kind,
        stage=rejected.stage,
        reason=rejected.reason,
        cost=rejected.cost,
        model=rejected.model,
    )


def _matrix(db: sqlite3.Connection, table: str, blobs: list[bytes]) -> Matrix:
    dim = int(scalar(db, "SELECT value FROM meta WHERE name = ?", DIM) or 0)
    if any(len(blob) != 4 * dim for blob in blobs):
        raise _damaged(table, f"vector of {dim} numbers")
    rows = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), dim).astype(np.float32)
    if not (np.abs(np.einsum("ij,ij->i", rows, rows) - 1.0) <= 3 * UNIT).all():
        raise _damaged(table, "unit vector")
    return rows


def _damaged(table: str, what: str) -> DamagedError:
    return DamagedError(
        f"the ledger holds a row of {table} that is no {what}: it is damaged", hint=RESTORE
    )


def _ordinal(day: dt.date | None) -> int | None:
    return None if day is None else day.toordinal()


def _limit(limit: int | None) -> int:
    return -1 if limit is None else max(limit, 0)
