"""A home of its own for every test: the command line as a process, or an app inside the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ammo_agents.settings import Loaded, load
from ammo_agents.testing.command import SCRIPTED, AmmoCommand


@pytest.fixture
def other(tmp_path: Path) -> AmmoCommand:
    """A second home with the same parts."""
    return AmmoCommand(tmp_path / "other", {**SCRIPTED, "AMMO_STORE": "exact"})


@pytest.fixture
def real(tmp_path: Path) -> AmmoCommand:
    """The command as people have it: SmolLM2, MiniLM and Chroma; one thread, since tests share the cores."""
    return AmmoCommand(tmp_path / "home", {"AMMO_MODEL_THREADS": "1", "AMMO_FREE_SPACE_MB": "0"})


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Awaitable[Loaded]]:
    """Make settings for an app inside the test's own process."""

    async def make(**more: str) -> Loaded:
        env = {**SCRIPTED, "AMMO_HOME": str(tmp_path / "home"), **more}
        return await asyncio.to_thread(load, env=env, cwd=tmp_path)

    return make
