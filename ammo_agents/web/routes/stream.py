"""The one event stream of a page: what happens to a person, as fragments for the page or as JSON (rule 8).

A stream is a view of the diary: it begins after `?after=` or `Last-Event-ID`, whichever is later, and each
event carries its number. It ends with the session and with the server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import StreamingResponse

from ammo_agents.errors import NotFoundError
from ammo_agents.ports import Entry
from ammo_agents.round import login
from ammo_agents.round import runs as said
from ammo_agents.views import chat, inbox
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.threads import KIND, message, party_of, sources_of
from ammo_agents.web import bubbles
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import filled

router = APIRouter()
Reader = Annotated[Here, needs("read")]
After = Annotated[int | None, Query(ge=0, lt=2**62)]
LastId = Annotated[str, Header(alias="Last-Event-ID", max_length=32)]
QUIET = 5.0
"""Seconds without an event after which a comment keeps the line open, and the session is looked at again."""
KINDS = (said.KIND, KIND, "notice")
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Encode = Callable[[Here, Entry], Awaitable[list[str]]]


@router.get("/runs/stream", include_in_schema=False, response_class=StreamingResponse)
async def fragments(here: Reader, after: After = None, last: LastId = "") -> StreamingResponse:
    """Stream what happens as fragments of the page."""
    return await _streamed(here, after, last, as_page)


@router.get("/api/v1/runs/stream", tags=["chat"], response_class=StreamingResponse)
async def events(here: Reader, after: After = None, last: LastId = "") -> StreamingResponse:
    """Stream what happens as JSON events named after AG-UI; `id:` is what `?after=` takes."""
    return await _streamed(here, after, last, as_json)


async def _streamed(here: Here, after: int | None, last: str, encode: Encode) -> StreamingResponse:
    begin = max(after or 0, int(last) if last.isascii() and last.isdigit() else 0)
    if after is None and not last:
        begin = await here.app.ledger.diary.last(here.app.person)
    return StreamingResponse(
        _lines(here, begin, encode), media_type="text/event-stream", headers=HEADERS
    )


async def _lines(here: Here, after: int, encode: Encode) -> AsyncIterator[str]:
    yield "retry: 1000\n: begun\n\n"
    entries = here.app.runs.follow(here.app.person, after, kinds=KINDS, quiet=QUIET)
    stopping = asyncio.ensure_future(here.server.stopping.wait())
    coming = asyncio.ensure_future(anext(entries))
    try:
        while True:
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            entry = coming.result()
            if entry is None and not await still_in(here):
                yield "event: over\ndata: the session has ended\n\n"
                return
            for line in [": still here\n\n"] if entry is None else await encode(here, entry):
                yield line
            coming = asyncio.ensure_future(anext(entries))
    finally:
        # Whoever left has cancelled this very task: what is to be closed is closed beside it.
        stopping.cancel()
        here.server.spawn(_closed(coming, entries))


async def _closed(
    coming: asyncio.Future[Entry | None], entries: AsyncGenerator[Entry | None, None]
) -> None:
    """End a stream's reading of the diary."""
    coming.cancel()
    await asyncio.wait({coming})
    if not coming.cancelled():
        coming.exception()
    await entries.aclose()


async def still_in(here: Here) -> bool:
    """Return whether the session of a stream still stands."""
    accounts, now = here.app.ledger.accounts, here.app.clock.now()
    return await login.granted(accounts, here.secret, now) is not None


def event(seq: int, name: str, data: str) -> str:
    """Return one event of a stream; a text of several lines is as many `data` lines."""
    lines = "\n".join(f"data: {line}" for line in data.replace("\r", "").split("\n"))
    return f"id: {seq}\nevent: {name}\n{lines}\n\n"


async def as_json(_: Here, entry: Entry) -> list[str]:
    """Return an entry as one JSON event."""
    body: dict[str, Any] = {
        **entry.body,
        "seq": entry.seq,
        "kind": entry.kind,
        "topic": entry.topic,
        "at": entry.at.isoformat(),
    }
    name = str(entry.body.get("type", entry.kind))
    return [event(entry.seq, name, json.dumps(body, ensure_ascii=True))]


async def as_page(here: Here, entry: Entry) -> list[str]:
    """Return what an entry changes on a page."""
    if entry.kind == "notice":
        count = await inbox.unread(here.app)
        return [event(entry.seq, "unread", str(count))]
    if entry.kind == KIND:
        return await _message(here, entry)
    kind = str(entry.body["type"])
    if kind == said.PIECE:
        piece = {"message": entry.body["message"], "delta": entry.body["delta"]}
        return [event(entry.seq, "piece", json.dumps(piece))]
    if kind == said.STEP:
        step = {"run": entry.topic, "step": entry.body.get("step", "")}
        return [event(entry.seq, "step", json.dumps(step))]
    if kind in PAGES:
        return await PAGES[kind](here, entry)
    return []


async def _message(here: Here, entry: Entry) -> list[str]:
    """A whole message: it takes the place of what was streamed."""
    role, run = entry.body["role"], str(entry.body.get("run", ""))
    shown = message(entry, await sources_of(here.app, [entry]))
    if role == "person":
        context = {"message": shown, "into": bubbles.place(entry.topic)}
        return [event(entry.seq, "html", filled(here, "parts/mine.html", **context))]
    if role == "buddy":
        context = {"message": bubbles.bubble(shown), "into": f"{run}-turns"}
        return [event(entry.seq, "html", filled(here, "parts/message.html", **context))]
    return []


async def _started(here: Here, entry: Entry) -> list[str]:
    if "thread" not in entry.body:
        return []
    blank = bubbles.blank(str(entry.body["thread"]), entry.topic)
    return [event(entry.seq, "html", filled(here, "parts/turn.html", turn=blank))]


async def _opened(here: Here, entry: Entry) -> list[str]:
    about = entry.body
    blank = {
        "id": about["message"],
        "by": about.get("by", ""),
        "buddy": about.get("buddy", ""),
        "text": "",
        "model": "",
        "state": "writing",
    }
    context = {"message": blank, "into": f"{entry.topic}-turns", "once": True}
    return [event(entry.seq, "html", filled(here, "parts/message.html", **context))]


async def _custom(here: Here, entry: Entry) -> list[str]:
    name, value, into = entry.body["name"], entry.body["value"], f"{entry.topic}-turns"
    if name == "noted":
        html = filled(here, "parts/noted.html", noted=value, into=into)
    elif name == "choice":
        html = filled(here, "parts/choice.html", choice=value, into=into)
    elif name == "rendering":
        creation = (await party_of(here.app, value["card"])).creation
        if creation is None:
            return []
        shown = {**card_of(creation), "rendering": value["rendering"]}
        html = filled(here, "parts/shown_card.html", card=shown)
    else:
        return []
    return [event(entry.seq, "html", html)]


async def _over(here: Here, entry: Entry) -> list[str]:
    """Everything of the turn is known now: it is rendered once more, whole."""
    try:
        shown = bubbles.turn(await chat.turn(here.app, run=entry.topic))
    except NotFoundError:  # no talk, or its message is older than a page
        return []
    return [event(entry.seq, "html", filled(here, "parts/turn.html", turn=shown))]


PAGES: dict[str, Encode] = {
    said.STARTED: _started,
    said.TEXT: _opened,
    said.CUSTOM: _custom,
    said.FINISHED: _over,
    said.ERROR: _over,
}
