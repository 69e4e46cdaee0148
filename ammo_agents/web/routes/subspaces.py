"""The shelf of subspaces, and the page of one buddy."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents.records import SubspaceId
from ammo_agents.views import districts, installing
from ammo_agents.web import validating
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import page

router = APIRouter()
Reader = Annotated[Here, needs("read")]
Owner = Annotated[Here, needs("admin")]
Space = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9_-]+$")]
Slug = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9._-]+$")]


@router.get("/subspaces", response_class=HTMLResponse, include_in_schema=False)
async def show(request: Request, here: Reader) -> Response:
    """Show what is installed, how it does, and what else there is."""
    found = await districts.districts(here.app)
    states = {one["id"]: _state(here, one["id"]) for one in found["subspaces"]}
    context: dict[str, Any] = {
        "shelf": found,
        "states": states,
        "owner": "admin" in here.grant.scopes,
        "checks": here.server.checks,
    }
    return await page(request, here, "subspaces.html", nav="subspaces", **context)


@router.post("/subspaces/{subspace}", include_in_schema=False)
async def switch(
    here: Owner, subspace: Space, do: Annotated[str, Form(pattern=r"^(start|pause)$")]
) -> Response:
    """Let the buddies of a subspace write, or have them pause after the round that is on its way."""
    space = here.app.subspace(subspace)
    if do == "start":
        await here.server.start(space.id)
    else:
        await here.server.pause(space.id)
    return RedirectResponse(f"/subspaces#{space.id}", status_code=303)


@router.post("/plugins/{name}", include_in_schema=False)
async def change(
    here: Owner,
    name: Space,
    do: Annotated[str, Form(pattern=r"^(enable|disable|remove|check)$")],
    erase: Annotated[str, Form(pattern=r"^(yes)?$")] = "",
) -> Response:
    """Switch a plugin on or off, take it away, or hold it to its contract; nothing is ever fetched from here."""
    if do == "check":
        here.server.checks[name] = await validating.checked(here.app, name)
    elif do == "remove":
        await installing.remove(here.app, name=name, erase=erase == "yes")
    else:
        await installing.switch(here.app, name=name, enabled=do == "enable")
    return RedirectResponse(f"/subspaces#plugin-{name}", status_code=303)


@router.get("/buddy/{subspace}/{slug}", response_class=HTMLResponse, include_in_schema=False)
async def buddy(request: Request, here: Reader, subspace: Space, slug: Slug) -> Response:
    """Show one Goal Buddy: its place in the graph, its budget, its cards, and what was refused and why."""
    found = await districts.place_of(here.app, name=slug, subspace=subspace)
    return await page(request, here, "buddy.html", nav="subspaces", buddy=found)


@router.get("/api/v1/buddies/{subspace}/{slug}", tags=["pages"])
async def buddy_data(here: Reader, subspace: Space, slug: Slug) -> dict[str, Any]:
    """Give one Goal Buddy as data."""
    return await districts.place_of(here.app, name=slug, subspace=subspace)


@router.get("/api/v1/shelf", tags=["pages"])
async def shelf_data(here: Reader) -> dict[str, Any]:
    """Give the shelf of subspaces as data: buddies, freshness, grounding, cost, AiPP."""
    return await districts.districts(here.app)


def _state(here: Here, subspace: str) -> dict[str, str]:
    """Return whether its buddies write now, and why not."""
    runtime = here.server.runtimes.get(SubspaceId(subspace))
    if runtime is None:
        return {"name": "paused", "fault": ""}
    return {"name": runtime.state, "fault": runtime.fault}
