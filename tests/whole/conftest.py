"""A home of its own for every test, and the command line as a process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.settings import Loaded, load

AMMO = Path(sys.executable).with_name("ammo")
SCRIPTED = {
    "AMMO_PLUGIN_MODULES": "ammo_agents.testing.plugin",
    "AMMO_MODEL": "scripted/shots",
    "AMMO_EMBEDDER": "scripted/hash",
    "AMMO_FREE_SPACE_MB": "0",
}


class Ammo:
    """The installed command on one home."""

    def __init__(self, home: Path, env: dict[str, str]) -> None:
        self.home = home
        self.env = {**os.environ, **env, "AMMO_HOME": str(home), "NO_COLOR": "1"}

    def __call__(
        self, *words: str, typed: str = "", code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run one verb to its end and check its exit code."""
        done = subprocess.run(
            [AMMO, *words], input=typed, env=self.env, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == code, (
            words,
            done.returncode,
            done.stdout[-2000:],
            done.stderr[-2000:],
        )
        return done

    def json(self, *words: str) -> dict[str, Any]:
        """Run one verb with --json and return what it prints."""
        answer: dict[str, Any] = json.loads(self(*words, "--json").stdout)
        return answer

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a verb that stays."""
        return subprocess.Popen(
            [AMMO, *words],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def scripted(tmp_path: Path) -> Ammo:
    """The command with the scripted model, the hashing embedder and the exact store."""
    return Ammo(tmp_path / "home", {**SCRIPTED, "AMMO_STORE": "exact"})


@pytest.fixture
def real(tmp_path: Path) -> Ammo:
    """The command as people have it: SmolLM2, MiniLM and Chroma; one thread, since tests share the cores."""
    return Ammo(tmp_path / "home", {"AMMO_MODEL_THREADS": "1", "AMMO_FREE_SPACE_MB": "0"})


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Awaitable[Loaded]]:
    """Make settings for an app inside the test's own process."""

    async def make(**more: str) -> Loaded:
        env = {**SCRIPTED, "AMMO_HOME": str(tmp_path / "home"), **more}
        return await asyncio.to_thread(load, env=env, cwd=tmp_path)

    return make
