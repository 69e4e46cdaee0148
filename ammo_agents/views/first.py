"""The first run: twelve tiles, three taps, and a first card whose reason is already true (experience 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.ports import Subspace
from ammo_agents.records import EVERYTHING, EntityId, SubspaceId
from ammo_agents.round import picks, profile
from ammo_agents.views import profiles

Plain = dict[str, Any]
TILES = 12
WANTED = 3
"""Taps that make a first slate personal; fewer are fine."""
LONGEST = 90
"""Letters of what a tile says of its entity."""


async def is_new(app: App) -> bool:
    """Return whether this person has never seen a card nor said a thing, and there is a subspace to begin in."""
    if not app.plugins.subspaces():
        return False
    kept = await app.ledger.diary.latest(app.person, "sitting")
    if kept:
        return False
    for subspace in app.plugins.subspaces():
        if await app.ledger.feedback(app.person, subspace.id):
            return False
    return True


async def tiles(app: App) -> Plain:
    """Give up to twelve things to pick, the living cards of every subspace in turn."""
    found = [(s, await _of(app, s)) for s in _ordered(app)]
    chosen = picks.spread([tiles for _, tiles in found], TILES)
    titles = {s.id: s.title for s, _ in found}
    return {
        "wanted": WANTED,
        "tiles": [
            {
                "entity": tile.entity.id,
                "name": tile.entity.name,
                "about": _short(tile.entity.summary),
                "cards": tile.cards,
                "subspace": tile.entity.subspace,
                "subspace_title": titles.get(tile.entity.subspace, tile.entity.subspace),
            }
            for tile in chosen
        ],
    }


async def pick(app: App, *, entities: Sequence[str]) -> Plain:
    """Keep the picks, and let the feed show the subspace they are of; everything, where they are of several.

    Raises:
        NotFoundError: no such tile.
        BadInputError: more than twelve picks.
    """
    if len(entities) > TILES:
        raise BadInputError(f"{len(entities)} picks are too many", hint=f"Pick up to {TILES}.")
    names = []
    spaces: set[SubspaceId] = set()
    for entity in dict.fromkeys(entities):
        space = app.subspace(entity.partition("/")[0])
        knowledge = await app.knowledge(space)
        companion = await app.companion(space.id)
        given = await picks.pick(companion, knowledge, EntityId(entity))
        spaces.add(space.id)
        names.append({"entity": entity, "feedback": given.feedback, "words": given.words})
    feed = EVERYTHING if len(spaces) > 1 else next(iter(spaces), "")
    if feed:
        await profiles.choose(app, name="subspace", value=feed)
    await profiles.choose(app, name="greeted", value="true")
    return {"picked": names, "subspace": feed}


async def depth(app: App, *, value: str) -> Plain:
    """Answer the one question of the third card: ``depth`` explores half as much, ``variety`` twice."""
    now = (await profile.read(app.ledger.diary, app.person, app.settings)).exploration
    factor = {"depth": 0.5, "variety": 2.0}.get(value)
    if factor is None:
        raise BadInputError(f"{value!r} is no answer", hint="Say depth or variety.")
    new = round(min(0.6, now * factor), 3)
    return await profiles.choose(app, name="exploration", value=str(new))


async def _of(app: App, subspace: Subspace) -> tuple[picks.Tile, ...]:
    living = await app.living(subspace)
    if not len(living):
        return ()
    return picks.tiles(living, await app.knowledge(subspace), TILES)


def _ordered(app: App) -> list[Subspace]:
    """Return the subspaces, the one of the settings first."""
    return sorted(app.plugins.subspaces(), key=lambda s: (s.id != app.settings.subspace, s.id))


def _short(text: str) -> str:
    """Return the first sentence of a text, or its first words."""
    first = text.partition(". ")[0]
    if len(first) <= LONGEST:
        return first
    return first[:LONGEST].rpartition(" ")[0] + " …"
