"""What each buddy saw: the prompt parts of its model calls, with token counts."""

from __future__ import annotations

from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.ports import SOCIETY, Entry
from ammo_agents.round.sights import KIND
from ammo_agents.views.shelf import find_buddy

Plain = dict[str, Any]


async def sights(
    app: App, *, buddy: str = "", limit: int = 20, subspace: str | None = None
) -> Plain:
    """List the newest model calls of Goal Buddies and of this person's own talks, each with its parts."""
    who = None
    if buddy:
        who = buddy if buddy == "you" else (await find_buddy(app, buddy, subspace)).id
    diary = app.ledger.diary
    found: list[Entry] = []
    for person in (SOCIETY, app.person):
        found += await diary.newest(person, kind=KIND, topic=who, limit=limit)
    found.sort(key=lambda entry: -entry.seq)
    rows = [_sight(entry) for entry in found[:limit]]
    note = "" if rows else "No model was asked yet."
    return {"who": who or "", "sights": rows, "note": note}


async def sight(app: App, *, seq: int) -> Plain:
    """Show one model call; those of other people's talks do not exist here.

    Raises:
        NotFoundError: no sight of the society or of this person has this number.
    """
    for person in (SOCIETY, app.person):
        found = await app.ledger.diary.entries(person, kind=KIND, after=seq - 1, limit=1)
        if found and found[0].seq == seq:
            return _sight(found[0])
    raise NotFoundError(f"no sight {seq}", hint="List them: ammo sees")


def _sight(entry: Entry) -> Plain:
    body = entry.body
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "who": body["who"] or "AMMO",
        "model": body["model"],
        "adapters": [dict(mix) for mix in body.get("adapters", [])],
        "parts": list(body["parts"]),
        "answer": body["answer"],
        "usage": dict(body["usage"]),
        "tokens_in": body["usage"]["tokens_in"],
    }
