"""Health: the doctor's checks, what runs and costs, what was refused, and what leaves the machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ammo_agents.app import App
from ammo_agents.round.runs import ERROR, FINISHED, STARTED
from ammo_agents.round.runs import KIND as RUN
from ammo_agents.views import house

Plain = dict[str, Any]
RUNS = 12
"""Runs that are listed."""
ENDS = {FINISHED: "finished", ERROR: "failed"}


async def health(app: App, *, server: Mapping[str, Any] | None = None) -> Plain:
    """Show how AMMO is; `server` is what the running process knows of itself (loops, faults, streams)."""
    found = await house.doctor(app)
    around: Plain = dict(server or {})
    bad = [c for c in found["checks"] if c["state"] == "bad"]
    degraded = [f"{c['name']}: {c['detail']}" for c in bad]
    if around.get("fault"):
        degraded.append(str(around["fault"]))
    return {
        "state": "degraded" if degraded else "ok",
        "degraded": degraded,
        "checks": found["checks"],
        "paste": found["paste"],
        "status": await house.status(app),
        "spenders": await spenders(app),
        "runs": await runs(app),
        "refused": [
            {
                "subspace": s.id,
                "title": s.title,
                **await house.rejections(app, limit=5, subspace=s.id),
            }
            for s in app.plugins.subspaces()
        ],
        "server": around,
    }


async def spenders(app: App) -> list[Plain]:
    """Return who spent what today: the models together, and the buddies of each subspace."""
    today = app.clock.now().date()
    rows = [("models", "model*", today)]
    for space in app.plugins.subspaces():
        day = await app.ledger.day(space.id)
        if day is not None:  # buddies are booked on the day of their world
            rows.append((f"buddies of {space.title}, {day}", f"buddy/{space.id}/*", day))
    spent = [(name, await app.ledger.spent(spender, day)) for name, spender, day in rows]
    return [
        {"name": name, "creations": s.creations, "tokens": s.tokens, "money": s.money}
        for name, s in spent
    ]


async def runs(app: App) -> list[Plain]:
    """Return this person's newest runs and how each stands."""
    newest = await app.ledger.diary.latest(app.person, RUN)
    rows = sorted(newest.values(), key=lambda entry: -entry.seq)[:RUNS]
    return [
        {
            "id": entry.topic,
            "at": entry.at.isoformat(),
            "state": ENDS.get(str(entry.body.get("type")), "live"),
            "last": str(entry.body.get("type", STARTED)),
            "fault": str(entry.body.get("message", "")) if entry.body.get("type") == ERROR else "",
        }
        for entry in rows
    ]
