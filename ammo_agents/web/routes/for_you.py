"""For You: a finite feed, an act with a receipt, the way back, and the whole sum of a card."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents.errors import NotFoundError
from ammo_agents.round import abroad
from ammo_agents.round.profile import Profile
from ammo_agents.views import feed, first, leads, profiles, quotes, sitting
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Plain = dict[str, Any]
Part = tuple[str, dict[str, Any]]
Reader = Annotated[Here, needs("read")]
Judge = Annotated[Here, needs("feedback")]
ID = 64
"""Letters of an id at most."""
ASK_AT, TELL_AT = 3, 5
"""Answered cards of the first sitting after which a question is asked, and it is told what was learned."""
REASONS = {
    "topic": "requestLess",
    "buddy": "hideBuddy",
    "source": "requestLess",
    "tone": "requestLess",
    "fact": "report",
}
"""Why somebody wants less → the act that is kept."""


@router.get("/")
async def for_you(request: Request, here: Reader) -> Response:
    """Show the standing sitting; somebody new is asked for three taps first."""
    chosen = await profiles.show(here.app)
    if not chosen["greeted"] and await first.is_new(here.app):
        return RedirectResponse("/first", status_code=303)
    found = await sitting.sitting(here.app)
    found["cards"] = await quotes.quoted(here.app, found["cards"])
    context = {
        "sitting": found,
        "end": _end(found["end"], chosen["zone"]),
        "aside": await _aside(here, found),
        "letters": chosen["keys"],
        "writing": _writing(here, found["subspace"]),
        "fault": here.server.fault,
    }
    return await page(request, here, "for_you.html", nav="feed", **context)


@router.post("/act")
async def act(
    request: Request,
    here: Judge,
    card: Annotated[str, Form(max_length=ID)],
    act: Annotated[str, Form(max_length=ID)] = "",
    reason: Annotated[str, Form(max_length=ID)] = "",
    note: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Keep what somebody says of a card: the card folds to a receipt, and the next one comes."""
    said = REASONS.get(reason, act) if reason else act
    words = "; ".join(part for part in (reason, note) if part)
    answer = await sitting.act(here.app, act=said, card=card, note=words)
    here.server.poke()
    parts = [_folded(answer), *await _after(here, answer)]
    return fragments(request, here, *parts, to=f"/#card-{answer['card']['id']}")


@router.post("/undo")
async def undo(
    request: Request, here: Judge, feedback: Annotated[str, Form(max_length=ID)]
) -> Response:
    """Take an act back: its card opens again; the card it brought goes, if nobody answered it."""
    answer = await sitting.undo(here.app, feedback=feedback)
    parts: list[Part] = [("parts/toast.html", {"words": answer["receipt"]["words"]})]
    to = "/"
    if answer["card"] is not None:
        card = (await quotes.quoted(here.app, [answer["card"]]))[0]
        parts.append(("parts/card.html", {"card": card, "place": card.get("position", 1)}))
        to = f"/#card-{card['id']}"
    if answer["withdrawn"]:
        parts.append(("parts/gone.html", {"id": f"card-{answer['withdrawn']}"}))
    return fragments(request, here, *parts, *await _after(here, answer), to=to)


@router.post("/more")
async def more(request: Request, here: Judge) -> Response:
    """Fill the next slot without an act."""
    answer = await sitting.more(here.app)
    return fragments(request, here, *await _after(here, answer), to="/#end")


@router.post("/again")
async def again(here: Judge) -> Response:
    """Begin another sitting."""
    await sitting.again(here.app)
    here.server.poke()
    return RedirectResponse("/", status_code=303)


@router.post("/mix")
async def mix(here: Judge, mix: Annotated[str, Form(max_length=ID)]) -> Response:
    """Choose how the feed is mixed from its next card on."""
    await profiles.choose(here.app, name="mix", value=mix)
    return RedirectResponse("/", status_code=303)


@router.post("/space")
async def space(here: Judge, space: Annotated[str, Form(max_length=ID)]) -> Response:
    """Show the feed of another subspace; its buddies begin to write."""
    await profiles.choose(here.app, name="subspace", value=space)
    here.server.follow(space)
    return RedirectResponse("/", status_code=303)


@router.post("/keys")
async def keys(
    request: Request, here: Judge, value: Annotated[str, Form(max_length=5)]
) -> Response:
    """Switch the single-letter keys on or off."""
    chosen = await profiles.choose(here.app, name="keys", value=value)
    part = ("parts/keys.html", {"letters": chosen["keys"]})
    return fragments(request, here, part, to="/")


@router.post("/follow")
async def follow(
    here: Judge,
    card: Annotated[str, Form(max_length=ID)],
    entity: Annotated[str, Form(max_length=2 * ID)] = "",
) -> Response:
    """Go where a card leads in another subspace: its best card, at its own address."""
    found = await leads.follow(here.app, card=card, entity=entity)
    here.server.poke()
    return RedirectResponse(f"/card/{found['card']['id']}", status_code=303)


@router.get("/peek")
async def peek(request: Request, here: Reader, card: str, act: str = "like") -> Response:
    """Tell what would come after an act; nothing is kept."""
    found = await sitting.peek(here.app, act=act[:ID], card=card[:ID])
    return fragments(request, here, ("parts/peek.html", {"peek": found}), to=f"/#card-{card[:ID]}")


@router.get("/why/{card}")
async def why(request: Request, here: Reader, card: str) -> Response:
    """Show the whole sum of a card's score now, act by act."""
    found = await feed.why(here.app, card=card[:ID])
    quoted = (await quotes.quoted(here.app, [found["card"]]))[0]
    return await page(request, here, "why.html", nav="feed", why=found, card=quoted)


@router.get("/card/{card}")
async def one(request: Request, here: Reader, card: str, go: int | None = None) -> Response:
    """Show one card at its own address, as it stands now; `go` is the number of an action to confirm."""
    found = await feed.why(here.app, card=card[:ID])
    quoted = (await quotes.quoted(here.app, [found["card"]]))[0]
    shown: Plain = {
        "card": quoted,
        "why": found,
        "leads": None if go is None else _leads(quoted, go),
        "raw": found["card"] if "raw" in request.query_params else None,
    }
    return await page(request, here, "one_card.html", nav="feed", **shown)


def _leads(card: Plain, number: int) -> Plain:
    """Return the action block a person is asked to confirm."""
    blocks = card["blocks"]
    if not 0 <= number < len(blocks) or blocks[number]["kind"] != "action":
        raise NotFoundError(f"{card['id']} has no such action", hint="Go back to the card.")
    found: Plain = blocks[number]
    return found


def _folded(answer: Plain) -> Part:
    card = answer["card"]
    return "parts/receipt.html", {
        "card": card,
        "receipt": answer["receipt"],
        "place": card.get("position", 1),
    }


async def _after(here: Here, answer: Plain) -> list[Part]:
    """Return what follows an act: the next card, the line on top, what is asked or told, and the end."""
    parts: list[Part] = []
    if answer["next"] is not None:
        card = (await quotes.quoted(here.app, [answer["next"]]))[0]
        context = {"card": card, "place": card.get("position", 1), "fresh": True}
        parts.append(("parts/card.html", context))
    parts.append(("parts/topline.html", {"sitting": answer}))
    aside = await _aside(here, answer)
    if aside:
        parts.append(("parts/aside.html", {"aside": aside}))
    if answer["end"] is None:
        return [*parts, ("parts/gone.html", {"id": "end"})]
    zone = (await profiles.show(here.app))["zone"]
    return [*parts, ("parts/end.html", {"end": _end(answer["end"], zone)})]


async def _aside(here: Here, found: Plain) -> Plain | None:
    """Return the one question of the third card, or what was learned by the fifth; None = nothing."""
    answered = found["slots"] - found["left"] - found["open"]
    if found["sitting"] != 1:
        return None
    if answered == TELL_AT:
        known = await feed.you(here.app, subspace=_subspace(found))
        return {"kind": "learned", "count": len(known["beliefs"])}
    rows = (await profiles.show(here.app))["choices"]
    asked = any(row["changed"] for row in rows if row["name"] == "exploration")
    return {"kind": "depth"} if answered == ASK_AT and not asked else None


def _subspace(found: Plain) -> str | None:
    """Return the subspace an answer is about."""
    about = found if "subspace" in found else found.get("card") or found.get("next") or {}
    return about.get("subspace")


def _end(end: Plain | None, zone: str) -> Plain | None:
    """Return the last card with its time in the person's own zone."""
    if end is None:
        return None
    at = end["again_at"]
    clock = "" if at is None else f"{dt.datetime.fromisoformat(at).astimezone(_zone(zone)):%H:%M}"
    return {**end, "again_clock": clock}


def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name or Profile().zone)


def _writing(here: Here, subspace: str) -> list[Plain]:
    """Return who of a subspace is writing a card at this moment, and at which step."""
    heads = tuple(f"{space}/" for space in abroad.places(here.app, subspace))
    return [
        {"buddy": buddy, "step": step}
        for buddy, step in here.server.writing.items()
        if buddy.startswith(heads)
    ]
