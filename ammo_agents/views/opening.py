"""A new way into the running app: a link that works once."""

from __future__ import annotations

import asyncio
import json
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
    except (FileNotFoundError, json.JSONDecodeError) as error:
        raise BadInputError("no app is running on this home", hint="Start it: ammo up") from error
    secret = await login.make_link(app.ledger.accounts, app.person, app.clock.now())
    return {"link": f"http://127.0.0.1:{int(told['port'])}/login?t={secret}", "minutes": 10}
