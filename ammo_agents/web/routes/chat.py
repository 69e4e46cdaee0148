"""Chat: threads, one talk, saying something, Stop, Retry, and taking back what was noted."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, Response

from ammo_agents.views import chat
from ammo_agents.web import bubbles
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Here, needs("read")]
Speaker = Annotated[Here, needs("feedback")]
Name = Annotated[str, Query(max_length=200)]
Thread = Annotated[str, Form(max_length=200)]
RunId = Annotated[str, Form(max_length=64)]


@router.get("/chat")
async def talk(
    request: Request,
    here: Reader,
    with_: Annotated[str, Query(alias="with", max_length=200)] = "",
    card: Name = "",
    before: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
) -> Response:
    """Show a talk: with your own buddy, with any Goal Buddy, or about a card."""
    found = await chat.thread(here.app, thread=card or with_ or "you", before=before)
    listed = await chat.threads(here.app)
    turns = [bubbles.turn(one) for one in found["turns"]]
    context: dict[str, Any] = {
        "talk": {**found, "turns": turns},
        "threads": listed["threads"],
        "key": uuid.uuid4().hex,
        "before": before,
    }
    return await page(request, here, "chat.html", nav="chat", **context)


@router.post("/chat")
async def say(
    request: Request,
    here: Speaker,
    text: Annotated[str, Form(max_length=8_000)] = "",
    thread: Thread = "you",
    key: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Keep a message and answer at once with the place of its answer; the page's stream carries it."""
    sent = await chat.send(here.app, thread=thread, text=text, key=key)
    mine = {"message": {"id": sent["message"], "run": sent["run"], "text": sent["text"]}}
    parts = [("parts/mine.html", {**mine, "into": bubbles.place(sent["thread"])})]
    if not sent["cut_in"]:
        blank = bubbles.blank(sent["thread"], sent["run"])
        parts.append(("parts/turn.html", {"turn": blank}))
    parts.append(("parts/key.html", {"key": uuid.uuid4().hex}))
    return fragments(request, here, *parts, to=_to(sent["thread"]))


@router.post("/chat/stop")
async def stop(request: Request, here: Speaker, run: RunId, thread: Thread = "you") -> Response:
    """Stop an answer; what was said is kept."""
    await chat.stop(here.app, run=run)
    shown = bubbles.turn(await chat.turn(here.app, run=run))
    return fragments(request, here, ("parts/turn.html", {"turn": shown}), to=_to(thread))


@router.post("/chat/retry")
async def retry(request: Request, here: Speaker, run: RunId) -> Response:
    """Answer the same words again."""
    again = await chat.retry(here.app, run=run)
    blank = bubbles.blank(again["thread"], again["run"])
    status = {"turn": {**bubbles.blank(again["thread"], run), "state": "finished"}}
    parts = (("parts/turn_status.html", status), ("parts/turn.html", {"turn": blank}))
    return fragments(request, here, *parts, to=_to(again["thread"]))


@router.post("/chat/take-back")
async def take_back(
    request: Request,
    here: Speaker,
    feedback: RunId,
    thread: Thread = "you",
    not_me: Annotated[Literal["", "true"], Form()] = "",
) -> Response:
    """Take back what a message taught."""
    taken = await chat.take_back(here.app, thread=thread, feedback=feedback, not_me=bool(not_me))
    noted = {
        "feedback": feedback,
        "thread": taken["thread"],
        "text": taken["topic"],
        "state": "not_me" if not_me else "taken_back",
    }
    return fragments(request, here, ("parts/noted.html", {"noted": noted}), to=_to(taken["thread"]))


@router.post("/chat/prefer")
async def prefer(
    request: Request, here: Speaker, run: RunId, which: Annotated[str, Form(max_length=8)]
) -> Response:
    """Say which of two answers is better."""
    kept = await chat.prefer(here.app, run=run, which=which)
    choice = {"run": run, "which": which, "one": "", "two": ""}
    return fragments(
        request, here, ("parts/choice.html", {"choice": choice}), to=_to(kept["thread"])
    )


def _to(thread: str) -> str:
    if thread == "you":
        return "/chat#latest"
    query = urlencode({"card" if thread.startswith("c_") else "with": thread})
    return f"/chat?{query}#latest"
