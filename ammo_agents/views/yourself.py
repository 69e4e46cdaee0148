"""What AMMO holds about a person, all of it a list that can be read, changed and undone (W3, experience rule 3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from ammo_agents.aipp.explanation import words
from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.ledger.codec import decode, encode
from ammo_agents.records import Feedback, FeedbackId, content_id
from ammo_agents.round.companion import Companion
from ammo_agents.views import asking, feed, first, house, profiles

Plain = dict[str, Any]
STANDS = ("more", "normal", "less", "never")
"""What a person can set a topic to; normal takes an earlier setting back."""
SNAPSHOT = "snapshot"
"""Diary kind: acts that were put aside by starting afresh; topic = the subspace."""
UNDO_DAYS = 7
COMPASS = 12
PACK = 64
"""Acts of one snapshot entry: it stays well below the largest body of an entry."""


async def yourself(app: App, *, subspace: str | None = None) -> Plain:
    """Give beliefs with their evidence, the compass, every act with its weight now, and every choice."""
    chosen = await profiles.show(app)
    companion = await app.companion(subspace or chosen["subspace"] or None)
    known = await feed.you(app, subspace=companion.subspace)
    return {
        **known,
        "subspace_title": app.subspace(companion.subspace).title,
        "compass": _compass(companion, known),
        "topics": [] if known["beliefs"] else (await first.tiles(app))["tiles"],
        "ledger": await _ledger(companion, known),
        "choices": chosen,
        "changed": [row["name"] for row in chosen["choices"] if row["changed"]],
        "asides": await _asides(app, companion),
    }


async def stand(app: App, *, entity: str, value: str, subspace: str | None = None) -> Plain:
    """Set an entity to more, normal, less or never: what was set before is taken back first.

    Raises:
        BadInputError: no such setting.
        NotFoundError: nobody knows the entity.
    """
    if value not in STANDS:
        raise BadInputError(f"{value!r} is no setting", hint=f"Say one of: {', '.join(STANDS)}.")
    here = await asking.asking_of(app, subspace)
    for event in here.companion.events:
        said = event.feedback
        about = said.subject.entity if said.subject is not None else None
        if about == entity and said.act in STANDS:
            await here.companion.take_back(act=said.id)
    if value != "normal":
        await here.answer(entity, value)
    return await yourself(app, subspace=here.companion.subspace)


async def take_back(app: App, *, act: str, subspace: str | None = None) -> Plain:
    """Delete one act from what was learned: everything is folded again without it, bit for bit."""
    here = await asking.asking_of(app, subspace)
    given = await here.companion.take_back(act=FeedbackId(act))
    return {"feedback": given.feedback, "receipt": given.words}


async def afresh(app: App, *, subspace: str | None = None) -> Plain:
    """Put every act aside: the buddy knows nothing again. It can be undone for seven days."""
    companion = (await asking.asking_of(app, subspace)).companion
    acts = [event.feedback for event in companion.events]
    now = app.clock.now()
    for start in range(0, len(acts), PACK):
        body = {"acts": [encode(one) for one in acts[start : start + PACK]], "undone": False}
        await app.ledger.diary.write(
            f"snapshot/{companion.subspace}/{now.isoformat()}/{start}",
            app.person,
            SNAPSHOT,
            body,
            topic=companion.subspace,
            at=now,
        )
    for act in reversed(acts):
        await companion.take_back(act=act.id)
    return {"put_aside": len(acts), "until": (now + dt.timedelta(days=UNDO_DAYS)).isoformat()}


async def return_to(app: App, *, subspace: str | None = None) -> Plain:
    """Undo starting afresh: the acts that were put aside count again, in their old order.

    Raises:
        NotFoundError: nothing was put aside in the last seven days.
    """
    companion = (await asking.asking_of(app, subspace)).companion
    aside = await _kept_aside(app, companion)
    if not aside:
        raise NotFoundError(
            "nothing was put aside in the last seven days", hint="See the ledger on the You page."
        )
    now = app.clock.now()
    for act in aside:
        key = f"return/{act.id}/{now.isoformat()}"
        again = replace(act, id=FeedbackId(content_id("b", [app.person, key])), key=key)
        await companion.keep(await companion.memory.event(again))
    await app.ledger.diary.write(
        f"snapshot/{companion.subspace}/{now.isoformat()}/undone",
        app.person,
        SNAPSHOT,
        {"acts": [], "undone": True},
        topic=companion.subspace,
        at=now,
    )
    return {"returned": len(aside)}


async def erase(app: App) -> Plain:
    """Forget everything about the person, and let open buddies begin anew."""
    erased = await house.forget(app)
    for kept in (app.parts.companions, app.parts.sittings, app.parts.seats):
        for person, subspace in list(kept):
            if person == app.person:
                kept.pop((person, subspace), None)
    return erased


async def everything(app: App) -> Plain:
    """Return all that is held about the person as one JSON value: acts of every subspace, beliefs and choices."""
    spaces = {}
    for subspace in app.plugins.subspaces():
        acts = await app.ledger.feedback(app.person, subspace.id)
        if acts:
            known = await feed.you(app, subspace=subspace.id)
            plain = [_plain(act) for act in acts]
            spaces[subspace.id] = {"acts": plain, "beliefs": known["beliefs"]}
    diary = await app.ledger.diary.entries(app.person)
    return {
        "person": app.person,
        "at": app.clock.now().isoformat(),
        "choices": await profiles.show(app),
        "subspaces": spaces,
        "diary": [
            {"seq": e.seq, "kind": e.kind, "topic": e.topic, "at": e.at.isoformat(), **e.body}
            for e in diary
        ],
    }


def _plain(act: Feedback) -> Plain:
    subject = None if act.subject is None else {"kind": act.subject.kind, "name": act.subject.name}
    return {
        "id": act.id,
        "act": act.act,
        "creation": act.creation,
        "subject": subject,
        "slate": act.slate,
        "reward": act.reward,
        "weight": act.weight,
        "at": act.at.isoformat(),
        "note": act.note,
    }


def _compass(companion: Companion, known: Plain) -> list[Plain]:
    """Return the strongest topics with what they are set to and what all that was said adds to their cards."""
    said = {
        str(e.feedback.subject.entity): e.feedback.act
        for e in companion.events
        if e.feedback.subject is not None and e.feedback.act in STANDS
    }
    return [
        {
            "entity": belief["entity"],
            "about": belief["about"],
            "strength": belief["strength"],
            "stand": said.get(belief["entity"], "normal"),
        }
        for belief in known["beliefs"]
        if not belief["entity"].startswith("topic/")
    ][:COMPASS]


async def _ledger(companion: Companion, known: Plain) -> list[Plain]:
    """Return every standing act, newest first, with its weight today and what it adds to cards of its topic."""
    effects = {t["feedback"]: t["value"] for b in known["beliefs"] for t in b["events"]}
    day = (await companion.preference()).day
    return [
        {
            "feedback": event.feedback.id,
            "act": event.feedback.act,
            "words": words(event),
            "card": event.feedback.creation,
            "at": event.feedback.at.isoformat(),
            "day": event.feedback.at.date().isoformat(),
            "weight": event.feedback.weight
            * companion.prior.forgetting ** max(0, day - event.feedback.day),
            "effect": effects.get(event.feedback.id),
            "note": event.feedback.note,
        }
        for event in reversed(companion.events)
    ]


async def _asides(app: App, companion: Companion) -> int:
    """Return how many acts starting afresh put aside that can still come back."""
    return len(await _kept_aside(app, companion))


async def _kept_aside(app: App, companion: Companion) -> list[Feedback]:
    since = app.clock.now() - dt.timedelta(days=UNDO_DAYS)
    kept = await app.ledger.diary.entries(app.person, kind=SNAPSHOT, topic=companion.subspace)
    acts: list[Feedback] = []
    for entry in kept:
        if entry.body["undone"]:
            acts = []
        elif entry.at >= since:
            acts += [decode(Feedback, text) for text in entry.body["acts"]]
    return acts


USES = (
    ("ranking", "Rank my feed", "What you say moves what comes next. Without it AMMO has no feed."),
    ("prompts", "Stand in prompts", "Your own buddies may read what you said when they answer."),
    (
        "passive",
        "Passive signals",
        "Seen, opened and how long: kept apart, never moves your taste.",
    ),
    ("train", "Fine-tuning", "Your feedback may become training pairs on this machine."),
    ("share", "Sharing", "Pairs may leave this machine in an export that you make."),
)
"""Uses of feedback, each with a consent of its own; ranking is what AMMO is."""


def uses(chosen: Plain) -> list[Plain]:
    """Return each use of a person's feedback with whether it is allowed."""
    return [
        {"name": name, "title": title, "words": said, "on": bool(chosen.get(name, True))}
        for name, title, said in USES
    ]
