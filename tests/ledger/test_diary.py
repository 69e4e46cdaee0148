"""The diary: one order, one key once, nobody hears of another person's entries, nothing is left of the forgotten."""

import asyncio
import datetime as dt
import sqlite3
from asyncio import to_thread
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.errors import BadInputError, ConflictError, DamagedError, RefusedError
from ammo_agents.ledger import SqliteLedger, restore
from ammo_agents.ports import SOCIETY, Diary, Ledger, Written
from ammo_agents.records import PersonId

ANNA, BEN = PersonId("anna-the-canary-person"), PersonId("ben")
CANARY = "canary words nobody else writes"
AT = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
FOREVER = 30.0
"""Seconds that a waiter is never left to wait, unless a test is to fail."""


async def say(diary: Diary, person: PersonId, *numbers: int, **more: Any) -> list[int]:
    return [(await diary.write(f"k{n}", person, "message", {"n": n}, **more)).seq for n in numbers]


async def test_an_entry_is_read_back_as_it_was_written(ledger: SqliteLedger) -> None:
    body = {"text": "Grüße \\u0000 🌍", "deep": [{"a": None, "b": [1, 2.5, True]}], "": ""}
    written = await ledger.diary.write("k", ANNA, "message", body, topic="t1", at=AT)
    (entry,) = await ledger.diary.entries(ANNA)
    assert (entry.seq, entry.person, entry.kind, entry.topic) == (
        written.seq,
        ANNA,
        "message",
        "t1",
    )
    assert (entry.at, entry.body) == (AT, body)


async def test_a_time_of_another_zone_comes_back_in_utc(ledger: SqliteLedger) -> None:
    late = dt.datetime(2026, 5, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    await ledger.diary.write("k", ANNA, "message", {}, at=late)
    (entry,) = await ledger.diary.entries(ANNA)
    assert (entry.at, entry.at.utcoffset()) == (AT, dt.timedelta(0))


async def test_the_same_key_and_words_answer_the_first_number_and_change_nothing(
    ledger: SqliteLedger,
) -> None:
    first = await ledger.diary.write("k", ANNA, "message", {"a": 1, "b": 2}, at=AT)
    before = await ledger.canonical_hash()
    again = await ledger.diary.write("k", ANNA, "message", {"b": 2, "a": 1})
    assert again == Written(seq=first.seq, repeated=True)
    assert await ledger.canonical_hash() == before


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "notice", "body": {"a": 1}},
        {"kind": "message", "body": {"a": 2}},
        {"kind": "message", "body": {"a": 1}, "topic": "other"},
    ],
)
async def test_the_same_key_with_other_words_is_a_conflict(
    ledger: SqliteLedger, other: dict[str, Any]
) -> None:
    await ledger.diary.write("k", ANNA, "message", {"a": 1})
    with pytest.raises(ConflictError, match="'k'"):
        await ledger.diary.write("k", ANNA, **other)
    assert await ledger.diary.last(ANNA) == 1


async def test_a_key_is_the_person_s_own(ledger: SqliteLedger) -> None:
    first = await ledger.diary.write("k", ANNA, "message", {"a": 1})
    second = await ledger.diary.write("k", BEN, "message", {"a": 2})
    assert (first, second) == (Written(seq=1), Written(seq=2))


async def test_entries_come_in_order_from_any_number_on(ledger: SqliteLedger) -> None:
    diary = ledger.diary
    seqs = await say(diary, ANNA, *range(9), topic="t")
    await say(diary, BEN, 1, 2)
    assert [e.seq for e in await diary.entries(ANNA)] == seqs == sorted(seqs)
    assert [e.body["n"] for e in await diary.entries(ANNA, after=seqs[3], limit=3)] == [4, 5, 6]
    newest = await diary.newest(ANNA, kind="message", topic="t", before=seqs[8], limit=2)
    assert [e.body["n"] for e in newest] == [7, 6]
    assert await diary.last(ANNA) == seqs[-1]
    assert await diary.last(PersonId("nobody")) == 0
    assert await diary.entries(ANNA, limit=0) == []


async def test_kinds_and_topics_are_told_apart(ledger: SqliteLedger) -> None:
    diary = ledger.diary
    for number, (kind, topic) in enumerate([
        ("message", "a"),
        ("message", "b"),
        ("run", "a"),
        ("message", "a"),
        ("run", ""),
    ]):
        await diary.write(f"k{number}", ANNA, kind, {"n": number}, topic=topic)
    said = {
        (kind, topic): [e.body["n"] for e in await diary.entries(ANNA, kind=kind, topic=topic)]
        for kind in ("message", "run", None)
        for topic in ("a", "b", "", None)
    }
    assert said["message", "a"] == [0, 3]
    assert said["message", None] == [0, 1, 3]
    assert said["run", ""] == [4]
    assert said[None, "a"] == [0, 2, 3]
    assert said[None, None] == [0, 1, 2, 3, 4]
    latest = await diary.latest(ANNA, "message")
    assert {topic: entry.body["n"] for topic, entry in latest.items()} == {"a": 3, "b": 1}


async def test_another_person_s_entries_never_come_back(ledger: SqliteLedger) -> None:
    diary = ledger.diary
    for number in range(5):
        await diary.write(f"k{number}", ANNA, "message", {"text": CANARY}, topic="t")
    assert await diary.entries(BEN) == await diary.entries(BEN, kind="message", topic="t") == []
    assert await diary.newest(BEN, topic="t") == []
    assert await diary.latest(BEN, "message") == {}
    assert await diary.last(BEN) == 0
    assert await diary.prune(BEN, "message", keep=0) == 0
    assert not await diary.wait(BEN, 0, 0.01)
    assert len(await diary.entries(ANNA)) == 5


BAD: dict[str, Any] = {
    "not finite": {"x": float("nan")},
    "too large a number": {"x": float("1e999")},
    "lone surrogate": {"x": "\ud800"},
    "lone surrogate as a key": {"\udfff": 1},
    "nul": {"x": "a\0b"},
    "nul after a backslash": {"x": "\\\0"},
    "nul as a key": {"\0": 1},
    "no object": ["x"],
    "text": "x",
    "bytes": {"x": b"x"},
    "too long": {"x": "a" * 256_000},
    "too long in bytes": {"x": "ä" * 128_000},
}


def nested(depth: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _ in range(depth):
        body = {"x": body}
    return body


@pytest.mark.parametrize("name", [*BAD, "nested a thousand deep", "nested far deeper"])
async def test_a_body_that_cannot_be_kept_is_refused_and_leaves_no_trace(
    ledger: SqliteLedger, name: str
) -> None:
    depths = {"nested a thousand deep": 1_000, "nested far deeper": 100_000}
    body = nested(depths[name]) if name in depths else BAD[name]
    with pytest.raises(BadInputError):
        await ledger.diary.write("k", ANNA, "message", body)
    assert await ledger.diary.last(ANNA) == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"key": ""},
        {"key": "a\nb"},
        {"key": "x" * 513},
        {"kind": ""},
        {"kind": "Message"},
        {"kind": "a b"},
        {"topic": "\0"},
        {"topic": "x" * 513},
        {"topic": "\ud800"},
        {"person": ""},
        {"at": AT.replace(tzinfo=None)},
    ],
)
async def test_a_key_kind_topic_person_or_time_that_cannot_be_used_is_refused(
    ledger: SqliteLedger, bad: dict[str, Any]
) -> None:
    good: dict[str, Any] = {"key": "k", "person": ANNA, "kind": "message", "body": {}}
    with pytest.raises(BadInputError):
        await ledger.diary.write(**{**good, **bad})
    assert (await ledger.counts())["diary"] == 0


async def test_a_question_with_what_no_row_can_hold_is_refused(ledger: SqliteLedger) -> None:
    for asked in (
        ledger.diary.entries(ANNA, topic="\ud800"),
        ledger.diary.entries(ANNA, after=2**63),
        ledger.diary.newest(ANNA, before=-(2**70)),
        ledger.diary.last(PersonId("\udfff")),
    ):
        with pytest.raises(BadInputError):
            await asked


async def test_a_body_of_the_largest_size_is_kept(ledger: SqliteLedger) -> None:
    body = {"x": "a" * (256_000 - len('{"x":""}'))}
    await ledger.diary.write("k", ANNA, "message", body)
    assert (await ledger.diary.entries(ANNA))[0].body == body


async def test_a_waiter_is_woken_by_the_next_entry(ledger: SqliteLedger) -> None:
    waiting = asyncio.create_task(ledger.diary.wait(ANNA, 0, FOREVER))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    await ledger.diary.write("k", ANNA, "message", {})
    async with asyncio.timeout(5):
        assert await waiting


async def test_an_entry_that_is_there_is_not_waited_for(ledger: SqliteLedger) -> None:
    await say(ledger.diary, ANNA, 1, 2)
    async with asyncio.timeout(5):
        assert await ledger.diary.wait(ANNA, 1, FOREVER)
    assert not await ledger.diary.wait(ANNA, 2, 0.0)
    assert not await ledger.diary.wait(ANNA, 2, -1.0)


async def test_several_waiters_are_woken_each_by_what_they_wait_for(ledger: SqliteLedger) -> None:
    diary = ledger.diary
    both = [asyncio.create_task(diary.wait(ANNA, 0, FOREVER)) for _ in range(2)]
    later = asyncio.create_task(diary.wait(ANNA, 1, FOREVER))
    other = asyncio.create_task(diary.wait(BEN, 0, FOREVER))
    await asyncio.sleep(0.02)
    await say(diary, ANNA, 1)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*both) == [True, True]
    assert not later.done()
    assert not other.done()
    await say(diary, ANNA, 2)
    async with asyncio.timeout(5):
        assert await later
    assert not other.done()
    other.cancel()
    with pytest.raises(asyncio.CancelledError):
        await other
    await say(diary, BEN, 1)


async def test_a_stream_by_waiting_sees_every_entry_once(ledger: SqliteLedger) -> None:
    diary, wanted = ledger.diary, 60

    async def follow() -> list[int]:
        seen: list[int] = []
        after = 0
        while len(seen) < wanted:
            assert await diary.wait(ANNA, after, FOREVER)
            new = await diary.entries(ANNA, after=after, limit=7)
            seen += [entry.body["n"] for entry in new]
            after = new[-1].seq
        return seen

    async def speak(lane: int) -> None:
        for number in range(wanted // 3):
            await say(diary, ANNA, lane * 1_000 + number)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        followers = [group.create_task(follow()) for _ in range(2)]
        for lane in range(3):
            group.create_task(speak(lane))
    first, second = (task.result() for task in followers)
    assert first == second
    assert len(set(first)) == wanted
    for lane in range(3):
        own = [number for number in first if number // 1_000 == lane]
        assert own == sorted(own)


async def test_a_writer_who_was_cancelled_still_wakes_those_who_wait(ledger: SqliteLedger) -> None:
    waiting = asyncio.create_task(ledger.diary.wait(ANNA, 0, FOREVER))
    await asyncio.sleep(0.02)
    writing = asyncio.create_task(ledger.diary.write("k", ANNA, "message", {}))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with asyncio.timeout(5):
        assert await waiting
    assert await ledger.diary.last(ANNA) == 1


async def test_a_write_of_another_thread_s_loop_wakes_a_waiter_here(ledger: SqliteLedger) -> None:
    waiting = asyncio.create_task(ledger.diary.wait(ANNA, 0, FOREVER))
    await asyncio.sleep(0.02)
    await to_thread(lambda: asyncio.run(say(ledger.diary, ANNA, 1)))
    async with asyncio.timeout(5):
        assert await waiting


async def test_many_writers_at_once_get_numbers_of_their_own(ledger: SqliteLedger) -> None:
    seqs = await asyncio.gather(
        *(ledger.diary.write(f"k{n}", (ANNA, BEN)[n % 2], "run", {"n": n}) for n in range(200))
    )
    assert len({written.seq for written in seqs}) == 200
    again = await asyncio.gather(*(ledger.diary.write("one", ANNA, "run", {}) for _ in range(20)))
    assert len({written.seq for written in again}) == 1
    assert sum(not written.repeated for written in again) == 1


async def test_a_window_is_pruned_to_its_newest_entries_and_numbers_are_not_given_again(
    ledger: SqliteLedger,
) -> None:
    diary = ledger.diary
    for number in range(9):
        await diary.write(f"s{number}", ANNA, "sight", {"n": number})
    await say(diary, ANNA, 1)
    assert await diary.prune(ANNA, "sight", keep=3) == 6
    assert [e.body["n"] for e in await diary.entries(ANNA, kind="sight")] == [6, 7, 8]
    assert await diary.prune(ANNA, "sight", keep=3) == 0
    assert len(await diary.entries(ANNA, kind="message")) == 1
    last = await diary.last(ANNA)
    assert await diary.prune(ANNA, "message", keep=-5) == 1
    assert await say(diary, ANNA, 2) == [last + 1]


def bytes_of(folder: Path) -> bytes:
    return b"".join(item.read_bytes() for item in sorted(folder.rglob("*")) if item.is_file())


async def test_after_forgetting_no_byte_of_the_person_s_diary_is_left(
    ledger: SqliteLedger, place: Path
) -> None:
    diary = ledger.diary
    for number in range(300):
        body = {"text": f"{CANARY} {number} " * 9}
        await diary.write(f"k{number}", ANNA, "message", body, topic="t")
    await say(diary, BEN, 1)
    await diary.write("seen", SOCIETY, "run", {"text": "a round"})
    assert CANARY.encode() in await to_thread(bytes_of, place.parent)
    assert (await ledger.forget(ANNA))["diary"] == 300
    left = await to_thread(bytes_of, place.parent)
    assert CANARY.encode() not in left
    assert ANNA.encode() not in left
    assert await diary.entries(ANNA) == []
    assert len(await diary.entries(BEN)) == len(await diary.entries(SOCIETY)) == 1
    assert (await say(diary, ANNA, 5))[0] > 302


async def test_what_was_pruned_is_overwritten_in_the_file(place: Path) -> None:
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    for number in range(50):
        await ledger.diary.write(f"k{number}", ANNA, "sight", {"text": CANARY * 40})
    await ledger.diary.prune(ANNA, "sight", keep=0)
    await ledger.close()
    assert CANARY.encode() not in await to_thread(bytes_of, place.parent)


async def test_export_import_and_backup_carry_the_diary(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await say(ledger.diary, ANNA, 1, 2, at=AT)
    await say(ledger.diary, BEN, 1)
    empty = await ledger.canonical_hash()
    await say(ledger.diary, BEN, 2)
    whole = await ledger.canonical_hash()
    assert whole != empty
    archive = await ledger.export(tmp_path)
    other = await SqliteLedger.open(tmp_path / "other" / "ledger.db", free_space_mb=0)
    assert (await other.import_archive(archive))["diary"] == 4
    assert await other.canonical_hash() == whole
    assert await other.diary.entries(ANNA) == await ledger.diary.entries(ANNA)
    assert await say(other.diary, ANNA, 1, 9) == [1, 5]
    with pytest.raises(RefusedError, match="not empty"):
        await other.import_archive(archive)
    await other.close()
    folder = await ledger.backup(tmp_path / "backups")
    await to_thread(restore, folder, tmp_path / "back")
    back = await SqliteLedger.open(tmp_path / "back" / "ledger.db", free_space_mb=0)
    assert await back.canonical_hash() == whole
    await back.close()


async def test_one_person_s_export_holds_nothing_of_another_s_diary(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await say(ledger.diary, BEN, 1)
    await ledger.diary.write("k", ANNA, "message", {"text": CANARY})
    archive = await ledger.export(tmp_path / "ben.zip", BEN)
    other = await SqliteLedger.open(tmp_path / "other" / "ledger.db", free_space_mb=0)
    assert (await other.import_archive(archive))["diary"] == 1
    assert await other.diary.entries(ANNA) == []
    await other.close()


def spoil(place: Path, change: str) -> None:
    db = sqlite3.connect(place)
    db.execute("DROP TRIGGER diary_stands")
    db.execute(f"UPDATE diary SET {change} WHERE seq = 2")
    db.commit()
    db.close()


@pytest.mark.parametrize(
    "change", ["json = substr(json, 1, 3)", "json = '[]'", "at = 'noon'", "at = '2026-05-01'"]
)
async def test_a_damaged_entry_is_refused_when_it_is_read(place: Path, change: str) -> None:
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    await say(ledger.diary, ANNA, 1, 2)
    await ledger.close()
    await to_thread(spoil, place, change)
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    for reading in (ledger.diary.entries(ANNA), ledger.diary.newest(ANNA)):
        with pytest.raises(DamagedError, match="row 2 of diary") as caught:
            await reading
        assert caught.value.exit_code == 4
    assert len(await ledger.diary.entries(ANNA, limit=1)) == 1
    await ledger.close()


async def test_the_diary_cannot_be_rewritten(ledger: SqliteLedger) -> None:
    await say(ledger.diary, ANNA, 1)
    assert ledger.file.writer is not None
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        await ledger.file.writer.write(lambda db: db.execute("UPDATE diary SET json = '{}'"))


async def test_a_reader_in_another_process_reads_and_waits_and_does_not_write(
    ledger: SqliteLedger, place: Path
) -> None:
    await say(ledger.diary, ANNA, 1)
    reader = await SqliteLedger.open(place, read_only=True)
    port: Ledger = reader
    assert len(await port.diary.entries(ANNA)) == 1
    waiting = asyncio.create_task(port.diary.wait(ANNA, 1, 0.05))
    await say(ledger.diary, ANNA, 2)
    assert await waiting
    with pytest.raises(RefusedError, match="for reading"):
        await say(port.diary, ANNA, 3)
    await reader.close()


async def test_a_thousand_entries_of_topics_are_found_by_an_index(ledger: SqliteLedger) -> None:
    def plans(db: sqlite3.Connection) -> list[str]:
        queries = (
            "WHERE person = 'a' AND seq > 3 ORDER BY seq LIMIT 9",
            "WHERE person = 'a' AND kind = 'run' AND seq > 3 ORDER BY seq LIMIT 9",
            "WHERE person = 'a' AND kind = 'run' AND topic = 't' AND seq < 3 ORDER BY seq DESC LIMIT 9",
        )
        rows = [
            db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM diary {q}").fetchall() for q in queries
        ]
        return [" ".join(str(step[3]) for step in plan) for plan in rows]

    for plan in await ledger.file.read(plans):
        assert "USING INDEX" in plan
        assert "TEMP B-TREE" not in plan
