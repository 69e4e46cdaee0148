"""The feed: slates, cards, and what a person says about them."""

from __future__ import annotations

from typing import Any

from ammo_agents.aipp.explanation import words
from ammo_agents.app import App
from ammo_agents.records import CreationId, FeedbackId
from ammo_agents.round import cited
from ammo_agents.round.companion import Companion
from ammo_agents.user.present import Presented, remarks
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.cards import reason, sources
from ammo_agents.views.feeds import met_in
from ammo_agents.views.leads import led

Plain = dict[str, Any]
NOTHING_YET = (
    "Nothing is written here yet. Its buddies write while AMMO runs (ammo up) and somebody looks: "
    "the first card takes a minute or two, so ask again."
)


async def slate(app: App, *, n: int | None = None, subspace: str | None = None) -> Plain:
    """Choose the next slate for the person and present it."""
    companion = await app.companion(subspace)
    chosen = _slate(companion, await app.seat(companion).show(n))
    if not chosen["cards"] and not companion.living.about:
        chosen["note"] = NOTHING_YET
    return await _led(app, chosen)


async def last_slate(app: App, *, subspace: str | None = None) -> Plain:
    """Show the newest slate again; nothing is chosen and nothing is recorded."""
    companion = await app.companion(subspace)
    kept = await app.ledger.slates(app.person, companion.subspace, limit=1)
    if not kept:
        return {"slate": None, "cards": [], "displaced": [], "note": "No slate yet: ammo feed"}
    return await _led(app, _slate(companion, await companion.shown(kept[0])))


async def cards(app: App, *, subspace: str | None = None) -> Plain:
    """List every published card, newest first, without choosing and without scores' noise."""
    space = app.subspace(subspace)
    creations = await app.ledger.creations(subspace=space.id)
    return {"subspace": space.id, "count": len(creations), "cards": [card_of(c) for c in creations]}


async def act(
    app: App,
    *,
    act: str,
    card: str,
    note: str = "",
    key: str = "",
    subspace: str | None = None,
) -> Plain:
    """Record one act about a card that was shown, and say what it changed."""
    creation = await app.ledger.creation(CreationId(card))
    companion = await app.companion(await met_in(app, creation, subspace))
    given = await app.seat(companion).record(act, creation, note=note, key=key)
    return {
        "feedback": given.feedback,
        "card": creation.id,
        "act": act,
        "repeated": given.repeated,
        "events": given.version,
        "receipt": given.words,
        "next": await _titles(app, given.following),
    }


async def undo(app: App, *, card: str = "", subspace: str | None = None) -> Plain:
    """Take back the last act, the last act on a card, or an act by its id: the fold is run again without it."""
    companion = await app.companion(subspace)
    if card.startswith("b_"):
        given = await companion.take_back(act=FeedbackId(card))
    else:
        creation = await app.ledger.creation(CreationId(card)) if card else None
        given = await companion.take_back(None if creation is None else creation.id)
    return {
        "feedback": given.feedback,
        "card": given.creation,
        "act": given.act,
        "taken_back": True,
        "events": given.version,
        "receipt": given.words,
        "next": await _titles(app, given.following),
    }


async def preview(app: App, *, act: str, card: str, subspace: str | None = None) -> Plain:
    """Show the slate that an act would lead to, with the same draw; nothing is recorded."""
    creation = await app.ledger.creation(CreationId(card))
    companion = await app.companion(await met_in(app, creation, subspace))
    following = await companion.preview(act, creation)
    return {
        "card": creation.id,
        "act": act,
        "receipt": f"If you {act} “{creation.title.text}”:",
        "next": await _titles(app, following),
        "next_ids": list(following),
    }


async def why(app: App, *, card: str, subspace: str | None = None) -> Plain:
    """Give the exact sum behind a card's score now, how it was chosen, and its sources."""
    creation = await app.ledger.creation(CreationId(card))
    companion = await app.companion(await met_in(app, creation, subspace))
    slot, choice = await companion.explain(creation)
    near = companion.alike()
    beside = remarks(creation, None if near is None else near[0].liked)
    ids = cited(creation)
    facts = {f.id: f for f in await app.ledger.facts(ids=ids)}
    return {
        "card": (await led(app, [card_of(creation, slot=slot)]))[0],
        "score": slot.score,
        "parts": [reason(p) for p in slot.parts],
        "choice": choice,
        "remarks": beside,
        "sources": sources(facts, creation),
    }


async def you(app: App, *, subspace: str | None = None) -> Plain:
    """List what is believed about the person, strongest first, each with the acts it comes from."""
    companion = await app.companion(subspace)
    beliefs = await companion.beliefs()
    knowledge = await app.knowledge(app.subspace(subspace))
    names = {str(e.id): e.name for e in knowledge.entities}
    return {
        "person": app.person,
        "subspace": companion.subspace,
        "events": len(companion.events),
        "beliefs": [
            {
                "id": b.id,
                "about": names.get(b.entity, b.entity.removeprefix("topic/")),
                "entity": b.entity,
                "strength": b.strength,
                "events": [
                    {
                        "feedback": t.event.feedback.id,
                        "act": t.event.feedback.act,
                        "card": t.event.feedback.creation,
                        "title": t.event.title,
                        "words": words(t.event),
                        "value": t.value,
                    }
                    for t in b.told
                ],
            }
            for b in beliefs
        ],
    }


async def events(app: App, *, subspace: str | None = None) -> Plain:
    """List the standing acts in the order they were kept."""
    companion = await app.companion(subspace)
    return {
        "person": app.person,
        "subspace": companion.subspace,
        "events": [
            {
                "feedback": e.feedback.id,
                "act": e.feedback.act,
                "card": e.feedback.creation,
                "title": e.title,
                "at": e.feedback.at.isoformat(),
            }
            for e in companion.events
        ],
    }


async def _led(app: App, answer: Plain) -> Plain:
    return {**answer, "cards": await led(app, answer["cards"])}


def _slate(companion: Companion, shown: Presented) -> Plain:
    chosen = shown.slate
    return {
        "slate": chosen.id,
        "person": chosen.person,
        "subspace": chosen.subspace,
        "at": chosen.at.isoformat(),
        "exploration": chosen.exploration,
        "tau": chosen.tau,
        "seed": chosen.seed,
        "basis": chosen.basis,
        "events": chosen.preference_version,
        "candidates": len(chosen.candidates),
        "cards": [
            {
                **card_of(c.creation, slot=c.slot, acts=companion.acts_on(c.creation)),
                "why": c.reason,
            }
            for c in shown.cards
        ],
        "displaced": [
            {"id": p.creation.id, "title": p.creation.title.text, "score": p.score}
            for p in shown.passed
        ],
        "given_up": shown.given_up,
        "note": shown.note,
    }


async def _titles(app: App, ids: tuple[CreationId, ...]) -> list[str]:
    return [(await app.ledger.creation(i)).title.text for i in ids[:3]]
