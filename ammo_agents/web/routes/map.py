"""The map: a picture of the space, the same as a table, and what can be said from it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ammo_agents.views import map as view
from ammo_agents.web.glyphs import hue
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page

router = APIRouter()
Reader = Annotated[Here, needs("read")]
Actor = Annotated[Here, needs("feedback")]
Space = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_-]*$")]
Name = Annotated[str, Form(max_length=200)]
Names = Annotated[list[str], Form(max_length=200)]
FEW = 12
"""Regions of the table that are open at first."""


@router.get("/map", response_class=HTMLResponse, include_in_schema=False)
async def show(request: Request, here: Reader, subspace: Space = None) -> Response:
    """Show the map and its table."""
    return await _drawn(request, here, subspace)


@router.get("/map/data.json", include_in_schema=False)
async def data(here: Reader, subspace: Space = None) -> Response:
    """Return what the canvas draws."""
    drawn = await view.picture(here.app, subspace=subspace or None)
    for region in drawn["regions"]:
        region["hue"] = hue(region["id"])
    return JSONResponse(drawn, headers={"Cache-Control": "no-store"})


@router.get("/api/v1/map", tags=["pages"])
async def picture(here: Reader, subspace: Space = None) -> dict[str, Any]:
    """Give the map as data: points, labels, regions, the person's place and its trail."""
    return await view.picture(here.app, subspace=subspace or None)


@router.post("/map", response_class=HTMLResponse, include_in_schema=False)
async def tell(
    request: Request, here: Actor, do: Name, buddy: Names, subspace: Name = "", key: Name = ""
) -> Response:
    """Say More or Less of the regions named, or send a scout there."""
    said = await view.tell(here.app, do=do, buddies=buddy, subspace=subspace or None, key=key)
    here.server.poke()
    return await _said(request, here, said, subspace)


@router.post("/map/undo", response_class=HTMLResponse, include_in_schema=False)
async def undo(request: Request, here: Actor, feedback: Names, subspace: Name = "") -> Response:
    """Take back what was said on the map."""
    said = await view.take_back(here.app, feedback=feedback, subspace=subspace or None)
    return await _said(request, here, said, subspace)


async def _drawn(
    request: Request, here: Here, subspace: str | None, said: dict[str, Any] | None = None
) -> Response:
    drawn = await view.picture(here.app, subspace=subspace or None)
    hues = {region["id"]: hue(region["id"]) for region in drawn["regions"]}
    context = {"map": drawn, "hues": hues, "few": FEW, "said": said, "subspace": drawn["subspace"]}
    return await page(request, here, "map.html", nav="map", **context)


async def _said(request: Request, here: Here, said: dict[str, Any], subspace: str) -> Response:
    """Return the receipt with its undo; without a script it stands on a map that is drawn anew."""
    if request.headers.get("x-fragment") != "1":
        return await _drawn(request, here, subspace, said)
    context = {"said": said, "subspace": subspace}
    return fragments(request, here, ("parts/map_said.html", context), to="/map")
