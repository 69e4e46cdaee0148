"""The feed as a sitting: finite, one card after an act, every act with a receipt (W11, experience rule 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ammo_agents.aipp.feedback import acts_of
from ammo_agents.app import App
from ammo_agents.records import Creation, CreationId, FeedbackId
from ammo_agents.round import profile
from ammo_agents.round.receipt import Change, Given
from ammo_agents.round.sitting import REST, Place, Sitting
from ammo_agents.user.present import NEWCOMER, reason, remarks
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.feeds import feeds, met_in
from ammo_agents.views.leads import led

Plain = dict[str, Any]
MOVED = 0.002
"""Change of a mean score below which an entity is not worth a word in a receipt."""
MORE, LESS = 2, 1
"""Entities a receipt names in each direction."""
PEEKED = 3


async def sitting(app: App, *, subspace: str | None = None) -> Plain:
    """Show the standing sitting, or begin one: its cards, each open or with what was said of it."""
    here = await sitting_of(app, subspace)
    await here.look()
    return await _shown(app, here)


async def standing(app: App, *, subspace: str | None = None) -> Plain:
    """Show the sitting that stands, as it is; nothing is begun."""
    return await _shown(app, await sitting_of(app, subspace))


async def again(app: App, *, subspace: str | None = None) -> Plain:
    """Begin another sitting now."""
    here = await sitting_of(app, subspace)
    await here.again()
    return await _shown(app, here)


async def more(app: App, *, subspace: str | None = None) -> Plain:
    """Fill the next slot without an act."""
    here = await sitting_of(app, subspace)
    place = await here.further()
    return await _state(app, here, None if place is None else [place])


async def act(app: App, *, act: str, card: str, note: str = "", key: str = "") -> Plain:
    """Keep an act about a card of the feed: its receipt, the card folded, and the next card."""
    creation = await app.ledger.creation(CreationId(card))
    here = await sitting_of(app, await met_in(app, creation))
    given, place = await here.act(act, creation, note=note, key=key)
    answer = await _state(app, here, None if place is None else [place])
    return {
        **answer,
        "receipt": await _receipt(app, here, given),
        "card": await _again(app, here, creation),
    }


async def undo(app: App, *, feedback: str, subspace: str | None = None) -> Plain:
    """Take one act back: the card opens again, and the card the act had brought goes if nobody answered it."""
    here = await sitting_of(app, subspace)
    given, gone = await here.undo(FeedbackId(feedback))
    answer = await _state(app, here, None)
    card = None
    if given.creation:
        card = await _again(app, here, await app.ledger.creation(given.creation))
    return {
        **answer,
        "receipt": await _receipt(app, here, given),
        "card": card,
        "withdrawn": None if gone is None else gone.creation,
    }


async def peek(app: App, *, card: str, act: str = "like") -> Plain:
    """Tell which cards would come next after an act, by the same draw; nothing is recorded."""
    creation = await app.ledger.creation(CreationId(card))
    here = await sitting_of(app, await met_in(app, creation))
    ids = await here.peek(act, creation, PEEKED)
    return {"card": creation.id, "act": act, "ids": list(ids), "titles": await _titles(app, ids)}


async def coming(app: App, *, n: int = 8, subspace: str | None = None) -> Plain:
    """Tell which cards would come next now, in order; nothing is recorded."""
    here = await sitting_of(app, subspace)
    ids = await here.coming(n)
    return {"ids": list(ids), "titles": await _titles(app, ids)}


async def sitting_of(app: App, subspace: str | None) -> Sitting:
    """Return the person's sitting in a subspace; the profile's subspace when none is named."""
    if subspace is None:
        subspace = (await profile.read(app.ledger.diary, app.person, app.settings)).subspace or None
    companion = await app.companion(subspace)
    kept = app.parts.sittings
    async with app.parts.locks[f"sitting/{app.person}/{companion.subspace}"]:
        held = kept.get((app.person, companion.subspace))
        if held is None or held.companion is not companion:
            here = Sitting(companion=companion)
            await here.load()
            kept[app.person, companion.subspace] = here
    return kept[app.person, companion.subspace]


async def _shown(app: App, here: Sitting) -> Plain:
    answer = await _state(app, here, None)
    plain = app.subspace(here.companion.subspace)
    return {
        **answer,
        "subspace_title": plain.title,
        "cards": [await _card(app, here, place) for place in here.places],
        "day": str(await app.ledger.day(plain.id) or ""),
        "origin": plain.origin,
        "attribution": plain.attribution,
    }


async def _state(app: App, here: Sitting, fresh: Sequence[Place] | None) -> Plain:
    """Return where the sitting stands, with the card that was just laid open."""
    companion = here.companion
    newcomer = not companion.events
    return {
        "subspace": companion.subspace,
        "subspaces": feeds(app),
        "sitting": here.number,
        "slots": here.slots,
        "left": here.left,
        "open": len(here.open_places()),
        "exploring": companion.settings.exploration,
        "mix": companion.mix,
        "events": len(companion.events),
        "waiting": companion.waiting(),
        "newcomer": newcomer,
        "note": NEWCOMER if newcomer and here.places else "",
        "next": await _card(app, here, fresh[0]) if fresh else None,
        "end": await _end(app, here),
    }


async def _end(app: App, here: Sitting) -> Plain | None:
    """Return the last card of a sitting, once every slot was filled or nothing is left."""
    spent = here.left == 0
    if not spent and (here.companion.waiting() or here.open_places()):
        return None
    missed = await here.coming(2) if spent else ()
    again_at = None if here.begun is None else (here.begun + REST).isoformat()
    return {
        "spent": spent,
        "empty": not here.places,
        "missed": [
            {"id": id, "title": title}
            for id, title in zip(missed, await _titles(app, missed), strict=True)
        ],
        "again_at": again_at,
        "waiting": here.companion.waiting(),
    }


async def _card(app: App, here: Sitting, place: Place) -> Plain:
    """Return one card of the sitting, with its reasons and what was said of it."""
    creation = await app.ledger.creation(place.creation)
    return (await led(app, [_plain(app, here, creation, place, await _names(app, here))]))[0]


async def _again(app: App, here: Sitting, creation: Creation) -> Plain:
    """Return a card as it stands now, whether or not it is in this sitting."""
    place = next((p for p in here.places if p.creation == creation.id), None)
    if place is None:
        return (await led(app, [card_of(creation, acts=here.companion.acts_on(creation))]))[0]
    return (await led(app, [_plain(app, here, creation, place, await _names(app, here))]))[0]


def _plain(
    app: App, here: Sitting, creation: Creation, place: Place, names: Mapping[str, str]
) -> Plain:
    companion, said = here.companion, here.said(place)
    near = companion.alike()
    why = "; ".join([
        reason(place.slot),
        *remarks(creation, None if near is None else near[0].liked),
    ])
    actions = app.subspace(creation.subspace).actions
    labels = {name: one.label for name, one in acts_of(actions).items()}
    return {
        **card_of(creation, slot=place.slot, acts=companion.acts_on(creation)),
        "why": why,
        "slate": place.slate,
        "position": here.places.index(place) + 1,
        "cause": place.cause,
        "own_acts": [{"name": a.name, "label": a.label} for a in actions],
        "state": "open" if said is None else "acted",
        "act": None
        if said is None
        else {
            "name": said.feedback.act,
            "label": labels.get(said.feedback.act, said.feedback.act),
            "feedback": said.feedback.id,
            "note": said.feedback.note,
            **_changed(names, here.receipts.get(said.feedback.id)),
        },
    }


async def _receipt(app: App, here: Sitting, given: Given) -> Plain:
    """Return what an act changed: what comes more and what less, in the names of things."""
    return {
        "feedback": given.feedback,
        "act": given.act,
        "repeated": given.repeated,
        "words": given.words,
        "events": given.version,
        **_changed(await _names(app, here), given.change),
    }


async def _names(app: App, here: Sitting) -> Mapping[str, str]:
    knowledge = await app.knowledge(app.subspace(here.companion.subspace))
    return {e.id: e.name for e in knowledge.entities}


def _changed(names: Mapping[str, str], change: Change | None) -> Plain:
    """Return the numbers of a receipt and the names of what it moved most."""
    if change is None:
        return {"more": [], "less": []}
    ranked = sorted(change.moved.items(), key=lambda item: -item[1])
    return {
        "more": [names[e] for e, d in ranked if d > MOVED and e in names][:MORE],
        "less": [names[e] for e, d in reversed(ranked) if d < -MOVED and e in names][:LESS],
        "before": change.before,
        "after": change.after,
    }


async def _titles(app: App, ids: Sequence[CreationId]) -> list[str]:
    return [(await app.ledger.creation(id)).title.text for id in ids]
