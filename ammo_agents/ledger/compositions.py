"""The map of subspaces in the ledger: what was put together, in order, and what was taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ammo_agents.errors import NotFoundError
from ammo_agents.ledger.codec import body_hash, encode, unpack_unit
from ammo_agents.ledger.log import Request, append, stored
from ammo_agents.ledger.reads import row_of
from ammo_agents.ports import Receipt
from ammo_agents.records import Composition, Creation, EntityId, Placed, SubspaceId


def compose(db: sqlite3.Connection, key: str, composition: Composition) -> Receipt:
    """Write one change of the map."""
    request = Request(key=key, kind="compose", body=body_hash(composition))
    if receipt := stored(db, request):
        return receipt
    seq = append(db, request)
    db.execute("INSERT INTO compositions VALUES (?, ?, NULL)", (seq, encode(composition)))
    return Receipt(seq=seq)


def decompose(db: sqlite3.Connection, key: str) -> Composition:
    """Take the newest standing change of the map back and return it; raises `NotFoundError` if there is none."""
    row = db.execute(
        "SELECT seq, json FROM compositions WHERE undone IS NULL ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise NotFoundError(
            "no change of the map is left to take back", hint="See the map with: ammo subspace map"
        )
    seq = append(db, Request(key=key, kind="decompose", body=body_hash(row[0])))
    db.execute("UPDATE compositions SET undone = ? WHERE seq = ?", (seq, row[0]))
    return row_of(Composition, "compositions", row[1])


def standing(db: sqlite3.Connection) -> Sequence[Composition]:
    """Return the changes that stand, oldest first."""
    rows = db.execute("SELECT json FROM compositions WHERE undone IS NULL ORDER BY seq")
    return [row_of(Composition, "compositions", row[0]) for row in rows]


def bridged(db: sqlite3.Connection, subspace: SubspaceId) -> set[tuple[EntityId, EntityId]]:
    """Return which entities of a subspace have a card that stands on a fact of an entity elsewhere."""
    rows = db.execute(
        "SELECT DISTINCT creations.entity, facts.entity FROM memberships "
        "JOIN creations ON creations.id = memberships.creation "
        "JOIN cited ON cited.creation = creations.id JOIN facts ON facts.id = cited.fact "
        "WHERE creations.subspace = :subspace AND facts.subspace <> :subspace",
        {"subspace": subspace},
    )
    return {(EntityId(here), EntityId(there)) for here, there in rows}


def guests(db: sqlite3.Connection, subspace: SubspaceId) -> list[Placed]:
    """Return the creations of other subspaces that live in this one too, sorted by id, with their places."""
    rows = db.execute(
        "SELECT creations.json, creations.vector, creations.space FROM memberships "
        "JOIN creations ON creations.id = memberships.creation "
        "WHERE memberships.subspace = ? ORDER BY creations.id",
        (subspace,),
    )
    return [
        Placed(
            creation=row_of(Creation, "creations", text), vector=unpack_unit(vector), space=space
        )
        for text, vector, space in rows
    ]
