"""A home with cards, a clock that can be moved, and a model whose every call is counted."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from ammo_agents.app import App, opened
from ammo_agents.settings import Loaded
from ammo_agents.testing import FixedClock

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> FixedClock:
    """Noon of a summer's day, in UTC."""
    return FixedClock(NOON)


@pytest.fixture
async def app(played: Callable[..., Loaded], clock: FixedClock) -> AsyncIterator[App]:
    """An app with some cards, and a person who liked one of them five hours ago."""
    clock.move(dt.timedelta(hours=-5))
    loaded = await asyncio.to_thread(partial(played, clock=clock, AMMO_SLOTS="4"))
    async with opened(loaded, access="write", clock=clock) as app:
        await app.world()
        companion = await app.companion()
        shown = await companion.show()
        await companion.record("like", shown.cards[0].creation)
        clock.move(dt.timedelta(hours=5))
        yield app
