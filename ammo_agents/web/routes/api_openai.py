"""OpenAI's API, with every buddy as a model: ``ammo/you``, ``ammo/coin/bitcoin``.

Answers are grounded and cite their facts. A question about a card that was shown is feedback, as in
any other door; what a client asks by itself (titles, tags, follow-ups) is not, and reaches no buddy.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ammo_agents.app import App
from ammo_agents.errors import AmmoError
from ammo_agents.geometry import unit_rows
from ammo_agents.records import GoalBuddy
from ammo_agents.round.conversation import Said
from ammo_agents.views.talk import CARD, answer, numbered
from ammo_agents.web import background
from ammo_agents.web.here import Here, needs
from ammo_agents.web.openai_shapes import (
    Chat,
    Embed,
    OpenAiRoute,
    WrongError,
    encoded,
    error_body,
    event,
    usage,
)
from ammo_agents.web.refusals import clean, of_error

router = APIRouter(prefix="/v1", route_class=OpenAiRoute, tags=["openai"])
Plain = dict[str, Any]
OWN = "ammo/you"
EMBEDDER = "ammo/metaspace"
"""The MetaSpace's own embedder, under a name that stays when the embedder is another."""
MOST_TEXTS = 256
LONGEST_TEXT = 8000
DONE = "data: [DONE]\n\n"


@router.get("/models")
async def models(here: Annotated[Here, needs("read")]) -> Plain:
    """List every buddy as a model, and the embedder."""
    return {"object": "list", "data": [_model(id) for id in await _ids(here.app)]}


@router.get("/models/{id:path}")
async def model(here: Annotated[Here, needs("read")], id: str) -> Plain:
    """Show one model."""
    if id not in await _ids(here.app):
        raise _unknown(id)
    return _model(id)


@router.post("/embeddings", response_model=None)
async def embeddings(here: Annotated[Here, needs("read")], body: Embed) -> Plain:
    """Place texts in the MetaSpace: unit rows, so that a dot product is a cosine."""
    if body.model not in {EMBEDDER, here.app.settings.embedder}:
        raise _unknown(body.model)
    texts = body.texts(most=MOST_TEXTS, longest=LONGEST_TEXT)
    embedder = await here.app.embedder()
    if body.dimensions not in {None, embedder.dim}:
        raise WrongError(f"this MetaSpace has {embedder.dim} dimensions", param="dimensions")
    rows = unit_rows(await embedder.embed(texts), names=[text[:40] for text in texts])
    read = usage("".join(texts), "")["prompt_tokens"]
    return {
        "object": "list",
        "model": body.model,
        "data": [
            {"object": "embedding", "index": at, "embedding": encoded(row, body.encoding_format)}
            for at, row in enumerate(rows)
        ],
        "usage": {"prompt_tokens": read, "total_tokens": read},
    }


@router.post("/chat/completions", response_model=None)
async def chat(here: Annotated[Here, needs("feedback")], request: Request, body: Chat) -> Response:
    """Answer the last message; a client's own chores are done by rules."""
    body.check()
    buddy = await _asked(here.app, body.model)
    texts = [message.text for message in body.messages]
    kind = background.chore(request.headers, texts)
    if kind is not None:
        pieces = _at_once(background.done(kind, texts))
    else:
        pieces = _pieces(here.app, _question(body, buddy), buddy)
    reply = _Reply(model=body.model, asked="\n".join(texts), at=_seconds(here.app))
    if not body.stream:
        async for piece in pieces:
            reply.take(piece)
        return JSONResponse(reply.whole())
    first = await anext(pieces)  # what is refused before the first word is refused with its status
    counted = body.stream_options is not None and body.stream_options.include_usage
    return StreamingResponse(
        _events(reply, first, pieces, counted=counted),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


@dataclass(slots=True)
class _Reply:
    """One answer on its way out."""

    model: str
    asked: str
    at: int
    text: str = ""
    said: Said | None = None
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")

    def take(self, piece: str | Said) -> str:
        """Keep a piece; return the text it adds."""
        new = _sources(piece) if isinstance(piece, Said) else piece
        if isinstance(piece, Said):
            self.said = piece
        self.text += new
        return new

    def whole(self) -> Plain:
        """Return the answer as one body."""
        message = {"role": "assistant", "content": self.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._frame("chat.completion"),
            "choices": [choice],
            "usage": usage(self.asked, self.text),
            "ammo": self.sources(),
        }

    def chunk(self, delta: Plain, finish: str | None = None) -> Plain:
        """Return one piece of a stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**self._frame("chat.completion.chunk"), "choices": [choice]}

    def count(self) -> Plain:
        """Return the last piece of a stream that was asked for its usage."""
        used = usage(self.asked, self.text)
        return {**self._frame("chat.completion.chunk"), "choices": [], "usage": used}

    def sources(self) -> Plain:
        """Return AMMO's own field: who answered, and the cited facts as data."""
        if self.said is None:
            return {"by": "", "sources": []}
        return {"by": self.said.by, "sources": numbered(self.said.facts)}

    def _frame(self, kind: str) -> Plain:
        return {"id": self.id, "object": kind, "created": self.at, "model": self.model}


async def _events(
    reply: _Reply, first: str | Said, pieces: AsyncIterator[str | Said], *, counted: bool
) -> AsyncIterator[str]:
    yield event(reply.chunk({"role": "assistant", "content": ""}))
    yield event(reply.chunk({"content": reply.take(first)}))
    try:
        async for piece in pieces:
            yield event(reply.chunk({"content": reply.take(piece)}))
    except AmmoError as error:
        refusal = of_error(error)
        yield event(error_body(refusal.status, f"{refusal.detail}. {refusal.fix}"))
        return
    yield event({**reply.chunk({}, "stop"), "ammo": reply.sources()})
    if counted:
        yield event(reply.count())
    yield DONE


async def _pieces(app: App, question: str, buddy: GoalBuddy | None) -> AsyncIterator[str | Said]:
    subspace = None if buddy is None else buddy.subspace
    async for piece in answer(app, question, subspace=subspace):
        yield piece


async def _at_once(text: str) -> AsyncIterator[str | Said]:
    yield text


def _question(body: Chat, buddy: GoalBuddy | None) -> str:
    """Return the person's last words, addressed to the buddy that the model's name stands for."""
    said = next((m.text for m in reversed(body.messages) if m.role == "user"), "").strip()
    if not said:
        raise WrongError("no message of the user holds any words", param="messages")
    words = clean(said)
    if buddy is None or CARD.match(words):
        return words
    return f"@{buddy.id} {words}"


async def _asked(app: App, name: str) -> GoalBuddy | None:
    """Return the Goal Buddy behind a model's name; None = the person's own buddy."""
    if name == OWN:
        return None
    for space in app.plugins.subspaces():
        for buddy in await app.buddies(space):
            if name == f"ammo/{buddy.id}":
                return buddy
    raise _unknown(name)


async def _ids(app: App) -> list[str]:
    found = [b.id for space in app.plugins.subspaces() for b in await app.buddies(space)]
    return [OWN, *(f"ammo/{id}" for id in found), EMBEDDER]


def _model(id: str) -> Plain:
    return {"id": id, "object": "model", "created": 0, "owned_by": "ammo"}


def _unknown(name: str) -> WrongError:
    words = f"there is no model {clean(name)[:80]!r}; see /v1/models"
    return WrongError(words, param="model", status=404)


def _seconds(app: App) -> int:
    return int(app.clock.now().timestamp())


def _sources(said: Said) -> str:
    """Return the numbered sources as the last lines of an answer."""
    if not said.facts:
        return ""
    lines = [f"[{n}] {fact.source.name}, {fact.date}" for n, fact in enumerate(said.facts, start=1)]
    return "\n\nSources:\n" + "\n".join(lines)
