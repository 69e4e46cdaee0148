"""A new way into the running app: a link that works once."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.round import login

Plain = dict[str, Any]


async def link(app: App) -> Plain:
    """Make a link into the app that runs on this home.

    Raises:
        BadInputError: no app runs here.
    """
    place = app.folders.data / "server.json"
    try:
        told = json.loads(await asyncio.to_thread(place.read_text, encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        told = {}
    # The app that runs owns the home, so this runs in its process; another's note is of one that was killed.
    if told.get("pid") != os.getpid():
        raise BadInputError("no app is running on this home", hint="Start it: ammo up")
    secret = await login.make_link(app.ledger.accounts, app.person, app.clock.now())
    return {"link": f"{told['base']}/login?t={secret}", "minutes": 10}
