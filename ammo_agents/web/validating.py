"""Holds an installed plugin to its contract in a process of its own: what ``ammo check`` says, for a page."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from ammo_agents.app import App
from ammo_agents.settings import child_environment

SECONDS = 120.0
"""How long a check may take."""


async def checked(app: App, name: str) -> dict[str, Any]:
    """Return the report of ``ammo check NAME --json``; what went wrong with the check itself is in ``fault``."""
    home = {} if app.settings.home is None else {"AMMO_HOME": str(app.settings.home)}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "ammo_agents.cli.main",
        "check",
        "--json",
        "--",
        name,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment(**home),
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, wrong = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return {"name": name, "fault": f"the check was not done after {SECONDS:g} seconds"}
    try:
        return {"name": name, "fault": "", **json.loads(said)}
    except ValueError:
        last = wrong.decode(errors="replace").strip().splitlines()[:3]
        return {"name": name, "fault": " ".join(last) or f"the check ended with {child.returncode}"}
