"""The official OpenAI client against a real server: every buddy is a model."""

from __future__ import annotations

import base64
import json

import httpx
import numpy as np
import openai
import pytest
from openai import OpenAI
from running_ammo import Running

from ammo_agents.web.background import chore, done

pytestmark = pytest.mark.timeout(200)  # whole processes start here

CHAT = (
    "<chat_history>\nUSER: why did bitcoin fall so hard today?\nASSISTANT: c_abcde\n</chat_history>"
)
OPEN_WEBUI = {
    "title": "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n",
    "tags": "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n",
    "follow_ups": "### Task:\nSuggest 3-5 relevant follow-up questions or prompts that the user might ask.\n",
    "queries": "### Task:\nAnalyze the chat history to determine the necessity of generating search queries.\n",
    "completion": "### Task:\nYou are an autocompletion system. Continue the text in `<text>`.\n",
}  # fmt: skip
LIBRE_CHAT = (
    "Provide a concise, 5-word-or-less title for the conversation, using its same language.\n\n"
    "Conversation:\nUser: why did bitcoin fall so hard today?\nAI: It fell."
)


@pytest.fixture
def client(up: Running) -> OpenAI:
    return OpenAI(base_url=f"{up.url}/v1", api_key=up.token, max_retries=0)


def asked(words: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": words}]


def test_the_official_client_lists_chats_streams_and_embeds(client: OpenAI, up: Running) -> None:
    ids = [model.id for model in client.models.list()]
    assert ids[0] == "ammo/you"
    assert "ammo/coin/bitcoin" in ids
    assert client.models.retrieve("ammo/coin/bitcoin").owned_by == "ammo"

    whole = client.chat.completions.create(model="ammo/coin/bitcoin", messages=asked("what is it?"))  # type: ignore[arg-type]
    text = whole.choices[0].message.content or ""
    assert "Sources:\n[1] " in text
    assert whole.usage is not None
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    assert whole.model_extra is not None
    assert whole.model_extra["ammo"]["sources"][0]["number"] == 1

    stream = client.chat.completions.create(
        model="ammo/coin/bitcoin",
        messages=asked("what is it?"),  # type: ignore[arg-type]
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(pieces) == text
    assert len(pieces) > 3
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage == whole.usage

    rows = client.embeddings.create(model="ammo/metaspace", input=["bitcoin fell", "a film"])
    places = np.array([item.embedding for item in rows.data])
    plain = client.embeddings.create(
        model="ammo/metaspace", input="bitcoin fell", encoding_format="float"
    )
    assert np.linalg.norm(places, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert plain.data[0].embedding == pytest.approx(places[0], abs=1e-6)
    raw = httpx.post(
        f"{up.url}/v1/embeddings",
        headers=up.headers,
        json={"model": "ammo/metaspace", "input": "bitcoin fell", "encoding_format": "base64"},
    ).json()
    packed = base64.b64decode(raw["data"][0]["embedding"])
    assert np.frombuffer(packed, "<f4") == pytest.approx(places[0], abs=1e-6)


def test_what_is_wrong_raises_the_clients_own_exceptions(client: OpenAI, up: Running) -> None:
    hello = asked("hello")
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4o", messages=hello)  # type: ignore[arg-type]
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("ammo/coin/nobody")
    with pytest.raises(openai.BadRequestError) as many:
        client.chat.completions.create(model="ammo/you", messages=hello, n=2)  # type: ignore[arg-type]
    assert many.value.param == "n"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="ammo/you", messages=[])
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="ammo/you", messages=asked("   "))  # type: ignore[arg-type]
    part = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    with pytest.raises(openai.BadRequestError) as picture:
        client.chat.completions.create(
            model="ammo/you",
            messages=[{"role": "user", "content": [part]}],  # type: ignore[list-item, misc]
        )
    assert "image_url" in picture.value.message
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(
            model="ammo/you",
            messages=asked("@nobody hello"),  # type: ignore[arg-type]
            stream=True,
        )
    for wrong in ([[1, 2]], "", ["a"] * 300):
        with pytest.raises(openai.BadRequestError):
            client.embeddings.create(model="ammo/metaspace", input=wrong)  # type: ignore[arg-type]
    with pytest.raises(openai.BadRequestError) as size:
        client.embeddings.create(model="ammo/metaspace", input="a", dimensions=7)
    assert size.value.param == "dimensions"
    with pytest.raises(openai.AuthenticationError):
        OpenAI(base_url=f"{up.url}/v1", api_key="wrong", max_retries=0).models.list()
    for body in (b"{", b"[" * 5000, b'{"model": "\\ud800", "messages": [1e999]}', b"\xff"):
        answer = httpx.post(
            f"{up.url}/v1/chat/completions",
            content=body,
            headers={**up.headers, "content-type": "application/json"},
        )
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_clients_chores_reach_no_buddy_and_a_question_about_a_card_is_feedback(
    client: OpenAI, up: Running
) -> None:
    card = up.home.json("feed", "-n", "1")["cards"][0]["id"]
    for prompt in (*OPEN_WEBUI.values(), LIBRE_CHAT):
        client.chat.completions.create(model="ammo/you", messages=asked(f"{prompt}{CHAT}"))  # type: ignore[arg-type]
    named = client.chat.completions.create(
        model="ammo/you",
        messages=asked(f"{card} name this"),  # type: ignore[arg-type]
        extra_headers={"X-OpenWebUI-Task": "title_generation"},
    )
    assert "Sources" not in (named.choices[0].message.content or "")
    assert up.events() == 0
    about = client.chat.completions.create(
        model="ammo/you",
        messages=asked(f"{card} tell me more"),  # type: ignore[arg-type]
        temperature=0.2,
        max_tokens=100,
        user="me",
    )
    assert about.choices[0].message.content
    assert up.events() == 1


@pytest.mark.parametrize("kind", OPEN_WEBUI)
def test_open_webuis_prompts_are_known_and_get_the_json_they_read(kind: str) -> None:
    texts = [OPEN_WEBUI[kind] + CHAT]
    assert chore({}, texts) == kind
    answer = json.loads(done(kind, texts))  # type: ignore[arg-type]
    if kind == "title":
        assert answer == {"title": "why did bitcoin fall so"}


def test_librechats_title_is_plain_text() -> None:
    assert chore({}, [LIBRE_CHAT]) == "title"
    assert done("title", [LIBRE_CHAT]) == "why did bitcoin fall so"


@pytest.mark.parametrize(
    "words",
    [
        "what is the title of that film?",
        "write a follow-up question for me",
        "Provide a source for that.",
        "### my notes\nwhy did it fall?",
    ],
)
def test_what_a_person_says_is_no_chore(words: str) -> None:
    assert chore({}, ["hi", words]) is None


def test_any_task_that_open_webui_names_is_a_chore() -> None:
    assert chore({"x-openwebui-task": "moa_response_generation"}, ["hello"]) == "other"
    assert done("other", ["hello"]) == ""
