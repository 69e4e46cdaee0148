"""Backup, restore, export, import and erasure: everything comes back, or nothing is written."""

import hashlib
import json
import zipfile
from asyncio import to_thread
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ledger_records import (
    COIN,
    DAY,
    NOW,
    YOU,
    make_fact,
    make_feedback,
    make_placed,
    make_preference,
    make_rejected,
    make_slate,
    unit,
)

from ammo_agents.errors import BadInputError, RefusedError
from ammo_agents.ledger import SqliteLedger, restore
from ammo_agents.ports import BudgetLimits
from ammo_agents.records import IdeaKind, PersonId, Usage

EVE = PersonId("eve-the-canary-person")
CANARY = "canary words nobody else writes"


async def fill(ledger: SqliteLedger) -> None:
    for number in range(4):
        fact, placed = make_fact(number), make_placed(number, (make_fact(number),))
        await ledger.publish(f"p{number}", placed, [fact], np.stack([unit(number)]))
        for person in (YOU, EVE):
            if person == EVE and number == 3:
                continue
            key = f"{person}-{number}"
            slate = make_slate(number, [placed.creation.id], person=person)
            await ledger.present(f"s-{key}", slate)
            note = CANARY if person == EVE else "plain"
            act = make_feedback(f"f-{key}", placed.creation.id, slate.id, person=person, note=note)
            await ledger.record(f"f-{key}", act, make_preference(number, person=person))
    asked = make_placed(9, kind=IdeaKind.REQUEST, request=CANARY)
    await ledger.publish("p9", asked, [])
    await ledger.reject("r1", make_rejected(1, kind=IdeaKind.REQUEST, request=CANARY), NOW)
    await ledger.advance("d", COIN, DAY)
    await ledger.save_blob("basis", bytes(range(256)))
    await ledger.reserve(
        "b", f"user:{EVE}/coin", NOW, Usage(tokens_in=3, money=1e-7), BudgetLimits()
    )

    async def answer() -> Any:
        return {"said": CANARY, "big": 1e16, "small": 1e-7}

    await ledger.effect(f"user:{EVE}/chat/1", answer)
    await ledger.projected("chroma", 5)


def names_in(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_backup_restored_elsewhere_has_the_same_hash(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await fill(ledger)
    config = tmp_path / "config.toml"
    await to_thread(config.write_bytes, b"slots = 4\n")
    folder = await ledger.backup(tmp_path / "backups", also=[config])
    assert await to_thread(names_in, tmp_path / "backups") == [folder.name]
    names = await to_thread(restore, folder, tmp_path / "new")
    assert sorted(names) == ["config.toml", "ledger.db"]
    other = await SqliteLedger.open(tmp_path / "new" / "ledger.db")
    assert await other.canonical_hash() == await ledger.canonical_hash()
    assert await other.projected_seq("chroma") == 0
    await other.close()


async def test_a_backup_that_was_touched_is_refused_and_nothing_is_written(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await fill(ledger)
    folder = await ledger.backup(tmp_path)
    await to_thread(refuse_touched, folder, tmp_path)


def refuse_touched(folder: Path, tmp_path: Path) -> None:
    manifest = folder / "manifest.json"
    good = manifest.read_text(encoding="utf-8")
    with (folder / "ledger.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"x")
    with pytest.raises(BadInputError, match="manifest says"):
        restore(folder, tmp_path / "new")
    outside = json.loads(good)
    outside["files"]["../../evil"] = {"sha256": "0", "size": 1}
    for text in (json.dumps(outside), "{}", "[]", "no json", '{"format": "x", "files": {}}'):
        manifest.write_text(text, encoding="utf-8")
        with pytest.raises(BadInputError):
            restore(folder, tmp_path / "new")
    with pytest.raises(BadInputError):
        restore(tmp_path / "nowhere", tmp_path / "new")
    assert not (tmp_path / "new" / "ledger.db").exists()


async def test_restoring_over_something_is_refused(ledger: SqliteLedger, tmp_path: Path) -> None:
    folder = await ledger.backup(tmp_path / "b")
    full = tmp_path / "full"
    await to_thread(full.mkdir)
    await to_thread((full / "letter.txt").write_bytes, b"mine")
    with pytest.raises(BadInputError, match="not empty"):
        await to_thread(restore, folder, full)
    assert await to_thread(names_in, full) == ["ammo.lock", "letter.txt"]


async def test_what_a_killed_restore_left_is_nothing_to_restore_over(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    folder = await ledger.backup(tmp_path / "b")
    left = tmp_path / "new" / ".restored.12345678.part"
    await to_thread(lambda: left.mkdir(parents=True))
    await to_thread(restore, folder, tmp_path / "new")
    assert await to_thread(names_in, tmp_path / "new") == ["ammo.lock", "ledger.db"]


async def test_an_export_taken_in_elsewhere_has_the_same_hash(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await fill(ledger)
    archive = await ledger.export(tmp_path)
    assert (await to_thread(member, archive, "README.md")).startswith(b"# An export of AMMO")
    other = await SqliteLedger.open(tmp_path / "new" / "ledger.db")
    rows = await other.import_archive(archive)
    assert rows["creations"] == 5
    assert await other.canonical_hash() == await ledger.canonical_hash()
    assert await other.feedback(YOU) == await ledger.feedback(YOU)
    again = await other.publish("p0", make_placed(0, (make_fact(0),)), [make_fact(0)])
    assert again.repeated
    with pytest.raises(RefusedError, match="not empty"):
        await other.import_archive(archive)
    await other.close()


async def test_one_person_s_export_holds_what_they_left_and_nobody_else_s(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await fill(ledger)
    archive = await ledger.export(tmp_path / "eve.zip", EVE)
    other = await SqliteLedger.open(tmp_path / "new" / "ledger.db")
    await other.import_archive(archive)
    assert await other.feedback(EVE) == await ledger.feedback(EVE)
    assert await other.preference(EVE, COIN) == await ledger.preference(EVE, COIN)
    assert await other.feedback(YOU) == []
    assert len(await other.creations()) == 3
    assert (await other.health()).foreign_keys == 0
    await other.close()


def member(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as file:
        return file.read(name)


def rewrite(source: Path, target: Path, changes: dict[str, bytes | None]) -> Path:
    """Copy an archive with some files replaced, added or (None) left out; hashes stay as they were."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        names = {name: old.read(name) for name in old.namelist()}
        for name, content in (names | changes).items():
            if content is not None:
                new.writestr(name, content)
    return target


def bad_archives(archive: Path, tmp_path: Path) -> dict[str, Path]:
    text = tmp_path / "text.zip"
    text.write_text("no zip", encoding="utf-8")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(archive.read_bytes()[:-200])
    manifest = json.loads(member(archive, "manifest.json"))
    foreign = json.dumps(manifest | {"format": "other-1"}).encode()
    newer = json.dumps(manifest | {"schema": 99}).encode()
    return {
        "text": text,
        "cut": cut,
        "absent": tmp_path / "absent.zip",
        "wrong hash": rewrite(archive, tmp_path / "1.zip", {"facts.jsonl": b"{}\n"}),
        "outside": rewrite(archive, tmp_path / "2.zip", {"../evil.jsonl": b"{}\n"}),
        "stranger": rewrite(archive, tmp_path / "3.zip", {"virus.exe": b"MZ"}),
        "bomb": rewrite(archive, tmp_path / "4.zip", {"facts.jsonl": bytes(50_000_000)}),
        "foreign": rewrite(archive, tmp_path / "5.zip", {"manifest.json": foreign}),
        "newer": rewrite(archive, tmp_path / "6.zip", {"manifest.json": newer}),
        "no manifest": rewrite(archive, tmp_path / "7.zip", {"manifest.json": None}),
        "file gone": rewrite(archive, tmp_path / "8.zip", {"events.jsonl": None}),
    }


async def test_a_bad_archive_is_refused_and_nothing_is_written(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await fill(ledger)
    archive = await ledger.export(tmp_path)
    bad = await to_thread(bad_archives, archive, tmp_path)
    other = await SqliteLedger.open(tmp_path / "new" / "ledger.db")
    before = await other.canonical_hash()
    for name, path in bad.items():
        with pytest.raises(BadInputError) as caught:
            await other.import_archive(path)
        assert caught.value.exit_code == 2, name
    assert await other.canonical_hash() == before
    await other.close()
    assert not await to_thread((tmp_path.parent / "evil.jsonl").exists)


async def test_after_erasure_no_byte_of_a_person_is_left(ledger: SqliteLedger, place: Path) -> None:
    await fill(ledger)
    kept = await ledger.preference(EVE, COIN)
    assert kept is not None
    numbers = kept.q.tobytes()[:16]
    assert CANARY.encode() in await to_thread(bytes_of, place.parent)
    assert numbers in await to_thread(bytes_of, place.parent)
    erased = await ledger.forget(EVE)
    assert {name: erased[name] for name in ("feedback", "slates", "preferences", "requests")} == {
        "feedback": 3,
        "slates": 3,
        "preferences": 1,
        "requests": 2,
    }
    left = await to_thread(bytes_of, place.parent)
    for trace in (CANARY.encode(), EVE.encode(), numbers):
        assert trace not in left
    assert len(await ledger.feedback(YOU)) == 4
    assert await ledger.feedback(EVE) == []
    assert (await ledger.health()).foreign_keys == 0
    assert (await ledger.publish("p0", make_placed(0, (make_fact(0),)), [make_fact(0)])).repeated


async def test_a_forgotten_seq_is_never_given_again(ledger: SqliteLedger) -> None:
    await fill(ledger)
    last = (await ledger.outbox(0))[-1].seq
    await ledger.forget(EVE)
    await ledger.forget(YOU)
    await ledger.publish("new", make_placed(50), [])
    assert (await ledger.outbox(0))[-1].seq > last


def without_last_fact(archive: Path, target: Path) -> Path:
    short = b"".join(member(archive, "facts.jsonl").splitlines(keepends=True)[:-1])
    manifest = json.loads(member(archive, "manifest.json"))
    manifest["files"]["facts.jsonl"]["sha256"] = hashlib.sha256(short).hexdigest()
    changes: dict[str, bytes | None] = {
        "facts.jsonl": short,
        "manifest.json": json.dumps(manifest).encode(),
    }
    return rewrite(archive, target, changes)


async def test_the_import_is_one_step(ledger: SqliteLedger, tmp_path: Path) -> None:
    await fill(ledger)
    archive = await ledger.export(tmp_path)
    lame = await to_thread(without_last_fact, archive, tmp_path / "lame.zip")
    other = await SqliteLedger.open(tmp_path / "new" / "ledger.db")
    with pytest.raises(BadInputError, match="belong together"):
        await other.import_archive(lame)
    assert (await other.counts())["events"] == 0
    await other.close()
