"""Who a talk is with, and what was said in it: threads and messages as plain data (W12)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.ports import Entry
from ammo_agents.records import Creation, CreationId, Fact, FactId, GoalBuddy
from ammo_agents.round import abroad, profile
from ammo_agents.round.runs import Told
from ammo_agents.views.cards import fact as fact_of
from ammo_agents.views.shelf import find_buddy

Plain = dict[str, Any]
KIND = "message"
OWN = "you"
"""The thread with a person's own User Buddy."""
CARD = re.compile(r"c_[a-z2-7]{4,12}")
LONGEST = 4_000
"""Characters of one message."""
NUL_LIKE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who one talks to in a thread."""

    id: str
    """``you``, a buddy's id, or the id of the card that is spoken of."""
    title: str
    subspace: str
    buddy: GoalBuddy | None = None
    creation: Creation | None = None

    @property
    def by(self) -> str:
        """Whose name stands over an answer."""
        return "your User Buddy" if self.buddy is None else self.buddy.name


async def party_of(app: App, thread: str) -> Party:
    """Return who a thread is with.

    Raises:
        NotFoundError: nobody is called that, or no card has this id.
    """
    if thread in {"", OWN}:
        chosen = await profile.read(app.ledger.diary, app.person, app.settings)
        here = app.subspace(abroad.home_of(app, chosen.subspace or app.settings.subspace))
        return Party(id=OWN, title="Your User Buddy", subspace=here.id)
    if CARD.fullmatch(thread):
        creation = await app.ledger.creation(CreationId(thread))
        buddy = await find_buddy(app, creation.buddy, creation.subspace)
        return Party(
            id=creation.id,
            title=creation.title.text,
            subspace=creation.subspace,
            buddy=buddy,
            creation=creation,
        )
    space, _, slug = thread.removeprefix("@").rpartition("/")
    if not slug or len(thread) > 200:
        raise BadInputError("this names no thread", hint="Use you, @buddy or a card's id.")
    named = thread.removeprefix("@") if space else slug
    buddy = await find_buddy(app, named, space or None)
    return Party(id=buddy.id, title=buddy.name, subspace=buddy.subspace, buddy=buddy)


def cleaned(text: str) -> str:
    """Return a message that can be kept; raises `BadInputError` for an empty or an endless one."""
    said = NUL_LIKE.sub("", text.encode("utf-8", "replace").decode()).strip()
    if not said:
        raise BadInputError("the message is empty", hint="Type something first.")
    if len(said) > LONGEST:
        raise BadInputError(
            f"the message has {len(said)} characters, {LONGEST} are read", hint="Say it shorter."
        )
    return said


def numbered(facts: Sequence[Fact]) -> list[Plain]:
    """Return cited facts for the chips of an answer, numbered from 1."""
    return [{"number": n, **fact_of(f)} for n, f in enumerate(facts, start=1)]


async def sources_of(app: App, entries: Sequence[Entry]) -> Mapping[str, Plain]:
    """Return every fact that these messages cite, by id."""
    wanted = {FactId(str(i)) for e in entries for i in e.body.get("facts", ())}
    found = await app.ledger.facts(ids=sorted(wanted)) if wanted else []
    return {f.id: fact_of(f) for f in found}


def message(entry: Entry, facts: Mapping[str, Plain]) -> Plain:
    """Return a kept message as a door shows it."""
    body = entry.body
    cited = [facts[i] for i in body.get("facts", ()) if i in facts]
    return {
        "id": body["id"],
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "role": body["role"],
        "thread": entry.topic,
        "run": body.get("run", ""),
        "text": body.get("text", ""),
        "by": body.get("by", ""),
        "buddy": body.get("buddy", ""),
        "model": body.get("model", ""),
        "known": body.get("known", True),
        "state": body.get("state", "whole"),
        "sees": body.get("sees"),
        "rendering": body.get("rendering"),
        "steps": body.get("steps", []),
        "sources": [{**fact, "number": n} for n, fact in enumerate(cited, start=1)],
    }


def partial(story: Told, thread: str, said: Sequence[str]) -> list[Plain]:
    """Return what a run has said beyond the whole messages that are kept (their ids in `said`)."""
    state = "writing" if story.state == "live" else story.state
    return [
        {
            "id": one.id,
            "seq": 0,
            "at": "",
            "role": "buddy",
            "thread": thread,
            "run": story.id,
            "text": one.text,
            "by": str(one.about.get("by", "")),
            "buddy": str(one.about.get("buddy", "")),
            "model": "",
            "known": True,
            "state": state,
            "sees": None,
            "rendering": None,
            "steps": [],
            "sources": [],
        }
        for one in story.messages
        if one.id not in said and (one.text or story.state == "live")
    ]
