import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ammo_agents.errors import DamagedError, VectorError
from ammo_agents.metaspace.exact import ExactStore, ExactStores
from ammo_agents.metaspace.index import Index
from ammo_agents.ports import Clause, Collection, Hit, IndexRow, Store, StoreProvider
from ammo_agents.records import Vector
from ammo_agents.testing.stores import RowsLedger, unit_matrix

DIM = 16
ROWS = unit_matrix(40)


def filled(n: int = 30) -> RowsLedger:
    ledger = RowsLedger()
    for i, row in enumerate(ROWS[:n]):
        ledger.put("creations", IndexRow(id=f"c_{i:02d}", vector=row, tags={"day": i}))
    ledger.put("knowledge", IndexRow(id="f_0", vector=ROWS[0]))
    q = np.array([3.0, 4.0] + [0.0] * 97)
    ledger.put("preferences", IndexRow(id="you/coin", vector=q.astype(np.float32)))
    return ledger


async def opened(
    ledger: RowsLedger, root: Path, provider: StoreProvider | None = None, space: str = "s"
) -> Index:
    return await Index.open(ledger, provider or ExactStores(), root, dim=DIM, space=space)


class Moody:
    """Stores that work until they are told to fail."""

    name = "moody"

    def __init__(self) -> None:
        self.mood: Exception | None = None
        self.calls = 0
        self.blind = False
        self.waiting: asyncio.Event | None = None

    async def open(self, folder: Path, *, dim: int, space: str) -> Store:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        if self.waiting is not None:
            await self.waiting.wait()
        outer = self

        class MoodyStore(ExactStore):
            name = "moody"

            async def search(
                self, collection: Collection, query: Vector, k: int, *, where: Sequence[Clause] = ()
            ) -> list[Hit]:
                outer.calls += 1
                if outer.mood is not None:
                    raise outer.mood
                if outer.blind:
                    return []
                return await super().search(collection, query, k, where=where)

        return MoodyStore(dim, space=space)


async def test_the_index_answers_before_its_store_is_open(tmp_path: Path) -> None:
    stores = Moody()
    stores.waiting = asyncio.Event()
    index = await opened(filled(), tmp_path, stores)
    assert index.health()["state"] == "starting"
    assert [h.id for h in await index.search("creations", ROWS[3], 1)] == ["c_03"]
    assert stores.calls == 0
    stores.waiting.set()
    await index.settled()
    assert index.health()["state"] == "ok"
    assert [h.id for h in await index.search("creations", ROWS[3], 1)] == ["c_03"]
    assert stores.calls == 1
    await index.close()


async def test_the_outbox_reaches_the_store(tmp_path: Path) -> None:
    ledger = filled()
    index = await opened(ledger, tmp_path)
    await index.settled()
    ledger.put("creations", IndexRow(id="c_30", vector=ROWS[30], tags={"day": 30}))
    ledger.drop("creations", "c_04")
    assert await index.catch_up() == 2
    assert (await index.search("creations", ROWS[30], 1))[0].id == "c_30"
    assert (await index.search("creations", ROWS[4], 1))[0].id != "c_04"
    assert ledger.heard == {"exact/g001": len(ledger.changes)}
    assert (await index.verify())["wrong"] == 0
    await index.close()


async def test_a_clean_stop_keeps_the_generation_and_hears_what_came_since(tmp_path: Path) -> None:
    ledger = filled()
    await (await opened(ledger, tmp_path)).close()
    ledger.put("creations", IndexRow(id="c_30", vector=ROWS[30], tags={"day": 30}))
    index = await opened(ledger, tmp_path)
    await index.settled()
    assert index.health()["generation"] == "g001"
    assert await index.verify() == {
        "rows": 33,
        "missing": 0,
        "extra": 0,
        "changed": 0,
        "unfound": 0,
        "wrong": 0,
        "examples": [],
        "reason": "",
    }
    await index.close()


async def test_after_an_unclean_stop_the_index_is_built_anew(tmp_path: Path) -> None:
    ledger = filled()
    index = await opened(ledger, tmp_path)
    await index.settled()  # and never closed
    again = await opened(ledger, tmp_path)
    await again.settled()
    health = again.health()
    assert (health["state"], health["generation"]) == ("ok", "g002")
    assert "not closed cleanly" in health["rebuilt_because"]
    assert await asyncio.to_thread((tmp_path / "bad-g001").is_dir)
    assert (await again.verify())["wrong"] == 0
    await again.close()


async def test_rows_that_the_ledger_does_not_know_make_the_index_untrusted(tmp_path: Path) -> None:
    await (await opened(filled(), tmp_path)).close()
    restored = filled(20)
    restored.heard = {"exact/g001": len(restored.changes)}
    index = await opened(restored, tmp_path)
    await index.settled()
    assert "10 do not belong there" in index.health()["rebuilt_because"]
    assert (await index.verify())["rows"] == 22
    await index.close()


async def test_another_space_means_another_generation(tmp_path: Path) -> None:
    await (await opened(filled(), tmp_path)).close()
    index = await opened(filled(), tmp_path, space="another")
    await index.settled()
    assert index.health()["state"] == "ok"
    assert "space s" in index.health()["rebuilt_because"]
    await index.close()


@pytest.mark.parametrize("fault", [DamagedError("torn"), RuntimeError("boom"), OSError("disk")])
async def test_the_first_fault_opens_the_breaker_and_exact_search_serves(
    tmp_path: Path, fault: Exception
) -> None:
    stores = Moody()
    index = await opened(filled(), tmp_path, stores)
    await index.settled()
    stores.mood = fault
    for _ in range(3):
        assert (await index.search("creations", ROWS[3], 1))[0].id == "c_03"
    assert stores.calls == 1
    health = index.health()
    assert (health["state"], health["serving"]) == ("degraded: index", "exact")
    assert str(fault) in health["reason"]
    assert (await index.verify())["wrong"] == 32
    stores.mood = None
    await index.rebuild()
    assert index.health()["state"] == "ok"
    await index.close()


async def test_an_audit_that_finds_unreachable_rows_builds_the_index_anew(tmp_path: Path) -> None:
    stores = Moody()
    index = await opened(filled(), tmp_path, stores)
    await index.settled()
    assert (await index.audit(sample=5))["wrong"] == 0
    assert index.health()["generation"] == "g001"
    stores.blind = True
    found = await index.audit(sample=5)
    assert (found["unfound"], found["wrong"]) == (7, 7)
    stores.blind = False
    health = index.health()
    assert (health["state"], health["generation"]) == ("ok", "g002")
    assert "7 do not find themselves" in health["rebuilt_because"]
    assert (await index.audit())["wrong"] == 0
    await index.close()


async def test_a_bad_question_does_not_open_the_breaker(tmp_path: Path) -> None:
    index = await opened(filled(), tmp_path)
    await index.settled()
    with pytest.raises(VectorError):
        await index.search("creations", ROWS[0] * 2, 1)
    assert index.health()["state"] == "ok"
    await index.close()


async def test_a_store_that_cannot_be_opened_leaves_exact_search(tmp_path: Path) -> None:
    class Broken:
        name = "broken"

        async def open(self, folder: Path, *, dim: int, space: str) -> Store:
            raise DamagedError(f"{folder.name} never opens")

    index = await opened(filled(), tmp_path, Broken())
    await index.settled()
    assert index.health()["reason"] == "g001 never opens"
    assert (await index.search("creations", ROWS[3], 1))[0].id == "c_03"
    with pytest.raises(DamagedError, match="could not be rebuilt"):
        await index.rebuild()
    await index.close()


async def test_forget_leaves_no_byte_of_an_erased_row(tmp_path: Path) -> None:
    ledger = filled()
    index = await opened(ledger, tmp_path)
    await index.settled()
    await index.rebuild()
    canary = np.pad(np.array([0.6, 0.8], np.float32), (0, 126)).tobytes()
    await index.close()
    assert await asyncio.to_thread(holds, tmp_path, canary)
    index = await opened(ledger, tmp_path)
    ledger.drop("preferences", "you/coin")
    await index.forget()
    await index.close()
    assert not await asyncio.to_thread(holds, tmp_path, canary)
    assert not await asyncio.to_thread(holds, tmp_path, b"you/coin")
    assert await asyncio.to_thread(lambda: [p.name for p in tmp_path.glob("g*/")]) == ["g003"]


async def test_a_preference_is_found_by_its_direction(tmp_path: Path) -> None:
    index = await opened(filled(), tmp_path)
    query = np.zeros(128, np.float32)
    query[0] = 1.0
    [hit] = await index.search("preferences", query, 1)
    assert (hit.id, round(hit.score, 6)) == ("you/coin", 0.6)
    await index.close()


async def test_a_torn_pointer_is_no_pointer(tmp_path: Path) -> None:
    await (await opened(filled(), tmp_path)).close()
    await asyncio.to_thread((tmp_path / "current.json").write_bytes, b'{"gen')
    index = await opened(filled(), tmp_path)
    await index.settled()
    assert index.health()["state"] == "ok"
    assert (await index.verify())["wrong"] == 0
    await index.close()


def holds(root: Path, needle: bytes) -> bool:
    return any(needle in p.read_bytes() for p in root.rglob("*") if p.is_file())
