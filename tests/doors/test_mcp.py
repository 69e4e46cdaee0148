"""Other agents at the door: the official MCP client, over stdio, to a real child process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jsonschema_specifications  # type: ignore[import-untyped]  # noqa: F401 - the client would read its schemas from disk inside the loop
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult
from running_ammo import Running

from ammo_agents.testing.command import AmmoCommand

pytestmark = pytest.mark.timeout(200)  # whole processes start here

TOOLS = {
    "ask_buddy", "forget", "give_feedback", "next_cards", "remember", "search_metaspace", "why",
}  # fmt: skip


@asynccontextmanager
async def agent(home: AmmoCommand) -> AsyncIterator[Client]:
    command, *args = home.line("mcp")
    async with Client(StdioServerParameters(command=command, args=args)) as client:
        yield client


async def use(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


async def test_an_agent_uses_every_tool(filled: AmmoCommand) -> None:
    async with agent(filled) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        shown = await use(client, "next_cards", n=3)
        first, second = (shown["cards"][k]["id"] for k in (0, 1))
        given = await use(client, "give_feedback", card=first, act="like", key="k1")
        assert given["events"] == 1
        assert (await use(client, "give_feedback", card=first, act="like", key="k1"))["repeated"]
        sum_of = await use(client, "why", card=second)
        assert sum(p["value"] for p in sum_of["parts"]) == pytest.approx(sum_of["score"], abs=1e-6)
        found = await use(client, "search_metaspace", words="bitcoin fell", n=3)
        assert len(found["cards"]) == 3
        assert found["facts"][0]["score"] >= found["facts"][1]["score"]
        answer = await use(client, "ask_buddy", question="what is it?", buddy="bitcoin")
        assert answer["sources"]
        kept = await use(client, "remember", words="more mining, less price talk")
        assert [w["topic"] for w in kept["wishes"]] == ["mining", "price talk"]
        assert kept["events"] == 3
        gone = await use(client, "forget", line=kept["wishes"][0]["feedback"])
        assert gone["events"] == 2


async def test_feedback_on_a_card_that_was_not_shown_is_refused_with_the_way_out(
    filled: AmmoCommand,
) -> None:
    card = (await asyncio.to_thread(filled.json, "feed", "--all"))["cards"][0]["id"]
    async with agent(filled) as client:
        said = await refused(client, "give_feedback", card=card, act="like")
        assert "AMMO-0101" in said
        assert "AMMO-0101" in await refused(client, "give_feedback", card="c_zzzzz", act="like")
        assert await refused(client, "search_metaspace", words="")
        assert await refused(client, "next_cards", n=10_000)
    assert (await asyncio.to_thread(filled.json, "you", "show"))["events"] == 0


async def test_a_preview_of_remember_keeps_nothing(filled: AmmoCommand) -> None:
    async with agent(filled) as client:
        shown = await use(client, "remember", words="more mining", confirmed=False)
        assert shown["kept"] is False
    assert (await asyncio.to_thread(filled.json, "you", "show"))["events"] == 0


async def test_the_tools_go_through_the_running_ammo(up: Running) -> None:
    async with agent(up.home) as client:
        shown = await use(client, "next_cards", n=2)
        given = await use(client, "give_feedback", card=shown["cards"][0]["id"], act="like")
        assert given["events"] == 1
    assert up.process.poll() is None


def test_without_the_package_the_verb_names_what_to_install(scripted: AmmoCommand) -> None:
    source = (
        "import sys; sys.modules['mcp'] = None; sys.argv = ['ammo', 'mcp', '--json'];"
        "from ammo_agents.cli.main import app; from ammo_agents.errors import AmmoError\n"
        "try:\n    app(standalone_mode=False, args=['mcp'])\n"
        "except AmmoError as error:\n    print(error.code, error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=55
    )
    assert done.stdout.strip() == "AMMO-0103 pip install 'ammo-agents[mcp]'"


def test_search_finds_what_the_words_say(filled: AmmoCommand) -> None:
    title = filled.json("feed", "--all")["cards"][0]["title"]
    found = filled.json("search", title)
    assert found["cards"][0]["score"] >= found["cards"][-1]["score"]
    assert title in [card["title"] for card in found["cards"][:3]]
    done = filled("search", "   ", code=2)
    assert "AMMO-0100" in done.stderr
    assert json.loads(filled("you", "show", "--json").stdout)["events"] == 0
