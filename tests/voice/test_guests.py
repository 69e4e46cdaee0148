"""A graph of one's own: it may choose and word, and nothing it hands in is believed."""

import asyncio
import datetime as dt
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from ammo_agents.errors import BudgetError
from ammo_agents.goal.graph import create
from ammo_agents.goal.guest import CALLS, Guest
from ammo_agents.ports import Brief
from ammo_agents.records import (
    ActionBlock,
    ChartBlock,
    Claim,
    Draft,
    FactId,
    IdeaId,
    IdeaKind,
    Message,
    Placed,
    Prompt,
    QuestionBlock,
    Rejected,
    Sampling,
    SubspaceId,
    TextBlock,
    Usage,
)
from ammo_agents.testing import FixedClock, HashEmbedder, ScriptedModel

TITLE = "Bitcoin drops 9.0% on 8 March 2020"


def stated(brief: Brief) -> Draft:
    """An honest draft: each fact as it is stated."""
    lead, *rest = brief.known
    wording = brief.wordings[lead.predicate].titles[0]
    title = wording.format(**{q.name: q.text for q in lead.quantities})
    say = [Claim(text=f.statement, facts=(f.id,)) for f in (lead, *rest)]
    return Draft(
        idea=brief.idea,
        title=Claim(text=title, facts=(lead.id,)),
        hook=say[0],
        claims=tuple(say[1:]),
        model="",
    )


class Graph:
    """A graph that does what a test says."""

    name = "odd"

    def __init__(self, work) -> None:
        self._work = work

    async def write(self, brief: Brief) -> Draft | None:
        made = self._work(brief)
        return await made if asyncio.iscoroutine(made) else made


def guest(work) -> Guest:
    return Guest(Graph(work))


async def test_an_honest_graph_is_published_like_any_other(buddy, stimulus, context) -> None:
    found = await create(buddy, stimulus, context(graph=guest(stated)))
    assert isinstance(found, Placed)
    assert found.creation.prompt == "graph:odd"
    assert found.creation.model == "realiser"
    assert {c.author for c in (found.creation.title, *found.creation.claims)} == {"realiser"}
    assert found.creation.visibility == 0.2
    assert found.vector.shape == (64,)
    assert any(isinstance(block, ChartBlock) for block in found.creation.blocks)


def lie(text: str, **other: object):
    def work(brief: Brief) -> Draft:
        draft = stated(brief)
        false = replace(draft.claims[0], text=text)
        return replace(draft, **({"claims": (*draft.claims, false)} | other))  # type: ignore[arg-type]

    return work


async def test_a_false_claim_is_dropped_and_paid_for(buddy, stimulus, context) -> None:
    lying = guest(lie("Bitcoin fell 99.9% on 8 March 2020."))
    found = await create(buddy, stimulus, context(graph=lying, visibility=lambda *_: 0.5))
    assert isinstance(found, Placed)
    assert found.creation.cost == pytest.approx(1 / 3)
    assert "99.9%" not in found.creation.text
    assert not any("99.9%" in str(block) for block in found.creation.blocks)
    dear = await create(
        buddy, stimulus, context(graph=lying, visibility=lambda *_: 0.5, cost_weight=2.0)
    )
    assert isinstance(dear, Rejected)
    assert dear.stage == "visibility"


class FakeStr(str):
    """A text that is not what it seems."""


class FakeClaim(Claim):
    """A claim of another class."""


def junk(value: object):
    return lambda brief: value


def changed(**other: object):
    return lambda brief: replace(stated(brief), **other)  # type: ignore[arg-type]


LINK = ActionBlock(label="Buy", target="https://evil.example")
BAD = {
    "text": (junk("a card"), "returned a str, not a Draft"),
    "dict": (junk({"title": "x"}), "returned a dict, not a Draft"),
    "vector": (junk(np.full(64, np.nan)), "returned a ndarray, not a Draft"),
    "hollow": (lambda b: object.__new__(Draft), "cannot be read"),
    "title": (changed(title="words"), "a str where a Claim"),
    "subclass": (changed(title=FakeClaim(text="x", facts=())), "a FakeClaim where a Claim"),
    "odd text": (changed(title=Claim(text=FakeStr("x"), facts=())), "a Claim where a Claim"),
    "huge": (changed(title=Claim(text="x" * 10_000, facts=())), "a Claim where a Claim"),
    "many": (lambda b: replace(stated(b), claims=(stated(b).hook,) * 99), "12 entries"),
    "list": (changed(claims=[]), "not list"),
    "odd fact": (changed(title=Claim(text="x", facts=(1,))), "no id of a fact"),  # type: ignore[arg-type]
    "question": (changed(blocks=(QuestionBlock(question=1, options=()),)), "no text"),  # type: ignore[arg-type]
    "raises": (lambda b: 1 / 0, "failed: ZeroDivisionError"),
    "exits": (lambda b: sys.exit(3), "failed: SystemExit: 3"),
    "interrupts": (lambda b: (_ for _ in ()).throw(KeyboardInterrupt), "KeyboardInterrupt"),
}


@pytest.mark.parametrize(("work", "reason"), BAD.values(), ids=BAD)
async def test_junk_is_a_refusal_that_names_the_graph(
    work, reason, buddy, stimulus, context
) -> None:
    found = await create(buddy, stimulus, context(graph=guest(work)))
    assert isinstance(found, Rejected)
    assert found.stage == "draft"
    assert found.reason.startswith("the graph 'odd' ")
    assert reason in found.reason


UNGROUNDED = {
    "title": changed(title=Claim(text="Bitcoin will double", facts=())),
    "unknown": lambda b: replace(
        stated(b), hook=replace(stated(b).hook, facts=(FactId("f_nobody"),))
    ),
    "markup": lambda b: replace(
        stated(b), hook=replace(stated(b).hook, text="See https://evil.example now.")
    ),
    "nothing": changed(claims=()),
}


@pytest.mark.parametrize("work", UNGROUNDED.values(), ids=UNGROUNDED)
async def test_what_the_gate_refuses_is_refused_of_a_graph(work, buddy, stimulus, context) -> None:
    found = await create(buddy, stimulus, context(graph=guest(work)))
    assert isinstance(found, Rejected)
    assert found.stage == "ground"


async def test_blocks_that_nothing_can_check_are_not_shown(buddy, stimulus, context) -> None:
    said = (TextBlock(text="Bitcoin will double."), LINK)
    found = await create(buddy, stimulus, context(graph=guest(changed(blocks=said[:1])), cost_limit=1.0, visibility=lambda *_: 1.0))  # fmt: skip
    assert isinstance(found, Placed)
    assert found.creation.cost == pytest.approx(1 / 3)
    assert not any(isinstance(block, TextBlock | ActionBlock) for block in found.creation.blocks)
    both = await create(buddy, stimulus, context(graph=guest(changed(blocks=said))))
    assert isinstance(both, Rejected)
    assert both.cost == pytest.approx(2 / 3)


async def test_what_a_graph_says_of_itself_is_found_again(buddy, stimulus, context) -> None:
    def forge(brief: Brief) -> Draft:
        idea = replace(
            brief.idea,
            id=IdeaId("i_x"),
            subspace=SubspaceId("evil"),
            date=dt.date(1999, 1, 1),
            kind=IdeaKind.REQUEST,
        )
        return replace(
            stated(brief), idea=idea, model="gpt-9", usage=Usage(money=-5.0), tried=-7, prompt="x"
        )

    found = await create(buddy, stimulus, context(graph=guest(forge)))
    assert isinstance(found, Placed)
    c = found.creation
    assert (c.subspace, c.kind, c.date) == ("coin", IdeaKind.SIGNAL, stimulus.date)
    assert (c.model, c.prompt, c.usage.money) == ("realiser", "graph:odd", 0.0)
    assert c.tried > 0


async def test_a_graph_cannot_rewrite_what_it_was_shown(buddy, stimulus, shift, context) -> None:
    before = [f.statement for f in shift.facts]

    def tamper(brief: Brief) -> Draft:
        draft = stated(brief)
        for fact in brief.known:
            object.__setattr__(fact, "frame", "Bitcoin doubled.")
            object.__setattr__(fact.source, "name", "Nobody")
        object.__setattr__(brief.buddy, "budget", 999)
        brief.wordings.clear()  # type: ignore[attr-defined]
        return replace(draft, hook=replace(draft.hook, text="Bitcoin doubled."))

    found = await create(buddy, stimulus, context(graph=guest(tamper)))
    assert isinstance(found, Rejected)
    assert [f.statement for f in shift.facts] == before
    assert buddy.budget is None


async def test_a_graph_may_not_cite_a_source_that_its_buddy_may_not(
    buddy, stimulus, shift, context
) -> None:
    rumour = replace(shift.facts[1], source=replace(shift.facts[1].source, name="A rumour"))
    facts = (shift.facts[0], rumour, shift.facts[2])
    own = replace(buddy, sources=(shift.facts[0].source.name,))
    spoken = replace(stimulus, shift=replace(shift, facts=facts))
    shown: list[int] = []

    def cite(brief: Brief) -> Draft:
        shown.append(len(brief.known))
        draft = stated(brief)
        return replace(draft, hook=Claim(text=rumour.statement, facts=(rumour.id,)))

    found = await create(own, spoken, context(graph=guest(cite), known=list(facts)))
    assert shown == [2]
    assert isinstance(found, Rejected)
    assert "hook: cites a fact it was not given" in found.reason


async def test_a_living_title_is_taken_for_a_graph_too(buddy, stimulus, context) -> None:
    first = await create(buddy, stimulus, context(graph=guest(stated)))
    assert isinstance(first, Placed)
    taken = {first.creation.title.text.lower()}
    found = await create(buddy, stimulus, context(graph=guest(stated), titles=taken))
    assert isinstance(found, Rejected)
    assert found.stage == "duplicate"


async def test_a_place_that_is_taken_is_refused_whatever_the_graph(
    buddy, stimulus, context
) -> None:
    first = await create(buddy, stimulus, context(graph=guest(stated)))
    assert isinstance(first, Placed)
    found = await create(
        buddy, stimulus, context(graph=guest(stated), living=first.vector[None, :])
    )
    assert isinstance(found, Rejected)
    assert found.stage == "duplicate"


async def test_a_silent_graph_is_silence(buddy, stimulus, context) -> None:
    assert await create(buddy, stimulus, context(graph=guest(junk(None)))) is None


async def test_a_graph_that_sleeps_is_given_up_and_works_again_later(
    buddy, stimulus, context
) -> None:
    naps = [30.0, 0.0]

    async def doze(brief: Brief) -> Draft:
        await asyncio.sleep(naps.pop(0))
        return stated(brief)

    slow = guest(doze)
    found = await create(buddy, stimulus, context(graph=slow, graph_seconds=0.2))
    assert isinstance(found, Rejected)
    assert found.reason == "the graph 'odd' gave nothing in 0.2 s"
    again = await create(buddy, stimulus, context(graph=slow, graph_seconds=10.0))
    assert isinstance(again, Placed)


async def test_a_graph_that_never_gives_up_the_processor_is_left_behind(
    buddy, stimulus, context
) -> None:
    free = threading.Event()

    def spin(brief: Brief) -> Draft:
        while not free.is_set():
            pass
        return stated(brief)

    stuck = guest(spin)
    try:
        found = await create(buddy, stimulus, context(graph=stuck, graph_seconds=0.2))
        again = await create(buddy, stimulus, context(graph=stuck, graph_seconds=0.2))
    finally:
        free.set()
    assert isinstance(found, Rejected)
    assert "gave nothing in" in found.reason
    assert isinstance(again, Rejected)
    assert "is still busy with an earlier card" in again.reason


async def test_a_graph_asks_the_model_in_its_loop_and_pays_for_it(buddy, stimulus, context) -> None:
    home = threading.get_ident()
    asked_in: list[int] = []

    def answer(prompt: Prompt, sampling: Sampling) -> str:
        asked_in.append(threading.get_ident())
        return "word " * 10

    async def ask(brief: Brief) -> Draft:
        assert brief.model is not None
        assert threading.get_ident() != home
        for _ in range(2):
            await brief.model.complete(
                Prompt(messages=(Message(role="user", text="Say it."),)), Sampling(max_tokens=16)
            )
        draft = stated(brief)
        return replace(draft, hook=replace(draft.hook, author="realiser"))

    found = await create(buddy, stimulus, context(ScriptedModel(answer), graph=guest(ask)))
    assert isinstance(found, Placed)
    assert set(asked_in) == {home}
    assert found.creation.usage.calls == 2
    assert found.creation.usage.tokens_out == 20
    assert found.creation.model == "scripted/model"
    assert found.creation.hook.author == "realiser"


async def test_a_graph_has_so_many_calls_and_no_more(buddy, stimulus, context) -> None:
    refused: list[str] = []

    async def greedy(brief: Brief) -> Draft:
        assert brief.model is not None
        prompt = Prompt(messages=(Message(role="user", text="x"),))
        for _ in range(CALLS + 3):
            try:
                await brief.model.complete(prompt, Sampling(max_tokens=4))
            except BudgetError as error:
                refused.append(error.message)
        return stated(brief)

    model = ScriptedModel(["x"])
    found = await create(buddy, stimulus, context(model, graph=guest(greedy)))
    assert isinstance(found, Placed)
    assert len(model.asked) == CALLS
    assert len(refused) == 3


async def test_two_graphs_at_once_do_not_meet(buddy, stimulus, context) -> None:
    both = await asyncio.gather(*[
        create(buddy, stimulus, context(graph=guest(stated), embedder=HashEmbedder(64), now=FixedClock().now))
        for _ in range(4)
    ])  # fmt: skip
    assert len({one.creation.id for one in both if isinstance(one, Placed)}) == 1
