"""A new home has cards at once; whatever does not fit leaves it as it was."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from ammo_subspace_coin.plugin import coin
from ammo_subspace_movie.plugin import movie

from ammo_agents.errors import (
    DamagedError,
    RefusedError,
    SpaceMismatchError,
    TamperedError,
    VectorError,
    VersionError,
)
from ammo_agents.ledger import SqliteLedger
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.metaspace.space import MetaSpace
from ammo_agents.ports import Subspace
from ammo_agents.records import SubspaceId
from ammo_agents.round.seeds import Pack, pack_up, plant, plant_seeds, unpack
from ammo_agents.settings import Settings
from ammo_agents.testing.scripted import HashEmbedder

MINILM = "local/minilm-l6-v2"


def changed(blob: bytes, name: str, part: bytes) -> bytes:
    """Return a pack with one member replaced and its hash left as it was."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blob)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            new.writestr(member, part if member == name else old.read(member))
    return out.getvalue()


async def test_an_empty_home_gets_cards_facts_basis_space_and_day(
    ledger: SqliteLedger, subspace: Subspace, pack: Pack
) -> None:
    assert await plant(ledger, subspace, MINILM) == len(pack.creations)

    assert await ledger.day(subspace.id) == pack.day
    kept = await ledger.creations(subspace=subspace.id)
    assert {c.id: c for c in kept} == {c.id: c for c in pack.creations}
    living = await LivingMatrix.load(ledger, subspace.id)
    for creation, row in zip(pack.creations, pack.creation_rows, strict=True):
        there = living.vector(creation.id)
        assert there is not None
        assert np.array_equal(there, row)
    ids, rows = await ledger.fact_vectors(subspace.id)
    assert len(ids) == len(rows) == len(pack.facts)
    assert await ledger.meta("basis") == pack.basis.fingerprint
    assert await ledger.meta("space") == pack.space


async def test_planting_twice_changes_nothing(ledger: SqliteLedger) -> None:
    await plant(ledger, coin, MINILM)
    before = await ledger.canonical_hash()

    assert await plant(ledger, coin, MINILM) == 0
    assert await ledger.canonical_hash() == before


async def test_a_home_killed_while_planting_is_completed_without_doubles(
    ledger: SqliteLedger, pack: Pack, subspace: Subspace
) -> None:
    task = asyncio.create_task(plant(ledger, subspace, MINILM))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    await plant(ledger, subspace, MINILM)
    kept = await ledger.creations(subspace=subspace.id)
    assert sorted(c.id for c in kept) == sorted(c.id for c in pack.creations)
    assert await ledger.day(subspace.id) == pack.day


async def test_half_a_pack_without_a_day_is_filled_up(ledger: SqliteLedger, pack: Pack) -> None:
    half = replace(pack, creations=pack.creations[:10], creation_rows=pack.creation_rows[:10])
    subspace = replace(coin, id=pack.subspace, seed=lambda: pack_up(half))
    await plant(ledger, subspace, MINILM)
    assert len(await ledger.creations(subspace=pack.subspace)) == 10


async def test_a_world_that_has_begun_is_left_alone(ledger: SqliteLedger, pack: Pack) -> None:
    await ledger.advance("day", coin.id, pack.day)
    assert await plant(ledger, coin, MINILM) == 0
    assert await ledger.creations() == []


async def test_another_embedder_is_told_and_nothing_is_written(
    ledger: SqliteLedger, settings_of: Callable[..., Settings]
) -> None:
    settings = await asyncio.to_thread(settings_of, AMMO_EMBEDDER="scripted/hash-words")
    told = await plant_seeds(ledger, [coin], settings)
    assert [p.cards for p in told] == [0]
    assert "minilm" in told[0].note
    assert "scripted" in told[0].note
    assert await ledger.meta("space") is None


async def test_a_home_of_another_space_refuses_the_pack(ledger: SqliteLedger) -> None:
    await MetaSpace.open(ledger, HashEmbedder())
    with pytest.raises(SpaceMismatchError):
        await plant(ledger, coin, MINILM)
    assert await ledger.creations() == []
    assert await ledger.meta("basis") is None


async def test_the_basis_of_the_home_is_that_of_its_own_subspace(
    ledger: SqliteLedger, settings_of: Callable[..., Settings]
) -> None:
    settings = await asyncio.to_thread(settings_of, AMMO_SUBSPACE="movie")
    told = await plant_seeds(ledger, [coin, movie], settings)
    assert [p.subspace for p in told] == ["movie", "coin"]
    assert all(p.cards for p in told)
    assert movie.seed is not None
    pack = unpack(await asyncio.to_thread(movie.seed))
    assert await ledger.meta("basis") == pack.basis.fingerprint


async def test_a_live_home_gets_no_cards_of_the_past(
    ledger: SqliteLedger, settings_of: Callable[..., Settings]
) -> None:
    settings = await asyncio.to_thread(settings_of, AMMO_LIVE="true")
    assert [p.cards for p in await plant_seeds(ledger, [coin], settings)] == [0]


async def test_a_damaged_pack_is_told_with_its_reason_and_the_others_are_planted(
    ledger: SqliteLedger, settings_of: Callable[..., Settings]
) -> None:
    def missing() -> bytes:
        raise FileNotFoundError("pack.zip")

    settings = await asyncio.to_thread(settings_of)
    told = await plant_seeds(ledger, [replace(coin, seed=missing), movie], settings)
    assert told[0].cards == 0
    assert "pack.zip" in told[0].note
    assert told[1].cards > 0


async def test_a_pack_of_another_subspace_is_refused(ledger: SqliteLedger) -> None:
    with pytest.raises(RefusedError):
        await plant(ledger, replace(coin, seed=movie.seed), MINILM)
    assert await ledger.creations() == []


def test_a_pack_comes_back_as_it_was(pack: Pack) -> None:
    assert unpack(pack_up(pack)) == pack


@pytest.mark.parametrize("blob", [b"", b"PK", b"not a zip at all", b"\x00" * 4096])
def test_what_is_no_pack_is_refused(blob: bytes) -> None:
    with pytest.raises(DamagedError):
        unpack(blob)


def test_a_pack_that_is_cut_off_is_refused(pack: Pack) -> None:
    blob = pack_up(pack)
    for end in (10, len(blob) // 2, len(blob) - 1):
        with pytest.raises((DamagedError, TamperedError)):
            unpack(blob[:end])


def test_a_part_that_was_changed_is_refused(pack: Pack) -> None:
    blob = pack_up(pack)
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        part = archive.read("creations.jsonl")
    with pytest.raises(TamperedError):
        unpack(changed(blob, "creations.jsonl", part.replace(b" on ", b" no ")))


def test_a_pack_of_a_newer_ammo_is_refused(pack: Pack) -> None:
    blob = pack_up(pack)
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        head = json.loads(archive.read("head.json"))
    with pytest.raises(VersionError):
        unpack(changed(blob, "head.json", json.dumps({**head, "version": 99}).encode()))


@pytest.mark.parametrize("head", [b"", b"[]", b"null", b'{"version": "x"}', b'{"version": 1}'])
def test_a_head_that_says_too_little_is_refused(pack: Pack, head: bytes) -> None:
    with pytest.raises(DamagedError):
        unpack(changed(pack_up(pack), "head.json", head))


def test_a_fact_that_is_cited_but_not_brought_is_refused(pack: Pack) -> None:
    poor = replace(pack, facts=pack.facts[1:], fact_rows=pack.fact_rows[1:])
    with pytest.raises(DamagedError, match="does not bring"):
        unpack(pack_up(poor))


def test_rows_that_are_not_unit_or_not_there_are_refused(pack: Pack) -> None:
    with pytest.raises(VectorError):
        unpack(pack_up(replace(pack, creation_rows=pack.creation_rows * 2)))
    with pytest.raises(VectorError):
        unpack(pack_up(replace(pack, fact_rows=pack.fact_rows * np.float32("nan"))))
    with pytest.raises(DamagedError):
        unpack(pack_up(replace(pack, creation_rows=pack.creation_rows[1:])))


def test_cards_of_a_later_day_or_of_another_subspace_are_refused(pack: Pack) -> None:
    with pytest.raises(DamagedError, match="its world is at"):
        unpack(pack_up(replace(pack, day=pack.creations[0].date.replace(year=2000))))
    with pytest.raises(DamagedError, match="belongs to"):
        unpack(pack_up(replace(pack, subspace=SubspaceId("other"))))


def test_a_card_that_comes_twice_is_refused(pack: Pack) -> None:
    rows = np.concatenate([pack.creation_rows, pack.creation_rows[:1]])
    with pytest.raises(DamagedError, match="twice"):
        unpack(
            pack_up(
                replace(pack, creations=(*pack.creations, pack.creations[0]), creation_rows=rows)
            )
        )
