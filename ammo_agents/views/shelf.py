"""What there is: subspaces, buddies, facts, models, plugins, the space itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.hooks import provider_of
from ammo_agents.records import Fact, FactId, GoalBuddy, Message, ModelCard, Prompt, Sampling
from ammo_agents.views import cards as card_views
from ammo_agents.views import provenance
from ammo_agents.views.standing import standing

Plain = dict[str, Any]


async def subspaces(app: App) -> Plain:
    """List installed subspaces with their size and what they have published."""
    rows = []
    for space in app.plugins.subspaces():
        knowledge = await app.knowledge(space)
        rows.append({
            "id": space.id,
            "title": space.title,
            "entities": len(knowledge.entities),
            "edges": len(knowledge.edges),
            "facts": len(knowledge.facts),
            "buddies": len(await app.buddies(space)),
            "cards": len(await app.ledger.creations(subspace=space.id)),
            "day": str(await app.ledger.day(space.id) or ""),
            "summary": space.summary,
            "attribution": space.attribution,
        })
    return {"subspaces": rows}


async def subspace(app: App, *, name: str) -> Plain:
    """Show one subspace: what it knows, what it has published, and what of it needed loading."""
    space = app.subspace(name)
    knowledge = await app.knowledge(space)
    owner = app.plugins.owner("subspaces", space.id)
    return {
        "id": space.id,
        "title": space.title,
        "summary": space.summary,
        "plugin": owner,
        "version": next((s.version for s in app.plugins.states if s.name == owner), ""),
        "day": str(await app.ledger.day(space.id) or ""),
        "cards": len(await app.ledger.creations(subspace=space.id)),
        "entities": len(knowledge.entities),
        "edges": len(knowledge.edges),
        "facts": len(knowledge.facts),
        "buddies": len(await app.buddies(space)),
        "sources": sorted({f.source.name for f in knowledge.facts}),
        "acts": [action.label for action in space.actions],
        "moves": space.triggers is not None,
        "bridges": space.bridges is not None,
        "principles": list(space.principles),
        "attribution": space.attribution,
        "origin": space.origin,
    }


async def buddies(app: App, *, subspace: str | None = None) -> Plain:
    """List the Goal Buddies of a subspace with what each has published and had refused."""
    space = app.subspace(subspace)
    published = Counter(c.buddy for c in await app.ledger.creations(subspace=space.id))
    refused = Counter(a.buddy for a in await app.ledger.attempts(subspace=space.id))
    return {
        "subspace": space.id,
        "buddies": [
            {
                "id": b.id,
                "name": b.name,
                "neighbours": len(b.neighbours),
                "cards": published[b.id],
                "refused": refused[b.id],
                **provenance.origin(app, b.id),
            }
            for b in await app.buddies(space)
        ],
        **provenance.beside(app, space.id),
    }


async def find_buddy(app: App, name: str, subspace: str | None = None) -> GoalBuddy:
    """Return a buddy by ``@slug``, slug, id or name; raises `NotFoundError` with the nearest names."""
    space = app.subspace(subspace)
    wanted = name.removeprefix("@").lower()
    found = await app.buddies(space)
    entities = (await app.knowledge(space)).entities
    for buddy in found:
        names = {buddy.id.lower(), buddy.id.partition("/")[2].lower(), buddy.name.lower()}
        entity = next((e for e in entities if e.id == buddy.entity), None)
        names |= {a.lower() for a in (entity.name, *entity.aliases)} if entity else set()
        if wanted in names:
            return buddy
    near = [
        b.id.partition("/")[2]
        for b in found
        if wanted[:3] and b.id.partition("/")[2].startswith(wanted[:3])
    ]
    known = ", ".join(near or [b.id.partition("/")[2] for b in found[:12]])
    raise NotFoundError(
        f"no Goal Buddy {name!r} in {space.id}", hint=f"There are: {known}. All: ammo buddy list"
    )


async def buddy(app: App, *, name: str, subspace: str | None = None) -> Plain:
    """Show one Goal Buddy: its place in the graph, its budget, its cards, what was refused and why."""
    try:
        one = await find_buddy(app, name, subspace)
    except NotFoundError:
        if (waiting := provenance.waiting(app, name, subspace)) is not None:
            return waiting
        raise
    creations = await app.ledger.creations(buddy=one.id)
    attempts = [a for a in await app.ledger.attempts(subspace=one.subspace) if a.buddy == one.id]
    knowledge = await app.knowledge(app.subspace(one.subspace))
    edges = [e for e in knowledge.edges if one.entity in {e.source, e.target}]
    spent = await app.ledger.spent(f"buddy/{one.id}", creations[0].date) if creations else None
    works = await standing(app, one)
    return {
        "id": one.id,
        "name": one.name,
        "subspace": one.subspace,
        **provenance.origin(app, one.id),
        "set": provenance.settings_of(one),
        "edges": [{"source": e.source, "kind": e.kind, "target": e.target} for e in edges],
        "works_with": works,
        "budget": {
            "creations_per_day": works["budget"],
            "spent_on_last_day": 0 if spent is None else spent.creations,
        },
        "cost": sum(c.cost for c in creations) / len(creations) if creations else 0.0,
        "cards": [
            {"id": c.id, "date": c.date.isoformat(), "title": c.title.text, "kind": c.kind.value}
            for c in creations[:20]
        ],
        "refused": [
            {"kind": a.kind.value, "stage": a.stage, "reason": a.reason} for a in attempts[:20]
        ],
    }


async def fact(app: App, *, id: str) -> Plain:
    """Give one fact with its numbers, its source and its date; standing facts too."""
    return card_views.fact(await find_fact(app, FactId(id)))


async def facts(app: App, *, subspace: str | None = None) -> Plain:
    """List every fact the ledger keeps for a subspace, newest first."""
    space = app.subspace(subspace)
    return {
        "subspace": space.id,
        "facts": [card_views.fact(f) for f in await app.ledger.facts(subspace=space.id)],
    }


async def find_fact(app: App, id: FactId) -> Fact:
    """Return a fact the ledger keeps, or a standing one of an installed subspace."""
    try:
        return await app.ledger.fact(id)
    except NotFoundError:
        for space in app.plugins.subspaces():
            for fact in (await app.knowledge(space)).facts:
                if fact.id == id:
                    return fact
        raise


async def models(app: App) -> Plain:
    """List models and embedders: in use, installed, or how to get them."""
    rows = []
    for provider in app.plugins.models():
        cards = await asyncio.to_thread(provider.cards)
        missing = [list(await asyncio.to_thread(provider.missing, card)) for card in cards]
        rows += [_model(app, card, files) for card, files in zip(cards, missing, strict=True)]
    return {"models": rows}


def _model(app: App, card: ModelCard, missing: list[str]) -> Plain:
    return {
        "id": card.id,
        "kind": card.kind,
        "capability": card.capability if card.kind == "model" else f"D = {card.dim}",
        "state": _state(card, missing, used=card.id in {app.settings.model, app.settings.embedder}),
        "size_mb": round(sum(f.size for f in card.files) / 1e6),
        "memory_mb": card.memory_mb,
        "licence": card.licence,
        "title": card.title,
        "note": card.note,
        "missing": missing,
    }


def _state(card: ModelCard, missing: list[str], *, used: bool) -> str:
    if missing:
        return "to pull" if card.files else "needs a key"
    if used:
        return "in use"
    return "installed" if card.files else "served elsewhere"


async def model_test(app: App, *, name: str = "") -> Plain:
    """Ask a model for one small answer under a schema, and an embedder for one vector; time both."""
    wanted = name or app.settings.model
    provider = provider_of(app.plugins, wanted)
    model = await provider.open_model(wanted)
    schema = {
        "type": "object",
        "properties": {"colour": {"type": "string"}},
        "required": ["colour"],
    }
    asked = Prompt(
        messages=(Message(role="user", text="Name the colour of a clear sky, as JSON."),)
    )
    try:
        plain = await model.complete(asked, Sampling(max_tokens=32, temperature=0.0, seed=1))
        held = await model.complete(
            asked, Sampling(max_tokens=64, temperature=0.0, seed=1, schema=schema)
        )
    finally:
        await model.close()
    return {
        "model": wanted,
        "answer": plain.text.strip(),
        "under_schema": held.text.strip(),
        "tokens_out": plain.usage.tokens_out + held.usage.tokens_out,
        "seconds": round(plain.usage.seconds + held.usage.seconds, 3),
        "money": plain.usage.money + held.usage.money,
    }


async def plugins(app: App) -> Plain:
    """List plugins; a disabled one with its reason."""
    return {
        "plugins": [
            {
                "name": s.name,
                "version": s.version,
                "module": s.module,
                "state": "disabled" if s.fault else "loaded",
                "reason": s.fault,
                "fix": s.hint,
            }
            for s in app.plugins.states
        ]
    }


async def metaspace(app: App) -> Plain:
    """Show the space: its embedder's fingerprint, D, what it holds, and how the index is."""
    counts = dict(await app.ledger.counts())
    return {
        "embedder": app.settings.embedder,
        "fingerprint": await app.ledger.meta("space") or "not stamped yet",
        "basis": await app.ledger.meta("basis") or "not fitted yet",
        "store": app.settings.store,
        **{f"{name}": number for name, number in counts.items()},
    }


async def metaspace_verify(app: App) -> Plain:
    """Query every live row for itself in the index, and compare it with the ledger."""
    index = await app.index()
    await index.settled()
    found = await index.verify()
    return {"health": index.health(), **found, "exit": 0 if not found.get("wrong") else 4}


async def metaspace_rebuild(app: App) -> Plain:
    """Build the index anew from the ledger."""
    index = await app.index()
    await index.settled()
    await index.rebuild()
    return {"health": index.health(), "rebuilt": True}


async def reembed(app: App, *, embedder: str) -> Plain:
    """Move the whole space to another embedder: every creation and fact is placed anew, or nothing is (W1).

    Tastes are folded again from the acts; the index is built anew at the next start.
    """
    opened = await provider_of(app.plugins, embedder).open_embedder(embedder)
    try:
        creations = await app.ledger.creations()
        facts = await app.ledger.facts(
            ids=[FactId(row.id) for row in await app.ledger.index_rows("knowledge")]
        )
        places = await opened.embed([c.text for c in creations])
        known = await opened.embed([f.statement for f in facts])
        stamps = {
            "space": opened.fingerprint,
            "space.dim": str(opened.dim),
            "space.embedder": opened.card.id,
        }
        key = f"move/{opened.fingerprint}/{app.clock.now().isoformat()}"
        await app.ledger.move(
            key,
            stamps,
            dict(zip((c.id for c in creations), places, strict=True)),
            dict(zip((f.id for f in facts), known, strict=True)),
        )
    finally:
        await opened.close()
    return {
        "embedder": embedder,
        "dim": opened.dim,
        "creations": len(creations),
        "facts": len(facts),
        "next": f"Use it from now on: AMMO_EMBEDDER={embedder}, or embedder = {embedder!r} in ammo.toml",
    }
