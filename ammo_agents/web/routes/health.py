"""Health: one word for whoever asks, the whole of it for who is logged in; and what each buddy saw."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from ammo_agents.views import health as view
from ammo_agents.views import sights
from ammo_agents.web.here import Here, found, needs
from ammo_agents.web.pages import page
from ammo_agents.web.server import Server

router = APIRouter()
Reader = Annotated[Here, needs("read")]
Owner = Annotated[Here, needs("admin")]
Word = Annotated[str, Query(max_length=200)]


@router.get("/health", response_class=PlainTextResponse, tags=["pages"])
async def word(request: Request) -> Response:
    """Answer ``ok`` or ``degraded`` to anybody, and nothing else; a browser of the owner gets the page."""
    here = await found(request) if "text/html" in request.headers.get("accept", "") else None
    if here is not None and "admin" in here.grant.scopes:
        told = await view.health(here.app, server=process(here.server))
        return await page(request, here, "health.html", nav="health", health=told)
    server: Server = request.app.state.server
    return PlainTextResponse(_word(server), headers={"Cache-Control": "no-store"})


@router.get("/api/v1/health", tags=["pages"])
async def data(here: Owner) -> dict[str, Any]:
    """Give the checks, runs, costs and refusals as data: what ``ammo doctor`` shows, and more."""
    return await view.health(here.app, server=process(here.server))


@router.get("/sees", response_class=HTMLResponse, include_in_schema=False)
async def sees(request: Request, here: Reader, buddy: Word = "", subspace: Word = "") -> Response:
    """Show what a buddy saw: the parts of each prompt with their tokens, and the answer."""
    told = await sights.sights(here.app, buddy=buddy, subspace=subspace or None)
    return await page(request, here, "sees.html", nav="health", sees=told)


def process(server: Server) -> dict[str, Any]:
    """Return what the running process knows of itself."""
    return {
        "warmth": server.warmth,
        "fault": server.fault,
        "port": server.port,
        "accounts": server.accounts,
        "loops": [
            {"subspace": id, "state": runtime.state, "fault": runtime.fault}
            for id, runtime in server.runtimes.items()
        ],
        "writing": [{"buddy": buddy, "step": step} for buddy, step in server.writing.items()],
        "seeds": [
            {"subspace": p.subspace, "cards": p.cards, "note": p.note} for p in server.planted
        ],
    }


def _word(server: Server) -> str:
    index = server.app.parts.index
    lame = index is not None and str(index.health()["state"]).startswith("degraded")
    return "degraded" if server.fault or server.warmth == "failed" or lame else "ok"
