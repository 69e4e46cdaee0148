"""``/api/v1/chat``: talks as JSON, and what each buddy saw. The stream of a run is `/api/v1/runs/stream`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from ammo_agents.views import chat, sights
from ammo_agents.web.here import Here, needs

router = APIRouter(prefix="/api/v1", tags=["chat"])
Plain = dict[str, Any]
Reader = Annotated[Here, needs("read")]
Speaker = Annotated[Here, needs("feedback")]
Thread = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9_@./-]*$")]
Run = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Body(BaseModel):
    """A JSON body: nothing it does not know."""

    model_config = ConfigDict(extra="forbid")


class Message(Body):
    """Something said in a thread: ``you``, a buddy's id, or a card's id."""

    text: str = Field(min_length=1, max_length=4000)
    thread: Thread = "you"
    key: str = Field("", max_length=64)


class OfRun(Body):
    """A run of this person."""

    run: Run


class TakenBack(Body):
    """Something noted that is taken back."""

    feedback: Run
    thread: Thread = "you"
    not_me: bool = False


class Preferred(Body):
    """Which of two answers is better."""

    run: Run
    which: Literal["1", "2", "same", "skip"]


@router.get("/chat")
async def threads(here: Reader) -> Plain:
    """The person's talks, the newest first."""
    return await chat.threads(here.app)


@router.get("/chat/thread")
async def thread(
    here: Reader,
    thread: Annotated[str, Query(max_length=200, pattern=r"^[A-Za-z0-9_@./-]*$")] = "you",
    before: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
) -> Plain:
    """One talk as turns; `last` is what the stream goes on from."""
    return await chat.thread(here.app, thread=thread, before=before)


@router.get("/chat/openers")
async def openers(here: Reader) -> Plain:
    """Three questions to begin with."""
    return await chat.openers(here.app)


@router.post("/chat")
async def send(here: Speaker, body: Message) -> Plain:
    """Keep a message and begin its answer; the same key is one message."""
    return await chat.send(here.app, thread=body.thread, text=body.text, key=body.key)


@router.post("/chat/stop")
async def stop(here: Speaker, body: OfRun) -> Plain:
    """Stop an answer."""
    return await chat.stop(here.app, run=body.run)


@router.post("/chat/retry")
async def retry(here: Speaker, body: OfRun) -> Plain:
    """Answer the same words again."""
    return await chat.retry(here.app, run=body.run)


@router.post("/chat/take-back")
async def take_back(here: Speaker, body: TakenBack) -> Plain:
    """Take back what a message taught."""
    return await chat.take_back(
        here.app, thread=body.thread, feedback=body.feedback, not_me=body.not_me
    )


@router.post("/chat/prefer")
async def prefer(here: Speaker, body: Preferred) -> Plain:
    """Say which of two answers is better."""
    return await chat.prefer(here.app, run=body.run, which=body.which)


@router.get("/sights")
async def seen(
    here: Reader,
    buddy: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_@./-]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Plain:
    """What buddies saw in their newest model calls."""
    return await sights.sights(here.app, buddy=buddy, limit=limit)


@router.get("/sights/{seq}")
async def sight(here: Reader, seq: Annotated[int, Path(ge=1, lt=2**62)]) -> Plain:
    """One model call, part by part."""
    return await sights.sight(here.app, seq=seq)
