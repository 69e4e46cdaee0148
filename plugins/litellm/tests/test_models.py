"""Models behind litellm, against a real server on the loopback."""

import asyncio
import dataclasses
import itertools
import json
import logging
import math
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest
from ammo_litellm.provider import LitellmModels

from ammo_agents.errors import (
    AdapterError,
    MissingPartError,
    ModelAnswerError,
    ModelCrashedError,
    ModelError,
    ModelTimeoutError,
    RefusedError,
)
from ammo_agents.ports import Model
from ammo_agents.records import Message, Mix, Prompt, Sampling
from ammo_agents.settings import Settings

# litellm hides these three of its own warnings at its import, and the suite's filters undo that:
pytestmark = [
    # it reads pydantic's class attributes from instances with each chunk,
    pytest.mark.filterwarnings("ignore:Accessing the .* attribute on the instance is deprecated"),
    # marks TypedDict items read-only, which pydantic cannot enforce,
    pytest.mark.filterwarnings("ignore:Item .* is using the `ReadOnly` qualifier"),
    # and names fields like pydantic's own.
    pytest.mark.filterwarnings("ignore:.*conflict with protected namespace"),
]

Play = Callable[[Any], None]
SECRET_PROMPT = "canary-prompt-91c4"
PROMPT = Prompt(messages=(Message(role="user", text=SECRET_PROMPT),))
SHORT = Sampling(max_tokens=32, deadline_s=20.0)
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}


def words(*parts: str, finish: str = "stop", usage: tuple[int, int] | None = (7, 3)) -> Play:
    """Return the play of a provider that says these words."""

    def play(reply: Any) -> None:
        reply.start()
        for part in parts:
            reply.delta(part)
        reply.delta(finish=finish)
        if usage:
            reply.usage(*usage)
        reply.event("[DONE]")

    return play


@pytest.fixture
async def model(provider: Any) -> AsyncIterator[Model]:
    opened = await LitellmModels(Settings()).open_model("litellm/hosted_vllm/any-name")
    yield opened
    await opened.close()


async def test_an_answer_comes_whole_with_what_it_cost(provider: Any, model: Model) -> None:
    provider.play = words("Bitcoin ", "rose.")
    answer = await model.complete(PROMPT, SHORT)
    assert (answer.text, answer.finish) == ("Bitcoin rose.", "stop")
    assert (answer.usage.calls, answer.usage.tokens_in, answer.usage.tokens_out) == (1, 7, 3)
    assert answer.usage.money == 0.0
    asked = provider.requests[0]
    assert asked["stream_options"] == {"include_usage": True}
    assert (asked["max_tokens"], asked["model"]) == (32, "any-name")


async def test_an_answer_streams_piece_by_piece(provider: Any, model: Model) -> None:
    provider.play = words("Bitcoin ", "rose.")
    pieces = [piece async for piece in model.stream(PROMPT, SHORT)]
    assert [p.text for p in pieces] == ["Bitcoin ", "rose.", ""]
    assert pieces[-1].completion is not None
    assert pieces[-1].completion.text == "Bitcoin rose."


async def test_an_answer_at_its_limit_is_marked_as_cut(provider: Any, model: Model) -> None:
    provider.play = words("Bitcoin ", finish="length")
    assert (await model.complete(PROMPT, SHORT)).finish == "length"


async def test_a_provider_that_counts_nothing_is_booked_at_the_worst_case(
    provider: Any, model: Model
) -> None:
    provider.play = words("Bitcoin rose.", usage=None)
    usage = (await model.complete(PROMPT, SHORT)).usage
    assert (usage.tokens_in, usage.tokens_out) == (len(SECRET_PROMPT), 32)


async def test_a_schema_is_sent_and_the_answer_checked_against_it(
    provider: Any, model: Model
) -> None:
    sampling = dataclasses.replace(SHORT, schema=SCHEMA)
    provider.play = words('```json\n{"title": "Up"}\n```')
    assert (await model.complete(PROMPT, sampling)).text == '{"title": "Up"}'
    sent = provider.requests[0]["response_format"]["json_schema"]
    assert (sent["schema"], sent["strict"]) == (SCHEMA, True)


@pytest.mark.parametrize(
    "answer",
    ['{"title": "Up', '{"title": 3}', '{"other": "x"}', "Sure! Here it is.", '{"title": NaN}', "[" * 5000],
    ids=["half", "wrong-type", "wrong-name", "prose", "nan", "deep"],
)  # fmt: skip
async def test_an_answer_that_breaks_its_schema_is_refused(
    provider: Any, model: Model, answer: str
) -> None:
    provider.play = words(answer)
    sampling = dataclasses.replace(SHORT, schema=SCHEMA, max_tokens=256)
    with pytest.raises(ModelAnswerError):
        await model.complete(PROMPT, sampling)


async def test_a_schema_answer_that_was_cut_off_is_refused(provider: Any, model: Model) -> None:
    provider.play = words('{"title": "Up"}', finish="length")
    with pytest.raises(ModelAnswerError, match="cut off at 32 tokens"):
        await model.complete(PROMPT, dataclasses.replace(SHORT, schema=SCHEMA))


def html(reply: Any) -> None:
    reply.start(kind="text/html")
    reply.raw(b"<html><body>Please log in</body></html>")


def plain_json(reply: Any) -> None:
    reply.start(kind="application/json")
    reply.raw(b'{"error": "no such thing as a stream"}')


def garbage(reply: Any) -> None:
    reply.start()
    reply.raw(b"data: \xff\xfe{{{\n\ndata: 7\n\n\x00\x01")


def half_an_event(reply: Any) -> None:
    reply.start()
    reply.raw(b'data: {"id": "x", "choices": [{"ind')


def no_choices(reply: Any) -> None:
    reply.start()
    reply.event({**reply.head, "choices": []})
    reply.event("[DONE]")


def nothing(reply: Any) -> None:
    reply.start()


def cut_short(reply: Any) -> None:
    reply.start()
    reply.delta("Bitcoin ")


def reset_in_mid_stream(reply: Any) -> None:
    reply.start()
    reply.delta("Bitcoin ")
    reply.reset()


def filtered(reply: Any) -> None:
    words("", finish="content_filter")(reply)


def endless_words(reply: Any) -> None:
    reply.start()
    for _ in range(2000):
        reply.delta("bla " * 500)


def endless_bytes(reply: Any) -> None:
    reply.start()
    for _ in range(400):
        reply.raw(b"x" * 262_144)  # 100 MB in all


@pytest.mark.parametrize(
    "play",
    [
        html, plain_json, garbage, half_an_event, no_choices, nothing, cut_short,
        reset_in_mid_stream, filtered, endless_words, endless_bytes,
    ],
)  # fmt: skip
async def test_a_faulty_answer_is_a_typed_fault(provider: Any, model: Model, play: Play) -> None:
    provider.play = play
    with pytest.raises((ModelAnswerError, ModelCrashedError)) as caught:
        await model.complete(PROMPT, SHORT)
    assert caught.value.hint


@pytest.mark.parametrize("play", [cut_short, reset_in_mid_stream, endless_words])
async def test_a_stream_that_has_begun_is_never_retried(
    provider: Any, model: Model, play: Play
) -> None:
    provider.play = play
    seen: list[str] = []

    async def listen() -> None:
        async for piece in model.stream(PROMPT, SHORT):
            seen.append(piece.text)  # noqa: PERF401 - kept although the stream breaks

    with pytest.raises(ModelError):
        await listen()
    assert seen
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_passing_fault_is_retried_twice_and_no_more(
    provider: Any, model: Model, status: int
) -> None:
    provider.play = lambda reply: reply.start(status=status, kind="application/json")
    with pytest.raises(ModelCrashedError, match=str(status)):
        await model.complete(PROMPT, SHORT)
    assert len(provider.requests) == 3


async def test_a_retry_that_works_gives_one_answer(provider: Any, model: Model) -> None:
    well = words("Bitcoin rose.")
    provider.play = lambda reply: well(reply) if reply.n == 3 else reply.start(status=503)
    pieces = [piece.text async for piece in model.stream(PROMPT, SHORT)]
    assert pieces == ["Bitcoin rose.", ""]


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, ModelAnswerError), (401, ModelCrashedError), (403, ModelCrashedError), (404, ModelCrashedError), (422, ModelAnswerError)],
)  # fmt: skip
async def test_a_refusal_is_not_retried(
    provider: Any, model: Model, status: int, error: type[ModelError]
) -> None:
    provider.play = lambda reply: reply.start(status=status, kind="application/json")
    with pytest.raises(error):
        await model.complete(PROMPT, SHORT)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("first", [b"", b"data: "], ids=["silent", "one-byte-a-second"])
async def test_a_slow_provider_is_given_up_at_the_deadline(
    provider: Any, model: Model, first: bytes
) -> None:
    def slow(reply: Any) -> None:
        reply.start()
        reply.raw(first)
        while not reply.stop.wait(0.1):
            if first:
                reply.raw(b"x")

    provider.play = slow
    with pytest.raises(ModelTimeoutError):
        await model.complete(PROMPT, dataclasses.replace(SHORT, deadline_s=1.0))


async def test_a_caller_that_goes_away_takes_the_call_along(provider: Any, model: Model) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()
    here = asyncio.get_running_loop()

    def slow(reply: Any) -> None:
        reply.start()
        reply.delta("Bitcoin ")
        here.call_soon_threadsafe(asked.set)
        try:
            for n in itertools.count():
                if reply.stop.wait(0.02):
                    break
                reply.delta(f"and {n} ")
        except OSError:
            here.call_soon_threadsafe(gone.set)

    provider.play = slow
    task = asyncio.create_task(
        model.complete(PROMPT, dataclasses.replace(SHORT, max_tokens=10_000))
    )
    await asyncio.wait_for(asked.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(gone.wait(), 20)


async def test_a_provider_that_keeps_failing_is_left_alone(provider: Any, model: Model) -> None:
    provider.play = lambda reply: reply.start(status=401, kind="application/json")
    for _ in range(4):
        with pytest.raises(ModelCrashedError):
            await model.complete(PROMPT, SHORT)
    with pytest.raises(ModelCrashedError, match="4 times in a row"):
        await model.complete(PROMPT, SHORT)
    assert len(provider.requests) == 4


async def test_neither_prompt_nor_key_is_logged_or_told(
    provider: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    model = await LitellmModels(Settings()).open_model("litellm/openai/any-name")
    told = []
    echo = json.dumps({"error": {"message": f"Incorrect key sk-canary-6f1d for {SECRET_PROMPT}"}})

    def rude(reply: Any) -> None:
        reply.start(status=401, kind="application/json")
        reply.raw(echo.encode())

    for play in [words("hello"), rude, reset_in_mid_stream, html]:
        provider.play = play
        try:
            await model.complete(PROMPT, SHORT)
        except ModelError as error:
            told.append("".join(traceback.format_exception(error)) + error.hint)
    await model.close()
    captured = await asyncio.to_thread(capfd.readouterr)
    everything = "\n".join([caplog.text, captured.out, captured.err, *told])
    assert len(told) == 3
    assert SECRET_PROMPT not in everything
    assert "sk-canary-6f1d" not in everything


async def test_a_hosted_model_costs_what_the_local_price_map_says(provider: Any) -> None:
    provider.play = words("hello", usage=(1_000_000, 1_000_000))
    model = await LitellmModels(Settings()).open_model("litellm/gpt-4.1-mini")
    answer = await model.complete(PROMPT, SHORT)
    await model.close()
    assert (model.card.price_in, model.card.price_out) == pytest.approx((0.40, 1.60))
    assert answer.usage.money == pytest.approx(2.00)
    assert model.card.context > 1_000_000


async def test_a_hosted_model_without_a_price_is_booked_as_a_dear_one(provider: Any) -> None:
    model = await LitellmModels(Settings()).open_model("litellm/openai/nobody-knows-me")
    await model.close()
    assert (model.card.price_in, model.card.price_out) == (15.0, 75.0)


async def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    models = LitellmModels(Settings())
    card = next(c for c in models.cards() if "claude" in c.id)
    assert models.missing(card) == ("ANTHROPIC_API_KEY",)
    with pytest.raises(MissingPartError, match="ANTHROPIC_API_KEY") as caught:
        await models.open_model(card.id)
    assert "export ANTHROPIC_API_KEY" in caught.value.hint


@pytest.mark.parametrize("name", ["litellm/nobody/knows-me", "litellm/", "local/smollm2-135m"])
async def test_an_unknown_name_is_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(MissingPartError) as caught:
        await LitellmModels(Settings()).open_model(name)
    assert "/" in caught.value.hint


async def test_offline_refuses_every_provider_beyond_this_machine(
    provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.play = words("hello world")
    models = LitellmModels(Settings(offline=True))
    model = await models.open_model("litellm/hosted_vllm/any-name")
    assert (await model.complete(PROMPT, SHORT)).text == "hello world"
    await model.close()
    for variable, name in [
        ("", "gemini/gemini-2.5-flash"),
        ("HOSTED_VLLM_API_BASE", "hosted_vllm/x"),
    ]:
        if variable:
            monkeypatch.setenv(variable, "http://models.example:8000/v1")
        with pytest.raises(RefusedError, match="offline"):
            await models.open_model(f"litellm/{name}")


def vectors(*rows: list[float]) -> Play:
    def play(reply: Any) -> None:
        reply.start(kind="application/json")
        data = [{"object": "embedding", "index": i, "embedding": r} for i, r in enumerate(rows)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        reply.raw(
            json.dumps({"object": "list", "data": data, "model": "m", "usage": usage}).encode()
        )

    return play


async def test_an_embedder_learns_its_d_and_gives_unit_rows(provider: Any) -> None:
    provider.play = vectors([3.0, 4.0])
    embedder = await LitellmModels(Settings()).open_embedder("litellm/hosted_vllm/places")
    assert (embedder.dim, embedder.card.dim) == (2, 2)
    provider.play = vectors([3.0, 4.0], [0.0, 2.0])
    rows = await embedder.embed(["a", "b"])
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, 1.0]], atol=1e-6)
    assert (await embedder.embed([])).shape == (0, 2)
    await embedder.close()


@pytest.mark.parametrize(
    "rows",
    [[[1.0, 2.0, 3.0]], [[math.nan, 1.0]], [[0.0, 0.0]], [], [[1.0, 0.0], [0.0, 1.0]]],
    ids=["wrong-dimension", "nan", "zero", "none", "too-many"],
)
async def test_vectors_that_are_none_are_a_typed_fault(
    provider: Any, rows: list[list[float]]
) -> None:
    provider.play = vectors([3.0, 4.0])
    embedder = await LitellmModels(Settings()).open_embedder("litellm/hosted_vllm/places")
    provider.play = vectors(*rows)
    with pytest.raises(ModelAnswerError):
        await embedder.embed(["a"])
    await embedder.close()


async def test_an_embedder_behind_a_web_page_is_a_typed_fault(provider: Any) -> None:
    provider.play = html
    with pytest.raises(ModelError):
        await LitellmModels(Settings()).open_embedder("litellm/hosted_vllm/places")


ADAPTER = "a_0123456789abcdef"


async def test_an_adapter_is_asked_for_by_its_name_at_the_server_of_its_base(
    provider: Any, model: Model
) -> None:
    provider.play, provider.models = words("Bitcoin rose."), ["any-name", ADAPTER]
    answer = await model.complete(PROMPT, dataclasses.replace(SHORT, adapters=(Mix(id=ADAPTER),)))
    assert (answer.text, answer.model) == ("Bitcoin rose.", "litellm/hosted_vllm/any-name")
    await model.complete(PROMPT, SHORT)
    assert [asked["model"] for asked in provider.requests] == [ADAPTER, "any-name"]


async def test_an_adapter_streams_too(provider: Any, model: Model) -> None:
    provider.play, provider.models = words("Bitcoin ", "rose."), ["any-name", ADAPTER]
    sampling = dataclasses.replace(SHORT, adapters=(Mix(id=ADAPTER),))
    pieces = [piece async for piece in model.stream(PROMPT, sampling)]
    assert "".join(piece.text for piece in pieces) == "Bitcoin rose."
    assert provider.requests[0]["model"] == ADAPTER


def unknown(reply: Any) -> None:
    """What a vLLM server answers for a model name it has not loaded."""
    reply.start(404, kind="application/json")
    fault = {"message": f"The model `{ADAPTER}` does not exist.", "type": "NotFoundError"}
    reply.raw(json.dumps({"error": {**fault, "param": "model", "code": 404}}).encode())


@pytest.mark.parametrize("listed", [False, True], ids=["never loaded", "taken away just now"])
async def test_an_adapter_the_server_has_not_loaded_is_refused_and_the_base_still_answers(
    provider: Any, model: Model, listed: bool
) -> None:
    provider.play = unknown if listed else words("The base, whatever the name.")
    provider.models = ["any-name", *([ADAPTER] if listed else [])]
    with pytest.raises(AdapterError, match=ADAPTER) as caught:
        await model.complete(PROMPT, dataclasses.replace(SHORT, adapters=(Mix(id=ADAPTER),)))
    assert f"--lora-modules {ADAPTER}=" in caught.value.hint
    provider.play = words("Bitcoin rose.")
    assert (await model.complete(PROMPT, SHORT)).text == "Bitcoin rose."


@pytest.mark.parametrize(
    "mixture",
    [(Mix(id=ADAPTER, scale=0.5),), (Mix(id=ADAPTER), Mix(id="a_fedcba9876543210"))],
    ids=["half", "two"],
)
async def test_a_mixture_is_refused_before_the_server_hears_of_it(
    provider: Any, model: Model, mixture: tuple[Mix, ...]
) -> None:
    with pytest.raises(AdapterError, match="one whole adapter"):
        await model.complete(PROMPT, dataclasses.replace(SHORT, adapters=mixture))
    assert provider.requests == []


async def test_a_hosted_model_refuses_adapters(provider: Any) -> None:
    opened = await LitellmModels(Settings()).open_model("litellm/openai/any-name")
    with pytest.raises(AdapterError, match="takes no adapters"):
        await opened.complete(PROMPT, dataclasses.replace(SHORT, adapters=(Mix(id=ADAPTER),)))
    assert provider.requests == []
    await opened.close()
