"""A graph of one's own at work: it runs apart, on copies, for a limited time, and what it hands in is read as a stranger's.

Python in one process is no wall: a graph that means harm can do harm. One that errs, hangs or is talked into
something costs its own card and nothing else.
"""

from __future__ import annotations

import asyncio
import contextvars
import copy
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ammo_agents.errors import BudgetError
from ammo_agents.goal.aside import Failed, aside, reason_of
from ammo_agents.goal.blocks import blocks_of
from ammo_agents.goal.licence import tokens
from ammo_agents.goal.plan import Extras
from ammo_agents.ports import Brief, BuddyGraph, Model
from ammo_agents.records import (
    ActionBlock,
    Claim,
    Completion,
    DialogueBlock,
    Draft,
    Fact,
    FactId,
    Flag,
    Piece,
    Prompt,
    QuestionBlock,
    Sampling,
    TextBlock,
    Usage,
)

CALLS = 24
"""Times a graph may ask the model for one card."""
CLAIMS = 12
"""Claims of one draft that are read."""
LETTERS = 600
"""Of one sentence."""
UNREADABLE = (TextBlock, ActionBlock, DialogueBlock)
"""Blocks no rule can check sentence by sentence yet: none of a stranger's is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What a graph handed in, read."""

    draft: Draft | None
    """None = it had nothing to say."""
    flags: tuple[Flag, ...] = ()
    """What it stated in blocks that nothing can check."""
    usage: Usage = field(default_factory=Usage)


class LentModel:
    """The model as a graph may ask it: in the loop it belongs to, some times, and only during its visit."""

    def __init__(self, model: Model, home: asyncio.AbstractEventLoop) -> None:
        self.card = model.card
        self.usage = Usage()
        self.open = True
        self._model = model
        self._home = home
        self._calls = 0

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Return the model's whole answer.

        Raises:
            BudgetError: the visit is over, or its calls are spent.
            ModelError: as the model says.
        """
        self._calls += 1
        if not self.open or self._calls > CALLS:
            raise BudgetError(
                f"a graph may ask the model {CALLS} times for one card, while it works on it",
                hint="Ask for more sentences a call.",
            )
        asked = self._model.complete(prompt, sampling)
        done = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self._home))
        self.usage += done.usage
        return done

    async def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[Piece]:
        """Yield the whole answer at once."""
        done = await self.complete(prompt, sampling)
        yield Piece(text=done.text)
        yield Piece(text="", completion=done)

    async def close(self) -> None:
        """Do nothing: the model belongs to AMMO."""


@dataclass(slots=True)
class Guest:
    """One graph as AMMO lets it work; it remembers visits that never ended."""

    graph: BuddyGraph
    _stuck: list[threading.Thread] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The graph's name."""
        return self.graph.name

    async def visit(self, brief: Brief, *, seconds: float) -> Handed | Failed:
        """Let the graph write once and return what it handed in, or why that is nothing usable."""
        self._stuck = [thread for thread in self._stuck if thread.is_alive()]
        if self._stuck:
            return Failed("is still busy with an earlier card; AMMO has to be started again")
        home = asyncio.get_running_loop()
        lent = None if brief.model is None else LentModel(brief.model, home)
        answer: asyncio.Future[object] = home.create_future()
        given = _copied(brief, lent)
        stay = (self.graph, given, seconds, answer)
        thread = threading.Thread(
            target=contextvars.copy_context().run,
            args=(_stay, *stay),
            name=f"graph-{self.name}",
            daemon=True,
        )
        thread.start()
        try:
            async with asyncio.timeout(seconds + 1.0):
                made = await answer
        except TimeoutError:
            self._stuck.append(thread)
            made = Failed(f"gave nothing in {seconds:g} s")
        finally:
            if lent is not None:
                lent.open = False
        usage = Usage() if lent is None else lent.usage
        return made if isinstance(made, Failed) else read(made, brief, usage, name=self.name)


def read(made: object, brief: Brief, usage: Usage, *, name: str) -> Handed | Failed:
    """Return a draft made of the words and fact ids of what came, or what is wrong with it."""
    if made is None:
        return Handed(draft=None, usage=usage)
    if type(made) is not Draft:
        return Failed(f"returned a {type(made).__name__}, not a Draft")
    try:
        title, hook = _claim(made.title, usage), _claim(made.hook, usage)
        body = [_claim(claim, usage) for claim in _listed(made.claims, CLAIMS)]
        extras, flags = _extras(_listed(made.blocks, 4 * CLAIMS))
    except (AttributeError, TypeError, ValueError) as error:
        return Failed(f"returned a Draft that cannot be read: {error}")
    fresh = {tokens(claim.text): claim for claim in reversed((title, hook, *body))}
    claims = [claim for claim in body if fresh[tokens(claim.text)] is claim]
    written = any(claim.author == "model" for claim in (title, hook, *claims))
    told = {id for claim in (title, hook, *claims) for id in claim.facts}
    facts = [fact for fact in brief.known if fact.id in told]
    draft = Draft(
        idea=brief.idea,
        title=title,
        hook=hook,
        claims=tuple(claims),
        blocks=blocks_of(claims, facts, extras),
        model=brief.model.card.id if brief.model is not None and written else "realiser",
        prompt=f"graph:{name}",
        usage=usage,
        tried=2 + len(body),
    )
    return Handed(draft=draft, flags=flags, usage=usage)


def _stay(graph: BuddyGraph, brief: Brief, seconds: float, answer: asyncio.Future[object]) -> None:
    """Run the graph in a loop of its own, in this thread; whatever it does becomes a value."""

    async def work() -> object:
        return await graph.write(brief)

    made: object
    try:
        made = asyncio.run(aside(work(), seconds=seconds))
    except (SystemExit, KeyboardInterrupt) as error:
        made = Failed(reason_of(error))

    def hand_in() -> None:
        if not answer.done():
            answer.set_result(made)

    with suppress(RuntimeError):  # AMMO ended meanwhile: nobody waits
        answer.get_loop().call_soon_threadsafe(hand_in)


def _copied(brief: Brief, lent: LentModel | None) -> Brief:
    """Return the brief as copies, down to the last quantity: frozen is a habit, not a lock."""
    wordings = {
        name: replace(
            wording, around={slot: tuple(words) for slot, words in wording.around.items()}
        )
        for name, wording in brief.wordings.items()
    }
    return Brief(
        buddy=copy.deepcopy(brief.buddy),
        idea=copy.deepcopy(brief.idea),
        known=copy.deepcopy(brief.known),
        wordings=wordings,
        titles=brief.titles,
        model=lent,
    )


def _listed(value: object, most: int) -> Sequence[object]:
    if type(value) is not tuple or len(value) > most:
        raise ValueError(f"{most} entries of a tuple at most, not {type(value).__name__}")
    return value


def _claim(claim: object, usage: Usage) -> Claim:
    """Return a claim with the same words, plain; without a call no model wrote it."""
    if type(claim) is not Claim or type(claim.text) is not str or len(claim.text) > LETTERS:
        raise ValueError(f"a {type(claim).__name__} where a Claim of plain words is wanted")
    ids = _listed(claim.facts, CLAIMS)
    if not all(type(id) is str for id in ids):
        raise ValueError("a claim cites something that is no id of a fact")
    by_model = claim.author == "model" and usage.calls > 0
    return Claim(
        text=" ".join(claim.text.split()),
        facts=tuple(FactId(str(id)) for id in ids),
        author="model" if by_model else "realiser",
    )


def _extras(blocks: Sequence[object]) -> tuple[Extras, tuple[Flag, ...]]:
    """Return the question among the blocks, and a flag for each block nothing can check; AMMO draws the others itself."""
    extras, flags = Extras(), []
    for block in blocks:
        if type(block) is QuestionBlock:
            said = [block.question, *_listed(block.options, CLAIMS)]
            if not all(type(text) is str for text in said):
                raise ValueError("a question that is no text")
            extras = Extras(question=str(said[0]), options=tuple(str(o) for o in said[1:]))
        elif isinstance(block, UNREADABLE):
            reason = f"a {type(block).__name__} of a graph cannot be checked"
            flags.append(Flag(text="", facts=(), reason=reason))
    return extras, tuple(flags)


def known_to(idea_facts: Sequence[Fact], citable: Sequence[Fact], *, most: int) -> tuple[Fact, ...]:
    """Return the facts a graph may cite: the idea's own first, each once, `most` in all."""
    found = {fact.id: fact for fact in (*idea_facts, *citable)}
    return tuple(found.values())[:most]
