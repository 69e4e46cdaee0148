"""Studio, Data: the pairs there are, the consent, and label mode."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents.views import profiles, studio_data, studio_label
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page
from ammo_agents.web.routes.studio import frame

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Here, needs("read")]
Judge = Annotated[Here, needs("feedback")]
Owner = Annotated[Here, needs("admin")]
Name = Annotated[str, Query(max_length=100, pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$")]
Target = Annotated[str, Query(max_length=100, pattern=r"^([a-z0-9_-]+(/[A-Za-z0-9._-]+)?)?$")]
SaidTarget = Annotated[str, Form(max_length=100, pattern=r"^([a-z0-9_-]+(/[A-Za-z0-9._-]+)?)?$")]
Offer = Annotated[str, Form(max_length=64, pattern=r"^o_[A-Za-z0-9]+$")]
Said = Annotated[str, Form(pattern=r"^(a|b|equal|neither)$")]


@router.get("/studio")
async def show(
    request: Request,
    here: Reader,
    set: Name = "",
    page_: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
    side: Annotated[str, Query(pattern=r"^(train|dev|test)?$")] = "",
) -> Response:
    """Show the pairs there are: to the owner all of them, to others what they themselves said."""
    owner = "admin" in here.grant.scopes
    told = await studio_data.data(here.app, set=set, page=page_, side=side, owner=owner)
    context = {"data": told, **await frame(here, "data")}
    return await page(request, here, "studio.html", nav="studio", **context)


@router.post("/studio/consent")
async def consent(here: Judge, on: Annotated[str, Form(pattern=r"^(on)?$")] = "") -> Response:
    """Allow one's own feedback to become training pairs, or take that back."""
    await profiles.choose(here.app, name="train", value=on == "on")
    return RedirectResponse("/studio#consent", status_code=303)


@router.post("/studio/build")
async def build(
    here: Owner,
    name: Annotated[str, Form(max_length=64)],
    subspace: Annotated[str, Form(max_length=64, pattern=r"^[a-z0-9_-]*$")] = "",
) -> Response:
    """Build a set of this home's feedback and show it."""
    made = await studio_data.build(here.app, name=name.strip(), subspace=subspace)
    return RedirectResponse(f"/studio?set={made['name']}#sets", status_code=303)


@router.get("/studio/label")
async def label_page(request: Request, here: Judge, target: Target = "") -> Response:
    """Show the next two texts."""
    return await _label_page(request, here, await studio_label.standing(here.app, target=target))


@router.post("/studio/label")
async def label(
    request: Request, here: Judge, offer: Offer, said: Said, target: SaidTarget = ""
) -> Response:
    """Keep which of two is better, and show the next two."""
    told = await studio_label.label(here.app, offer=offer, said=said, target=target)
    return await _labelled(request, here, told)


@router.post("/studio/label/undo")
async def undo(request: Request, here: Judge, target: SaidTarget = "") -> Response:
    """Take the last label back; its two texts are shown again."""
    return await _labelled(request, here, await studio_label.undo(here.app, target=target))


async def _labelled(request: Request, here: Here, told: dict[str, Any]) -> Response:
    if request.headers.get("x-fragment") != "1":
        return await _label_page(request, here, told)
    part = ("parts/studio_label.html", {"label": told})
    return fragments(request, here, part, to="/studio/label")


async def _label_page(request: Request, here: Here, told: dict[str, Any]) -> Response:
    context = {"label": told, **await frame(here, "data")}
    return await page(request, here, "studio_label.html", nav="studio", **context)
