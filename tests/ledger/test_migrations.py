"""The schema goes forward in numbered steps; a step is whole or not there."""

import datetime as dt
import sqlite3
from asyncio import to_thread
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_records import make_fact, make_placed

from ammo_agents.errors import VersionError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.ledger.connect import connect
from ammo_agents.ledger.migrations import COPIES, Migration, create, migrate, migrations
from ammo_agents.records import PersonId, SubspaceId

NOW = len(migrations())
NEXT = Migration(
    number=NOW + 1,
    sql="""
    CREATE TABLE jobs (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
    -- a trigger holds semicolons of its own
    CREATE TRIGGER jobs_stand BEFORE DELETE ON jobs BEGIN SELECT 1; SELECT RAISE(ABORT, 'no'); END;
    INSERT INTO jobs VALUES ('a', 'new');
    """,
)
BROKEN = Migration(
    number=NOW + 2, sql="CREATE TABLE more (id TEXT) STRICT; INSERT INTO nowhere VALUES (1);"
)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, Path]]:
    path = tmp_path / "ledger.db"
    create(path, migrations())
    db = connect(path)
    db.execute("INSERT INTO meta VALUES ('who', 'me')")
    yield db, path
    db.close()


def version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_steps_are_numbered_without_a_gap() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_step_keeps_the_rows_and_leaves_a_copy_from_before(
    old: tuple[sqlite3.Connection, Path],
) -> None:
    db, path = old
    migrate(db, path, NOW, [*migrations(), NEXT])
    assert version(db) == NOW + 1
    assert db.execute("SELECT * FROM jobs").fetchall() == [("a", "new")]
    assert db.execute("SELECT value FROM meta WHERE name = 'who'").fetchone() == ("me",)
    kept = path.parent / COPIES / f"ledger-schema-{NOW}.db"
    copy = connect(kept, read_only=True)
    assert version(copy) == NOW
    assert copy.execute("SELECT value FROM meta WHERE name = 'who'").fetchone() == ("me",)
    copy.close()
    assert sorted(item.name for item in kept.parent.iterdir()) == [kept.name]


def test_a_broken_step_leaves_the_version_before_it(old: tuple[sqlite3.Connection, Path]) -> None:
    db, path = old
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(db, path, NOW, [*migrations(), NEXT, BROKEN])
    assert version(db) == NOW + 1
    assert db.execute("SELECT name FROM sqlite_master WHERE name = 'more'").fetchall() == []


def test_nothing_to_do_makes_no_copy(old: tuple[sqlite3.Connection, Path]) -> None:
    db, path = old
    migrate(db, path, NOW, migrations())
    assert not (path.parent / COPIES).exists()


def test_a_half_made_ledger_of_a_killed_process_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    (tmp_path / "ledger.db.new").write_bytes(b"half")
    create(path, migrations())
    assert sorted(item.name for item in tmp_path.iterdir()) == ["ledger.db"]


def test_the_settings_of_a_connection_are_the_durable_ones(
    old: tuple[sqlite3.Connection, Path],
) -> None:
    db, path = old
    asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "application_id")
    found = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
    assert found == ["wal", 2, 1, 5000, 0x414D4D4F]
    reader = connect(path, read_only=True)
    assert reader.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == 0
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM meta")
    reader.close()


def test_the_log_cannot_be_rewritten(old: tuple[sqlite3.Connection, Path]) -> None:
    db, _ = old
    db.execute("INSERT INTO events (key, kind, at, body) VALUES ('k', 'advance', 'now', x'00')")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("UPDATE events SET kind = 'other'")


def test_every_table_is_strict(old: tuple[sqlite3.Connection, Path]) -> None:
    db, _ = old
    rows = db.execute(
        "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    assert len(rows) >= 17
    assert [name for name, strict in rows if not strict] == []


def test_acts_on_cards_outlive_the_step_that_lets_acts_be_about_a_topic(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    create(path, migrations()[:1])
    db = connect(path)
    event = "INSERT INTO events (key, kind, at, body) VALUES (?, 'record', 'now', x'00')"
    for key in ("one", "two"):
        db.execute(event, (key,))
    db.execute(
        "INSERT INTO creations VALUES ('c_a', 1, 'coin', 'b', 'e', 'signal', 1, 0, 's', '{}', x'00')"
    )
    db.execute("INSERT INTO feedback VALUES ('b_a', 2, 'you', 'coin', 'c_a', NULL, '{}', NULL)")
    migrate(db, path, 1, migrations()[:2])
    assert db.execute("SELECT id, creation FROM feedback").fetchall() == [("b_a", "c_a")]
    db.execute("INSERT INTO feedback VALUES ('b_b', 2, 'you', 'coin', NULL, NULL, '{}', NULL)")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        db.execute("INSERT INTO feedback VALUES ('b_c', 2, 'you', 'coin', 'c_z', NULL, '{}', NULL)")
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert {"feedback_of_person", "feedback_on_slate"} <= names
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()


async def test_a_ledger_from_before_the_diary_opens_with_all_its_rows_and_an_empty_diary(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    await to_thread(make_second_schema, path)
    with pytest.raises(VersionError, match="old schema 2"):
        await SqliteLedger.open(path, read_only=True)
    ledger = await SqliteLedger.open(path, free_space_mb=0)
    assert await ledger.day(SubspaceId("coin")) == dt.date(2026, 5, 1)
    assert await ledger.diary.entries(PersonId("you")) == []
    assert await ledger.accounts.accounts() == []
    assert (await ledger.diary.write("k", PersonId("you"), "message", {"text": "hi"})).seq == 1
    assert (await ledger.health()).schema == NOW
    await ledger.close()
    assert await to_thread((path.parent / COPIES / "ledger-schema-2.db").exists)


def make_second_schema(path: Path) -> None:
    create(path, migrations()[:2])
    db = connect(path)
    db.execute("INSERT INTO events (key, kind, at, body) VALUES ('k', 'advance', 'now', x'00')")
    db.execute("INSERT INTO worlds VALUES ('coin', '2026-05-01')")
    db.close()


async def test_cards_from_before_memberships_open_with_their_place_and_belong_to_one_subspace(
    tmp_path: Path,
) -> None:
    path, fresh = tmp_path / "old" / "ledger.db", tmp_path / "new" / "ledger.db"
    for folder in (path.parent, fresh.parent):
        await to_thread(folder.mkdir)
    fact = (make_fact(1),)
    sample = make_placed(1, fact)
    new = await SqliteLedger.open(fresh, free_space_mb=0)
    await new.publish("k/one", sample, fact)
    kept = await to_thread(rows_of, fresh)
    await to_thread(make_third_schema, path, kept)
    old = await SqliteLedger.open(path, free_space_mb=0)
    assert await old.creation(sample.creation.id) == sample.creation
    assert await to_thread(rows_of, path) == kept
    assert await old.canonical_hash() == await new.canonical_hash()
    # The card's publish is known under its old key: a round that is played again writes nothing twice.
    assert (await old.publish("k/one", sample, fact)).repeated
    assert await old.guests(SubspaceId("coin")) == []
    await old.close()
    await new.close()
    assert await to_thread((path.parent / COPIES / "ledger-schema-3.db").exists)


def test_a_step_to_memberships_that_is_cut_off_leaves_the_cards_as_they_were(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    create(path, migrations()[:3])
    db = connect(path)
    db.execute("INSERT INTO events (key, kind, at, body) VALUES ('k', 'publish', 'now', x'00')")
    card = ("c_a", 1, "coin", "b", "e", "signal", 1, 0.0, "s", '{"blocks":[]}', b"\x00")
    db.execute("INSERT INTO creations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", card)
    fourth = migrations()[3]
    cut = Migration(number=4, sql=fourth.sql + "INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(db, path, 3, [*migrations()[:3], cut])
    assert version(db) == 3
    assert db.execute("SELECT json FROM creations").fetchone() == ('{"blocks":[]}',)
    migrate(db, path, 3, migrations()[:4])
    assert db.execute("SELECT json FROM creations").fetchone() == ('{"also":[],"blocks":[]}',)
    db.execute("INSERT INTO memberships VALUES ('c_a', 'movie')")
    db.execute("DELETE FROM creations WHERE id = 'c_a'")
    assert db.execute("SELECT COUNT(*) FROM memberships").fetchone() == (0,)
    db.close()


Rows = dict[str, list[tuple[object, ...]]]


def rows_of(path: Path) -> Rows:
    db = connect(path, read_only=True)
    tables = ("meta", "events", "facts", "creations", "cited", "outbox")
    found = {name: db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in tables}
    db.close()
    return found


def make_third_schema(path: Path, rows: Rows) -> None:
    """Write the ledger that an AMMO of schema 3 would have: its cards do not say where else they live."""
    create(path, migrations()[:3])
    db = connect(path)
    db.execute("DELETE FROM meta")
    for name, kept in rows.items():
        for row in kept:
            old = [v.replace('{"also":[],', "{", 1) if isinstance(v, str) else v for v in row]
            db.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(old))})", old)
    db.close()
