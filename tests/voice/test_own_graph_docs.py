"""The page on graphs and principles: its example runs, its tables are what the code knows."""

import asyncio
import datetime as dt
import re
from pathlib import Path
from types import ModuleType

import pytest

from ammo_agents.app import opened
from ammo_agents.goal.guest import CALLS
from ammo_agents.hooks import hookimpl
from ammo_agents.records import VOCABULARY, BuddyId, EntityId, GoalBuddy, SubspaceId
from ammo_agents.round import play

PAGE = (Path(__file__).parents[2] / "docs" / "authoring-graph.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def example() -> ModuleType:
    module = ModuleType("ammo_graph_digest")
    exec(compile(EXAMPLE[0], "ammo_graph_digest.py", "exec"), vars(module))
    return module


def digests() -> ModuleType:
    """Return a plugin with a buddy that names the example."""
    module = ModuleType("digests")

    @hookimpl
    def ammo_buddies() -> list[GoalBuddy]:
        return [
            GoalBuddy(
                id=BuddyId("coin/digest"),
                subspace=SubspaceId("coin"),
                entity=EntityId("coin/bitcoin"),
                name="Digest",
                schedule="daily",
                graph="digest",
            )
        ]

    module.ammo_buddies = ammo_buddies  # type: ignore[attr-defined]
    return module


async def test_the_example_writes_cards_in_a_round(example, settings_of) -> None:
    async with opened(await settings_of(), access="write") as app:
        for name, module in (("digest", example), ("digests", digests())):
            added = await asyncio.to_thread(app.plugins.add, name, module)
            assert added.fault == ""
        world = await app.world("coin", start=dt.date(2020, 3, 8))
        reports = [await play(world, most=6) for _ in range(2)]
        cards = [c for r in reports for c in r.published if c.buddy == "coin/digest"]
        assert cards
        assert {c.prompt for c in cards} == {"graph:digest"}
        assert all(c.cost == 0 for c in cards)
        assert not dict(reports[-1].faults)


def test_the_example_is_about_thirty_lines() -> None:
    assert len(EXAMPLE) == 1
    assert len([line for line in EXAMPLE[0].splitlines() if line.strip()]) <= 36


def test_the_page_lists_every_principle_that_is_checked() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", PAGE.split("## Principles")[1], re.MULTILINE)
    assert tuple(rows[: len(VOCABULARY)]) == VOCABULARY


def test_the_page_tells_how_often_a_model_may_be_asked() -> None:
    assert f"{CALLS} calls a card" in PAGE
