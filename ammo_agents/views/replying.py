"""How a message is answered: what it teaches, another look at a card, a chain of steps, one answer or two buddies (W12)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ammo_agents.aipp.statement import Wish, by_rules
from ammo_agents.app import App
from ammo_agents.errors import NotFoundError
from ammo_agents.metering import asking
from ammo_agents.records import Creation, Fact, FactId, GoalBuddy, Sampling
from ammo_agents.round import sights
from ammo_agents.round.conversation import OWN, Conversation, Said, freer
from ammo_agents.round.rerender import Rendering, as_written, rerender, way_of, with_facts
from ammo_agents.round.runs import STEP, STEP_OVER, Run
from ammo_agents.texts import FIELD, text
from ammo_agents.user.elaborate import ANSWER, COMMON, UNKNOWN, WORD
from ammo_agents.user.elaborate import cited as cited_by
from ammo_agents.views import rendered
from ammo_agents.views.asking import asking_of
from ammo_agents.views.feed import you
from ammo_agents.views.shelf import find_buddy
from ammo_agents.views.threads import KIND, Party
from ammo_agents.views.wanting import intent

Plain = dict[str, Any]
WANTED = re.compile(r"^(?:i want|i'd like|i would like|i’d like|show me)\b", re.IGNORECASE)
WHAT_ABOUT = re.compile(
    r"^(?:and |but |ok |so )*(?:what|how) about\b|^(?:and|also|compare)\b", re.IGNORECASE
)
ABOUT_ME = re.compile(r"\bwhat do you (?:know|believe|think) (?:about|of) me\b", re.IGNORECASE)
ASKS = re.compile(
    r"\?|^(?:tell|show|give|explain|can|could|what|who|why|how|when|where)\b", re.IGNORECASE
)
MENTION = re.compile(r"(?<![\w/])@([\w/-]{2,80})")
TURNS = 4
"""Turns of a talk between two buddies."""
NO_MORE = "I have nothing to add to that from my facts."
PAUSE = 1.5
"""Seconds between two turns: time to read, and to cut in."""
COMPARED = 4
"""Every so many answers two are offered, where a model words them."""


@dataclass(slots=True)
class Reply:
    """One answer on its way."""

    app: App
    party: Party
    words: str
    run: Run
    said: int = 0
    bodies: list[Plain] = field(default_factory=list)

    async def step(self, name: str) -> None:
        """Say what is being done."""
        await self.run.tell(STEP, step=name)

    async def open(self, by: str, buddy: str = "") -> str:
        """Begin a message and return its id."""
        self.said += 1
        id = f"{self.run.id}-{self.said}"
        await self.run.open(id, by=by, buddy=buddy)
        return id

    async def keep(self, id: str, body: Plain, *, last: bool = True) -> None:
        """Keep a whole message: from here on it is the server's rendering that is shown."""
        await self.run.close()
        whole = {"id": id, "role": "buddy", "run": self.run.id, "state": "whole", **body}
        await self.note(f"answer/{id}", {**whole, "last": last})

    async def note(self, key: str, body: Plain) -> None:
        """Keep an entry of this thread."""
        diary = self.app.ledger.diary
        await diary.write(key, self.run.person, KIND, body, topic=self.party.id)

    async def plainly(self, words: str, *, by: str = OWN, **body: Any) -> None:
        """Say something that no model words."""
        id = await self.open(by)
        await self.run.say(words)
        await self.keep(id, {"text": words, "by": by, **body})


async def reply(app: App, party: Party, words: str, run: Run) -> None:
    """Answer one message of a thread; everything that happens is told to the run."""
    turn = Reply(app, party, words, run)
    only = await learn(turn)
    if only:
        await turn.plainly(only)
        return
    if party.creation is not None:
        await _heard(turn, party.creation)
        if way_of(words) is not None:
            await _another_way(turn, party.creation)
            return
    if party.id == "you" and WANTED.match(words) and "?" not in words:
        await _chain(turn)
        return
    if party.id == "you" and ABOUT_ME.search(words):
        await _about_me(turn)
        return
    await _talk(turn)


async def learn(turn: Reply) -> str:
    """Keep the wishes a message states, each at once and visibly; return the answer if it says nothing else.

    Rule 7: the chip with its Undo is an event before the first word of the answer.
    """
    wishes = [] if ASKS.search(turn.words) or WANTED.match(turn.words) else by_rules(turn.words)
    if turn.party.creation is not None and way_of(turn.words) is not None:
        return ""
    never = await turn.app.ledger.diary.latest(turn.run.person, "not_me")
    heard = [one for one in wishes if one.topic.lower() not in never]
    if not heard:
        return ""
    await turn.step("noting what you said")
    here = await asking_of(turn.app, turn.party.subspace)
    told = []
    for wish in heard:
        given = await here.believe(wish)
        body = {
            "id": f"noted-{given.feedback}",
            "role": "noted",
            "run": turn.run.id,
            "thread": turn.party.id,
            "direction": wish.direction,
            "topic": wish.topic,
            "text": _wish(wish),
            "feedback": given.feedback,
        }
        await turn.note(f"noted/{turn.run.id}/{given.feedback}", body)
        await turn.run.custom("noted", {**body, "state": "kept"})
        told.append(given.words.partition(" Undo:")[0])  # the chip has the way back
    return f"Noted: {'; '.join(_wish(w) for w in heard)}. {' '.join(told)}"


async def _heard(turn: Reply, creation: Creation) -> None:
    """Both buddies hear it: the person's own learns from the act, the maker's world hears the reward."""
    app = turn.app
    if await app.ledger.shown_in(app.person, creation.id) is None:
        return
    before = await app.ledger.diary.newest(
        app.person, kind=KIND, topic=turn.party.id, before=None, limit=8
    )
    answered = any(e.body["role"] == "buddy" for e in before)
    companion = await app.companion(creation.subspace)
    await companion.record("reply" if answered else "ask", creation)


async def _another_way(turn: Reply, creation: Creation) -> None:
    way = way_of(turn.words)
    assert way is not None
    await turn.step("showing the card another way")
    before = await rendered.current(turn.app, creation)
    facts = await _facts(turn.app, creation, before)
    now = rerender(creation, facts, way, before)
    told = _changed(before or as_written(creation), now)
    plain = None if way == "written" else rendered.plain(now, facts)
    await turn.run.custom("rendering", {"card": creation.id, "rendering": plain})
    await turn.plainly(
        told, by=turn.party.by, buddy=creation.buddy, rendering=plain, facts=list(now.facts)
    )


async def _chain(turn: Reply) -> None:
    """“I want …”: the discovery chain, a step at a time (W16)."""
    steps: list[Plain] = []
    async for step in intent(turn.app, turn.words, subspace=None):
        name = str(step.get("step", "step"))
        await turn.run.tell(STEP, step=name, detail=step)
        await turn.run.tell(STEP_OVER, step=name)
        steps.append(step)
    cards = [c for step in steps for c in step.get("cards", ())]
    found = f"I found {len(cards)} cards for that." if cards else "I found no card for that yet."
    await turn.plainly(found, steps=steps)


async def _about_me(turn: Reply) -> None:
    known = await you(turn.app, subspace=turn.party.subspace)
    lines = [
        f"{b['about']}: {b['strength']:+.2f}, from {len(b['events'])} of your acts"
        for b in known["beliefs"][:5]
    ]
    words = "; ".join(lines) or "nothing yet: like, skip or tell me something"
    await turn.plainly(f"What I believe about you: {words}. All of it, with Undo, is on You.")


async def _talk(turn: Reply) -> None:
    speakers = await _speakers(turn)
    question = MENTION.sub("", turn.words).strip(" ,:") or "What is new?"
    await turn.step("looking through the facts")
    conversation = await turn.app.conversation(turn.party.subspace)
    if len(speakers) > 1:
        await _debate(turn, conversation, speakers, question)
        return
    buddy = speakers[0] if speakers else turn.party.buddy
    if buddy is not None and buddy.subspace != conversation.subspace:
        conversation = await turn.app.conversation(buddy.subspace)
    spoken = await _answer(turn, conversation, await _in_context(turn, question), buddy)
    if turn.party.creation is not None and spoken.known and WHAT_ABOUT.match(turn.words):
        await _with_cited(turn, turn.party.creation, spoken.facts)
    await _two(turn, conversation, question, spoken, buddy)


async def _answer(
    turn: Reply,
    conversation: Conversation,
    question: str,
    buddy: GoalBuddy | None,
    *,
    without: frozenset[FactId] = frozenset(),
    last: bool = True,
) -> Said:
    """Stream one buddy's answer, then keep it whole with what stood behind it."""
    by = OWN if buddy is None else buddy.name
    who = "you" if buddy is None else buddy.id
    await turn.step(f"asking {by}")
    id = await turn.open(by, "" if buddy is None else buddy.id)
    said = Said(text="", facts=(), by=by)
    with asking(who, turn.run.person) as heard:
        async for piece in conversation.answer(
            question, buddy=buddy, creation=turn.party.creation, without=without
        ):
            if isinstance(piece, Said):
                said = piece if piece.known or not without else replace(piece, text=NO_MORE)
            else:
                await turn.run.say(NO_MORE if piece == UNKNOWN and without else piece)
    asked = await asyncio.to_thread(text, "elaborate")
    sees = sights.of_answer(
        question, said.facts, calls=heard.calls, instructions=FIELD.sub("…", asked.body)
    )
    body = {
        "text": said.text,
        "by": by,
        "buddy": "" if buddy is None else buddy.id,
        "facts": [fact.id for fact in said.facts],
        "model": said.model,
        "adapter": said.adapter,
        "known": said.known,
        "question": question,
        "sampling": sampled(ANSWER) if said.model else {},
        "sees": sees,
    }
    await turn.run.custom("sees", {"message": id, **sees})
    await turn.keep(id, body, last=last)
    return said


async def _debate(
    turn: Reply, conversation: Conversation, speakers: Sequence[GoalBuddy], question: str
) -> None:
    """Let two buddies talk, turn by turn; what the person says meanwhile is the next question."""
    turn.run.about["open_to"] = turn.party.id
    told: set[FactId] = set()
    heard = 0
    for n in range(TURNS):
        buddy = speakers[n % 2]
        fresh, heard = await _cut_in(turn, heard)
        question = fresh or question
        said = await _answer(
            turn, conversation, question, buddy, without=frozenset(told), last=n == TURNS - 1
        )
        told.update(fact.id for fact in said.facts)
        if not said.known and n:
            break
        await turn.run.flush()
        await asyncio.sleep(PAUSE if n < TURNS - 1 else 0)
    turn.run.about.pop("open_to")
    fresh, _ = await _cut_in(turn, heard)
    if fresh:
        await _answer(turn, conversation, fresh, speakers[0], without=frozenset(told))


async def _cut_in(turn: Reply, heard: int) -> tuple[str, int]:
    """Return what the person said in this run since number `heard`, and the newest number."""
    entries = await turn.app.ledger.diary.newest(
        turn.run.person, kind=KIND, topic=turn.party.id, limit=20
    )
    mine = [e for e in entries if e.body["role"] == "person" and e.body.get("run") == turn.run.id]
    newest = max((e.seq for e in mine), default=heard)
    fresh = [e for e in reversed(mine) if e.seq > heard and heard]
    return (str(fresh[-1].body["text"]) if fresh else ""), max(newest, heard)


async def _with_cited(turn: Reply, creation: Creation, facts: Sequence[Fact]) -> None:
    """“What about X”: the card goes on with what was just cited."""
    before = await rendered.current(turn.app, creation) or as_written(creation)
    now = with_facts(before, facts, asked=turn.words)
    known = {**await _facts(turn.app, creation, before), **{f.id: f for f in facts}}
    plain = rendered.plain(now, known)
    id = f"{turn.run.id}-card"
    body = {"id": id, "role": "shown", "run": turn.run.id, "rendering": plain}
    await turn.note(f"shown/{id}", body)
    await turn.run.custom("rendering", {"card": creation.id, "rendering": plain})


async def _two(
    turn: Reply,
    conversation: Conversation,
    question: str,
    said: Said,
    buddy: GoalBuddy | None,
) -> None:
    """Sometimes offer a second wording of the same facts: which is better? Never without a model that words."""
    draw = int(turn.run.id[-4:], 16) if re.fullmatch(r"r_[0-9a-f]+", turn.run.id) else 1
    if not said.model or draw % COMPARED:
        return
    with asking("you", turn.run.person):
        other = await conversation.again(question, said.facts, seed=draw, buddy=buddy)
    if not other or other == said.text:
        return
    first = draw // COMPARED % 2 == 0
    one, two = (said.text, other) if first else (other, said.text)
    how = (sampled(ANSWER), sampled(freer(draw)))
    body = {
        "id": f"choice-{turn.run.id}",
        "role": "choice",
        "run": turn.run.id,
        "question": question,
        "one": one,
        "two": two,
        "facts": [f.id for f in said.facts],
        "model": said.model,
        "adapter": said.adapter,
        "buddy": "" if buddy is None else buddy.id,
        "sampling": dict(zip(("one", "two"), how if first else how[::-1], strict=True)),
    }
    await turn.note(f"choice/{turn.run.id}", body)
    await turn.run.custom("choice", {**body, "thread": turn.party.id, "which": ""})


def sampled(how: Sampling) -> Plain:
    """Return the sampling parameters that are kept with a text: a pair made of it says how it came to be."""
    kept = asdict(how)
    return {name: kept[name] for name in ("temperature", "top_p", "max_tokens", "seed")}


async def _speakers(turn: Reply) -> list[GoalBuddy]:
    """Return the buddies a message names; a name nobody has is left to the words."""
    found: list[GoalBuddy] = []
    for name in MENTION.findall(turn.words)[:2]:
        space, _, slug = name.rpartition("/")
        try:
            buddy = await find_buddy(
                turn.app, name if space else slug, space or turn.party.subspace
            )
        except NotFoundError:
            continue
        if all(buddy.id != other.id for other in found):
            found.append(buddy)
    with_ = turn.party.buddy
    if with_ is not None and len(found) == 1 and found[0].id != with_.id:
        return [with_, found[0]]
    return found


async def _in_context(turn: Reply, question: str) -> str:
    """Return a question that has no telling word of its own with the one before it."""
    if any(w.lower() not in COMMON for w in WORD.findall(question)) or turn.party.creation:
        return question
    entries = await turn.app.ledger.diary.newest(
        turn.run.person, kind=KIND, topic=turn.party.id, limit=12
    )
    mine = [e.body for e in entries if e.body["role"] == "person"]
    before = next((str(b["text"]) for b in mine if b.get("run") != turn.run.id), "")
    return f"{before} {question}".strip()


async def _facts(app: App, creation: Creation, before: Rendering | None) -> dict[FactId, Fact]:
    wanted = {*cited_by(creation), *(before.facts if before else ())}
    return {f.id: f for f in await app.ledger.facts(ids=sorted(wanted))}


def _wish(wish: Wish) -> str:
    return f"no {wish.topic}" if wish.direction == "never" else f"{wish.direction} {wish.topic}"


def _changed(before: Rendering, now: Rendering) -> str:
    """Say what another way came to."""
    if now.ways == ():
        return "The card stands as it was written."
    if asdict(now) | {"ways": ()} == asdict(before) | {"ways": ()}:
        return f"{now.ways[-1]}: there is nothing to change, the card is like that already."
    if now.numbers is not None:
        return f"{now.ways[-1]}: {len(now.numbers.rows)} numbers, each from a fact of this card."
    return f"{now.ways[-1]}: {len(now.claims)} of {len(before.claims)} sentences below the title."
