"""A home with four small subspaces and their cards; made once, copied for every test."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from ammo_agents.app import App, opened

sys.path.insert(0, str(Path(__file__).parent))

from planting import CARDS, loaded_at, plant


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with planted cards, which no test may change."""
    home = tmp_path_factory.mktemp("many") / "home"

    async def make() -> None:
        async with opened(loaded_at(home), access="write") as app:
            await plant(app, CARDS)

    with ThreadPoolExecutor(1) as own:
        own.submit(asyncio.run, make()).result()
    return home


@pytest.fixture
async def home(kept: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    await asyncio.to_thread(shutil.copytree, kept, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
async def app(home: Path) -> AsyncIterator[App]:
    """A running AMMO with four subspaces."""
    loaded = await asyncio.to_thread(loaded_at, home)
    async with opened(loaded, access="write") as app:
        yield app


@pytest.fixture
def again(home: Path) -> Callable[[], object]:
    """Open the same home once more, as after a restart."""
    return partial(opened, loaded_at(home), access="write")
