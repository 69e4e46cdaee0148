import asyncio
from pathlib import Path

import numpy as np
import pytest

from ammo_agents.errors import DamagedError
from ammo_agents.metaspace.exact import ExactStore, ExactStores
from ammo_agents.ports import Row
from ammo_agents.testing.stores import check_store, unit_matrix


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


async def test_exact_search_keeps_the_contract_of_a_store(tmp_path: Path) -> None:
    (await check_store(ExactStores(), tmp_path)).require()


async def test_a_deleted_row_leaves_no_gap_and_no_ghost() -> None:
    store, rows = ExactStore(8), unit_matrix(5, dim=8)
    await store.upsert("creations", [Row(id=f"c_{i}", vector=v) for i, v in enumerate(rows)])
    await store.delete("creations", ["c_1", "c_4"])
    assert await store.ids("creations") == ["c_0", "c_2", "c_3"]
    kept = await store.vectors("creations", ["c_0", "c_2", "c_3"])
    assert all(np.array_equal(kept[f"c_{i}"], rows[i]) for i in (0, 2, 3))


async def test_a_changed_file_is_damage(tmp_path: Path) -> None:
    store = await ExactStores().open(tmp_path, dim=8, space="s")
    await store.upsert("creations", [Row(id="c_0", vector=unit_matrix(1, dim=8)[0])])
    await store.close()
    file = tmp_path / "exact.npz"
    await asyncio.to_thread(flip, file)
    with pytest.raises(DamagedError, match=r"exact\.npz is not as it was written"):
        await ExactStores().open(tmp_path, dim=8, space="s")


async def test_what_a_killed_writer_left_is_no_damage(tmp_path: Path) -> None:
    store = await ExactStores().open(tmp_path, dim=8, space="s")
    await store.upsert("creations", [Row(id="c_0", vector=unit_matrix(1, dim=8)[0])])
    await store.close()
    left = tmp_path / ".manifest.json.1-00000000-0.part"
    await asyncio.to_thread(left.write_bytes, b"half")
    store = await ExactStores().open(tmp_path, dim=8, space="s")
    assert list(await store.vectors("creations", ["c_0"])) == ["c_0"]


async def test_a_store_that_was_not_closed_is_not_trusted(tmp_path: Path) -> None:
    await ExactStores().open(tmp_path, dim=8, space="s")
    with pytest.raises(DamagedError, match="not closed cleanly"):
        await ExactStores().open(tmp_path, dim=8, space="s")
