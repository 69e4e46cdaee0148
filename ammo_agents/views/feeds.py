"""Which feeds there are, and in which of them a person met a card."""

from __future__ import annotations

from typing import Any

from ammo_agents.app import App
from ammo_agents.records import EVERYTHING, Creation, SubspaceId
from ammo_agents.round import abroad

Plain = dict[str, Any]


def feeds(app: App) -> list[Plain]:
    """Return every feed a person can choose: subspaces, what was put together, and everything at once."""
    atlas = abroad.atlas_of(app)
    own = [
        (s.id, s.title) for s in app.plugins.subspaces() if s.id not in {*atlas.merged, EVERYTHING}
    ]
    made = [
        (one.id, one.title)
        for one in atlas.districts.values()
        if one.id != EVERYTHING and one.id not in atlas.merged
    ]
    rows = sorted([*own, *made])
    if len(rows) > 1:
        rows.append((EVERYTHING, atlas.districts[EVERYTHING].title))
    return [{"id": id, "title": title} for id, title in rows]


async def met_in(app: App, creation: Creation, subspace: str | None = None) -> SubspaceId:
    """Return the feed in which the person met a card last, or the one that is named; else the card's own."""
    if subspace is not None:
        return app.subspace(subspace).id
    slate = await app.ledger.shown_in(app.person, creation.id)
    if slate is None:
        return creation.subspace
    where = (await app.ledger.slate(slate)).subspace
    there = {space.id for space in app.plugins.subspaces()} | set(abroad.atlas_of(app).districts)
    return where if where in there else creation.subspace
