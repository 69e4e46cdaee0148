"""The shelf of subspaces and the page of one buddy: what each brings, what it costs, and how well it stands on facts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ammo_agents.aipp.feedback import acts_of
from ammo_agents.app import App
from ammo_agents.ports import Attempt, Subspace
from ammo_agents.records import Claim, Creation, Usage
from ammo_agents.views import shelf

Plain = dict[str, Any]
KNOWN = (
    ("coin", "Coin", "Crypto assets: their facts, their daily shifts, and how they hang together."),
    ("movie", "Movie", "Films: who made them with whom, what joins, and what comes round again."),
)
"""The subspaces AMMO's own makers publish: id, title, summary. Nothing is looked up anywhere."""
GROUNDING = frozenset({"ground"})
"""Stages at which an idea falls because its sentences stand on no facts."""


async def districts(app: App) -> Plain:
    """List installed subspaces with their buddies, freshness, grounding, cost and AiPP, and known ones beside them."""
    installed = [await _district(app, space) for space in app.plugins.subspaces()]
    names = {one["id"] for one in installed}
    broken = [
        {"name": s.name, "module": s.module, "fault": s.fault}
        for s in app.plugins.states
        if s.fault
    ]
    known = [
        {"id": id, "title": title, "summary": words, "install": f"pip install ammo-subspace-{id}"}
        for id, title, words in KNOWN
        if id not in names
    ]
    return {"subspaces": installed, "available": known, "broken": broken}


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
        "permissions": _permissions(app, space),
        "health": _health(app, creations),
        "remove": f"pip uninstall ammo-subspace-{space.id}",
    }


def _permissions(app: App, space: Subspace) -> list[str]:
    live = app.settings.live and not app.settings.offline
    asks = ["reads its own files", f"asks {app.settings.model} to write"]
    return [*asks, "asks its data source over the network"] if live and space.triggers else asks


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
