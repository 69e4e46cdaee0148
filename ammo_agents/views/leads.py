"""Where a card leads: edges from its entity to entities of other subspaces, and following one (W5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.records import EVERYTHING, Creation, CreationId, Edge, EntityId, FactId, SubspaceId
from ammo_agents.round import abroad
from ammo_agents.round.answers import present_one
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.feeds import met_in

Plain = dict[str, Any]
MOST = 3
"""Ways that one card shows."""


async def led(app: App, cards: Sequence[Plain]) -> list[Plain]:
    """Return the cards, each with `leads_to`: entities of other subspaces, each with its best living card.

    A card leads where its own entity leads, and then where what its facts speak of leads.
    """
    found = []
    for card in cards:
        ways: dict[EntityId, Edge] = {}
        for entity in await _spoken_of(app, card):
            for edge in await abroad.leading(app, entity):
                ways.setdefault(edge.target, edge)
        led_to = [await _way(app, edge) for edge in list(ways.values())[:MOST]]
        found.append({**card, "leads_to": led_to})
    return found


async def follow(app: App, *, card: str, entity: str = "") -> Plain:
    """Go where a card leads: the best card of that entity is shown, and may be judged from now on.

    Following says as much of the first card as a question about it.

    Raises:
        NotFoundError: the card leads nowhere, not there, or nothing is written about it yet.
    """
    creation = await app.ledger.creation(CreationId(card))
    ways = (await led(app, [card_of(creation)]))[0]["leads_to"]
    wanted = [way for way in ways if way["entity"] == entity or not entity]
    if not wanted:
        ends = ", ".join(way["entity"] for way in ways) or "nowhere"
        raise NotFoundError(
            f"{creation.id} does not lead to {entity or 'anything'}", hint=f"It leads to: {ends}"
        )
    way = next((one for one in wanted if one["card"] is not None), wanted[0])
    if way["card"] is None:
        raise NotFoundError(
            f"nothing is written about {way['name']} yet",
            hint=f"Ask for it: ammo ask {way['name']}",
        )
    here = await app.companion(await met_in(app, creation))
    given = None
    if await app.ledger.shown_in(app.person, creation.id) is not None:
        given = await here.record("ask", creation)
    target = await app.ledger.creation(CreationId(way["card"]["id"]))
    there = here if here.subspace == EVERYTHING else await app.companion(target.subspace)
    await present_one(there, target)
    slot, choice = await there.explain(target)
    return {
        "from": creation.id,
        "way": way,
        "card": card_of(target, slot=slot, acts=there.acts_on(target)),
        "choice": choice,
        "receipt": None if given is None else given.words,
    }


async def _spoken_of(app: App, card: Plain) -> list[EntityId]:
    """Return a card's entity, then those its facts are about or mention; none where no bridge begins."""
    homes = {space.id for space in app.plugins.subspaces() if space.bridges is not None}
    if card["subspace"] not in homes:
        return []
    said = [card["title_facts"], card["hook_facts"], *(claim["facts"] for claim in card["claims"])]
    ids = list(dict.fromkeys(FactId(id) for some in said for id in some))
    facts = await app.ledger.facts(ids=ids)
    near = [entity for fact in facts for entity in (fact.entity, *fact.mentions)]
    return list(dict.fromkeys([EntityId(card["entity"]), *near]))


async def _way(app: App, edge: Edge) -> Plain:
    names = {e: await _name(app, e) for e in (edge.source, edge.target)}
    best = await _best(app, edge.target)
    return {
        "entity": edge.target,
        "name": names[edge.target],
        "subspace": _space(edge.target),
        "subspace_title": app.subspace(_space(edge.target)).title,
        "kind": edge.kind,
        "why": f"{names[edge.source]}: {edge.kind} {names[edge.target]}",
        "card": None if best is None else {"id": best.id, "title": best.title.text},
    }


async def _name(app: App, entity: EntityId) -> str:
    knowledge = await app.knowledge(app.subspace(_space(entity)))
    return next((e.name for e in knowledge.entities if e.id == entity), entity)


async def _best(app: App, entity: EntityId) -> Creation | None:
    """Return the living card of an entity that the person would like most; None if nothing lives."""
    living = await app.living(app.subspace(_space(entity)))
    ids = sorted(one.id for one in living.about if one.entity == entity)
    if not ids:
        return None
    here = await app.companion(_space(entity))
    scores = living.featured(here.frame, ids) @ (await here.preference()).q
    return await app.ledger.creation(ids[int(scores.argmax())])


def _space(entity: EntityId) -> SubspaceId:
    return SubspaceId(entity.partition("/")[0])
