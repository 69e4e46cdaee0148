"""Moving a whole ledger to another space: every vector anew, in one transaction (W1, D9)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ammo_agents.errors import BadInputError
from ammo_agents.ledger.codec import body_hash, pack_unit
from ammo_agents.ledger.log import Request, append, stored
from ammo_agents.ledger.stamps import set_meta
from ammo_agents.ledger.writes import DIM, SPACE
from ammo_agents.ports import Receipt
from ammo_agents.records import Vector

SPACE_STAMPS = ("space", "space.dim", "space.embedder")


def move(
    db: sqlite3.Connection,
    key: str,
    stamps: Mapping[str, str],
    creations: Mapping[str, Vector],
    facts: Mapping[str, Vector],
) -> Receipt:
    """Give every creation and every placed fact its vector in the new space, or change nothing.

    `stamps` are the new space's: its fingerprint, its D, its embedder. The basis goes with the old
    space and states with the basis: they are fitted and folded again from what is kept.

    Raises:
        BadInputError: a creation or a fact is missing, or a stamp is.
    """
    if set(stamps) != set(SPACE_STAMPS):
        raise BadInputError(f"a space has the stamps {SPACE_STAMPS}, not {tuple(stamps)}")
    request = Request(key=key, kind="move", body=body_hash(stamps["space"]))
    if receipt := stored(db, request):
        return receipt
    _check_whole(db, "creations", creations)
    _check_whole(db, "facts", facts)
    dim = int(stamps["space.dim"])
    seq = append(db, request)
    rows = [(stamps["space"], pack_unit(v, dim=dim), id) for id, v in creations.items()]
    db.executemany("UPDATE creations SET space = ?, vector = ? WHERE id = ?", rows)
    packed = [(pack_unit(v, dim=dim), id) for id, v in facts.items()]
    db.executemany("UPDATE facts SET vector = ? WHERE id = ?", packed)
    db.execute("DELETE FROM preferences")
    db.execute("DELETE FROM meta WHERE name = 'basis'")
    for name, value in {**stamps, SPACE: stamps["space"], DIM: str(dim)}.items():
        set_meta(db, name, value)
    return Receipt(seq=seq)


def _check_whole(db: sqlite3.Connection, table: str, vectors: Mapping[str, Vector]) -> None:
    where = "" if table == "creations" else " WHERE vector IS NOT NULL"
    kept = {str(row[0]) for row in db.execute(f"SELECT id FROM {table}{where}")}  # noqa: S608 - two constants
    if kept != set(vectors):
        missing = sorted(kept ^ set(vectors))[:3]
        raise BadInputError(
            f"{len(vectors)} {table} were placed, the ledger has {len(kept)} (see {', '.join(missing)})",
            hint="Nothing is moved. Run it again while nothing else writes.",
        )
