"""When somebody is forgotten or takes their consent back: their pairs leave every set, adapters that learned from them are tainted (S5)."""

from __future__ import annotations

import asyncio
from typing import Any

from ammo_agents.aipp.impression import key_of
from ammo_agents.aipp.pairs.consent import hashed
from ammo_agents.aipp.pairs.gather import events_of
from ammo_agents.aipp.pairs.leaving import leave_runs
from ammo_agents.aipp.pairs.set import forget
from ammo_agents.app import App
from ammo_agents.views.pairs import sets_folder

Plain = dict[str, Any]
FORGOTTEN = "a person whose feedback it learned from was forgotten"
WITHDRAWN = "a person whose feedback it learned from withdrew consent"


async def unlearn(app: App, reason: str) -> Plain:
    """Take what the person said out of every data set and run, and taint every adapter that learned from it.

    Ask before their rows are erased: their event ids are read from them.
    """
    events = await events_of(app.ledger, app.person)
    user = hashed(app.person, await asyncio.to_thread(key_of, app.folders.data))
    gone = await asyncio.to_thread(forget, sets_folder(app), events)
    rows = await asyncio.to_thread(leave_runs, sets_folder(app).parent, events)
    tainted = await app.voices.registry.taint(reason=reason, people=[user], events=events)
    return {
        "pairs": sum(gone.values()),
        "sets": dict(gone),
        "run_rows": rows,
        "adapters": list(tainted),
    }
