from collections.abc import Callable

import pytest
from ammo_local.model import LocalModel

from ammo_agents.errors import ModelAnswerError, ModelCrashedError
from ammo_agents.records import Message, Prompt, Sampling

ASK = Prompt(messages=(Message(role="user", text="hello"),))
Make = Callable[[str], LocalModel]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


@pytest.mark.parametrize(
    "manner", ["html", "list", "empty object", "no text", "no finish", "wrong shape"]
)
async def test_garbage_from_the_child_is_an_answer_error(manner: str, bad_model: Make) -> None:
    model = bad_model(manner)
    with pytest.raises(ModelAnswerError):
        await model.complete(ASK, Sampling(schema=SCHEMA))


async def test_a_stream_of_garbage_is_an_answer_error(bad_model: Make) -> None:
    model = bad_model("html")
    with pytest.raises(ModelAnswerError):
        await anext(model.stream(ASK, Sampling()))


async def test_a_good_answer_passes_through_the_same_door(bad_model: Make) -> None:
    model = bad_model("good")
    assert (await model.complete(ASK, Sampling())).text == "fine"


async def test_a_child_that_hangs_up_between_calls_is_not_taken_for_dead(bad_model: Make) -> None:
    model = bad_model("hangs up")
    for _ in range(3):
        assert (await model.complete(ASK, Sampling())).text == "fine"
    assert model.child.starts == 1


@pytest.mark.parametrize("manner", ["does not start", "greets wrongly"])
async def test_a_child_that_does_not_start_is_a_crash_with_its_last_words(
    manner: str, bad_model: Make
) -> None:
    model = bad_model(manner)
    with pytest.raises(ModelCrashedError, match="does not start"):
        await model.complete(ASK, Sampling())
    assert model.child.pid is None


async def test_the_breaker_opens_after_crashes_in_a_row(bad_model: Make) -> None:
    model = bad_model("dies")
    for _ in range(3):
        with pytest.raises(ModelCrashedError, match="went away"):
            await model.complete(ASK, Sampling())
    starts = model.child.starts
    with pytest.raises(ModelCrashedError, match="3 times in a row"):
        await model.complete(ASK, Sampling())
    assert model.child.starts == starts == 3
