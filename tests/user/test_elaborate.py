"""Answers stand on facts, cite them, and say plainly when there are none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from taste_makers import creation, fact

from ammo_agents.errors import BadInputError, ModelTimeoutError, VectorError
from ammo_agents.records import BuddyId, CreationId, Fact, ModelCard
from ammo_agents.testing import HashEmbedder, ScriptedModel
from ammo_agents.user.elaborate import UNKNOWN, Elaboration, Library, answer, passes

STATEMENTS = (
    "Bitcoin closed at $29,001.72 on 31 December 2020.",
    "Litecoin fell 12.4% on 12 March 2020.",
    "Dogecoin traded at its highest volume in a year.",
    "The third Bitcoin halving happened on 11 May 2020.",
)
WRITER = ModelCard(id="scripted/writer", title="Writer", capability="small")


async def library() -> Library:
    facts = tuple(fact(n, statement) for n, statement in enumerate(STATEMENTS, start=1))
    return Library(facts=facts, vectors=await HashEmbedder().embed(STATEMENTS))


def strict(sentence: str, facts: Sequence[Fact]) -> bool:
    """Let through what one of the facts says word for word."""
    return any(sentence == f.statement for f in facts)


async def told(question: str, **parts: object) -> tuple[list[str], Elaboration]:
    pieces: list[str] = []
    whole = None
    shelf = await library()
    card = parts.pop("card", None)
    async for piece in answer(question, card, shelf, embedder=HashEmbedder(), **parts):
        if isinstance(piece, Elaboration):
            whole = piece
        else:
            pieces.append(piece)
    assert whole is not None
    assert "".join(pieces) == whole.text
    return pieces, whole


async def test_an_answer_states_the_fact_that_speaks_of_the_question() -> None:
    _, whole = await told("When was the halving?")
    assert whole.text == "The third Bitcoin halving happened on 11 May 2020. [1]"
    assert [f.id for f in whole.facts] == ["f_4"]
    assert whole.model == ""


async def test_a_question_no_fact_speaks_of_gets_i_do_not_know() -> None:
    pieces, whole = await told("Who won the football championship yesterday?")
    assert pieces == [UNKNOWN]
    assert not whole.known
    assert whole.facts == ()


async def test_a_known_name_in_a_question_about_something_else_is_no_answer() -> None:
    _, whole = await told("What did Napoleon whisper to Josephine about Bitcoin?")
    assert whole.text == UNKNOWN


async def test_a_question_about_a_card_is_answered_from_the_facts_it_cites() -> None:
    card = creation(CreationId("c_x"), BuddyId("coin/bitcoin"), "A card")  # cites f_one
    shelf = Library(
        facts=(fact("one", "Bitcoin rose on Monday."), *(await library()).facts),
        vectors=await HashEmbedder().embed(["Bitcoin rose on Monday.", *STATEMENTS]),
    )
    whole = [
        p async for p in answer("Tell me more about this.", card, shelf, embedder=HashEmbedder())
    ]
    assert isinstance(whole[-1], Elaboration)
    assert [f.id for f in whole[-1].facts] == ["f_one"]


async def test_a_capable_model_words_the_answer_as_far_as_the_gate_lets_it() -> None:
    model = ScriptedModel(
        [
            "The third Bitcoin halving happened on 11 May 2020. [1] It will happen again soon. [1] Sure."
        ],
        card=WRITER,
    )
    pieces, whole = await told("When was the halving?", model=model, gate=strict)
    assert pieces == ["The third Bitcoin halving happened on 11 May 2020. [1]"]
    assert whole.model == "scripted/writer"


async def test_a_model_that_says_nothing_true_leaves_the_facts_to_speak() -> None:
    for reply in ("It happened on 12 May 2021. [1]", "No idea.", "False citation. [9]"):
        model = ScriptedModel([reply], card=WRITER)
        _, whole = await told("When was the halving?", model=model, gate=strict)
        assert whole.text == "The third Bitcoin halving happened on 11 May 2020. [1]"
        assert whole.model == ""


async def test_a_model_that_fails_is_no_fault_of_the_answer() -> None:
    model = ScriptedModel([ModelTimeoutError("too slow", hint="")], card=WRITER)
    _, whole = await told("When was the halving?", model=model, gate=strict)
    assert whole.text == "The third Bitcoin halving happened on 11 May 2020. [1]"


async def test_a_tiny_model_and_a_missing_gate_are_never_asked() -> None:
    tiny, ungated = ScriptedModel(["x"]), ScriptedModel(["x"], card=WRITER)
    await told("When was the halving?", model=tiny, gate=strict)
    await told("When was the halving?", model=ungated)
    assert tiny.asked == []
    assert ungated.asked == []


async def test_a_question_without_words_and_facts_without_vectors_are_refused() -> None:
    with pytest.raises(BadInputError, match="no question"):
        await told("   ")
    with pytest.raises(VectorError, match="1 facts come with 0 vectors"):
        Library(facts=(fact(1, "x"),), vectors=(await HashEmbedder().embed([])))


async def test_an_empty_library_knows_nothing() -> None:
    shelf = Library(facts=(), vectors=await HashEmbedder().embed([]))
    said = [p async for p in answer("Anything?", None, shelf, embedder=HashEmbedder())]
    assert said[0] == UNKNOWN


def test_a_sentence_passes_only_with_a_citation_of_the_list() -> None:
    facts = [fact(1, "A is B."), fact(2, "C is D.")]
    assert passes("A is B. [1]", facts, strict)
    assert not passes("A is B.", facts, strict)
    assert not passes("A is B. [2]", facts, strict)
    assert not passes("[1]", facts, strict)
