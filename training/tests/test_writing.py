"""Replies through the product's own model: the same seeds for both sides, the writer's stamp, the gate's verdict."""

import pytest
from ammo_training import behaviour
from ammo_training.writing import Asked, PortWriter

from ammo_agents.errors import ModelAnswerError, ModelCrashedError
from ammo_agents.records import Message, ModelCard, Prompt, Sampling
from ammo_agents.testing.scripted import Answer, Said, ScriptedModel

CARD = ModelCard(id="scripted/lora", title="Scripted", adapters=True, grammar=True)


async def short(text: str) -> bool:
    return len(text.split()) < 4


ASKED = [
    Asked(
        id=f"q{n}",
        messages=(Message(role="user", text=f"Say {n}"),),
        tokens=12,
        stop=("\n",),
        grammar="root ::= [a-z]+",
        grounded=short if n else None,
    )
    for n in range(3)
]


def answer(prompt: Prompt, sampling: Sampling) -> Answer:
    worn = sampling.adapters[0].id if sampling.adapters else "base"
    return f"{prompt.messages[-1].text} as {worn} with {sampling.seed}."


async def test_both_sides_are_asked_the_same_and_each_reply_bears_its_writer() -> None:
    model = ScriptedModel(answer, card=CARD)
    writer = PortWriter(model)
    before = await writer.write(ASKED, [5, 6], "")
    after = await writer.write(ASKED, [5, 6], "a_1")
    behaviour.paired(before, after)
    assert [r.text for r in before][:2] == ["Say 0 as base with 5.", "Say 0 as base with 6."]
    assert {r.adapter for r in after} == {"a_1"}
    asked = [
        (p.messages, s.seed, s.max_tokens, s.stop, s.grammar, s.temperature) for p, s in model.asked
    ]
    assert sorted(asked[:6], key=str) == sorted(asked[6:], key=str)
    assert asked[0][2:5] == (12, ("\n",), "root ::= [a-z]+")


async def test_only_prompts_with_a_gate_have_a_verdict() -> None:
    texts = iter(["one two", "one two", "one two three four"])
    found = await PortWriter(ScriptedModel(lambda *_: next(texts), card=CARD)).write(ASKED, [1], "")
    assert found[0].supported is None
    assert {r.supported for r in found[1:]} == {True, False}


async def test_an_empty_answer_is_a_reply_and_a_dead_model_is_not() -> None:
    empty = ScriptedModel([ModelAnswerError("it said nothing")], card=CARD)
    (reply,) = await PortWriter(empty).write(ASKED[:1], [1], "a_1")
    assert (reply.text, reply.adapter) == ("", "a_1")
    assert behaviour.values([reply], "empty").tolist() == [1]
    dead = ScriptedModel([ModelCrashedError("it went away")], card=CARD)
    with pytest.raises(ModelCrashedError, match="went away"):
        await PortWriter(dead).write(ASKED[:1], [1], "a_1")


async def test_a_reply_that_ran_out_of_tokens_is_not_complete() -> None:
    cut = ScriptedModel([Said(text="And so it went on and", finish="length")], card=CARD)
    (reply,) = await PortWriter(cut).write(ASKED[:1], [1], "")
    assert behaviour.is_complete(reply) is False
