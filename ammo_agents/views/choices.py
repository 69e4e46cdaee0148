"""What a person chose about their own AMMO, with what differs from the default; a choice holds at once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ammo_agents.app import App
from ammo_agents.round import profile

Plain = dict[str, Any]


async def choices(app: App) -> Plain:
    """Return every choice that holds, and the names of those that differ from the default."""
    chosen = await profile.read(app.ledger.diary, app.person, app.settings)
    return _plain(app, chosen)


async def choose(app: App, *, name: str, value: object) -> Plain:
    """Keep one choice and let every open User Buddy of the person follow it from its next draw on.

    Raises:
        BadInputError: no such choice, or a value outside its range.
        NotFoundError: a subspace that is not installed.
    """
    if name == "subspace" and value:
        app.subspace(str(value))
    diary, person, settings = app.ledger.diary, app.person, app.settings
    chosen = await profile.choose(diary, person, name, value, settings=settings, clock=app.clock)
    for (who, _), companion in list(app.parts.companions.items()):
        if who == person:
            companion.follow(profile.applied(chosen, settings), chosen.mix)
    return _plain(app, chosen)


def _plain(app: App, chosen: profile.Profile) -> Plain:
    usual = asdict(profile.default(app.settings))
    values = asdict(chosen)
    changed = [name for name, value in values.items() if value != usual[name]]
    return {"choices": values, "usual": usual, "changed": changed}
