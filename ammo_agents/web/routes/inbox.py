"""The inbox: what buddies wrote first and why, what they held back, the rules, and the channels out of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents.errors import AmmoError
from ammo_agents.views import inbox
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Plain = dict[str, Any]
Reader = Annotated[Here, needs("read")]
Actor = Annotated[Here, needs("feedback")]
Word = Annotated[str, Form(max_length=64)]
LINE = 2_000
"""Letters of an address line."""
EVENTS = ("notice", "card", "feedback")


@router.get("/inbox")
async def see(request: Request, here: Reader) -> Response:
    """Show the inbox; looking changes nothing."""
    return await _page(request, here)


@router.post("/inbox/answer")
async def answer(request: Request, here: Actor, which: Word, said: Word) -> Response:
    """Keep an answer: more, less, mute its buddy, or never at this time."""
    found = await inbox.answer(here.app, which=which, said=said)
    here.server.poke()
    words = found["receipt"].partition(" Undo: ammo ")[0]  # that is how the terminal says it
    return await _changed(request, here, found, words)


@router.post("/inbox/open")
async def open_card(here: Actor, which: Word) -> Response:
    """Present a notice's card, so that it can be judged, and go to it."""
    found = await inbox.open_notice(here.app, which=which)
    to = f"/card/{found['card']}" if found["card"] else f"/inbox#{found['id']}"
    return RedirectResponse(to, status_code=303)


@router.post("/inbox/read")
async def read(here: Actor) -> Response:
    """Mark everything as read."""
    await inbox.read(here.app)
    return RedirectResponse("/inbox", status_code=303)


@router.post("/inbox/rules")
async def rules(
    here: Actor,
    quiet_from: Annotated[str, Form(max_length=8)],
    quiet_to: Annotated[str, Form(max_length=8)],
    zone: Word,
    most_a_day: Annotated[int, Form(ge=0, le=24)],
    proactive: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Keep when and how often buddies may write first."""
    choices = {
        "proactive": bool(proactive),
        "quiet_from": quiet_from[:5],
        "quiet_to": quiet_to[:5],
        "zone": zone.strip(),
        "most_a_day": most_a_day,
    }
    await inbox.set_rules(here.app, choices=choices)
    return RedirectResponse("/inbox#rules", status_code=303)


@router.post("/inbox/allow")
async def allow(
    here: Actor,
    buddy: Annotated[str, Form(max_length=200)] = "",
    hour: Annotated[int, Form(ge=-1, le=23)] = -1,
) -> Response:
    """Let a muted buddy write again, or open an hour that was closed."""
    allow: dict[str, list[Any]] = {
        "muted": [buddy] if buddy else [],
        "never_hours": [hour] if hour >= 0 else [],
    }
    await inbox.set_rules(here.app, choices={}, allow=allow)
    return RedirectResponse("/inbox#rules", status_code=303)


@router.post("/inbox/channels")
async def add_channel(
    request: Request,
    here: Actor,
    name: Word,
    address: Annotated[str, Form(max_length=LINE)],
    events: Annotated[list[str] | None, Form(max_length=len(EVENTS))] = None,
) -> Response:
    """Keep an address; only the owner of this machine may give a private one."""
    wanted = tuple(dict.fromkeys(["notice", *(events or [])]))
    owner = "admin" in here.grant.scopes
    added = await inbox.channel_add(
        here.app, name=name.strip().lower(), address=address, events=wanted, owner=owner
    )
    if request.headers.get("x-fragment") != "1":
        return await _page(request, here, added=added)
    context = {"inbox": await inbox.inbox(here.app), "added": added, "tested": None}
    return fragments(request, here, ("parts/channels.html", context), to="/inbox#channels")


@router.post("/inbox/channels/test")
async def test_channel(request: Request, here: Actor, name: Word) -> Response:
    """Send one test message and say how it went."""
    tested = await inbox.channel_test(here.app, name=name)
    if request.headers.get("x-fragment") != "1":
        return await _page(request, here, tested=tested)
    context = {"inbox": await inbox.inbox(here.app), "added": None, "tested": tested}
    return fragments(request, here, ("parts/channels.html", context), to="/inbox#channels")


@router.post("/inbox/channels/remove")
async def remove_channel(here: Actor, name: Word) -> Response:
    """Forget an address."""
    await inbox.channel_remove(here.app, name=name)
    return RedirectResponse("/inbox#channels", status_code=303)


async def _page(
    request: Request, here: Here, *, added: Plain | None = None, tested: Plain | None = None
) -> Response:
    found, fault = await _found(here)
    return await page(
        request,
        here,
        "inbox.html",
        nav="inbox",
        inbox=found,
        fault=fault,
        added=added,
        tested=tested,
    )


async def _found(here: Here) -> tuple[Plain, str]:
    """Return the inbox; where the channels' file is damaged the messages are there all the same."""
    try:
        return await inbox.inbox(here.app), ""
    except AmmoError as error:
        found = await inbox.inbox(here.app, with_channels=False)
        return found, f"{error.message}. {error.hint}"


async def _changed(request: Request, here: Here, notice: Plain, words: str) -> Response:
    """Return a notice as it is now, with the receipt of what was just said to it."""
    context = {"notice": {**notice, "receipt": words}, "here": here}
    line = {"inbox": await inbox.inbox(here.app, with_channels=False)}
    parts = (("parts/notice.html", context), ("parts/inbox_line.html", line))
    return fragments(request, here, *parts, to=f"/inbox#{notice['id']}")
