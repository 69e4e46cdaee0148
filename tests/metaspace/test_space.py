import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from ammo_agents.errors import SpaceMismatchError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.metaspace.exact import ExactStores
from ammo_agents.metaspace.index import Index
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.metaspace.recall import everything, recall
from ammo_agents.metaspace.space import MetaSpace
from ammo_agents.records import (
    BuddyId,
    Claim,
    Creation,
    CreationId,
    EntityId,
    IdeaId,
    IdeaKind,
    Matrix,
    Placed,
    SubspaceId,
)
from ammo_agents.testing import HashEmbedder
from ammo_agents.testing.stores import unit_matrix

COIN = SubspaceId("coin")
TODAY = dt.date(2024, 3, 10)
SPACE = MetaSpace(fingerprint="hash-words-64", dim=64, embedder=HashEmbedder())


def creation(number: int, *, title: str = "", days_ago: int = 0) -> Creation:
    claim = Claim(text=title or f"Card number {number}", facts=())
    return Creation(
        id=CreationId(f"c_{number:06d}"),
        idea=IdeaId("i_1"),
        kind=IdeaKind.SIGNAL,
        buddy=BuddyId(f"coin/{number % 3}"),
        subspace=COIN,
        entity=EntityId(f"coin/{number % 3}"),
        date=TODAY - dt.timedelta(days=days_ago),
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        title=claim,
        hook=claim,
        claims=(),
        blocks=(),
        cost=0.0,
        visibility=0.5,
        surprise=1.0,
        model="scripted/model",
        prompt="",
        seed=number,
    )


def placed(number: int, row: Matrix, *, days_ago: int = 0) -> Placed:
    return Placed(creation=creation(number, days_ago=days_ago), vector=row, space="hash-words-64")


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    opened = await SqliteLedger.open(tmp_path / "ledger.db", free_space_mb=0)
    yield opened
    await opened.close()


async def test_the_first_embedder_stamps_the_space_for_life(ledger: SqliteLedger) -> None:
    space = await MetaSpace.open(ledger, HashEmbedder(64))
    assert (space.fingerprint, space.dim) == ("hash-words-64", 64)
    assert await MetaSpace.open(ledger, HashEmbedder(64)) is not None
    with pytest.raises(SpaceMismatchError) as refused:
        await MetaSpace.open(ledger, HashEmbedder(32))
    for side in ("hash-words-64", "D = 64", "hash-words-32", "D = 32"):
        assert side in refused.value.message
    assert "ammo reembed" in refused.value.hint
    assert refused.value.exit_code == 3


async def test_an_embedder_ten_times_as_loud_changes_nothing(ledger: SqliteLedger) -> None:
    class Loud(HashEmbedder):
        async def embed(self, texts: list[str]) -> Matrix:  # type: ignore[override]
            return 10 * await super().embed(texts)

    quiet, loud = (MetaSpace(fingerprint="f", dim=64, embedder=e) for e in (HashEmbedder(), Loud()))
    assert np.allclose(await quiet.embed(["a b"]), await loud.embed(["a b"]), atol=1e-6)


async def test_the_living_matrix_grows_as_the_ledger_does(ledger: SqliteLedger) -> None:
    rows = unit_matrix(150, dim=64)
    grown = await LivingMatrix.load(ledger, COIN)
    assert len(grown) == 0
    for i, row in enumerate(rows):
        one = placed(i, row, days_ago=i % 10)
        await ledger.publish(f"k{i}", one, [])
        early = grown.matrix
        grown.add(one)
        grown.add(one)
        assert len(early) == i
    loaded = await LivingMatrix.load(ledger, COIN)
    assert loaded.ids == sorted(grown.ids)
    assert loaded.about == sorted(grown.about, key=lambda one: one.id)
    assert np.array_equal(loaded.matrix, grown.matrix)
    fresh = await LivingMatrix.load(ledger, COIN, since=TODAY - dt.timedelta(days=4))
    assert grown.retire(TODAY - dt.timedelta(days=4)) == 75
    assert grown.ids == fresh.ids
    assert np.array_equal(fresh.matrix, grown.matrix)
    with pytest.raises(ValueError, match="read-only"):
        grown.matrix[0] = 0


async def test_recall_gives_everything_unseen_in_id_order() -> None:
    rows, living = unit_matrix(9, dim=64), LivingMatrix(COIN)
    for i in (4, 2, 8, 0, 6):
        living.add(placed(i, rows[i], days_ago=i))
    found = await recall(living, seen={CreationId("c_000002")}, since=TODAY - dt.timedelta(days=6))
    assert found.ids == ("c_000000", "c_000004", "c_000006")
    assert np.array_equal(found.vectors, rows[[0, 4, 6]])
    assert found.buddies == ("coin/0", "coin/1", "coin/0")
    assert found.dates == tuple(TODAY - dt.timedelta(days=d) for d in (0, 4, 6))
    assert found.titles[0] == "Card number 0"
    assert len(everything(LivingMatrix(COIN))) == 0


async def test_beyond_the_limit_the_index_proposes(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, living = unit_matrix(30, dim=64), LivingMatrix(COIN)
    for i, row in enumerate(rows):
        await ledger.publish(f"k{i}", placed(i, row), [])
        living.add(placed(i, row))
    index = await Index.open(ledger, ExactStores(), tmp_path / "index", dim=64, space="s")
    await index.settled()
    monkeypatch.setattr("ammo_agents.metaspace.recall.MOST_EXACT", 10)
    found = await recall(living, index=index, query=rows[3], limit=5)
    best = np.argsort(-(rows @ rows[3]))[:5]
    assert found.ids == tuple(f"c_{i:06d}" for i in sorted(best))
    far = living.about[int(np.argmin(rows @ rows[3]))]
    union = await recall(living, index=index, query=rows[3], limit=5, also=[far.entity])
    assert set(found.ids) | {one.id for one in living.about if one.entity == far.entity} == set(
        union.ids
    )
    await index.close()


async def test_a_published_creation_reaches_the_index(ledger: SqliteLedger, tmp_path: Path) -> None:
    rows = unit_matrix(3, dim=64)
    index = await Index.open(ledger, ExactStores(), tmp_path / "index", dim=64, space="s")
    await index.settled()
    for i, row in enumerate(rows):
        await ledger.publish(f"k{i}", placed(i, row), [])
    assert await index.catch_up() == 3
    assert [h.id for h in await index.search("creations", rows[1], 1)] == ["c_000001"]
    assert (await index.verify())["wrong"] == 0
    await index.close()
