"""Questions, comparisons and statements: what a person tells their buddy without a card (W13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ammo_agents.aipp.asking import OPENING
from ammo_agents.aipp.statement import Wish, read, wish
from ammo_agents.app import App
from ammo_agents.errors import AmmoError, BadInputError
from ammo_agents.ports import Model
from ammo_agents.records import CreationId
from ammo_agents.round.asking import Asking, Question
from ammo_agents.round.receipt import Given
from ammo_agents.views.cards import card as card_of

Plain = dict[str, Any]
ANSWERS = ("like", "dislike", "unknown")
"""Liked, not for me, do not know it (says nothing about taste)."""


async def questions(
    app: App, *, n: int = OPENING, skip: Sequence[str] = (), subspace: str | None = None
) -> Plain:
    """Give what your buddy would ask now; skip what you like, nothing is recorded."""
    here = await asking_of(app, subspace)
    found = await here.questions(n, skip=skip)
    return {
        "subspace": here.companion.subspace,
        "events": len(here.companion.events),
        "questions": [_question(one) for one in found],
        "answers": list(ANSWERS),
    }


async def question(app: App, *, subspace: str | None = None) -> Plain:
    """Give the one question whose answer is expected to save more than a slot is worth, or none."""
    here = await asking_of(app, subspace)
    found = await here.question()
    asked = [] if found is None else [_question(found)]
    return {"questions": asked, "answers": list(ANSWERS)}


async def answer(
    app: App, *, about: str, said: str, key: str = "", subspace: str | None = None
) -> Plain:
    """Keep an answer about an entity as an event, and say what it changed."""
    if said not in ANSWERS:
        raise BadInputError(
            f"no answer is called {said!r}", hint=f"Say one of: {', '.join(ANSWERS)}."
        )
    here = await asking_of(app, subspace)
    return await _receipt(app, await here.answer(about, said, key=key))


async def compare(app: App, *, subspace: str | None = None) -> Plain:
    """Give two cards you have not seen, close in score: which of these? Nothing is recorded."""
    here = await asking_of(app, subspace)
    found = await here.pair()
    cards = [card_of(await app.ledger.creation(id)) for id in found or ()]
    note = "" if cards else "There are not two different new cards to compare."
    return {"cards": cards, "note": note}


async def choose(app: App, *, card: str, over: Sequence[str], key: str = "") -> Plain:
    """Keep “this one of these” as an event on all of the cards."""
    first = await app.ledger.creation(CreationId(card))
    others = [await app.ledger.creation(CreationId(one)) for one in over]
    here = await asking_of(app, first.subspace)
    return await _receipt(app, await here.choose(first, others, key=key))


async def say(app: App, *, words: str) -> Plain:
    """Read a statement as wishes, and show them; nothing counts until they are confirmed."""
    reading = await read(words)
    if reading.by != "rules":
        reading = await read(words, await _model(app))
    return {
        "said": words,
        "read_by": reading.by,
        "wishes": [{"direction": w.direction, "topic": w.topic} for w in reading.wishes],
        "kept": False,
    }


async def believe(
    app: App, *, wishes: Sequence[dict[str, str]], subspace: str | None = None
) -> Plain:
    """Keep confirmed wishes, each as an event on its topic."""
    checked = [wish(str(w.get("direction")), str(w.get("topic", ""))) for w in wishes]
    here = await asking_of(app, subspace)
    kept = [(one, await here.believe(one)) for one in checked]
    return {
        "kept": True,
        "wishes": [_kept(one, given) for one, given in kept],
        "events": len(here.companion.events),
        "next": await _titles(app, kept[-1][1].following if kept else ()),
    }


async def forget_belief(app: App, *, line: str, subspace: str | None = None) -> Plain:
    """Take back every act behind a believed line, or one act: the fold is run again without them."""
    here = await asking_of(app, subspace)
    taken = await here.forget(line)
    return {
        "taken_back": [{"feedback": g.feedback, "act": g.act} for g in taken],
        "events": len(here.companion.events),
        "receipt": f"{len(taken)} act{'s' if len(taken) > 1 else ''} taken back. As if never said.",
        "next": await _titles(app, taken[-1].following),
    }


async def asking_of(app: App, subspace: str | None) -> Asking:
    """Return the asking side of the person's buddy in a subspace."""
    space = app.subspace(subspace)
    return Asking(companion=await app.companion(subspace), knowledge=await app.knowledge(space))


async def _model(app: App) -> Model | None:
    """Return the language model; None when it cannot be opened: a statement is read without it."""
    try:
        return await app.model()
    except AmmoError:
        return None


def _question(one: Question) -> Plain:
    return {
        "entity": one.entity.id,
        "name": one.entity.name,
        "question": f"Do you like {one.entity.name}?",
        "about": one.entity.summary,
        "why": one.why,
        "drop": one.drop,
        "slot": one.slot,
    }


def _kept(one: Wish, given: Given) -> Plain:
    return {
        "direction": one.direction,
        "topic": one.topic,
        "feedback": given.feedback,
        "repeated": given.repeated,
        "receipt": given.words,
    }


async def _receipt(app: App, given: Given) -> Plain:
    return {
        "feedback": given.feedback,
        "act": given.act,
        "repeated": given.repeated,
        "events": given.version,
        "receipt": given.words,
        "next": await _titles(app, given.following),
    }


async def _titles(app: App, ids: Sequence[CreationId]) -> list[str]:
    return [(await app.ledger.creation(i)).title.text for i in ids[:3]]
