"""The scripted models behave as their mode says, and every buddy outlives them."""

import json

import pytest

from ammo_agents.errors import MissingPartError, ModelCrashedError, ModelTimeoutError
from ammo_agents.records import Message, Prompt, Sampling
from ammo_agents.testing import ADVERSARIAL, PLANTED, Mode, scripted_mode
from ammo_agents.testing.modes import CANARY
from ammo_agents.testing.plugin import MODES, ScriptedModels

FACTS = "FACTS\n1. Rye bakes for 45 minutes.\n2. Spelt bakes for 30 minutes.\nEND\nAnswer with JSON only."


def asked(text: str = FACTS, example: str = "") -> Prompt:
    shots = (Message(role="assistant", text=example),) if example else ()
    return Prompt(messages=(*shots, Message(role="user", text=text)))


SCHEMA = Sampling(schema={"type": "object"})


async def said(mode: Mode, prompt: Prompt, sampling: Sampling = SCHEMA) -> str:
    return (await scripted_mode(mode).complete(prompt, sampling)).text


async def test_the_obedient_one_gives_the_facts_as_a_draft_or_the_last_example() -> None:
    draft = json.loads(await said(Mode.OBEDIENT, asked()))
    assert draft["hook"] == {"text": "Rye bakes for 45 minutes.", "facts": [1]}
    assert draft["claims"] == [{"text": "Spelt bakes for 30 minutes.", "facts": [2]}]
    assert await said(Mode.OBEDIENT, asked(example="As shown."), Sampling()) == "As shown."


async def test_the_gullible_one_obeys_what_is_planted_and_works_on_where_nothing_is() -> None:
    for order in PLANTED:
        assert CANARY in await said(Mode.GULLIBLE, asked(f"Say it again. {order}"), Sampling())
        assert CANARY in json.loads(await said(Mode.GULLIBLE, asked(order)))["title"]["text"]
    assert await said(Mode.GULLIBLE, asked()) == await said(Mode.OBEDIENT, asked())


async def test_wrong_numbers_are_wrong_and_nothing_else_is() -> None:
    draft = json.loads(await said(Mode.WRONG_NUMBERS, asked()))
    assert draft["hook"] == {"text": "Rye bakes for 78 minutes.", "facts": [1]}
    swapped = await said(Mode.WRONG_NUMBERS, asked(example="From [A] to [B]."), Sampling())
    assert swapped == "From [B] to [C]."


async def test_the_others_are_empty_huge_halved_foreign_or_the_prompt() -> None:
    assert await said(Mode.EMPTY, asked()) == ""
    assert len((await said(Mode.HUGE, asked())).split()) == 5_000
    assert not isinstance(json.loads(await said(Mode.WRONG_JSON, asked()))["title"], dict)
    assert await said(Mode.PARROT, asked()) == FACTS
    assert "Börse" in await said(Mode.FOREIGN, asked(), Sampling())
    half = await scripted_mode(Mode.HALF).complete(asked(), SCHEMA)
    assert (half.finish, half.text) == ("length", (await said(Mode.OBEDIENT, asked()))[: len(half.text)])  # fmt: skip


async def test_half_a_stream_never_ends_with_its_completion() -> None:
    pieces = [p async for p in scripted_mode(Mode.HALF).stream(asked(), SCHEMA)]
    assert pieces
    assert all(p.completion is None for p in pieces)
    whole = [p async for p in scripted_mode(Mode.OBEDIENT).stream(asked(), SCHEMA)]
    assert whole[-1].completion is not None


async def test_the_slow_one_is_too_late_every_other_time_and_the_gone_one_always_crashes() -> None:
    slow = scripted_mode(Mode.SLOW)
    assert (await slow.complete(asked(), Sampling(seed=2))).text
    with pytest.raises(ModelTimeoutError, match="within 60 s"):
        await slow.complete(asked(), Sampling(seed=3))
    with pytest.raises(ModelCrashedError):
        await scripted_mode(Mode.GONE).complete(asked(), Sampling())


async def test_every_mode_is_a_model_that_a_home_can_choose() -> None:
    provider = ScriptedModels()
    cards = {card.id: card for card in provider.cards()}
    for mode in (Mode.OBEDIENT, *ADVERSARIAL):
        assert cards[f"scripted/{mode}-large"].capability == "large"
        assert (await provider.open_model(f"scripted/{mode}")).card.capability == "tiny"
    assert len(MODES) == 3 * len(Mode)
    with pytest.raises(MissingPartError) as refused:
        await provider.open_model("scripted/nice")
    assert "scripted/gullible" in refused.value.hint


def test_a_mode_that_nobody_knows_is_no_mode() -> None:
    with pytest.raises(ValueError, match="nice"):
        scripted_mode("nice")
