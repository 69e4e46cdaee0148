"""Homes for every test: empty ones, and copies of one that was played once.

A round of cards costs a quarter of a second of CPU; a copy of its home costs a hundredth.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from ammo_agents.app import App, opened
from ammo_agents.ports import Clock
from ammo_agents.round import play
from ammo_agents.settings import Loaded, load
from ammo_agents.testing.command import SCRIPTED, AmmoCommand

START = dt.date(2020, 3, 8)
"""Where the Coin world of these homes begins: a week of large moves."""


class Played(Protocol):
    """Makes the home of a test after `rounds` of its world, each of at most `most` cards."""

    def __call__(
        self, *, rounds: int = 2, most: int = 6, clock: Clock | None = None, **settings: str
    ) -> Loaded: ...


def loaded_at(home: Path, settings: Mapping[str, str]) -> Loaded:
    """Return the settings of a home with the scripted model, the hashing embedder and the exact store."""
    env = {**SCRIPTED, "AMMO_STORE": "exact", "AMMO_HOME": str(home), **settings}
    return load(env=env, cwd=home.parent)


@pytest.fixture
def scripted(tmp_path: Path) -> AmmoCommand:
    """The command with the scripted model, the hashing embedder and the exact store."""
    return AmmoCommand(tmp_path / "home", {**SCRIPTED, "AMMO_STORE": "exact"})


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Awaitable[Loaded]]:
    """Make settings for an app inside the test's own process."""

    async def make(**more: str) -> Loaded:
        return await asyncio.to_thread(loaded_at, tmp_path / "home", more)

    return make


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture
def played(_homes: Path, tmp_path: Path) -> Played:
    """Give the test a home with cards; the same one that `scripted` uses."""

    def make(
        *, rounds: int = 2, most: int = 6, clock: Clock | None = None, **settings: str
    ) -> Loaded:
        at = "" if clock is None else f"{clock.now():%Y%m%dT%H%M%S}"
        said = "_".join(f"{k}-{v}" for k, v in sorted(settings.items()))
        kept = _homes / f"{rounds}_{most}_{at}_{said}"
        if not kept.exists():
            with ThreadPoolExecutor(1) as own:  # a thread without a loop: tests call from anywhere
                made = _play(loaded_at(kept, settings), rounds=rounds, most=most, clock=clock)
                own.submit(asyncio.run, made).result()
        shutil.copytree(kept, tmp_path / "home")
        return loaded_at(tmp_path / "home", settings)

    return make


async def _play(loaded: Loaded, *, rounds: int, most: int, clock: Clock | None) -> None:
    async with opened(loaded, access="write", clock=clock) as app:
        world = await app.world(start=START)
        for _ in range(rounds):
            await play(world, most=most)


@pytest.fixture
async def app(played: Played) -> AsyncIterator[App]:
    """An app with some cards to choose from."""
    loaded = await asyncio.to_thread(played, AMMO_SLOTS="4")
    async with opened(loaded, access="write") as app:
        await app.world()
        yield app
