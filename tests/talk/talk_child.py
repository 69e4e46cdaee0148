"""Answers one message until it is killed: run as a process of its own by `test_kill.py`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ammo_agents.app import opened
from ammo_agents.round.runs import Run
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED


async def main(home: str) -> None:
    """Say number after number, and print each that is kept."""
    loaded = load(env={**SCRIPTED, "AMMO_HOME": home, "AMMO_STORE": "exact"}, cwd=Path(home))
    async with opened(loaded, access="write") as app:
        message = {"id": "m_1", "role": "person", "text": "Go on.", "run": "r_1"}
        await app.ledger.diary.write("message/1", app.person, "message", message, topic="you")

        async def work(run: Run) -> None:
            await run.open("r_1-1", by="your User Buddy")
            for n in range(100_000):
                await run.say(f"{n} ")
                if n % 10 == 9:
                    await run.flush()
                    sys.stdout.write(f"{n}\n")
                    sys.stdout.flush()

        await app.runs.start(app.person, "answer", "Go on.", work, thread="you", run="r_1")
        await app.runs.done("r_1")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
