"""Other words for an answer that was given: what it replaces is kept beside it, for both may become a pair (W18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ammo_agents.app import App
from ammo_agents.metering import asking
from ammo_agents.ports import Entry
from ammo_agents.records import FactId, GoalBuddy, digest
from ammo_agents.round.conversation import freer
from ammo_agents.round.runs import Run
from ammo_agents.views.replying import Reply, sampled
from ammo_agents.views.shelf import find_buddy
from ammo_agents.views.threads import KIND, Party

Plain = dict[str, Any]
NO_OTHER = "I have no other words for that."
KEPT = ("text", "facts", "model", "adapter", "buddy", "by", "question", "sampling")


async def replaceable(app: App, thread: str, run: str) -> Plain | None:
    """Return the answer of a run as it can be said otherwise; None = no model worded it, or its question was not kept."""
    entries = await app.ledger.diary.newest(app.person, kind=KIND, topic=thread, limit=200)
    found = next((e for e in entries if _is_worded(e, run)), None)
    return (
        None if found is None else {name: found.body[name] for name in KEPT if name in found.body}
    )


async def another(app: App, party: Party, replaced: Mapping[str, Any], run: Run) -> None:
    """Say the facts of an answer in other words, as far as the gate lets them through."""
    turn = Reply(app, party, str(replaced["question"]), run)
    buddy = await _buddy(app, party, str(replaced["buddy"]))
    conversation = await app.conversation(party.subspace if buddy is None else buddy.subspace)
    facts = await app.ledger.facts(ids=[FactId(id) for id in replaced["facts"]])
    how = freer(int(digest(run.id)[:7], 16))
    await turn.step(f"asking {replaced['by']} for other words")
    with asking(str(replaced["buddy"]) or "you", run.person):
        said = await conversation.again(turn.words, facts, seed=how.seed, buddy=buddy)
    if not said or said == replaced["text"]:
        await turn.plainly(NO_OTHER, by=str(replaced["by"]), known=False)
        return
    id = await turn.open(str(replaced["by"]), str(replaced["buddy"]))
    await run.say(said)
    body = {**{name: replaced[name] for name in KEPT if name in replaced}, "text": said}
    await turn.keep(id, {**body, "known": True, "sampling": sampled(how)})


def _is_worded(entry: Entry, run: str) -> bool:
    body = entry.body
    whole = body["role"] == "buddy" and body.get("run") == run and bool(body.get("last"))
    return whole and bool(body.get("model") and body.get("question") and body.get("facts"))


async def _buddy(app: App, party: Party, id: str) -> GoalBuddy | None:
    return await find_buddy(app, id, party.subspace) if id else None
