"""The doors of the web app: search, import, MCP over HTTP, metrics."""

from __future__ import annotations

import asyncio
import re

import httpx
import httpx2
import jsonschema_specifications  # type: ignore[import-untyped]  # noqa: F401 - the client would read its schemas from disk inside the loop
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from prometheus_client.parser import text_string_to_metric_families
from running_ammo import Running

pytestmark = pytest.mark.timeout(200)  # whole processes start here

OPML = b"<opml><body><outline text='Bitcoin Magazine'/><outline text='Ethereum &lt;i&gt;'/></body></opml>"
BOMB = b'<!DOCTYPE o [<!ENTITY a "a">]><opml><body><outline text="&a;"/></body></opml>'


async def test_the_official_client_calls_the_tools_over_http_with_a_token(up: Running) -> None:
    web = await asyncio.to_thread(httpx2.AsyncClient, headers=up.headers)  # reads certificates
    async with (
        web,
        Client(streamable_http_client(f"{up.url}/mcp", http_client=web)) as client,
    ):
        assert len((await client.list_tools()).tools) == 7
        found = await client.call_tool("search_metaspace", {"words": "bitcoin fell", "n": 2})
        assert found.structured_content is not None
        assert len(found.structured_content["cards"]) == 2
    async with httpx.AsyncClient(base_url=up.url) as stranger:
        assert (await stranger.post("/mcp", json={})).status_code == 401
        wrong = {"authorization": "Bearer wrong"}
        assert (await stranger.post("/mcp", json={}, headers=wrong)).status_code == 401
        evil = {**up.headers, "origin": "https://evil.example"}
        assert (await stranger.post("/mcp", json={}, headers=evil)).status_code == 403


def test_search_import_and_metrics_over_http(up: Running) -> None:
    with httpx.Client(base_url=up.url, headers=up.headers, timeout=30) as web:
        found = web.get("/api/v1/search", params={"words": "bitcoin fell", "n": 3}).json()
        assert len(found["cards"]) == len(found["facts"]) == 3
        assert web.get("/api/v1/search").status_code == 422
        assert web.get("/api/v1/search", params={"words": " "}).status_code == 422
        assert web.get("/api/v1/search", params={"words": "a", "n": 10**9}).status_code == 422

        refused = web.post("/api/v1/import", files={"file": ("o.opml", BOMB)})
        assert refused.status_code == 422
        assert "DTDForbidden" in refused.json()["detail"]
        huge = web.post("/api/v1/import", files={"file": ("o.opml", b"x" * 5_000_001)})
        assert huge.status_code == 413
        shown = web.post("/api/v1/import", files={"file": ("o.opml", OPML)}).json()
        assert [w["topic"] for w in shown["wishes"]] == ["Bitcoin", "Ethereum"]
        assert up.events() == 0
        page = web.post("/you/import", files={"file": ("o.opml", OPML)})
        assert page.status_code == 200, page.text
        wishes = re.findall(r'name="wish" value="([^"]+)"', page.text)
        assert wishes == ["more|Bitcoin", "more|Ethereum"]
        file = re.findall(r'name="file" value="([^"]+)"', page.text)[0]
        kept = web.post("/you/import/keep", data={"file": file, "wish": wishes[:1]})
        assert (kept.status_code, up.events()) == (303, 1)
        assert "1 wishes kept" in web.get("/you/import").text
        assert web.post("/you/import/undo", data={"file": file}).status_code == 303
        assert up.events() == 0
        assert (
            web.post("/you/import/keep", data={"file": "../x", "wish": "more|a"}).status_code == 422
        )

        card = up.home.json("feed", "-n", "1")["cards"][0]["id"]
        up.home("like", card)
        answer = web.get("/metrics")
        assert answer.status_code == 200
        assert httpx.get(f"{up.url}/metrics").status_code == 401
    metrics = {f.name: f for f in text_string_to_metric_families(answer.text)}
    assert sum(s.value for s in metrics["ammo_cards_published"].samples) > 0
    acts = {s.labels["act"]: s.value for s in metrics["ammo_acts"].samples}
    assert acts == {"like": 1}
    assert metrics["ammo_slates"].samples[0].value == 1
    assert metrics["ammo_streams"].samples[0].value == 0
    assert "you" not in {v for f in metrics.values() for s in f.samples for v in s.labels.values()}
