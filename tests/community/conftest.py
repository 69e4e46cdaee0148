"""A small coin home, and ratings logs of its coins."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from ammo_agents.app import App, opened
from ammo_agents.settings import Loaded

sys.path.insert(0, str(Path(__file__).parent))

from coin_logs import rows, write


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of forty people of two tastes."""
    return write(tmp_path / "log", rows())


@pytest.fixture
def wrote(tmp_path: Path) -> Callable[..., Awaitable[Path]]:
    """Write another log."""
    return lambda *given: asyncio.to_thread(write, tmp_path / "another", *given)


@pytest.fixture
async def app(played: Callable[..., Loaded]) -> AsyncIterator[App]:
    """An app with some cards to choose from; the greedy buddy, so that slates can be compared."""
    greedy = {"AMMO_SLOTS": "4", "AMMO_EXPLORATION": "0"}
    made = await asyncio.to_thread(partial(played, rounds=4, most=8, **greedy))
    async with opened(made, access="write") as app:
        await app.world()
        yield app
