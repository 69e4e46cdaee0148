"""The first run: three taps, no name, no e-mail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents.views import first, profiles
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Here, needs("read")]
Judge = Annotated[Here, needs("feedback")]


@router.get("/first")
async def tiles(request: Request, here: Reader) -> Response:
    """Show what there is to pick."""
    return await page(
        request, here, "first_run.html", nav="feed", first=await first.tiles(here.app)
    )


@router.post("/first")
async def picked(
    here: Judge, pick: Annotated[list[str] | None, Form(max_length=12)] = None
) -> Response:
    """Keep the picks and go to the feed; none at all is a surprise."""
    await first.pick(here.app, entities=pick or [])
    here.server.follow((await profiles.show(here.app))["subspace"])
    return RedirectResponse("/", status_code=303)


@router.post("/first/skip")
async def skipped(here: Judge) -> Response:
    """Go to the feed without a pick: the first slate is for variety."""
    await profiles.choose(here.app, name="greeted", value="true")
    return RedirectResponse("/", status_code=303)


@router.post("/depth")
async def depth(
    request: Request, here: Judge, value: Annotated[str, Form(max_length=16)]
) -> Response:
    """Answer “more depth or more variety?”."""
    chosen = await first.depth(here.app, value=value)
    share = f"{chosen['exploration']:.0%}"
    aside = {"kind": "said", "words": f"Noted: exploring {share} from the next card on."}
    return fragments(request, here, ("parts/aside.html", {"aside": aside}), to="/")
