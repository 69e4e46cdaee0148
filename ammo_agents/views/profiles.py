"""What a person chose, and choosing: the list “changed from default” and its ranges."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ammo_agents.app import App
from ammo_agents.round import profile
from ammo_agents.views import withdrawing

Plain = dict[str, Any]


async def show(app: App) -> Plain:
    """List every choice with its value, its default and whether it was changed."""
    chosen = await profile.read(app.ledger.diary, app.person, app.settings)
    plain = profile.default(app.settings)
    rows = [
        {
            "name": f.name,
            "value": _json(getattr(chosen, f.name)),
            "default": _json(getattr(plain, f.name)),
            "changed": getattr(chosen, f.name) != getattr(plain, f.name),
            "range": profile.RULES[f.name][1] if f.name in profile.RULES else "",
        }
        for f in fields(profile.Profile)
    ]
    return {"person": app.person, "choices": rows, **{r["name"]: r["value"] for r in rows}}


async def choose(app: App, *, name: str, value: object) -> Plain:
    """Keep one choice; open User Buddies follow it at once. Who no longer lets AMMO train leaves every data set.

    Raises:
        BadInputError: no such choice, or a value outside its range.
        NotFoundError: a subspace that is not installed.
    """
    if name == "subspace" and value:
        app.subspace(str(value))
    before = await profile.read(app.ledger.diary, app.person, app.settings)
    chosen = await profile.choose(
        app.ledger.diary, app.person, name, value, settings=app.settings, clock=app.clock
    )
    if before.train and not chosen.train:
        await withdrawing.unlearn(app, withdrawing.WITHDRAWN)
    for (person, _), companion in app.parts.companions.items():
        if person == app.person:
            companion.follow(profile.applied(chosen, app.settings), chosen.mix)
    return await show(app)


def _json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
