"""A process that dies in the middle of an answer leaves its words, marked as broken off (rule 8, D1)."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from ammo_agents.app import opened
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED
from ammo_agents.views import chat

CHILD = Path(__file__).with_name("talk_child.py")


def killed_in_mid_answer(home: Path) -> int:
    """Start an answer in a process, kill it after some acknowledged pieces, return the last one."""
    home.mkdir()
    line = [sys.executable, str(CHILD), str(home)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = 0
        while acknowledged < 99:
            acknowledged = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split("\n")
    whole = [int(n) for n in rest[:-1] if n]
    return max([acknowledged, *whole])


async def test_kill_in_mid_answer_keeps_every_acknowledged_word(tmp_path: Path) -> None:
    home = tmp_path / "home"
    last = await asyncio.to_thread(killed_in_mid_answer, home)
    env = {**SCRIPTED, "AMMO_HOME": str(home), "AMMO_STORE": "exact"}
    loaded = await asyncio.to_thread(load, env=env, cwd=tmp_path)
    async with opened(loaded, access="write") as app:
        turn = (await chat.thread(app, thread="you"))["turns"][0]
        assert (turn["state"], turn["retry"]) == ("interrupted", True)
        answer = turn["answers"][0]
        assert answer["state"] == "interrupted"
        words = answer["text"].split()
        assert len(words) > last
        assert words == [str(n) for n in range(len(words))]
