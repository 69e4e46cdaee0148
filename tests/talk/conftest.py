"""An app with cards in the Coin world and nobody on the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from ammo_agents.app import App, opened
from ammo_agents.settings import Loaded
from ammo_agents.views import replying


@pytest.fixture
async def app(played: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    """An app with a round of cards, two subspaces and buddies that do not pause."""
    monkeypatch.setattr(replying, "PAUSE", 0.0)
    loaded = await asyncio.to_thread(partial(played, rounds=1, AMMO_SLOTS="4"))
    async with opened(loaded, access="write") as app:
        await app.world()
        yield app
