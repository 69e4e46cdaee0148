"""``/api/v1``: what the pages show, as JSON. Each route is one view."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from ammo_agents.views import asking, feed, house, profiles, shelf, sitting, talk
from ammo_agents.web.here import Here, needs

router = APIRouter(prefix="/api/v1", tags=["pages"])
Plain = dict[str, Any]
Reader = Annotated[Here, needs("read")]
Actor = Annotated[Here, needs("feedback")]
Owner = Annotated[Here, needs("admin")]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_@./-]+$")]
Space = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_-]*$")]
CardId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_]+$")]


class Body(BaseModel):
    """A JSON body: nothing it does not know, no number that is none."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=False)


class Act(Body):
    """One act about a card of the feed."""

    act: Id
    card: Id
    note: str = Field("", max_length=4000)
    key: str = Field("", max_length=200)


class Undo(Body):
    """An act to take back."""

    feedback: Id


class Choice(Body):
    """One choice of the person."""

    name: Id
    value: str | int | float | bool | list[str | int] = Field(union_mode="smart")


class Question(Body):
    """A question to a buddy."""

    words: str = Field(min_length=1, max_length=4000)


class Line(Body):
    """A believed line, or an act."""

    line: Id


@router.get("/sitting")
async def see_sitting(here: Reader) -> Plain:
    """The standing sitting; a new one is begun with POST."""
    return await sitting.standing(here.app)


@router.post("/sitting")
async def begin_sitting(here: Actor) -> Plain:
    """Begin a sitting, or go on with the one that stands."""
    return await sitting.sitting(here.app)


@router.post("/sitting/again")
async def another_sitting(here: Actor) -> Plain:
    """Begin another sitting now."""
    return await sitting.again(here.app)


@router.post("/sitting/more")
async def one_more(here: Actor) -> Plain:
    """Fill the next slot."""
    return await sitting.more(here.app)


@router.post("/sitting/act")
async def act_on(body: Act, here: Actor) -> Plain:
    """Keep an act: its receipt and the next card."""
    return await sitting.act(here.app, act=body.act, card=body.card, note=body.note, key=body.key)


@router.post("/sitting/undo")
async def take_back(body: Undo, here: Actor) -> Plain:
    """Take an act back."""
    return await sitting.undo(here.app, feedback=body.feedback)


@router.get("/peek/{card}")
async def peek_at(
    card: CardId, here: Reader, act: Annotated[str, Query(max_length=64)] = "like"
) -> Plain:
    """Which cards would come next after an act."""
    return await sitting.peek(here.app, card=card, act=act)


@router.get("/coming")
async def coming(here: Reader, n: Annotated[int, Query(ge=1, le=20)] = 8) -> Plain:
    """Which cards would come next now."""
    return await sitting.coming(here.app, n=n)


@router.get("/why/{card}")
async def explain(card: CardId, here: Reader) -> Plain:
    """The exact sum behind a card."""
    return await feed.why(here.app, card=card)


@router.get("/you")
async def see_you(here: Reader, subspace: Space = None) -> Plain:
    """What is believed about you, with the acts behind it."""
    return await feed.you(here.app, subspace=subspace or None)


@router.get("/events")
async def see_events(here: Reader, subspace: Space = None) -> Plain:
    """Every standing act, in order."""
    return await feed.events(here.app, subspace=subspace or None)


@router.post("/you/forget")
async def forget_line(body: Line, here: Actor) -> Plain:
    """Take back every act behind a line."""
    return await asking.forget_belief(here.app, line=body.line)


@router.get("/profile")
async def see_profile(here: Reader) -> Plain:
    """What you chose, with what differs from the default."""
    return await profiles.show(here.app)


@router.post("/profile")
async def choose(body: Choice, here: Actor) -> Plain:
    """Choose one thing."""
    return await profiles.choose(here.app, name=body.name, value=body.value)


@router.post("/ask")
async def ask(body: Question, here: Actor) -> Plain:
    """Ask your buddy, or another: ``@bitcoin why did it fall?``."""
    return await talk.ask(here.app, words=body.words)


@router.get("/subspaces")
async def see_subspaces(here: Reader) -> Plain:
    """Installed subspaces."""
    return await shelf.subspaces(here.app)


@router.get("/buddies")
async def see_buddies(here: Reader, subspace: Space = None) -> Plain:
    """Goal Buddies of a subspace."""
    return await shelf.buddies(here.app, subspace=subspace or None)


@router.get("/buddies/{name:path}")
async def see_buddy(name: Annotated[str, Path(max_length=120)], here: Reader) -> Plain:
    """One Goal Buddy."""
    space, slash, slug = name.partition("/")
    return await shelf.buddy(
        here.app, name=slug if slash else name, subspace=space if slash else None
    )


@router.get("/facts/{id}")
async def see_fact(id: CardId, here: Reader) -> Plain:
    """One fact with its numbers and its source."""
    return await shelf.fact(here.app, id=id)


@router.get("/status")
async def see_status(here: Reader) -> Plain:
    """What runs, what it cost today, and what leaves this machine."""
    return await house.status(here.app)


@router.get("/doctor")
async def see_doctor(here: Owner) -> Plain:
    """Every check of the house."""
    return await house.doctor(here.app)


@router.get("/openapi.json", include_in_schema=False)
async def schema(request: Request, here: Reader) -> JSONResponse:  # noqa: ARG001 - only who is logged in reads it
    """The OpenAPI description of everything here."""
    return JSONResponse(request.app.openapi())
