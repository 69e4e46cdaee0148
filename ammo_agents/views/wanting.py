"""The discovery chain: words → subspaces → buddies → a first slate → what is missing, step by step (W16)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ammo_agents.aipp.statement import Wish
from ammo_agents.app import App
from ammo_agents.ports import Subspace
from ammo_agents.records import EntityId, GoalBuddy, Vector
from ammo_agents.round import cited
from ammo_agents.round.discovery import slate_of, text_of, understood, worth_placing
from ammo_agents.views.asking import asking_of
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.cards import filled

Plain = dict[str, Any]
BUDDIES = 5
"""Buddies that are named."""
LOOKED_INTO = 2
"""Nearest subspaces whose buddies are compared."""
OFFERS = 3
"""Buddies that are offered to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """Something near the words."""

    cosine: float
    by: str
    """What of it is near."""


async def intent(
    app: App,
    words: str,
    *,
    subspace: str | None = None,
    limit: int | None = None,
    keep: bool = False,
) -> AsyncIterator[Plain]:
    """Yield the steps from a stated interest to a first slate, each as soon as it is known.

    The slate is presented, so it can be voted on. The wish itself counts only with `keep`.

    Raises:
        BadInputError: the words want nothing.
        NotFoundError: no such subspace.
    """
    read = understood(words)
    topic = read.wish.topic
    wanted = {"direction": "more", "topic": topic}
    yield _step(1, "understood", words=words, topic=topic, by=read.by, wish=wanted)
    vector = await app.place(topic)
    spaces = await _subspaces(app, vector, subspace)
    told = [
        {"id": s.id, "title": s.title, "summary": s.summary, "cosine": n.cosine, "by": n.by}
        for s, n in spaces
    ]
    yield _step(2, "subspaces", subspaces=told)
    buddies = await _buddies(app, vector, topic, [space for space, _ in spaces[:LOOKED_INTO]])
    yield _step(3, "buddies", buddies=buddies)
    nearest = await _with_cards(app, [space for space, _ in spaces])
    slate = await _slate(app, nearest, (read.wish, vector), limit=limit, keep=keep)
    yield _step(4, "slate", **slate)
    yield _step(5, "missing", **_missing(topic, buddies, slate["cards"]))


async def want(app: App, *, words: str, subspace: str | None = None, keep: bool = False) -> Plain:
    """Give the whole discovery chain at once."""
    steps = [step async for step in intent(app, words, subspace=subspace, keep=keep)]
    return {"words": words, "steps": steps}


def _step(number: int, step: str, **what: Any) -> Plain:
    return {"step": step, "number": number, **what}


async def _subspaces(app: App, vector: Vector, only: str | None) -> list[tuple[Subspace, _Near]]:
    """Return the subspaces, nearest first: by their description or by the nearest living card."""
    spaces = [app.subspace(only)] if only else app.plugins.subspaces()
    embedder = await app.embedder()
    rows = await embedder.embed([f"{space.title}. {space.summary}" for space in spaces])
    found = []
    for space, row in zip(spaces, rows, strict=True):
        near = _Near(cosine=_cosine(row, vector), by="its description")
        living = (await app.companion(space.id)).living
        if len(living):
            cosines = living.matrix @ vector
            best = int(np.argmax(cosines))
            if float(cosines[best]) > near.cosine:
                near = _Near(cosine=float(cosines[best]), by=f"“{living.about[best].title}”")
        found.append((space, near))
    return sorted(found, key=lambda pair: (-pair[1].cosine, pair[0].id))


async def _buddies(app: App, vector: Vector, topic: str, spaces: Sequence[Subspace]) -> list[Plain]:
    """Return the nearest Goal Buddies of these subspaces, by the text of what they are born of."""
    embedder = await app.embedder()
    found: list[Plain] = []
    for space in spaces:
        entities = {e.id: e for e in (await app.knowledge(space)).entities}
        born: dict[EntityId, GoalBuddy] = {}
        for buddy in await app.buddies(space):  # of several born of one entity the first speaks
            if buddy.entity in entities:
                born.setdefault(buddy.entity, buddy)
        looked = worth_placing([entities[id] for id in born], topic)
        if not looked:
            continue
        rows = await embedder.embed([text_of(entity) for entity in looked])
        wrote = [one.buddy for one in (await app.companion(space.id)).living.about]
        found += [
            _buddy(born[entity.id], entity.summary, _cosine(row, vector), wrote)
            for entity, row in zip(looked, rows, strict=True)
        ]
    return sorted(found, key=lambda b: (-b["cosine"], b["id"]))[:BUDDIES]


def _buddy(buddy: GoalBuddy, about: str, cosine: float, wrote: Sequence[str]) -> Plain:
    return {
        "id": buddy.id,
        "name": buddy.name,
        "subspace": buddy.subspace,
        "entity": buddy.entity,
        "about": about,
        "cosine": cosine,
        "cards": wrote.count(buddy.id),
    }


async def _with_cards(app: App, spaces: Sequence[Subspace]) -> Subspace:
    """Return the nearest subspace that has a card to show; the nearest, where none has."""
    for space in spaces:
        if (await app.companion(space.id)).waiting():
            return space
    return spaces[0]


async def _slate(
    app: App,
    space: Subspace,
    wanted: tuple[Wish, Vector],
    *,
    limit: int | None,
    keep: bool,
) -> Plain:
    """Choose a first slate of what is wanted and present it."""
    wish, vector = wanted
    receipt = ""
    async with app.parts.locks[f"aipp/{app.person}"]:
        if keep:
            receipt = (await (await asking_of(app, space.id)).believe(wish)).words
        companion = await app.companion(space.id)
        slate = await slate_of(companion, wish, vector, limit)
        shown = await companion.present(slate)
    cards = []
    for one in shown.cards:
        facts = {f.id: f for f in await app.ledger.facts(ids=cited(one.creation))}
        fields = filled(space.fields, facts, one.creation)
        row = companion.living.vector(one.creation.id)
        card = card_of(
            one.creation, slot=one.slot, acts=companion.acts_on(one.creation), fields=fields
        )
        near = 0.0 if row is None else float(row @ vector)
        why = f"You want “{wish.topic}”: this is {near:.2f} near it."
        cards.append({**card, "why": why, "cosine": near})
    return {
        "subspace": space.id,
        "slate": slate.id if slate.slots else None,
        "cards": cards,
        "kept": keep,
        "receipt": receipt,
        "note": "" if cards else f"No card of {space.title} is left that you have not seen.",
    }


def _missing(topic: str, buddies: Sequence[Plain], cards: Sequence[Plain]) -> Plain:
    """Return who could write what is not there yet; nobody writes before the person says so."""
    told = {card["buddy"] for card in cards}
    silent = [buddy for buddy in buddies if buddy["id"] not in told]
    offers = [
        {
            "buddy": buddy["id"],
            "name": buddy["name"],
            "subspace": buddy["subspace"],
            "request": topic,
            "command": f'ammo write @{str(buddy["id"]).rpartition("/")[2]} "{topic}"',
        }
        for buddy in silent[:OFFERS]
    ]
    note = (
        "A buddy writes only when you ask it to." if offers else "Every near buddy has a card here."
    )
    return {"offers": offers, "note": note}


def _cosine(row: Any, vector: Vector) -> float:
    return float(row @ vector)
