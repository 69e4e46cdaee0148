"""The promises of the ports, kept over litellm by an honest provider on the loopback."""

import itertools
import json
import zlib
from typing import Any

import pytest
from ammo_litellm.provider import LitellmModels

from ammo_agents.settings import Settings
from ammo_agents.testing import check_embedder, check_model

# Warnings of litellm's own, which it hides at its import and the suite's filters show again.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Accessing the .* attribute on the instance is deprecated"),
    pytest.mark.filterwarnings("ignore:Item .* is using the `ReadOnly` qualifier"),
    pytest.mark.filterwarnings("ignore:.*conflict with protected namespace"),
]
CONTEXT = 8_192
DIM = 64


def speak(reply: Any) -> None:
    """Answer as a model whose tokens are words, that keeps to max_tokens and to a schema."""
    read = sum(len(m["content"].split()) for m in reply.body["messages"])
    if read > CONTEXT:
        reply.start(status=400, kind="application/json")
        reply.raw(b'{"error": {"message": "context length exceeded"}}')
        return
    tokens = ["The ", "sea ", "is ", "calm ", "today."]
    if "response_format" in reply.body:
        tokens = ['{"mood": ', '"calm", ', '"waves": ', "3", "}"]
    allowed = tokens[: reply.body["max_tokens"]]
    reply.start()
    for token in allowed:
        reply.delta(token)
    reply.delta(finish="stop" if len(allowed) == len(tokens) else "length")
    reply.usage(read, len(allowed))
    reply.event("[DONE]")


def place(reply: Any) -> None:
    """Place a text by its words."""
    rows = []
    for text in reply.body["input"]:
        row = [1e-3] * DIM
        for word in text.lower().split():
            row[zlib.crc32(word.encode()) % DIM] += 1.0
        rows.append(row)
    data = [
        {"object": "embedding", "index": i, "embedding": r} for i, r in zip(itertools.count(), rows)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    reply.start(kind="application/json")
    reply.raw(json.dumps({"object": "list", "data": data, "model": "m", "usage": usage}).encode())


@pytest.mark.parametrize("name", ["hosted_vllm/honest", "openai/honest"])
async def test_a_model_keeps_its_promises(provider: Any, name: str) -> None:
    provider.play = speak
    model = await LitellmModels(Settings()).open_model(f"litellm/{name}")
    object.__setattr__(model.card, "context", CONTEXT)  # as a small server's
    assert len(await check_model(model)) >= 9
    await model.close()


@pytest.mark.parametrize("name", ["hosted_vllm/honest", "openai/honest"])
async def test_an_embedder_keeps_its_promises(provider: Any, name: str) -> None:
    provider.play = place
    embedder = await LitellmModels(Settings()).open_embedder(f"litellm/{name}")
    assert len(await check_embedder(embedder)) == 6
    await embedder.close()
