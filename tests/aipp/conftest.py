"""Lets these tests share small worlds, and a home with cards for those that speak the protocol."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from ammo_agents.app import App, opened
from ammo_agents.settings import Loaded

sys.path.insert(0, str(Path(__file__).parents[1] / "user"))
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def home(played: Callable[..., Loaded]) -> AsyncIterator[App]:
    """An app with some cards of the Coin subspace to choose from."""
    loaded = await asyncio.to_thread(partial(played, most=8, AMMO_SLOTS="4"))
    async with opened(loaded, access="write") as app:
        await app.world()
        yield app
