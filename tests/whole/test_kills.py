"""Kill -9 of the whole app at random moments: nothing acknowledged is lost, doubled or torn."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ammo_agents.ledger import SqliteLedger
from ammo_agents.round import cited
from ammo_agents.testing.command import SCRIPTED

KILLS = 15
CHILD = Path(__file__).with_name("loop_child.py")


def child_on(home: Path) -> subprocess.Popen[str]:
    """Start the child on a home, and return it once it is ready."""
    settings = [
        f"{k}={v}" for k, v in {**SCRIPTED, "AMMO_STORE": "exact", "AMMO_HOME": str(home)}.items()
    ]
    line = ["env", *settings, sys.executable, str(CHILD)]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    first = child.stdout.readline().split()
    assert first == ["ready"], first
    return child


def pace(home: Path) -> float:
    """Return the seconds until a child acknowledges something for the first time: machines, and their load, differ."""
    with child_on(home) as child:
        started = time.monotonic()
        assert child.stdout is not None
        assert child.stdout.readline().startswith("published")
        took = time.monotonic() - started
        child.kill()
    return took


def one_life(home: Path, seconds: float) -> list[list[str]]:
    """Let the child live for `seconds` after it is ready, kill it, and return what it acknowledged."""
    with child_on(home) as child:
        assert child.stdout is not None
        timer = threading.Timer(seconds, os.kill, (child.pid, signal.SIGKILL))
        timer.start()
        lines = [line.split() for line in child.stdout if line.endswith("\n")]
        assert child.wait() == -signal.SIGKILL
    return lines


@pytest.mark.slow
@pytest.mark.timeout(420)
async def test_the_whole_app_is_killed_and_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    home = tmp_path / "home"
    acknowledged: list[list[str]] = []
    first = await asyncio.to_thread(pace, tmp_path / "paced")
    for seconds in first * rng.uniform(0.02, 2.0, KILLS):
        acknowledged += await asyncio.to_thread(one_life, home, float(seconds))
        await _whole(home, acknowledged)
    assert len(acknowledged) > KILLS


async def _whole(home: Path, acknowledged: list[list[str]]) -> None:
    ledger = await SqliteLedger.open(home / "data" / "ledger.db", read_only=True)
    try:
        creations = await ledger.creations()
        ids = [c.id for c in creations]
        assert len(ids) == len(set(ids))
        texts = [c.text for c in creations]
        assert len(texts) == len(set(texts))
        rows, matrix = await ledger.vectors()
        assert set(rows) == set(ids)
        assert np.allclose(np.linalg.norm(matrix, axis=1), 1.0, atol=1e-3) or not ids
        for creation in creations:
            wanted = cited(creation)
            assert len(await ledger.facts(ids=wanted)) == len(wanted)
        acts = [f.id for f in await ledger.feedback("you")]
        assert len(acts) == len(set(acts))
        assert {words[1] for words in acknowledged if words[0] == "published"} <= set(ids)
        assert {words[2] for words in acknowledged if words[0] == "liked"} <= set(acts)
    finally:
        await ledger.close()
