"""Lets these tests share small worlds, and a home with cards for those that speak the protocol."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ammo_agents.app import App, opened
from ammo_agents.round import play
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED

sys.path.insert(0, str(Path(__file__).parents[1] / "user"))
sys.path.insert(0, str(Path(__file__).parent))
START = dt.date(2020, 3, 8)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[App]:
    """An app with some cards of the Coin subspace to choose from."""
    env = {
        **SCRIPTED,
        "AMMO_HOME": str(tmp_path / "home"),
        "AMMO_STORE": "exact",
        "AMMO_SLOTS": "4",
    }
    loaded = await asyncio.to_thread(load, env=env, cwd=tmp_path)
    async with opened(loaded, access="write") as app:
        world = await app.world(start=START)
        for _ in range(2):
            await play(world, most=8)
        yield app
