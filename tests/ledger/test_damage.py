"""A damaged, foreign or newer file is refused with its name and a way out, and is never served."""

import shutil
import sqlite3
from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ledger_records import make_fact, make_feedback, make_placed, make_preference, make_slate, unit

from ammo_agents.errors import AmmoError, BadInputError, DamagedError, LockedError, VersionError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.records import PersonId, SubspaceId

PAGE = 4096


async def fill(place: Path) -> None:
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    for number in range(30):
        fact, placed = make_fact(number), make_placed(number, (make_fact(number),), dim=384)
        await ledger.publish(f"p{number}", placed, [fact], np.stack([unit(number, 384)]))
        await ledger.present(f"s{number}", make_slate(number, [placed.creation.id]))
        await ledger.record(
            f"f{number}", make_feedback(f"f{number}", placed.creation.id), make_preference(number)
        )
    await ledger.close()


def flip(place: Path, offset: int, size: int = 1) -> None:
    content = bytearray(place.read_bytes())
    for index in range(offset, offset + size):
        content[index] ^= 0xFF
    place.write_bytes(content)


def cut(place: Path, size: int) -> None:
    with place.open("r+b") as file:
        file.truncate(size)


def lose_table(place: Path) -> None:
    db = sqlite3.connect(place)
    db.execute("DROP TABLE cited")
    db.close()


def lose_diary(place: Path) -> None:
    db = sqlite3.connect(place)
    db.execute("DROP TABLE diary")
    db.close()


def half_row(place: Path) -> None:
    db = sqlite3.connect(place)
    db.execute("UPDATE feedback SET json = substr(json, 1, 40)")
    db.commit()
    db.close()


def crooked_vector(place: Path) -> None:
    db = sqlite3.connect(place)
    db.execute("UPDATE creations SET vector = zeroblob(1536) WHERE seq = 1")
    db.commit()
    db.close()


def make_notes(place: Path) -> None:
    place.parent.mkdir()
    db = sqlite3.connect(place)
    db.execute("CREATE TABLE notes (text TEXT)")
    db.close()


def age(place: Path) -> None:
    db = sqlite3.connect(place)
    db.execute("PRAGMA user_version = 99")
    db.close()


def lose_file(place: Path) -> None:
    place.rename(place.with_name("ledger.db-wal"))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "empty": lambda place: cut(place, 0),
    "ten bytes": lambda place: cut(place, 10),
    "one page": lambda place: cut(place, PAGE),
    "half": lambda place: cut(place, place.stat().st_size // 2 // PAGE * PAGE),
    "last byte gone": lambda place: cut(place, place.stat().st_size - 1),
    "flipped magic": lambda place: flip(place, 0, 4),
    "flipped page size": lambda place: flip(place, 16),
    "flipped mark": lambda place: flip(place, 68),
    "flipped schema page": lambda place: flip(place, 100, 40),
    "flipped tree page": lambda place: flip(place, 8 * PAGE, 12),
    "text": lambda place: place.write_text("not a ledger " * 100, encoding="utf-8") and None,
    "random bytes": lambda place: (
        place.write_bytes(np.random.default_rng(1).bytes(50_000)) and None
    ),
    "table gone": lose_table,
    "table of a later schema gone": lose_diary,
    "file gone, journal left": lose_file,
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_a_damaged_file_is_refused_by_name(place: Path, name: str) -> None:
    await fill(place)
    await to_thread(DAMAGE[name], place)
    for read_only in (False, True):
        with pytest.raises(DamagedError, match=r"ledger\.db") as caught:
            await SqliteLedger.open(place, read_only=read_only)
        assert caught.value.exit_code == 4
        assert "ammo restore" in caught.value.hint


async def test_a_damaged_row_is_refused_when_it_is_read(place: Path) -> None:
    await fill(place)
    await to_thread(half_row, place)
    await to_thread(crooked_vector, place)
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    with pytest.raises(DamagedError, match="feedback"):
        await ledger.feedback(PersonId("you"))
    with pytest.raises(DamagedError, match="creations"):
        await ledger.vectors(subspace=SubspaceId("coin"))
    await ledger.close()


async def test_another_program_s_database_is_refused(place: Path) -> None:
    await to_thread(make_notes, place)
    with pytest.raises(DamagedError, match="marked 0x0"):
        await SqliteLedger.open(place)


async def test_the_data_of_a_newer_ammo_are_refused(place: Path) -> None:
    await fill(place)
    await to_thread(age, place)
    with pytest.raises(VersionError, match=r"schema 99.*made by AMMO 0\.1\.0") as caught:
        await SqliteLedger.open(place)
    assert caught.value.exit_code == 3


async def test_a_refused_open_leaves_no_lock_behind(place: Path) -> None:
    await fill(place)
    good = await to_thread(place.read_bytes)
    await to_thread(cut, place, 10)
    with pytest.raises(DamagedError):
        await SqliteLedger.open(place)
    await to_thread(place.write_bytes, good)
    await (await SqliteLedger.open(place)).close()


async def test_places_that_cannot_hold_a_ledger_are_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    await to_thread(file.write_bytes, b"x")
    folder = tmp_path / "folder" / "ledger.db"
    await to_thread(folder.mkdir, parents=True)
    places = {
        file / "ledger.db": "file",
        folder: "folder",
        Path("/proc/nowhere/ledger.db"): "/proc/nowhere",
    }
    for place, named in places.items():
        with pytest.raises(BadInputError, match=named) as caught:
            await SqliteLedger.open(place)
        assert caught.value.exit_code == 2
        assert caught.value.hint


async def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "ledger.db"
    with pytest.raises(BadInputError, match="no ledger"):
        await SqliteLedger.open(place, read_only=True)
    assert not await to_thread(place.parent.exists)
    await (await SqliteLedger.open(place)).close()
    assert (await to_thread(place.stat)).st_mode & 0o777 == 0o600
    assert (await to_thread(place.parent.stat)).st_mode & 0o777 == 0o700


async def test_two_writers_in_one_process_are_refused(place: Path) -> None:
    first = await SqliteLedger.open(place)
    with pytest.raises(LockedError, match="very process"):
        await SqliteLedger.open(place)
    await first.close()
    await (await SqliteLedger.open(place)).close()


async def test_a_full_disk_refuses_whole_writes_and_heals_by_itself(place: Path) -> None:
    await fill(place)
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    before = await ledger.canonical_hash()
    assert ledger.file.writer is not None
    pages = await ledger.file.writer.write(
        lambda db: db.execute("PRAGMA page_count").fetchone()[0], alone=True
    )
    # SQLite raises the very error of a full disk when its page limit is reached.
    await ledger.file.writer.write(
        lambda db: db.execute(f"PRAGMA max_page_count = {pages}"), alone=True
    )
    with pytest.raises(AmmoError, match="full") as caught:
        await ledger.save_blob("large", bytes(100_000))
    assert caught.value.exit_code == 5
    assert await ledger.canonical_hash() == before
    await ledger.file.writer.write(
        lambda db: db.execute("PRAGMA max_page_count = 99999"), alone=True
    )
    await ledger.save_blob("large", bytes(100_000))
    await ledger.close()


async def test_a_killed_process_s_journal_is_read_at_the_next_start(place: Path) -> None:
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    placed = make_placed(1)
    await ledger.publish("k", placed, [])
    left = place.parent.parent / "left"
    await to_thread(shutil.copytree, place.parent, left)
    await ledger.close()
    await to_thread((left / "ledger.db-shm").unlink)
    reader = await SqliteLedger.open(left / "ledger.db", read_only=True)
    assert await reader.creation(placed.creation.id) == placed.creation
    await reader.close()
    again = await SqliteLedger.open(left / "ledger.db", free_space_mb=0)
    assert await again.creation(placed.creation.id) == placed.creation
    await again.close()
