"""Topics order a buddy's facts, and a source that it may not cite is never cited."""

from dataclasses import replace

import pytest

from ammo_agents.goal.graph import create
from ammo_agents.goal.ground import Bench
from ammo_agents.goal.trigger import ideate, names_topic, retrieve
from ammo_agents.records import Claim, IdeaKind, Placed, Source


def test_facts_that_name_a_topic_come_first(buddy, stimulus, shift) -> None:
    plain = ideate(buddy, stimulus, shift.facts, set())
    assert plain is not None
    first = {f.predicate for f in plain.facts[:1]}
    other = next(f for f in shift.facts if f.predicate not in first and f.id != plain.facts[0].id)
    topic = other.predicate.rpartition(".")[2]
    liked = ideate(replace(buddy, topics=(topic,)), stimulus, shift.facts, set())
    assert liked is not None
    assert names_topic((topic,), liked.facts[0])
    assert liked.facts[0].id != plain.facts[0].id


def test_a_topic_that_nothing_names_changes_nothing(buddy, stimulus, shift) -> None:
    odd = replace(buddy, topics=("gardening", "…"))
    assert ideate(odd, stimulus, shift.facts, set()) == ideate(buddy, stimulus, shift.facts, set())


def test_a_topic_that_is_told_already_does_not_silence_a_buddy(buddy, stimulus, shift) -> None:
    told = {f.id for f in shift.facts if names_topic(("average",), f)}
    assert told
    found = ideate(replace(buddy, topics=("average",)), stimulus, shift.facts, told)
    assert found is not None
    assert found.facts[0].id not in told


@pytest.mark.parametrize("topic", ["close", "closed", "Closing", "daily move"])
def test_a_topic_is_found_in_any_form(topic, shift) -> None:
    fact = replace(shift.facts[0], frame="The closes and its moves, daily.", quantities=())
    assert names_topic((topic,), fact)


def test_context_of_the_topic_comes_first(buddy, stimulus, shift) -> None:
    lead, *others = shift.facts
    idea = ideate(buddy, replace(stimulus, shift=replace(shift, facts=(lead,))), (), set())
    assert idea is not None
    notes = [
        replace(f, quantities=(), frame="It stood so.") for f in others
    ]  # numbers of the lead would cost them their place
    for topic, wanted in (("month", "coin.month_down"), ("close", "coin.close_down")):
        topical = retrieve(idea, notes, set(), most=2, topics=(topic,))
        assert topical.facts[1].predicate == wanted


def test_a_source_that_may_not_be_cited_gives_no_idea(buddy, stimulus, shift) -> None:
    own = shift.facts[0].source.name
    assert ideate(replace(buddy, sources=("Nobody",)), stimulus, shift.facts, set()) is None
    assert ideate(replace(buddy, sources=(own.upper(),)), stimulus, shift.facts, set()) is not None


async def test_the_gate_refuses_a_fact_of_another_source(shift, entities) -> None:
    fact = replace(shift.facts[0], source=Source(name="A rumour"))
    claim = Claim(text=fact.statement, facts=(fact.id,))
    bench = Bench.of([fact], {}, entities, sources=("Ministry", "Archive"))
    reason = await bench.fault(claim)
    assert reason == "cites 'A rumour', which is none of this buddy's sources"


async def test_no_card_of_a_choosy_buddy_cites_anything_else(
    buddy, stimulus, shift, context
) -> None:
    rumour = tuple(
        replace(f, source=Source(name="A rumour")) if n % 2 else f
        for n, f in enumerate(shift.facts)
    )
    own = replace(buddy, sources=(shift.facts[0].source.name,))
    spoken = replace(stimulus, shift=replace(shift, facts=rumour))
    found = await create(own, spoken, context(known=list(rumour)))
    assert isinstance(found, Placed)
    allowed = {f.id for n, f in enumerate(rumour) if n % 2 == 0}
    c = found.creation
    assert {id for claim in (c.title, c.hook, *c.claims) for id in claim.facts} <= allowed
    assert found.creation.kind is IdeaKind.SIGNAL
