"""The shelf of subspaces and the page of one buddy: what each brings, what it costs, and how well it stands on facts."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ammo_agents.aipp.feedback import acts_of
from ammo_agents.app import App
from ammo_agents.errors import AmmoError
from ammo_agents.installing import index as indexes
from ammo_agents.plugins import listing
from ammo_agents.plugins.found import Found
from ammo_agents.ports import Attempt, Subspace
from ammo_agents.records import Claim, Creation, Usage
from ammo_agents.views import plugged, shelf

Plain = dict[str, Any]
GROUNDING = frozenset({"ground"})
"""Stages at which an idea falls because its sentences stand on no facts."""


async def districts(app: App) -> Plain:
    """List installed subspaces with what they do, cost and ask for, what else the index knows, and what is broken or off."""
    rows = await asyncio.to_thread(listing.plugins, app.settings)
    plugins = {row["name"]: row for row in rows["plugins"]}
    found = {one.name: one for one in await plugged.everything(app)}
    installed = []
    for space in app.plugins.subspaces():
        owner = app.plugins.owner("subspaces", space.id)
        plugin = plugged.card(owner, plugins.get(owner), found.get(owner))
        installed.append({**plugin, **await _district(app, space)})
    return {
        "subspaces": installed,
        "others": [
            plugged.card(name, plugins[name], one)
            for name, one in found.items()
            if name in plugins and not plugged.offered(app, name) and not _fault(app, name)
        ],
        **await _not_installed(app, found),
        "broken": [
            {
                **plugged.card(s.name, plugins.get(s.name), found.get(s.name)),
                "name": s.name,
                "module": s.module,
                "fault": s.fault,
                "fix": s.hint,
                "trace": s.trace,
                "off": s.fault == "switched off",
            }
            for s in app.plugins.states
            if s.fault
        ],
    }


def _fault(app: App, name: str) -> str:
    return next((s.fault for s in app.plugins.states if s.name == name), "")


async def _not_installed(app: App, found: Mapping[str, Found]) -> Plain:
    """Return what the index knows and this home has not; an index on the network is not asked for a page."""
    where = app.settings.plugin_index
    if "://" in where:
        return {
            "available": [],
            "index": where,
            "index_fault": "It lies on the network: ammo plugin search",
        }
    try:
        index = await asyncio.to_thread(indexes.read, where, offline=True)
    except AmmoError as error:
        return {
            "available": [],
            "index": where,
            "index_fault": f"{error.message} {error.hint}".strip(),
        }
    rows = [
        {
            "name": entry.name,
            "id": entry.name,
            "title": entry.title,
            "kind": entry.kind,
            "summary": entry.summary,
            "asks": list(entry.capabilities.words()),
            "install": f"ammo install {entry.name}",
        }
        for entry in index.search("")
        if entry.name not in found
    ]
    return {"available": rows, "index": index.where, "index_fault": ""}


async def place_of(app: App, *, name: str, subspace: str | None = None) -> Plain:
    """Show one Goal Buddy with the names of its neighbours, its grounding and what its cards cost."""
    one = await shelf.find_buddy(app, name, subspace)
    space = app.subspace(one.subspace)
    found = await shelf.buddy(app, name=one.id.partition("/")[2], subspace=one.subspace)
    knowledge = await app.knowledge(space)
    names = {e.id: e for e in knowledge.entities}
    about = names.get(one.entity)
    mine = await app.ledger.creations(buddy=one.id)
    tried = [a for a in await app.ledger.attempts(subspace=space.id) if a.buddy == one.id]
    speaks = {buddy.id for buddy in await app.buddies(space)}
    return {
        **found,
        "title": space.title,
        "slug": one.id.partition("/")[2],
        "entity": one.entity,
        "about": "" if about is None else about.summary,
        "kind": "" if about is None else about.kind,
        "source": "" if about is None or about.source is None else about.source.name,
        "published": len(mine),
        "near": [
            {
                "id": end,
                "name": names[end].name if end in names else end.partition("/")[2],
                "how": edge["kind"],
                "out": edge["source"] == one.entity,
                "speaks": end in speaks,
            }
            for edge in found["edges"]
            for end in [edge["target"] if edge["source"] == one.entity else edge["source"]]
        ],
        "reasons": _reasons(tried),
        **_grounding(mine, tried),
        "spent": _spent(mine),
    }


async def _district(app: App, space: Subspace) -> Plain:
    creations = await app.ledger.creations(subspace=space.id)
    tried = await app.ledger.attempts(subspace=space.id)
    day = await app.ledger.day(space.id)
    knowledge = await app.knowledge(space)
    since = None if day is None else day - dt.timedelta(days=app.settings.days_live)
    living = [c for c in creations if since is None or c.date >= since]
    published = Counter(c.buddy for c in creations)
    refused = Counter(a.buddy for a in tried)
    return {
        "id": space.id,
        "title": space.title,
        "summary": space.summary,
        "origin": space.origin,
        "attribution": space.attribution,
        "entities": len(knowledge.entities),
        "edges": len(knowledge.edges),
        "facts": len(knowledge.facts),
        "cards": len(creations),
        "living": len(living),
        "day": "" if day is None else day.isoformat(),
        "newest": creations[0].created_at.isoformat() if creations else "",
        "buddies": [
            {"id": b.id, "name": b.name, "cards": published[b.id], "refused": refused[b.id]}
            for b in await app.buddies(space)
        ],
        "reasons": _reasons(tried),
        **_grounding(creations, tried),
        "spent": _spent(creations),
        "actions": [
            {"name": act.name, "label": act.label, "reward": act.reward, "weight": act.weight}
            for act in space.actions
        ],
        "acts": list(acts_of(())),
        "fields": [{"name": f.name, "label": f.label, "kind": f.kind} for f in space.fields],
        "health": _health(app, creations),
    }


def _health(app: App, creations: Sequence[Creation]) -> Plain:
    if not creations:
        return {"state": "empty", "words": "nothing is written yet"}
    newest = creations[0].created_at.astimezone(dt.UTC)
    hours = (app.clock.now() - newest).total_seconds() / 3600
    words = "a card within the last day" if hours < 24 else f"no card for {hours / 24:.0f} days"
    return {"state": "ok" if hours < 24 else "quiet", "words": words}


def _grounding(creations: Sequence[Creation], tried: Sequence[Attempt]) -> Plain:
    """Return how many sentences stand on facts, and how many ideas fell because theirs did not."""
    claims: list[Claim] = [claim for c in creations for claim in (c.title, c.hook, *c.claims)]
    sourced = sum(bool(claim.facts) for claim in claims)
    fell = sum(a.stage in GROUNDING for a in tried)
    return {
        "sentences": len(claims),
        "sourced": sourced,
        "held_back": sum(len(c.flags) for c in creations),
        "grounding": sourced / len(claims) if claims else None,
        "by_model": sum(claim.author == "model" for claim in claims),
        "tried": len(creations) + len(tried),
        "fell_ungrounded": fell,
    }


def _reasons(tried: Sequence[Attempt]) -> list[Plain]:
    counted = Counter(f"{a.stage}: {a.reason.split(':')[0]}" for a in tried)
    return [{"reason": reason, "count": count} for reason, count in counted.most_common(12)]


def _spent(creations: Sequence[Creation]) -> Plain:
    """Return what the published cards cost, and on average each."""
    total = sum((c.usage for c in creations), start=Usage())
    each = max(1, len(creations))
    return {
        "tokens_in": total.tokens_in,
        "tokens_out": total.tokens_out,
        "seconds": round(total.seconds, 1),
        "money": total.money,
        "seconds_each": round(total.seconds / each, 1),
        "money_each": total.money / each,
    }
