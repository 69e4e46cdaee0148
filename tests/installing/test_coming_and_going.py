"""Plugins come to a running AMMO and leave it: what they bring is there at once, what others do goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from built import CANARY, Wheel

from ammo_agents.app import App
from ammo_agents.errors import NotFoundError, PluginError, RefusedError
from ammo_agents.plugins import lock as locks
from ammo_agents.ports.diary import SOCIETY
from ammo_agents.records import SubspaceId
from ammo_agents.round import play
from ammo_agents.views import feed, installing, plugged
from ammo_agents.web.server import Server
from conftest import Come

pytestmark = pytest.mark.timeout(180)
NOT_LOADED_HERE = """
import sys
if not any("probe" in word for word in sys.argv):
    raise RuntimeError("not here")
"""


def holding(folder: Path, word: str) -> list[str]:
    """Return the files below a folder that hold a word's bytes."""
    files = [f for f in folder.rglob("*") if f.is_file()]
    return [f.name for f in files if word.encode() in f.read_bytes()]


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; the test's own time limit ends it."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - a runtime tells nobody
            await asyncio.sleep(0.05)


def code_of(made: Wheel) -> str:
    return made.files[f"{made.package}/__init__.py"].decode()


async def wheel(made: Wheel, folder: Path) -> Path:
    return await asyncio.to_thread(made.into, folder)


async def test_a_wheel_comes_writes_cards_and_leaves_without_a_trace(
    app: App, come: Come, tmp_path: Path
) -> None:
    server = Server(app=app, days_per_minute=6000.0)
    await server.begin()
    await server.warm()
    coin = await server.start("coin")
    told = await come(await wheel(Wheel(name="tides1"), tmp_path))
    assert (told["state"], told["subspaces"]) == ("loaded", ["tides1"])
    assert told["running"]

    tides = await server.start("tides1")
    await until(lambda: tides.published > 0)
    shown = await feed.slate(app, n=3, subspace="tides1")
    assert CANARY in str(shown["cards"])
    await feed.act(app, card=shown["cards"][0]["id"], act="like", subspace="tides1")
    assert await asyncio.to_thread(holding, app.folders.data, CANARY)

    before = coin.rounds
    gone = await installing.remove(app, name="tides1", erase=True)
    assert gone["erased"]["tides1"]["creations"] >= 1
    assert await asyncio.to_thread(holding, app.folders.data, CANARY) == []
    assert tides.state in {"writing", "stopped", "resting", "full"}
    assert SubspaceId("tides1") not in server.runtimes
    assert server.runtimes[SubspaceId("coin")] is coin
    await until(lambda: coin.rounds > before or coin.state in {"full", "over"})
    with pytest.raises(NotFoundError, match="tides1"):
        app.subspace("tides1")
    assert len(await app.ledger.creations(subspace=SubspaceId("coin"))) > 0
    sights = await app.ledger.diary.entries(SOCIETY, kind="sight")
    assert {entry.topic.partition("/")[0] for entry in sights} == {"coin"}
    await server.close()


async def test_an_erased_subspace_begins_anew_when_it_comes_back(
    app: App, come: Come, tmp_path: Path
) -> None:
    path = await wheel(Wheel(name="tides2"), tmp_path)
    counts = []
    for _ in range(2):
        await come(path)
        report = await play(await app.world("tides2"), most=4)
        counts.append(len(report.published))
        await installing.remove(app, name="tides2", erase=True)
    assert counts[0] == counts[1] > 0


@pytest.mark.slow
async def test_what_is_kept_is_there_when_it_comes_back(
    app: App, come: Come, tmp_path: Path
) -> None:
    path = await wheel(Wheel(name="tides3"), tmp_path)
    await come(path)
    wrote = len((await play(await app.world("tides3"), most=4)).published)
    gone = await installing.remove(app, name="tides3")
    assert gone["kept"] == ["tides3"]
    assert plugged.state_of(app, "tides3") is None
    await come(path)
    assert len(await app.ledger.creations(subspace=SubspaceId("tides3"))) == wrote > 0


async def test_an_upgrade_says_what_more_it_wants_and_takes_the_place_of_the_old(
    app: App, come: Come, tmp_path: Path
) -> None:
    await come(await wheel(Wheel(name="tides4", word="Old"), tmp_path))
    newer = Wheel(name="tides4", version="0.2.0", word="New")
    newer.manifest("model = true", 'model = true\nnetwork = ["tides.example.org"]')
    told = await come(await wheel(newer, tmp_path))
    assert (told["was"], told["more"]) == ("0.1.0", ["network: tides.example.org"])
    known = await app.knowledge(app.subspace("tides4"))
    assert known.entities[0].name == "The New Bay"
    folder = app.folders.data / "plugins" / "tides4"
    assert [p.name for p in await asyncio.to_thread(lambda: list(folder.iterdir()))] == ["0.2.0"]


async def test_a_new_version_that_does_not_load_leaves_the_old_one_at_work(
    app: App, come: Come, tmp_path: Path
) -> None:
    await come(await wheel(Wheel(name="tides5", word="Old"), tmp_path))
    newer = Wheel(name="tides5", version="0.2.0")
    newer.code(NOT_LOADED_HERE + code_of(newer).partition('"""\n')[2])
    with pytest.raises(PluginError, match=r"not here; 0\.1\.0 is in its place again"):
        await come(await wheel(newer, tmp_path))
    known = await app.knowledge(app.subspace("tides5"))
    assert known.entities[0].name == "The Old Bay"
    lock = await asyncio.to_thread(locks.read, locks.lock_path(app.settings))
    assert lock.plugins["tides5"].version == "0.1.0"


@pytest.mark.slow
async def test_the_same_version_with_other_files_is_refused(
    app: App, come: Come, tmp_path: Path
) -> None:
    path = await wheel(Wheel(name="tides6", word="Old"), tmp_path)
    await come(path)
    other = await wheel(Wheel(name="tides6", word="New"), tmp_path)
    assert (await come(other))["refused"] == "namesake"
    await come(other, again=True)
    known = await app.knowledge(app.subspace("tides6"))
    assert known.entities[0].name == "The New Bay"


async def test_a_plugin_is_switched_off_and_on_again(app: App, come: Come, tmp_path: Path) -> None:
    await come(await wheel(Wheel(name="tides7"), tmp_path))
    off = await installing.switch(app, name="tides7", enabled=False)
    assert (off["state"], off["subspaces"]) == ("disabled", ["tides7"])
    state = plugged.state_of(app, "tides7")
    assert state is not None
    assert state.fault == "switched off"
    on = await installing.switch(app, name="tides7", enabled=True)
    assert (on["state"], on["subspaces"]) == ("loaded", ["tides7"])


async def test_a_plugin_of_the_environment_is_switched_off_and_never_removed(app: App) -> None:
    with pytest.raises(RefusedError) as refused:
        await installing.remove(app, name="movie")
    assert refused.value.hint.startswith("pip uninstall ammo-subspace-movie")
    await installing.switch(app, name="movie", enabled=False)
    assert "movie" not in {s.id for s in app.plugins.subspaces()}
    await installing.switch(app, name="movie", enabled=True)
    assert "movie" in {s.id for s in app.plugins.subspaces()}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os\nos._exit(7)\n", "_exit"),
        ("raise RuntimeError('no tide')\n", "no tide"),
        ("while True:\n    pass\n", "3 seconds"),
        ("import ctypes\nctypes.string_at(0)\n", "signal 11"),
        ("x = 1\n", "tides8"),
    ],
    ids=["exits", "raises", "hangs", "crashes", "offers nothing"],
)
async def test_a_plugin_that_cannot_be_loaded_apart_never_comes(
    app: App, come: Come, tmp_path: Path, code: str, says: str
) -> None:
    told = await come(await wheel(Wheel(name="tides8").code(code), tmp_path))
    assert told["refused"] == "probe"
    assert says in told["reason"]
    assert plugged.state_of(app, "tides8") is None
    assert not await asyncio.to_thread(locks.lock_path(app.settings).exists)


@pytest.mark.slow
async def test_a_name_or_a_subspace_that_is_taken_is_refused(
    app: App, come: Come, tmp_path: Path
) -> None:
    coin = Wheel(name="coins")
    coin.manifest('subspaces = ["coins"]', 'subspaces = ["coin"]')
    coin.code(code_of(coin).replace('SubspaceId("coins")', 'SubspaceId("coin")'))
    told = await come(await wheel(coin, tmp_path))
    assert (told["refused"], "coin" in told["reason"]) == ("namesake", True)


async def test_the_ledger_is_whole_after_an_erasure(app: App, come: Come, tmp_path: Path) -> None:
    await come(await wheel(Wheel(name="tides9"), tmp_path))
    await play(await app.world("tides9"), most=4)
    await play(await app.world("coin"), most=4)
    await installing.remove(app, name="tides9", erase=True)

    def asked() -> list[tuple[object, ...]]:
        with sqlite3.connect(app.folders.ledger) as db:
            return [*db.execute("PRAGMA foreign_key_check"), *db.execute("PRAGMA integrity_check")]

    assert await asyncio.to_thread(asked) == [("ok",)]
