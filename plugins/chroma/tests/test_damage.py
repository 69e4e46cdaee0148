"""Twenty kinds of damage: none is served from, each is rebuilt from the ledger (D6)."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ammo_chroma.plugin import ChromaStores

from ammo_agents.metaspace.index import Index
from ammo_agents.ports import IndexRow
from ammo_agents.testing.stores import RowsLedger, unit_matrix

DIM = 16
ROWS = unit_matrix(1_300, dim=DIM)
pytestmark = pytest.mark.slow


def filled() -> RowsLedger:
    ledger = RowsLedger()
    for i, row in enumerate(ROWS):
        ledger.put("creations", IndexRow(id=f"c_{i:04d}", vector=row, tags={"day": i}))
    ledger.put("knowledge", IndexRow(id="f_0", vector=ROWS[0]))
    return ledger


async def opened(ledger: RowsLedger, root: Path) -> Index:
    return await Index.open(ledger, ChromaStores(), root, dim=DIM, space="s")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template") / "index"

    async def make() -> None:
        index = await opened(filled(), root)
        await index.settled()
        assert index.health()["state"] == "ok", index.health()
        await index.close()

    asyncio.run(make())
    return root


def heard(ledger: RowsLedger) -> RowsLedger:
    ledger.heard = {"chroma/g001": len(ledger.changes)}
    return ledger


def one(root: Path, name: str) -> Path:
    return max((root / "g001").rglob(name), key=lambda p: p.stat().st_size)


def deleted(name: str) -> Callable[[Path], None]:
    return lambda root: one(root, name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    return lambda root: os.truncate(one(root, name), one(root, name).stat().st_size // 2)


def emptied(name: str) -> Callable[[Path], None]:
    return lambda root: os.truncate(one(root, name), 0)


def flipped(name: str) -> Callable[[Path], None]:
    def flip(root: Path) -> None:
        raw = np.frombuffer(one(root, name).read_bytes(), np.uint8).copy()
        at = np.random.default_rng(3).integers(0, len(raw), min(200, len(raw)))
        raw[at] ^= 0xFF
        one(root, name).write_bytes(raw.tobytes())

    return flip


def without_graph(root: Path) -> None:
    shutil.rmtree(one(root, "data_level0.bin").parent)


def other_version(root: Path) -> None:
    path = root / "g001" / "manifest.json"
    path.write_text(path.read_text().replace('"version": "', '"version": "0.'))


def stranger(root: Path) -> None:
    (root / "g001" / "note.txt").write_text("not ours")


def unsealed(damage: Callable[[Path], None]) -> Callable[[Path], None]:
    """The damage, on a folder that looks as a killed process leaves it."""

    def both(root: Path) -> None:
        path = root / "g001" / "manifest.json"
        manifest = json.loads(path.read_text())
        path.write_text(json.dumps({**manifest, "clean": False, "files": {}, "ids": {}}))
        (root / "g001.closed").unlink()
        damage(root)

    return both


FILES = ("data_level0.bin", "header.bin", "length.bin", "index_metadata.pickle", "chroma.sqlite3")
SEALED = {
    **{f"{name} deleted": deleted(name) for name in FILES},
    **{f"{name} cut": cut(name) for name in FILES},
    **{f"{name} flipped": flipped(name) for name in (*FILES, "link_lists.bin")},
    "graph folder deleted": without_graph,
    "manifest deleted": deleted("manifest.json"),
    "manifest cut": cut("manifest.json"),
    "another library version": other_version,
    "a strange file": stranger,
}
KILLED = {
    "graph folder deleted": without_graph,
    "pickle emptied": emptied("index_metadata.pickle"),
    "pickle deleted": deleted("index_metadata.pickle"),
    "vectors cut": cut("data_level0.bin"),
    "vectors flipped": flipped("data_level0.bin"),
    "database deleted": deleted("chroma.sqlite3"),
    "database flipped": flipped("chroma.sqlite3"),
}
HARMLESS = {
    "header cut": cut("header.bin"),
    "links cut": cut("link_lists.bin"),
    "lengths flipped": flipped("length.bin"),
}
"""Damage that Chroma may not read at all; the folder is then served only if every row answers."""


@pytest.mark.parametrize("damage", SEALED.values(), ids=SEALED.keys())
async def test_damage_after_a_clean_stop_is_seen_and_mended(
    template: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    await survives(template, tmp_path / "index", damage)


@pytest.mark.parametrize("damage", KILLED.values(), ids=KILLED.keys())
async def test_damage_after_a_kill_is_seen_and_mended(
    template: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    await survives(template, tmp_path / "index", unsealed(damage))


@pytest.mark.parametrize("damage", HARMLESS.values(), ids=HARMLESS.keys())
async def test_damage_that_nothing_shows_leaves_every_row_right(
    template: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    root = tmp_path / "index"
    await asyncio.to_thread(shutil.copytree, template, root)
    await asyncio.to_thread(unsealed(damage), root)
    index = await opened(heard(filled()), root)
    await index.settled()
    assert index.health()["state"] == "ok"
    assert (await index.verify())["wrong"] == 0
    await index.close()


async def survives(template: Path, root: Path, damage: Callable[[Path], None]) -> None:
    await asyncio.to_thread(shutil.copytree, template, root)
    await asyncio.to_thread(damage, root)
    index = await opened(heard(filled()), root)
    assert (await index.search("creations", ROWS[7], 1))[0].id == "c_0007"
    await index.settled()
    health = index.health()
    assert (health["state"], health["generation"]) == ("ok", "g002"), health
    assert health["rebuilt_because"]
    assert (await index.verify(sample=50))["wrong"] == 0
    await index.close()


async def test_an_undamaged_index_is_kept(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    await asyncio.to_thread(shutil.copytree, template, root)
    index = await opened(heard(filled()), root)
    await index.settled()
    assert (index.health()["state"], index.health()["generation"]) == ("ok", "g001")
    assert (await index.verify())["wrong"] == 0
    await index.close()


async def test_an_undamaged_index_of_a_killed_process_is_kept_too(
    template: Path, tmp_path: Path
) -> None:
    root = tmp_path / "index"
    await asyncio.to_thread(shutil.copytree, template, root)
    await asyncio.to_thread(unsealed(lambda _: None), root)
    index = await opened(heard(filled()), root)
    await index.settled()
    assert (index.health()["state"], index.health()["generation"]) == ("ok", "g001")
    await index.close()


async def test_a_crash_of_the_bindings_stays_in_the_child(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    await asyncio.to_thread(shutil.copytree, template, root)
    await asyncio.to_thread(unsealed(flipped("data_level0.bin")), root)
    index = await opened(heard(filled()), root)
    await index.settled()
    assert "killed by SIG" in index.health()["rebuilt_because"]
    await index.close()
