"""What a Goal Buddy's own settings come to in this home, and what is the matter with them."""

from __future__ import annotations

import asyncio
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import AmmoError
from ammo_agents.hooks import provider_of
from ammo_agents.records import GoalBuddy
from ammo_agents.round.roster import rostered

Plain = dict[str, Any]


async def standing(app: App, buddy: GoalBuddy) -> Plain:
    """Give what a buddy's own settings come to here: its model, graph, budget and λ, and what is the matter."""
    graphs = {graph.name for graph in app.plugins.graphs()}
    space = app.subspace(buddy.subspace)
    knowledge, evidence = await app.knowledge(space), app.plugins.evidence()
    faults = list((await rostered(space, knowledge, [buddy], evidence)).faults.values())
    faults += [await _model_fault(app, buddy.model)] if buddy.model else []
    if buddy.graph and buddy.graph not in graphs:
        faults.append(f"no plugin offers its graph {buddy.graph!r}: AMMO's own works")
    if (world := app.parts.worlds.get(space.id)) is not None:  # what a round found out counts more
        faults = [world.faults.get(buddy.id, "")]
    most, least = app.settings.creations_per_day, app.settings.cost_weight
    return {
        "model": buddy.model or app.settings.model,
        "graph": buddy.graph,
        "budget": most if buddy.budget is None else min(buddy.budget, most),
        "cost_weight": max(least, buddy.cost_weight or 0.0),
        "faults": [fault for fault in faults if fault],
    }


async def _model_fault(app: App, name: str) -> str:
    """Return why a buddy's own model cannot be used here, without opening it; empty = it can."""
    try:
        provider = provider_of(app.plugins, name)
    except AmmoError as error:
        return f"{error.message}: {app.settings.model} writes"
    for card in await asyncio.to_thread(provider.cards):
        missing = await asyncio.to_thread(provider.missing, card) if card.id == name else ()
        if missing:
            return f"its model {name!r} lacks {', '.join(missing)}: {app.settings.model} writes"
    return ""
