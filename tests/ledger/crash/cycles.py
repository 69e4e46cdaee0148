"""The work that is killed: publish, present, tell the diary, act; three people at once, so that commits are shared."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from crash.harness import RESENT, Acknowledge
from ledger_records import (
    make_fact,
    make_feedback,
    make_placed,
    make_preference,
    make_slate,
    unit,
)

from ammo_agents.ledger import SqliteLedger
from ammo_agents.ledger.connect import connect
from ammo_agents.ledger.migrations import Migration, create, migrate, migrations
from ammo_agents.records import PersonId

LANES = ("anna", "ben", "cleo")
LANE = 1_000_000
"""Numbers of one lane's cards lie together."""
DIM = 384
SECOND = Migration(
    number=2,
    sql="CREATE TABLE a (x TEXT) STRICT;"
    + "INSERT INTO a VALUES ('row');" * 200
    + "CREATE TABLE b (x TEXT) STRICT;",
)


def work(data: Path, done: Mapping[str, int], acknowledge: Acknowledge) -> None:
    """Cycle until killed."""
    asyncio.run(_work(data, done, acknowledge))


def hasty(data: Path, done: Mapping[str, int], acknowledge: Acknowledge) -> None:
    """Do the same, but acknowledge one act that is never written: what a check must catch."""
    acknowledge("anna", 0, f"record b_{len(done)} 1")
    work(data, done, acknowledge)


def backups(data: Path, done: Mapping[str, int], acknowledge: Acknowledge) -> None:
    """Write backup after backup."""
    asyncio.run(_backups(data, done.get("backup", 0), acknowledge))


async def _backups(data: Path, first: int, acknowledge: Acknowledge) -> None:
    ledger = await SqliteLedger.open(data / "ledger.db", free_space_mb=0)
    for cycle in range(first, first + 10_000):
        fact = make_fact(cycle)
        await ledger.publish(f"p{cycle}", make_placed(cycle, (fact,), dim=DIM), [fact])
        folder = await ledger.backup(data.parent / "backups")
        acknowledge("backup", cycle, folder.name)


def steps(data: Path, done: Mapping[str, int], acknowledge: Acknowledge) -> None:
    """Make ledgers of the first schema and migrate each to a second one."""
    for cycle in range(done.get("step", 0), 10_000):
        path = data / f"{cycle}.db"
        data.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            create(path, migrations()[:1])
        db = connect(path)
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        migrate(db, path, found, [migrations()[0], SECOND])
        db.close()
        acknowledge("step", cycle, "2")


def number(lane: str, cycle: int) -> int:
    """Return the number of the card that a cycle makes."""
    return LANES.index(lane) * LANE + cycle


async def _work(data: Path, done: Mapping[str, int], acknowledge: Acknowledge) -> None:
    ledger = await SqliteLedger.open(data / "ledger.db", free_space_mb=0)
    async with asyncio.TaskGroup() as group:
        for lane in LANES:
            first = max(done.get(lane, 0) - RESENT, 0)
            group.create_task(_lane(ledger, lane, first, acknowledge))
    with contextlib.suppress(asyncio.CancelledError):
        await ledger.close()


async def _lane(ledger: SqliteLedger, lane: str, first: int, acknowledge: Acknowledge) -> None:
    cycle = first
    while True:
        await _cycle(ledger, lane, cycle, acknowledge)
        cycle += 1


async def _cycle(ledger: SqliteLedger, lane: str, cycle: int, acknowledge: Acknowledge) -> None:
    card, person, key = number(lane, cycle), PersonId(lane), f"{lane}-{cycle}"
    fact = make_fact(card)
    placed = make_placed(card, (fact,), dim=DIM)
    receipt = await ledger.publish(f"p-{key}", placed, [fact], np.stack([unit(card, DIM)]))
    acknowledge(lane, cycle - 1, f"publish {placed.creation.id} {receipt.seq}")
    slate = make_slate(cycle, [placed.creation.id], person=person)
    receipt = await ledger.present(f"s-{key}", slate)
    acknowledge(lane, cycle - 1, f"present {slate.id} {receipt.seq}")
    written = await ledger.diary.write(f"d-{key}", person, "message", {"text": key}, topic=lane)
    acknowledge(lane, cycle - 1, f"diary d-{key} {written.seq}")
    act = make_feedback(f"f-{key}", placed.creation.id, slate.id, person=person, note=key)
    kept = await ledger.preference(person, slate.subspace)
    version = 1 if kept is None else kept.version + 1
    receipt = await ledger.record(f"f-{key}", act, make_preference(version, person=person))
    acknowledge(lane, cycle, f"record {act.id} {receipt.seq}")
