"""``/api/v1/inbox``: what the inbox page shows, as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from ammo_agents.views import inbox
from ammo_agents.web.here import Here, needs
from ammo_agents.web.routes.api import Body

router = APIRouter(prefix="/api/v1/inbox", tags=["inbox"])
Plain = dict[str, Any]
Reader = Annotated[Here, needs("read")]
Actor = Annotated[Here, needs("feedback")]
Name = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Which = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_]+$")]


class Answer(Body):
    """An answer to a notice."""

    which: Which
    said: Literal["more", "less", "mute", "never"]


class Read(Body):
    """A notice that was read; without one, all of them."""

    which: Which | None = None


class Opened(Body):
    """A notice whose card is to be shown."""

    which: Which


class Rules(Body):
    """When buddies may write first; what is left out stays as it is."""

    proactive: bool | None = None
    quiet_from: str | None = Field(None, pattern=r"^[0-9]{2}:[0-9]{2}$")
    quiet_to: str | None = Field(None, pattern=r"^[0-9]{2}:[0-9]{2}$")
    zone: str | None = Field(None, max_length=64)
    most_a_day: int | None = Field(None, ge=0, le=24)
    never_hours: list[int] | None = Field(None, max_length=24)
    muted: list[Annotated[str, Field(max_length=200)]] | None = Field(None, max_length=1000)


class NewChannel(Body):
    """A channel to add."""

    name: Name
    address: str = Field(min_length=4, max_length=2000)
    events: list[Literal["notice", "card", "feedback"]] = Field(
        ["notice"], min_length=1, max_length=3
    )


class Named(Body):
    """A channel."""

    name: Name


@router.get("")
async def see(here: Reader) -> Plain:
    """The notices with every gate's value, what was held back today, the rules and the channels."""
    return await inbox.inbox(here.app)


@router.post("/answer")
async def answer(here: Actor, body: Answer) -> Plain:
    """Keep an answer; the same answer again changes nothing."""
    found = await inbox.answer(here.app, which=body.which, said=body.said)
    here.server.poke()
    return found


@router.post("/read")
async def read(here: Actor, body: Read) -> Plain:
    """Mark a notice, or all, as read."""
    return await inbox.read(here.app, which=body.which or "")


@router.post("/open")
async def open_card(here: Actor, body: Opened) -> Plain:
    """Present a notice's card, which may be judged from now on."""
    return await inbox.open_notice(here.app, which=body.which)


@router.put("/rules")
async def rules(here: Actor, body: Rules) -> Plain:
    """Keep when buddies may write first."""
    return await inbox.set_rules(here.app, choices=body.model_dump(exclude_none=True))


@router.post("/channels")
async def add_channel(here: Actor, body: NewChannel) -> Plain:
    """Keep an address; a webhook's secret is in this answer and in no other."""
    return await inbox.channel_add(
        here.app,
        name=body.name,
        address=body.address,
        events=body.events,
        owner="admin" in here.grant.scopes,
    )


@router.post("/channels/test")
async def test_channel(here: Actor, body: Named) -> Plain:
    """Send one test message."""
    return await inbox.channel_test(here.app, name=body.name)


@router.post("/channels/remove")
async def remove_channel(here: Actor, body: Named) -> Plain:
    """Forget an address."""
    return await inbox.channel_remove(here.app, name=body.name)
