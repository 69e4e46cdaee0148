"""Health: one word for anybody, everything for the owner, and the same checks as the terminal."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Awaitable, Callable

import httpx
import pytest

from ammo_agents.app import App
from ammo_agents.views import checks, house
from ammo_agents.web.server import Server

Came = Callable[..., Awaitable[httpx.AsyncClient]]
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


async def test_anybody_hears_one_word_and_nothing_else(come: Came) -> None:
    client = await come(None)
    for headers in ({}, BROWSER, {"Accept": "*/*"}):
        answer = await client.get("/health", headers=headers)
        assert (answer.status_code, answer.text) == (200, "ok")
        assert answer.headers["content-type"].startswith("text/plain")


async def test_a_fault_makes_the_word_degraded_without_saying_which(
    come: Came, server: Server, app: App
) -> None:
    server.fault = f"the model under {app.folders.data} is gone"
    client = await come(None)
    assert (await client.get("/health")).text == "degraded"


async def test_the_owner_sees_the_checks_of_the_doctor(come: Came, app: App) -> None:
    client = await come()
    page = await client.get("/health", headers=BROWSER)
    assert page.status_code == 200
    named = [one["name"] for one in (await house.doctor(app))["checks"]]
    assert re.findall(r"<strong>([^<]+)<span class=\"visually-hidden\">", page.text) == named
    assert {"memory", "write access", "port", "network", "keys", "index", "ledger"} <= set(named)
    assert "What leaves this machine" in page.text
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?! type=\"module\" src)", page.text)


async def test_the_owner_sees_what_is_wrong(come: Came, server: Server) -> None:
    server.fault = "The model <b>is gone</b>"
    client = await come()
    page = (await client.get("/health", headers=BROWSER)).text
    assert "The model &lt;b&gt;is gone&lt;/b&gt;" in page
    assert "It works, with less" in page


async def test_somebody_without_the_right_hears_the_word_alone(come: Came) -> None:
    client = await come("bea", role="user")
    assert (await client.get("/health", headers=BROWSER)).text == "ok"
    assert (await client.get("/api/v1/health")).status_code == 403


async def test_the_api_tells_runs_costs_and_refusals(come: Came) -> None:
    client = await come()
    told = (await client.get("/api/v1/health")).json()
    assert {"state", "checks", "status", "spenders", "runs", "refused", "server"} <= set(told)
    assert told["spenders"][0]["name"] == "models"
    assert [one["subspace"] for one in told["refused"]] == ["coin", "edu", "job", "movie"]
    buddies = next(one for one in told["spenders"] if "Coin" in one["name"])
    assert buddies["creations"] > 0


async def test_what_each_buddy_saw_is_shown(come: Came) -> None:
    client = await come()
    page = await client.get("/sees")
    assert page.status_code == 200
    assert (await client.get("/sees?buddy=bitcoin&subspace=coin")).status_code == 200
    assert (await client.get("/sees?buddy=nobody")).status_code == 404


async def test_no_key_is_ever_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    told = json.dumps(await house.doctor(app))
    assert "OPENAI_API_KEY is set" in told
    assert "sk-very-secret" not in told


async def test_a_server_that_answers_and_one_that_was_killed_are_told_apart(app: App) -> None:
    place = app.folders.data / checks.ADDRESS
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        await asyncio.to_thread(place.write_text, json.dumps({"port": port}), "utf-8")
        assert "AMMO answers at" in (await _named(app, "port"))["detail"]
    found = await _named(app, "port")
    assert found["state"] == "warn"
    assert "does not answer" in found["detail"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"port": "x"}', "\x00"])
async def test_a_damaged_address_file_is_no_crash(app: App, text: str) -> None:
    place = app.folders.data / checks.ADDRESS
    await asyncio.to_thread(place.write_text, text, "utf-8")
    assert (await _named(app, "port"))["state"] in {"ok", "warn"}


async def test_offline_is_said(settings_of: Callable[..., Awaitable[object]], app: App) -> None:
    assert "nothing leaves" in (await _named(app, "network"))["detail"]


async def _named(app: App, name: str) -> dict[str, str]:
    return next(one for one in await checks.further(app) if one["name"] == name)
