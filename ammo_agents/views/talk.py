"""Questions to a buddy, and answers that cite facts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.metering import asking
from ammo_agents.records import Creation, CreationId, Fact, GoalBuddy, IdeaKind
from ammo_agents.round import write as write_one
from ammo_agents.round.conversation import Said
from ammo_agents.views.cards import card
from ammo_agents.views.cards import fact as fact_of
from ammo_agents.views.shelf import find_buddy

Plain = dict[str, Any]
CARD = re.compile(r"^(c_[a-z2-7]{4,12})\b")


async def ask(app: App, *, words: str, subspace: str | None = None) -> Plain:
    """Answer one question: ``@bitcoin why did it fall?``, ``c_7fkq2 what is this?`` or to your own buddy."""
    said = None
    pieces: list[str] = []
    with asking("you", app.person):
        async for piece in answer(app, words, subspace=subspace):
            if isinstance(piece, Said):
                said = piece
            else:
                pieces.append(piece)
    return {
        "question": words,
        "answer": "".join(pieces) if said is None else said.text,
        "by": "" if said is None else said.by,
        "model": "" if said is None else said.model,
        "known": said is None or said.known,
        "sources": [] if said is None else numbered(said.facts),
    }


async def write(app: App, *, words: str, subspace: str | None = None) -> Plain:
    """Let a Goal Buddy write a card on request (W7); a refusal says why.

    Raises:
        BadInputError: no buddy is named.
    """
    request, buddy, _ = await addressed(app, words, subspace)
    if buddy is None:
        raise BadInputError(
            "who should write?", hint='Name a buddy first: ammo write @bitcoin "the long fall"'
        )
    world = app.parts.worlds.get(buddy.subspace) or await app.world(subspace)
    stimulus = Stimulus(
        kind=IdeaKind.REQUEST,
        date=world.triggers.day(),
        entity=buddy.entity,
        request=request,
        seed=world.seed_for(request),
    )
    with asking(buddy.id, app.person):
        outcome = await write_one(world, buddy, stimulus)
    if isinstance(outcome, Creation):
        return {"card": card(outcome), "rejected": None}
    return {
        "card": None,
        "rejected": "it had nothing new to say"
        if outcome is None
        else f"{outcome.stage}: {outcome.reason}",
    }


async def answer(app: App, words: str, *, subspace: str | None = None) -> AsyncIterator[str | Said]:
    """Yield the answer piece by piece; the last piece is the whole of it with the facts it cites."""
    question, buddy, creation = await addressed(app, words, subspace)
    conversation = await app.conversation(subspace)
    if creation is not None:
        await _heard(app, creation)
        buddy = await find_buddy(app, creation.buddy, creation.subspace)
    async for piece in conversation.answer(question, buddy=buddy, creation=creation):
        yield piece


async def addressed(
    app: App, words: str, subspace: str | None
) -> tuple[str, GoalBuddy | None, Creation | None]:
    """Split off who or what a question is about: a leading ``@buddy`` or a card's id."""
    words = words.strip()
    if words.startswith("@"):
        name, _, question = words.partition(" ")
        return question or "What is new?", await find_buddy(app, name, subspace), None
    match = CARD.match(words)
    if match:
        creation = await app.ledger.creation(CreationId(match.group(1)))
        question = words[match.end() :].strip() or "Tell me more about this."
        return question, None, creation
    return words, None, None


async def _heard(app: App, creation: Creation) -> None:
    """A question about a card that was shown is feedback as well (W15)."""
    companion = await app.companion(creation.subspace)
    if await app.ledger.shown_in(app.person, creation.id) is not None:
        await companion.record("ask", creation)


def numbered(facts: tuple[Fact, ...]) -> list[Plain]:
    """Return the cited facts, numbered from 1."""
    return [{"number": n, **fact_of(f)} for n, f in enumerate(facts, start=1)]
