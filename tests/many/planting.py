"""Cards for the tests of composition, published without a round being played."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from four_subspaces import DAY, ROOMS, fact_of

from ammo_agents.app import App
from ammo_agents.records import (
    BuddyId,
    Claim,
    Creation,
    CreationId,
    EntityId,
    IdeaId,
    IdeaKind,
    Placed,
    SubspaceId,
    content_id,
)
from ammo_agents.settings import Loaded, load
from ammo_agents.testing.command import SCRIPTED

MANY = {
    **SCRIPTED,
    "AMMO_STORE": "exact",
    "AMMO_SUBSPACE": "work",
    "AMMO_PLUGINS": "",
    "AMMO_PLUGIN_MODULES": "ammo_agents.testing.plugin,four_subspaces",
}
"""The settings of these homes: no other plugin is loaded."""


def loaded_at(home: Path) -> Loaded:
    """Return the settings of a home."""
    return load(env={**MANY, "AMMO_HOME": str(home)}, cwd=home.parent)


CARDS: Mapping[str, int] = {"work": 10, "school": 10, "isles": 6, "stars": 120}
"""Subspace → cards."""
AT = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


async def plant(app: App, cards: Mapping[str, int]) -> None:
    """Publish so many cards of each subspace, dealt over its entities."""
    embedder = await app.embedder()
    for space, count in cards.items():
        made = [card(space, n) for n in range(count)]
        rows = await embedder.embed([one.text for one in made])
        for one, row in zip(made, rows, strict=True):
            placed = Placed(creation=one, vector=row, space=embedder.fingerprint)
            await app.ledger.publish(f"plant/{one.id}", placed, [fact_of(space, slug_of(one))])


def card(space: str, n: int, *, also: tuple[str, ...] = ()) -> Creation:
    """Return one card about the entity whose turn it is."""
    slug = ROOMS[space][n % len(ROOMS[space])]
    fact, entity = fact_of(space, slug), EntityId(f"{space}/{slug}")
    claim = Claim(text=f"{fact.statement} Note {n} of {space}.", facts=(fact.id,))
    return Creation(
        id=CreationId(content_id("c", [space, n])),
        idea=IdeaId(content_id("i", [space, n])),
        kind=IdeaKind.SIGNAL,
        buddy=BuddyId(entity),
        subspace=SubspaceId(space),
        entity=entity,
        date=DAY,
        created_at=AT,
        title=claim,
        hook=claim,
        claims=(claim,),
        blocks=(),
        cost=0.0,
        visibility=0.5,
        surprise=1.0,
        model="scripted/model",
        prompt="",
        seed=n,
        also=tuple(SubspaceId(one) for one in also),
    )


def slug_of(creation: Creation) -> str:
    """Return the slug of a card's entity."""
    return creation.entity.partition("/")[2]
