"""Sixty times kill -9 while three people publish, look, talk and act: nothing acknowledged may be missing."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from crash.cycles import DIM, LANES, backups, hasty, steps, work
from crash.harness import Storm, storm

from ammo_agents.ledger import SqliteLedger, restore
from ammo_agents.ledger.connect import connect
from ammo_agents.ledger.writes import cited
from ammo_agents.records import CreationId, PersonId, SlateId, SubspaceId

KILLS = 60


async def check(data: Path, found: Storm, *, whole: bool) -> None:
    """Compare the ledger with what the clients were told."""
    ledger = await SqliteLedger.open(data / "ledger.db", free_space_mb=0)
    try:
        health = await ledger.health()
        assert (health.integrity, health.foreign_keys) == ("ok", 0)
        acts = {lane: await ledger.feedback(PersonId(lane)) for lane in LANES}
        kept: dict[str, int] = {}
        for lane in LANES:
            notes = [act.note for act in acts[lane]]
            await check_lane(ledger, lane, notes)
            kept |= await check_diary(ledger, lane, len(notes))
        recorded = {act.id for lane in LANES for act in acts[lane]}
        told = found.acknowledged if whole else found.fresh
        for _, _, note in told:
            verb, id, seq = note.split()
            match verb:
                case "publish":
                    assert (await ledger.creation(CreationId(id))).id == id
                case "present":
                    assert (await ledger.slate(SlateId(id))).id == id
                case "diary":
                    assert kept[id] == int(seq)
                case _:
                    assert id in recorded
        if whole:
            await check_rows(ledger)
    finally:
        await ledger.close()


async def check_lane(ledger: SqliteLedger, lane: str, notes: list[str]) -> None:
    """Each act of a lane is there once, in order, and the preference knows them all."""
    assert notes == [f"{lane}-{cycle}" for cycle in range(len(notes))]
    preference = await ledger.preference(PersonId(lane), SubspaceId("coin"))
    assert (preference.version if preference else 0) == len(notes)


async def check_diary(ledger: SqliteLedger, lane: str, acts: int) -> dict[str, int]:
    """Each entry of a lane is there once and in order, at most one ahead of its act; return their numbers."""
    entries = await ledger.diary.entries(PersonId(lane), kind="message", topic=lane)
    texts = [entry.body["text"] for entry in entries]
    assert texts == [f"{lane}-{cycle}" for cycle in range(len(texts))]
    assert len(texts) - acts in {0, 1}
    return {f"d-{entry.body['text']}": entry.seq for entry in entries}


async def check_rows(ledger: SqliteLedger) -> None:
    """Every card is there once, has a whole vector and cites facts that exist."""
    creations = await ledger.creations()
    assert max(Counter(creation.seed for creation in creations).values()) == 1
    ids, matrix = await ledger.vectors()
    assert sorted(creation.id for creation in creations) == ids
    assert matrix.shape == (len(ids), DIM)
    assert np.isfinite(matrix).all()
    wanted = sorted({fact for creation in creations for fact in cited(creation)})
    assert [fact.id for fact in await ledger.facts(ids=wanted)] == wanted
    rows = await ledger.outbox(0, 1_000_000)
    assert {row.id for row in rows if row.collection == "creations"} == set(ids)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_sixty_kills_lose_nothing_double_nothing_and_tear_nothing(tmp_path: Path) -> None:
    def after(found: Storm) -> None:
        whole = found.kills % 20 == 0
        asyncio.run(check(tmp_path / "data", found, whole=whole))

    found = storm(work, tmp_path / "data", kills=KILLS, seed=11, most=90, after=after)
    assert found.kills == KILLS
    assert len(found.acknowledged) > 20 * KILLS
    assert found.idle < KILLS / 2
    sys.stdout.write(
        f"{found.kills} kills, {len(found.acknowledged)} acknowledged, {found.idle} while opening\n"
    )


def test_an_acknowledgement_before_the_commit_is_caught(tmp_path: Path) -> None:
    def after(found: Storm) -> None:
        asyncio.run(check(tmp_path / "data", found, whole=False))

    with pytest.raises(AssertionError, match="b_"):
        storm(hasty, tmp_path / "data", kills=3, seed=1, most=20, after=after)


@pytest.mark.slow
def test_a_killed_backup_leaves_no_folder_that_cannot_be_restored(tmp_path: Path) -> None:
    def after(found: Storm) -> None:
        folders = sorted((tmp_path / "backups").glob("ammo-*"))
        assert {note for _, _, note in found.acknowledged} <= {folder.name for folder in folders}

    found = storm(backups, tmp_path / "data", kills=20, seed=5, most=4, after=after)
    folders = sorted((tmp_path / "backups").glob("ammo-*"))
    assert len(folders) > found.kills / 2
    for number, folder in enumerate(folders[:: max(len(folders) // 20, 1)]):
        assert restore(folder, tmp_path / f"new{number}") == ("ledger.db",)


@pytest.mark.slow
def test_a_killed_migration_leaves_the_old_schema_or_the_new_one(tmp_path: Path) -> None:
    versions: Counter[int] = Counter()

    def after(found: Storm) -> None:
        for path in (tmp_path / "data").glob("*.db"):
            db = connect(path)
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            assert {"a", "b"} & tables == ({"a", "b"} if version == 2 else set())
            assert version in {1, 2}
            if version == 2:
                assert db.execute("SELECT COUNT(*) FROM a").fetchone() == (200,)
            versions[version] += 1
            db.close()

    storm(steps, tmp_path / "data", kills=20, seed=6, most=5, after=after)
    assert versions[2] > 20
