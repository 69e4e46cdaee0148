"""Talks: threads, what was said, and saying something; a message is kept before it is answered (W12, rules 7 and 8)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial as bound
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.ports import Entry
from ammo_agents.records import digest
from ammo_agents.round.runs import KIND as RUN
from ammo_agents.round.runs import Run, Told, Work
from ammo_agents.views import replying, rewording
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.feed import undo
from ammo_agents.views.threads import (
    KIND,
    OWN,
    Party,
    cleaned,
    message,
    partial,
    party_of,
    sources_of,
)

Plain = dict[str, Any]
SHOWN = 60
"""Messages of a thread that a page holds; older ones have a page of their own."""
OPENERS = 3
PAIR = "pair"
"""Diary kind of answered comparisons."""
NOT_ME = "not_me"
"""Diary kind of what a person said is not about them."""


async def threads(app: App) -> Plain:
    """List the person's talks, the newest first; the own User Buddy is always there."""
    found = await app.ledger.diary.latest(app.person, KIND)
    rows = []
    for topic, last in sorted(found.items(), key=lambda pair: -pair[1].seq):
        try:
            party = await party_of(app, topic)
        except NotFoundError:  # its subspace was removed: what was said stays readable by export
            continue
        rows.append(_thread_row(party, last))
    if all(row["thread"] != OWN for row in rows):
        rows.append(_thread_row(await party_of(app, OWN), None))
    return {"person": app.person, "threads": rows}


async def thread(app: App, *, thread: str, before: int | None = None) -> Plain:
    """Show the last messages of a talk as turns, with the number that a stream goes on from.

    Nothing above that number is in it, so that what follows is neither lost nor doubled.
    """
    party = await party_of(app, thread)
    diary = app.ledger.diary
    last = await diary.last(app.person)
    until = last + 1 if before is None else min(before, last + 1)
    newest = await diary.newest(
        app.person, kind=KIND, topic=party.id, before=until, limit=SHOWN + 1
    )
    entries = newest[:SHOWN][::-1]
    turns = await _turns(app, party, entries, last)
    model = await _writer(app)
    return {
        "thread": party.id,
        "title": party.title,
        "with": party.by,
        "buddy": "" if party.buddy is None else party.buddy.id,
        "subspace": party.subspace,
        "card": None if party.creation is None else await _card(app, party, entries),
        "turns": turns,
        "earlier": entries[0].seq if len(newest) > SHOWN else None,
        "last": last,
        "openers": [] if entries else (await openers(app, subspace=party.subspace))["openers"],
        "writer": model,
    }


async def turn(app: App, *, run: str) -> Plain:
    """Show one turn of a talk as it stands.

    Raises:
        NotFoundError: the person has no such run, or it is no talk.
    """
    diary = app.ledger.diary
    begun = await diary.entries(app.person, kind=RUN, topic=run, limit=1)
    if not begun or "thread" not in begun[0].body:
        raise NotFoundError(f"no talk {run!r}", hint="It may be of another person.")
    party = await party_of(app, str(begun[0].body["thread"]))
    last = await diary.last(app.person)
    entries = await diary.newest(app.person, kind=KIND, topic=party.id, limit=SHOWN)
    for one in await _turns(app, party, entries[::-1], last):
        if one["run"] == run:
            return one
    raise NotFoundError(f"the talk {run!r} is too long ago", hint="Open its thread.")


async def openers(app: App, *, subspace: str | None = None) -> Plain:
    """Give three questions to begin with, from the person's map: what they like, what lives here."""
    companion = await app.companion(subspace)
    knowledge = await app.knowledge(app.subspace(subspace))
    names = {str(e.id): e.name for e in knowledge.entities}
    beliefs = await companion.beliefs()
    liked = [b.entity for b in beliefs if b.strength > 0 and b.entity in names]
    living = _newest_first(companion.living)
    entities = list(dict.fromkeys([*liked, *(entity for entity, _ in living if entity in names)]))
    known = [names[str(entity)] for entity in entities[:2]] or [e.name for e in knowledge.entities][
        :2
    ]
    asked = [f"What is new about {name}?" for name in known]
    asked += [f"Tell me more about “{title}”." for _, title in living[:1]]
    asked += ["What do you know about me?"]
    return {"openers": asked[:OPENERS]}


async def send(app: App, *, thread: str, text: str, key: str = "") -> Plain:
    """Keep what the person says and begin the answer; the placeholder is there at once.

    A talk between two buddies that is going on is cut into: no second answer begins.

    Raises:
        BadInputError: an empty or an endless message.
    """
    said = cleaned(text)
    party = await party_of(app, thread)
    name = digest([app.person, party.id, key or uuid.uuid4().hex])[:16]
    live = _debate(app, party)
    run = live.id if live else f"r_{name}"
    body = {"id": f"m_{name}", "role": "person", "text": said, "run": run}
    written = await app.ledger.diary.write(
        f"message/{name}", app.person, KIND, body, topic=party.id
    )
    if live is None and not written.repeated:
        await _begin(app, party, said, run)
    return {
        "thread": party.id,
        "message": f"m_{name}",
        "run": run,
        "text": said,
        "cut_in": live is not None,
        "repeated": written.repeated,
        "after": written.seq,
    }


async def stop(app: App, *, run: str) -> Plain:
    """Stop an answer; what was said until now is kept and called stopped."""
    return {"run": run, "stopped": await app.runs.stop(app.person, run)}


async def retry(app: App, *, run: str) -> Plain:
    """Answer the same words again after a failure, an interruption or Stop; what a model worded whole, in other words.

    Raises:
        NotFoundError: the person has no such run.
        BadInputError: it is being answered, or was answered in the facts' own words.
    """
    story = await app.runs.told(app.person, run)
    if story is None:
        raise NotFoundError(f"no run {run!r}", hint="It may be of another person.")
    party = await party_of(app, str(story.about.get("thread", OWN)))
    done = story.state == "finished"
    replaced = await rewording.replaceable(app, party.id, run) if done else None
    if story.state == "live" or (done and replaced is None):
        raise BadInputError(f"{run} is {story.state}", hint="Ask again in other words.")
    again = f"r_{digest([app.person, run, 'again'])[:16]}"
    body: Plain = {"id": f"again_{again}", "role": "again", "of": run, "run": again}
    body |= {} if replaced is None else {"replaced": replaced}
    written = await app.ledger.diary.write(f"again/{run}", app.person, KIND, body, topic=party.id)
    if not written.repeated:
        words = str(story.about["words"])
        work = None if replaced is None else bound(rewording.another, app, party, replaced)
        await _begin(app, party, words, again, work)
    return {"thread": party.id, "run": again, "of": run, "after": written.seq}


async def take_back(app: App, *, thread: str, feedback: str, not_me: bool = False) -> Plain:
    """Take back what a message taught; `not_me` also keeps that its topic says nothing about the person."""
    party = await party_of(app, thread)
    given = await undo(app, card=feedback, subspace=party.subspace)
    entries = await app.ledger.diary.newest(app.person, kind=KIND, topic=party.id, limit=500)
    noted = next((e.body for e in entries if e.body.get("feedback") == feedback), {})
    topic = str(noted.get("topic", ""))
    if not_me and topic:
        await app.ledger.diary.write(
            f"not-me/{feedback}", app.person, NOT_ME, {"topic": topic}, topic=topic.lower()
        )
    body = {
        "id": f"back_{feedback}",
        "role": "taken_back",
        "of": feedback,
        "not_me": not_me,
        "run": noted.get("run", ""),
    }
    await app.ledger.diary.write(f"back/{feedback}", app.person, KIND, body, topic=party.id)
    return {**given, "thread": party.id, "topic": topic, "not_me": not_me}


async def prefer(app: App, *, run: str, which: str) -> Plain:
    """Keep which of two answers is better (1, 2, same, skip); a pair for training only where that is allowed.

    Raises:
        BadInputError: another answer.
        NotFoundError: no comparison was offered with this run.
    """
    if which not in {"1", "2", "same", "skip"}:
        raise BadInputError(f"{which!r} is no answer", hint="Say 1, 2, same or skip.")
    story = await app.runs.told(app.person, run)
    offered = next((v for n, v in story.customs if n == "choice"), None) if story else None
    if story is None or offered is None:
        raise NotFoundError(f"no two answers were offered with {run!r}")
    body = {**offered, "run": run, "which": which}
    if which in {"1", "2"}:
        one, two = offered["one"], offered["two"]
        body |= {"chosen": one if which == "1" else two, "rejected": two if which == "1" else one}
    diary, thread = app.ledger.diary, str(story.about.get("thread", OWN))
    await diary.write(f"pair/{run}", app.person, PAIR, body, topic=run)
    told = {"id": f"preferred-{run}", "role": "preferred", "run": run, "which": which}
    await diary.write(f"preferred/{run}", app.person, KIND, told, topic=thread)
    return {"run": run, "thread": thread, "which": which, "pair": which in {"1", "2"}}


async def rendering(app: App, *, card: str) -> Plain | None:
    """Return how this person's session shows a card; None = as written."""
    entries = await app.ledger.diary.newest(app.person, kind=KIND, topic=card, limit=200)
    return next((e.body["rendering"] for e in entries if "rendering" in e.body), None)


@dataclass(slots=True)
class _Turn:
    """What one run of a talk came to: what was said, what was learned, what was answered."""

    run: str
    said: list[Plain] = field(default_factory=list)
    noted: list[Plain] = field(default_factory=list)
    answers: list[Plain] = field(default_factory=list)
    over: bool = False
    answered: str = ""
    """The run that answered again."""
    choice: Plain | None = None
    """Two answers that may be compared."""
    worded: bool = False
    """A model worded the last answer, so it has other words for it."""

    def take(self, entry: Entry, facts: Mapping[str, Plain]) -> None:
        """Add one kept entry."""
        body = entry.body
        match body["role"]:
            case "person":
                self.said.append(message(entry, facts))
            case "buddy":
                self.answers.append(message(entry, facts))
                self.worded = bool(body.get("model") and body.get("question"))
                self.over = self.over or bool(body.get("last"))
            case "noted":
                self.noted.append({**body, "state": "kept"})
            case "taken_back":
                state = "not_me" if body.get("not_me") else "taken_back"
                for one in self.noted:
                    one["state"] = state if one["feedback"] == body["of"] else one["state"]
            case "choice":
                self.choice = {**body, "which": ""}
            case "preferred" if self.choice is not None:
                self.choice["which"] = body["which"]


async def _turns(app: App, party: Party, entries: Sequence[Entry], last: int) -> list[Plain]:
    facts = await sources_of(app, entries)
    turns: dict[str, _Turn] = {}
    for entry in entries:
        run = str(entry.body.get("run", ""))
        turns.setdefault(run, _Turn(run)).take(entry, facts)
        if entry.body["role"] == "again" and entry.body["of"] in turns:
            turns[entry.body["of"]].answered = run
    return [await _turn(app, party, turn, last) for turn in turns.values() if turn.run]


async def _turn(app: App, party: Party, turn: _Turn, last: int) -> Plain:
    story = None if turn.over else await _story(app, turn.run, last)
    answers = list(turn.answers)
    if story is not None:
        answers += partial(story, party.id, [a["id"] for a in answers])
    state = "finished" if story is None else story.state
    return {
        "run": turn.run,
        "thread": party.id,
        "said": turn.said,
        "noted": turn.noted,
        "answers": answers,
        "state": state,
        "step": "" if story is None else story.step,
        "fault": {} if story is None or turn.answered else dict(story.fault),
        "again": turn.answered,
        "other": state == "finished" and not turn.answered and turn.worded,
        "retry": state in {"failed", "interrupted", "stopped"} and not turn.answered,
        "choice": turn.choice,
    }


async def _story(app: App, run: str, last: int) -> Told | None:
    """Return what a run says up to the number the page is rendered with."""
    return await app.runs.told(app.person, run, until=last)


async def _begin(app: App, party: Party, words: str, run: str, work: Work | None = None) -> Run:
    does = work or bound(replying.reply, app, party, words)
    return await app.runs.start(app.person, "answer", words, does, thread=party.id, run=run)


def _debate(app: App, party: Party) -> Run | None:
    """Return the talk between buddies that goes on in this thread."""
    live = (r for r in app.runs.live(app.person) if r.kind == "answer")
    return next((r for r in live if r.about.get("open_to") == party.id), None)


async def _card(app: App, party: Party, entries: Sequence[Entry]) -> Plain | None:
    if party.creation is None:
        return None
    shown = next((e.body["rendering"] for e in reversed(entries) if "rendering" in e.body), None)
    if shown is None:
        shown = await rendering(app, card=party.creation.id)
    return {**card_of(party.creation), "rendering": shown}


async def _writer(app: App) -> Plain:
    """Return who words the answers, said plainly."""
    model = app.settings.model
    providers = app.plugins.models()
    listed = await asyncio.gather(*(asyncio.to_thread(one.cards) for one in providers))
    cards = [card for cards in listed for card in cards]
    tiny = any(card.id == model and card.capability == "tiny" for card in cards)
    note = (
        "Answers are sourced facts in their own words."
        if tiny
        else f"Answers are worded by {model} from sourced facts, sentence by sentence."
    )
    return {"model": model, "local": model.startswith("local/"), "note": note}


def _thread_row(party: Party, last: Entry | None) -> Plain:
    return {
        "thread": party.id,
        "title": party.title,
        "with": party.by,
        "buddy": "" if party.buddy is None else party.buddy.id,
        "kind": "card" if party.creation else ("buddy" if party.buddy else "you"),
        "at": None if last is None else last.at.isoformat(),
        "last": "" if last is None else str(last.body.get("text") or _last_way(last))[:120],
    }


def _last_way(last: Entry) -> str:
    """Return how a card was shown last, where nothing was said after it."""
    return str(((last.body.get("rendering") or {}).get("ways") or [""])[-1])


def _newest_first(living: LivingMatrix) -> list[tuple[str, str]]:
    """Return (entity, title) of what lives here, the newest first."""
    return [(one.entity, one.title) for one in reversed(living.about)]
