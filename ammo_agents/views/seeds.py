"""Seed packs: make one from what a home's buddies have written."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.round import seeds

Plain = dict[str, Any]
MOST = 120
"""Cards of a pack unless asked otherwise."""


async def seed_make(
    app: App, *, to: str, most: int = MOST, leave: str = "", subspace: str | None = None
) -> Plain:
    """Write a seed pack of the newest living creations; `leave` names ids to leave out, with commas.

    Raises:
        BadInputError: `to` cannot be written.
        NotFoundError: the home has no cards to pack.
    """
    space = app.subspace(subspace)
    day = await app.ledger.day(space.id) or app.clock.now().date()
    pack = await seeds.gather(
        app.ledger,
        space,
        since=day - dt.timedelta(days=app.settings.days_live),
        most=most,
        leave=tuple(name.strip() for name in leave.split(",") if name.strip()),
    )
    blob = seeds.pack_up(pack)
    try:
        await asyncio.to_thread(Path(to).write_bytes, blob)
    except OSError as error:
        raise BadInputError(
            f"the seed pack cannot be written to {to}: {error.strerror}",
            hint="Name a file in a folder that exists.",
        ) from error
    return {
        "file": to,
        "bytes": len(blob),
        "subspace": pack.subspace,
        "cards": len(pack.creations),
        "facts": len(pack.facts),
        "day": pack.day.isoformat(),
        "embedder": pack.embedder,
    }
