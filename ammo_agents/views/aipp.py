"""The AiPP as plain data: feed, interactions, describe, intent (W15, W16; docs/aipp.md).

Asking for a new slate presents it: only what was presented can be voted on. Reading changes nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ammo_agents.aipp import impression as impressions
from ammo_agents.aipp import protocol
from ammo_agents.aipp.impression import Impression
from ammo_agents.aipp.signals import Signal, meaning, signals_of, weighed
from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.ports import Action, Subspace
from ammo_agents.records import Part, Slate, SlateId, Slot, content_id
from ammo_agents.round import cited, profile
from ammo_agents.round.ballot import CONTEXT_KIND, Ballot, refused
from ammo_agents.views.asking import asking_of
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.cards import filled, reason
from ammo_agents.views.wanting import intent, want

__all__ = ["describe", "feed", "intent", "interactions", "present", "want"]

Plain = dict[str, Any]
CLOSE = 1e-9
"""A remainder of a score below this is rounding and no part of its own."""
NOTHING = "no page of yours has this cursor"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Which cards of which slate, and how much of each."""

    slate: Slate
    start: int
    end: int
    hydrate: bool


# --- feed ------------------------------------------------------------------------------------
async def present(
    app: App,
    *,
    request_id: str,
    subspace: str | None = None,
    limit: int | None = None,
    hydrate: bool = False,
) -> Plain:
    """Choose a new slate and present it; the same request id gives the same slate again.

    Raises:
        ConflictError: the request id came with another subspace or limit before.
        NotFoundError: no such subspace.
    """
    space = app.subspace(subspace)
    async with _turn(app):
        await app.ledger.diary.write(
            f"aipp/feed/{request_id}",
            app.person,
            "request",
            {"request": request_id, "subspace": space.id, "limit": limit},
            topic=slate_of(app, request_id),
            at=app.clock.now(),
        )
        slate = await _kept(app, slate_of(app, request_id))
        if slate is None:
            companion = await app.companion(space.id)
            chosen = await companion.rank(limit)
            slate = replace(chosen, id=slate_of(app, request_id))
            await companion.present(slate)
    page = _Page(slate=slate, start=0, end=len(slate.slots), hydrate=hydrate)
    return await _page(app, page, request_id)


async def feed(
    app: App,
    *,
    subspace: str | None = None,
    limit: int | None = None,
    cursor: str = "",
    hydrate: bool = False,
) -> Plain:
    """Show what was presented: the newest slate, or where a cursor points. Nothing is chosen or recorded.

    Raises:
        NotFoundError: no such subspace, or no page of this person has the cursor.
    """
    slate, start = await _found(app, cursor) if cursor else (None, 0)
    if not cursor:
        newest = await app.ledger.slates(app.person, app.subspace(subspace).id, limit=1)
        slate = newest[0] if newest else None
    if slate is None:
        return _empty(app.subspace(subspace).id)
    end = min(len(slate.slots), start + (limit or len(slate.slots)))
    page = _Page(slate=slate, start=start, end=end, hydrate=hydrate)
    return await _page(app, page, await _request_of(app, slate.id))


def slate_of(app: App, request_id: str) -> SlateId:
    """Return the id of the slate that a request of this person gets: a retry finds it again."""
    return SlateId(content_id("s", ["aipp", app.person, request_id]))


async def _page(app: App, page: _Page, request: str) -> Plain:
    slate, key = page.slate, await _key(app)
    slots = slate.slots[page.start : page.end]
    items = [_item(slate, slot, key) for slot in slots]
    if page.hydrate:
        cards = [await _card(app, slot) for slot in slots]
        items = [{**item, "card": card} for item, card in zip(items, cards, strict=True)]
    ends = page.end >= len(slate.slots)
    older = await _older(app, slate) if ends else None
    onward = [slate.id, page.end] if not ends else None if older is None else [older.id, 0]
    return {
        "version": protocol.VERSION,
        "request": request,
        "subspace": slate.subspace,
        "slate": slate.id if slate.slots else None,
        "at": slate.at.isoformat(),
        "items": items,
        "cursor": _cursor(app, [slate.id, page.start], key) if slate.slots else None,
        "next": None if onward is None else _cursor(app, onward, key),
        "note": "" if slate.slots else "Nothing new passed your buddy's bar.",
    }


def _item(slate: Slate, slot: Slot, key: bytes) -> Plain:
    shown = Impression(
        person=slate.person,
        slate=slate.id,
        creation=slot.creation,
        position=slot.position,
        expires=slate.at + dt.timedelta(days=impressions.DAYS),
    )
    how = [slate.id, slot.position, slate.preference_version, slate.tau, slate.exploration]
    return {
        "id": slot.creation,
        "position": slot.position,
        "score": slot.score,
        "parts": summed(slot.parts, slot.score),
        "propensity": slot.propensity,
        "inclusion": slot.inclusion,
        "exploring": slot.exploring,
        "context": impressions.sealed(CONTEXT_KIND, slate.person, how, key),
        "impression": impressions.signed(shown, key),
        "card": None,
    }


def summed(parts: Sequence[Part], score: float) -> list[Plain]:
    """Return the parts of a score as they leave: they add up to it, if need be by one part ``other``."""
    told = [reason(part) for part in parts]
    rest = score - math.fsum(part.value for part in parts)
    if abs(rest) > CLOSE:
        told.append({"kind": "other", "label": "everything else", "value": rest, "feedback": None})
    return told


async def _card(app: App, slot: Slot) -> Plain:
    creation = await app.ledger.creation(slot.creation)
    space = app.subspace(creation.subspace)
    facts = {f.id: f for f in await app.ledger.facts(ids=cited(creation))}
    acts = tuple(signals_of(space.actions))
    fields = filled(space.fields, facts, creation)
    return card_of(creation, slot=slot, acts=acts, fields=fields)


def _empty(subspace: str) -> Plain:
    return {
        "version": protocol.VERSION,
        "request": "",
        "subspace": subspace,
        "slate": None,
        "at": None,
        "items": [],
        "cursor": None,
        "next": None,
        "note": "No slate yet: POST /aipp/v1/feed.",
    }


async def _kept(app: App, id: SlateId) -> Slate | None:
    try:
        return await app.ledger.slate(id)
    except NotFoundError:
        return None


async def _older(app: App, slate: Slate) -> Slate | None:
    """Return the slate this person was presented before another one in its subspace."""
    every = await app.ledger.slates(app.person, slate.subspace)
    ids = [one.id for one in every]
    after = every[ids.index(slate.id) + 1 :] if slate.id in ids else []
    return after[0] if after else None


async def _request_of(app: App, id: SlateId) -> str:
    notes = await app.ledger.diary.entries(app.person, kind="request", topic=id, limit=1)
    return str(notes[0].body["request"]) if notes else ""


def _cursor(app: App, place: list[Any], key: bytes) -> str:
    return impressions.sealed("cursor", app.person, place, key)


async def _found(app: App, cursor: str) -> tuple[Slate, int]:
    """Return where a cursor points; a forged, a foreign and an unknown one are told alike (S6)."""
    key = await _key(app)
    found = impressions.opened("cursor", cursor, key)
    if found is not None and impressions.belongs(found[0], app.person, key):
        slate = await _kept(app, SlateId(found[1][0]))
        if slate is not None and slate.person == app.person:
            return slate, int(found[1][1])
    raise NotFoundError(NOTHING, hint="Begin with GET /aipp/v1/feed.")


async def _key(app: App) -> bytes:
    return await asyncio.to_thread(impressions.key_of, app.folders.data)


def _turn(app: App) -> asyncio.Lock:
    """Held while something of this person is chosen or counted: two requests at once follow each other."""
    return app.parts.locks[f"aipp/{app.person}"]


# --- interactions ----------------------------------------------------------------------------
async def interactions(app: App, *, given: Sequence[object]) -> Plain:
    """Judge a batch, each item by itself and in order; a refused item changes nothing and loses no other."""
    who = await profile.read(app.ledger.diary, app.person, app.settings)
    ballot = Ballot(
        person=app.person,
        ledger=app.ledger,
        clock=app.clock,
        key=await _key(app),
        passive=who.passive,
        companion=app.companion,
        asking=lambda subspace: asking_of(app, subspace),
    )
    answers = []
    for item in given:
        vote = protocol.interaction(item)
        if isinstance(vote, str):
            judged = refused(_event_of(item), 422, vote, "See docs/aipp.md.")
        else:
            async with _turn(app):
                judged = await ballot.cast(vote)
        answers.append(asdict(judged))
    return {"version": protocol.VERSION, "answers": answers}


def _event_of(item: object) -> str:
    """Return the event id of an item that cannot be used, where it has one that can be said back."""
    event = item.get("event") if isinstance(item, dict) else None
    good = isinstance(event, str) and event.isascii() and event.isprintable()
    return str(event)[: protocol.LONGEST_ID] if good else ""


# --- describe --------------------------------------------------------------------------------
async def describe(app: App, *, subspace: str | None = None) -> Plain:
    """Tell what each subspace's AiPP is: its acts with reward and weight, and the fields of its cards (W15)."""
    found = [app.subspace(subspace)] if subspace else app.plugins.subspaces()
    who = await profile.read(app.ledger.diary, app.person, app.settings)
    return {
        "version": protocol.VERSION,
        "passive": who.passive,
        "limits": {
            "interactions": protocol.MOST_EVENTS,
            "cards": protocol.MOST_CARDS,
            "over": protocol.MOST_OVER,
            "note": protocol.LONGEST_NOTE,
            "words": protocol.LONGEST_WORDS,
            "impression_days": impressions.DAYS,
        },
        "subspaces": [_described(space) for space in sorted(found, key=lambda s: s.id)],
    }


def _described(space: Subspace) -> Plain:
    return {
        "id": space.id,
        "title": space.title,
        "summary": space.summary,
        "origin": space.origin,
        "acts": [_act(one, space.actions) for one in signals_of(space.actions).values()],
        "fields": [asdict(field) for field in space.fields],
    }


def _act(signal: Signal, actions: Sequence[Action]) -> Plain:
    act = weighed(signal, actions)
    return {
        "name": signal.name,
        "label": signal.label,
        "signal": "passive" if signal.passive else "explicit",
        "meaning": meaning(signal, act),
        "reward": None if act is None or act.weight == 0 else act.reward,
        "weight": 0.0 if act is None else act.weight,
        "needs": list(signal.needs),
        "own": signal.own,
        "reasons": dict(signal.reasons),
    }
