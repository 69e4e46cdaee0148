"""The small parts under the litellm models: cards, breaker, thread, lazy import."""

import asyncio
import gc
import subprocess
import sys
import threading
import warnings
from collections.abc import AsyncIterator

import pytest
from ammo_litellm.answers import is_strict
from ammo_litellm.aside import Aside
from ammo_litellm.breaker import Breaker
from ammo_litellm.handed import Threads
from ammo_litellm.known import capability_of, cards, is_loopback, provider_of

from ammo_agents.errors import ModelCrashedError

LIGHT = """
import sys
from ammo_agents.hooks import load_plugins
from ammo_agents.settings import Settings
models = load_plugins(Settings(plugins=("litellm",))).models()
print(len(models[0].cards()), *(name for name in ("litellm", "openai", "httpx", "jsonschema") if name in sys.modules))
"""


def test_naming_the_models_imports_no_litellm() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, timeout=50)  # fmt: skip
    assert done.stdout.split() == [str(len(cards()))]


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("ollama_chat/qwen3:0.6b", "small"),
        ("ollama_chat/smollm2:135m", "tiny"),
        ("ollama_chat/qwen3:1.7b", "small"),
        ("hosted_vllm/Qwen/Qwen3-8B", "large"),
        ("groq/llama-3.3-70b-versatile", "large"),
        ("gpt-5-mini", "large"),
        ("gpt-4o", "large"),
    ],
)
def test_what_a_model_can_do_is_guessed_from_its_name(name: str, capability: str) -> None:
    assert capability_of(name) == capability


@pytest.mark.parametrize(
    ("name", "provider"),
    [("gpt-5-mini", "openai"), ("claude-haiku-4-5", "anthropic"), ("hosted_vllm/a/b", "hosted_vllm"), ("what", "")],
)  # fmt: skip
def test_the_provider_is_read_from_the_name(name: str, provider: str) -> None:
    assert provider_of(name) == provider


@pytest.mark.parametrize(
    ("base", "here"),
    [
        ("http://localhost:11434", True),
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]:8000", True),
        ("http://127.models.example", False),
        ("https://localhost.example.org", False),
        ("", False),
    ],
)
def test_only_an_address_of_this_machine_is_local(base: str, here: bool) -> None:
    assert is_loopback(base) == here


def test_cards_have_ids_of_their_own_and_a_price_or_an_owner() -> None:
    ids = [card.id for card in cards()]
    assert len(set(ids)) == len(ids)
    assert all(card.id.startswith("litellm/") for card in cards())
    assert all(card.price_in > 0 or card.local for card in cards())


def test_a_breaker_opens_after_four_faults_in_a_row_and_tries_again_after_its_rest() -> None:
    now = [0.0]
    breaker = Breaker("somebody", faults=4, rest_s=30.0, seconds=lambda: now[0])
    for _ in range(3):
        breaker.failed()
    breaker.worked()
    for _ in range(4):
        breaker.check()
        breaker.failed()
    with pytest.raises(ModelCrashedError, match="left alone for 30 s"):
        breaker.check()
    now[0] = 31.0
    breaker.check()  # one call may try
    with pytest.raises(ModelCrashedError):
        breaker.check()  # the others wait for what it finds
    breaker.worked()
    breaker.check()


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "string"}, True),
        ({"type": "object", "properties": {"a": {}}}, False),
        ({"properties": {"a": {}}, "required": ["a"], "additionalProperties": False}, True),
        ({"type": "array", "items": {"properties": {"a": {}}}}, False),
    ],
)
def test_only_closed_schemas_are_sent_as_strict(schema: dict[str, object], strict: bool) -> None:
    assert is_strict(schema) == strict


async def _nothing() -> None:
    return None


async def test_what_blocks_aside_does_not_block_here() -> None:
    aside = Aside(_nothing)
    aside.enter()
    inside, outside = threading.Event(), threading.Event()

    async def block() -> bool:
        inside.set()
        return outside.wait(20)

    blocked = asyncio.create_task(aside.run(block()))
    while not inside.is_set():  # noqa: ASYNC110 - the event is a thread's
        await asyncio.sleep(0.005)
    outside.set()  # this loop runs, or the other would wait in vain
    assert await blocked
    await aside.leave()


async def test_the_last_guest_takes_the_thread_along_and_a_new_one_starts_another() -> None:
    aside = Aside(_nothing)

    def alive() -> list[str]:
        return [t.name for t in threading.enumerate() if t.name == "ammo-litellm"]

    before = len(alive())
    for _ in range(2):
        aside.enter()
        aside.enter()
        assert await aside.run(asyncio.sleep(0, "there")) == "there"
        await aside.leave()
        assert len(alive()) == before + 1
        await aside.leave()
        assert len(alive()) == before


async def test_a_stream_from_aside_keeps_its_order_and_its_deadline() -> None:
    aside = Aside(_nothing)
    aside.enter()

    async def count() -> AsyncIterator[int]:
        for n in range(100):
            yield n
        await asyncio.sleep(60)

    seen: list[int] = []

    async def listen() -> None:
        async for n in aside.stream(count(), lambda: 30.0 if len(seen) < 100 else 0.05):
            seen.append(n)  # noqa: PERF401 - kept although the stream breaks

    with pytest.raises(TimeoutError):
        await listen()
    assert seen == list(range(100))
    await aside.leave()


async def test_a_coroutine_that_nobody_fetches_is_closed_and_a_fetched_one_runs() -> None:
    async def answer() -> int:
        return 7

    loop, threads = asyncio.get_running_loop(), Threads(max_workers=1)
    fetched = await loop.run_in_executor(threads, lambda: answer())
    assert await fetched == 7
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        await loop.run_in_executor(threads, lambda: answer())
        gc.collect()
    threads.shutdown(wait=False)
    assert heard == []
