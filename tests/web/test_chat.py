"""Chat through the web: placeholders, one stream, other people's runs, hostile words (rules 7 and 8, S6, S8)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from ammo_agents.app import App
from ammo_agents.records import PersonId
from ammo_agents.views import chat, feed, replying
from ammo_agents.web.here import Here
from ammo_agents.web.routes import stream
from ammo_agents.web.server import Server

FRAGMENT = {"X-Fragment": "1", "Sec-Fetch-Site": "same-origin"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> [a](javascript:alert(3)) ![x](http://evil.example/p)"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "PAUSE", 0.0)


async def said(you: httpx.AsyncClient, app: App, text: str, thread: str = "you") -> str:
    answer = await you.post("/chat", data={"text": text, "thread": thread}, headers=FRAGMENT)
    assert answer.status_code == 200, answer.text
    run = re.search(r'id="(r_[0-9a-f]+)"', answer.text)
    assert run is not None
    await app.runs.done(run[1])
    return run[1]


async def test_a_message_answers_at_once_with_a_placeholder(
    you: httpx.AsyncClient, app: App
) -> None:
    run = await said(you, app, "How is the supply of coins capped?", "coin/bitcoin")
    page = (await you.get("/chat", params={"with": "coin/bitcoin"})).text
    assert f'id="{run}"' in page
    assert f'href="#src-{run}-1-1"' in page
    assert f'id="src-{run}-1-1"' in page
    assert "What it sees" in page


async def test_without_javascript_the_form_comes_back_to_its_thread(
    you: httpx.AsyncClient,
) -> None:
    answer = await you.post(
        "/chat",
        data={"text": "What is new?", "thread": "coin/bitcoin"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/chat?with=coin%2Fbitcoin#latest"


async def test_hostile_words_are_text(you: httpx.AsyncClient, app: App) -> None:
    await said(you, app, HOSTILE)
    page = (await you.get("/chat")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def events(
    server: Server, person: str, after: int, encode: stream.Encode
) -> AsyncIterator[str]:
    app = server.app.of(PersonId(person))
    grant = (await server.app.ledger.accounts.grants(app.person))[0]
    here = Here(app=app, grant=grant, server=server, secret="x" * 43)
    async for entry in app.runs.follow(app.person, after, kinds=stream.KINDS, quiet=0.05):
        if entry is None:
            return
        for line in await encode(here, entry):
            yield line


async def test_a_stream_taken_up_anywhere_shows_the_same_answer(
    you: httpx.AsyncClient, app: App, server: Server
) -> None:
    run = await said(you, app, "How is the supply of coins capped?", "coin/bitcoin")
    entries = await app.ledger.diary.entries(app.person, topic=run)
    whole = "".join(e.body["delta"] for e in entries if e.body["type"] == "TEXT_MESSAGE_CONTENT")
    assert whole
    for cut in entries:
        before = "".join(
            e.body["delta"]
            for e in entries
            if e.seq <= cut.seq and e.body["type"] == "TEXT_MESSAGE_CONTENT"
        )
        got = [e async for e in events(server, "you", cut.seq, stream.as_json)]
        deltas = [json.loads(e.split("data: ", 1)[1])["delta"] for e in got if '"delta"' in e]
        assert before + "".join(deltas) == whole


async def test_the_noted_chip_is_in_the_stream_before_the_answer_ends(
    you: httpx.AsyncClient, app: App, server: Server
) -> None:
    last = await app.ledger.diary.last(app.person)
    await said(you, app, "less price talk please")
    got = [e async for e in events(server, "you", last, stream.as_page)]
    noted = next(n for n, e in enumerate(got) if "Noted: less price talk" in e)
    answered = next(n for n, e in enumerate(got) if 'class="bubble-body prose"' in e)
    assert noted < answered
    feedback = re.search(r'name="feedback" value="(b_[a-z0-9]+)"', got[noted])
    assert feedback is not None
    form = {"feedback": feedback[1], "thread": "you"}
    back = await you.post("/chat/take-back", data=form, headers=FRAGMENT)
    assert "Taken back" in back.text
    assert (await feed.you(app))["events"] == 0


async def test_one_person_never_sees_the_stream_of_another(
    you: httpx.AsyncClient, app: App, server: Server, come
) -> None:
    bea = await come("bea")
    await said(you, app, "canary of mine")
    await bea.post("/chat", data={"text": "canary of bea", "thread": "you"}, headers=FRAGMENT)
    for run in app.of(PersonId("bea")).runs.live(PersonId("bea")):
        await app.runs.done(run.id)
    for person, other in (("you", "canary of bea"), ("bea", "canary of mine")):
        for encode in (stream.as_json, stream.as_page):
            got = "".join([e async for e in events(server, person, 0, encode)])
            assert got
            assert other not in got
    assert "canary of mine" not in (await bea.get("/chat")).text


async def test_other_peoples_runs_are_not_found(you: httpx.AsyncClient, app: App, come) -> None:
    run = await said(you, app, "What is new about Bitcoin?")
    bea = await come("bea")
    for path in ("/chat/stop", "/chat/retry"):
        answer = await bea.post(path, data={"run": run}, headers=FRAGMENT)
        assert answer.status_code == 404
    api = await come("bea", bearer=True)
    for path in ("stop", "retry"):
        answer = await api.post(f"/api/v1/chat/{path}", json={"run": run})
        assert answer.status_code == 404


async def test_a_card_is_shown_shorter_and_the_page_keeps_it(
    you: httpx.AsyncClient, app: App
) -> None:
    card = (await feed.slate(app))["cards"][0]["id"]
    await said(you, app, "only the numbers", card)
    page = (await you.get("/chat", params={"card": card})).text
    assert "session rendering: Only the numbers" in page
    assert "As written" in page


async def test_the_api_says_the_same_as_the_page(come, app: App) -> None:
    api = await come(bearer=True)
    sent = (await api.post("/api/v1/chat", json={"text": "What is new about Bitcoin?"})).json()
    await app.runs.done(sent["run"])
    found = (await api.get("/api/v1/chat/thread")).json()
    assert found == json.loads(json.dumps(await chat.thread(app, thread="you")))
    assert (await api.get("/api/v1/chat")).json()["threads"][0]["thread"] == "you"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x" * 5_000}, 422),
        ({"text": "hi", "thread": "coin/nobody-there"}, 404),
        ({"text": "hi", "thread": "c_aaaaaaaaaaaa"}, 404),
        ({"text": "hi", "thread": "nowhere/bitcoin"}, 404),
        ({"text": "hi", "person": "other"}, 422),
    ],
)
async def test_bad_messages_are_refused(come, body: dict, status: int) -> None:
    api = await come(bearer=True)
    answer = await api.post("/api/v1/chat", json=body)
    assert answer.status_code == status, answer.text


async def test_the_stream_ends_with_the_server(
    server: Server, app: App, you: httpx.AsyncClient
) -> None:
    grant = (await app.ledger.accounts.grants(app.person))[0]
    here = Here(app=app, grant=grant, server=server, secret="x" * 43)
    answer = await stream.fragments(here, after=None, last="")
    lines = answer.body_iterator
    assert "retry: 1000" in await anext(lines)
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)
    server.stopping.set()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_the_stream_ends_with_the_session(
    server: Server, app: App, you: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "QUIET", 0.01)
    grant = (await app.ledger.accounts.grants(app.person))[0]
    here = Here(app=app, grant=grant, server=server, secret="a secret nobody has")
    answer = await stream.events(here, after=None, last="12")
    got = [line async for line in answer.body_iterator]
    assert got[-1].startswith("event: over")
