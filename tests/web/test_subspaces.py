"""The shelf tells what is installed and how it does; each buddy has a page; hostile names stay text."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from ammo_agents.app import App
from ammo_agents.plugins.found import of_module
from ammo_agents.records import SubspaceId
from ammo_agents.views import districts
from ammo_agents.web.server import Server

Came = Callable[..., Awaitable[httpx.AsyncClient]]


async def test_the_shelf_counts_what_the_ledger_holds(app: App) -> None:
    found = {one["id"]: one for one in (await districts.districts(app))["subspaces"]}
    coin = found["coin"]
    creations = await app.ledger.creations(subspace=SubspaceId("coin"))
    assert coin["cards"] == len(creations) > 0
    assert sum(b["cards"] for b in coin["buddies"]) == len(creations)
    assert coin["sourced"] == coin["sentences"] > 0
    assert coin["grounding"] == 1.0
    assert coin["day"] == "2020-03-11" or coin["day"] > "2020-03-08"
    assert coin["tried"] >= len(creations)
    assert found["movie"]["grounding"] is None
    assert found["movie"]["health"]["state"] == "empty"
    assert {act["name"] for act in found["movie"]["actions"]} >= {"watched", "want", "rate5"}


async def test_what_the_index_knows_is_shown_with_its_command_and_not_fetched(
    app: App, tmp_path: Path
) -> None:
    bread = {
        "name": "bread",
        "title": "Bread",
        "summary": "Loaves.",
        "capabilities": {"model": True},
    }
    text = json.dumps({"format": 1, "entries": [bread, {"name": "coin"}]})
    await asyncio.to_thread((tmp_path / "index.json").write_text, text)
    loaded = replace(app.loaded, settings=replace(app.settings, plugin_index=str(tmp_path)))
    found = await districts.districts(replace(app, loaded=loaded))
    (one,) = found["available"]
    assert one["install"] == "ammo install bread"
    assert one["asks"] == ["model: its buddies ask the language model"]
    away = replace(app.settings, plugin_index="https://example.org/index.json")
    found = await districts.districts(replace(app, loaded=replace(app.loaded, settings=away)))
    assert (found["available"], "ammo plugin search" in found["index_fault"]) == ([], True)


async def test_the_owner_switches_a_plugin_off_and_on_and_others_may_not(
    come: Came, app: App
) -> None:
    client = await come()
    assert (await client.post("/plugins/movie", data={"do": "disable"})).status_code == 303
    page = await client.get("/subspaces")
    assert "Switched off" in page.text
    assert "ammo plugin enable movie" in page.text
    assert "movie" not in {s.id for s in app.plugins.subspaces()}
    assert (await client.post("/plugins/movie", data={"do": "enable"})).status_code == 303
    assert "movie" in {s.id for s in app.plugins.subspaces()}
    assert (await client.post("/plugins/movie", data={"do": "remove"})).status_code == 403
    assert (await client.post("/plugins/nobody", data={"do": "enable"})).status_code == 404
    other = await come("bea", role="user")
    assert (await other.post("/plugins/movie", data={"do": "disable"})).status_code == 403


async def test_a_check_from_the_page_runs_apart_and_tells_why_it_could_not(
    come: Came, server: Server
) -> None:
    client = await come()
    assert (await client.post("/plugins/nobody", data={"do": "check"})).status_code == 303
    assert "nobody" in server.checks["nobody"]["fault"]


async def test_a_plugin_that_raised_is_quarantined_with_its_traceback_folded(
    come: Came, app: App, tmp_path: Path
) -> None:
    code = "def ammo_subspaces():\n    raise ValueError('<b>no tide</b>')\nraise ValueError('<b>no tide</b>')\n"
    await asyncio.to_thread((tmp_path / "ammo_ebb.py").write_text, code)
    sys.path.append(str(tmp_path))
    try:
        await asyncio.to_thread(app.plugins.bring, await asyncio.to_thread(of_module, "ammo_ebb"))
    finally:
        sys.path.remove(str(tmp_path))
    page = await (await come()).get("/subspaces")
    assert "Quarantined" in page.text
    assert "&lt;b&gt;no tide&lt;/b&gt;" in page.text
    assert "Traceback, for its author" in page.text
    assert "<b>no tide" not in page.text


async def test_the_page_names_every_subspace_its_licence_and_its_acts(come: Came) -> None:
    client = await come()
    page = await client.get("/subspaces")
    assert page.status_code == 200
    for words in ("Coin", "Movie", "CC BY 4.0", "CC BY-SA 4.0", "Want to watch", "pip uninstall"):
        assert words in page.text
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?! type=\"module\" src)", page.text)


async def test_a_buddy_has_its_place_its_budget_its_cards_and_a_way_to_ask_it(
    come: Came, app: App
) -> None:
    client = await come()
    creation = (await app.ledger.creations(subspace=SubspaceId("coin")))[0]
    page = await client.get(f"/buddy/{creation.buddy}")
    assert page.status_code == 200
    assert f"/card/{creation.id}" in page.text
    assert 'action="/chat"' in page.text
    assert f"of {app.settings.creations_per_day}" in page.text
    told = (await client.get(f"/api/v1/buddies/{creation.buddy}")).json()
    assert told["published"] == len(await app.ledger.creations(buddy=creation.buddy))
    assert {near["id"] for near in told["near"]}


@pytest.mark.parametrize(
    "path", ["/buddy/coin/nobody", "/buddy/nowhere/bitcoin", "/buddy/coin/%00", "/buddy/coin/a%2Fb"]
)
async def test_a_buddy_that_nobody_knows_is_refused(come: Came, path: str) -> None:
    client = await come()
    assert (await client.get(path)).status_code in {404, 422}


async def test_the_owner_lets_buddies_write_and_pauses_them(come: Came, server: Server) -> None:
    client = await come()
    assert (await client.post("/subspaces/coin", data={"do": "start"})).status_code == 303
    assert SubspaceId("coin") in server.runtimes
    assert (await client.post("/subspaces/coin", data={"do": "pause"})).status_code == 303
    assert SubspaceId("coin") not in server.runtimes


async def test_somebody_else_may_not_switch_them(come: Came, server: Server) -> None:
    client = await come("bea", role="user")
    assert (await client.get("/subspaces")).status_code == 200
    assert (await client.post("/subspaces/coin", data={"do": "start"})).status_code == 403
    assert server.runtimes == {}


async def test_a_switch_that_is_none_is_refused(come: Came) -> None:
    client = await come()
    assert (await client.post("/subspaces/coin", data={"do": "explode"})).status_code == 422
    assert (await client.post("/subspaces/nowhere", data={"do": "start"})).status_code == 404


async def test_nobody_gets_no_shelf(come: Came) -> None:
    client = await come(None)
    for path in ("/subspaces", "/buddy/coin/bitcoin", "/api/v1/shelf"):
        assert (await client.get(path)).status_code == 401


async def test_asking_a_buddy_from_its_page_leads_to_the_talk_with_it(come: Came) -> None:
    client = await come()
    said = {"thread": "coin/bitcoin", "text": "What is new?"}
    told = await client.post("/chat", data=said)
    assert told.status_code == 303
    assert "with=coin" in told.headers["location"]
    assert (await client.get(told.headers["location"])).status_code == 200
