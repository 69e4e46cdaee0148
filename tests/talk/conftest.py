"""An app with cards in the Coin world and nobody on the network."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ammo_agents.app import App, opened
from ammo_agents.round import play
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED
from ammo_agents.views import replying

START = dt.date(2020, 3, 8)


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    """An app with a round of cards, two subspaces and buddies that do not pause."""
    monkeypatch.setattr(replying, "PAUSE", 0.0)
    env = {
        **SCRIPTED,
        "AMMO_HOME": str(tmp_path / "home"),
        "AMMO_STORE": "exact",
        "AMMO_SLOTS": "4",
    }
    loaded = await asyncio.to_thread(load, env=env, cwd=tmp_path)
    async with opened(loaded, access="write") as app:
        world = await app.world(start=START)
        await play(world, most=6)
        yield app
