"""Studio, Promote: which adapter writes for whom; each change with its way back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from ammo_agents.views import studio_promote as view
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import fragments, page
from ammo_agents.web.routes.studio import frame

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Owner = Annotated[Here, needs("admin")]
Adapter = Annotated[str, Form(pattern=r"^a_[0-9a-f]{16}$")]
Target = Annotated[str, Form(min_length=1, max_length=200)]
Reason = Annotated[str, Form(max_length=300)]


@router.get("/studio/promote")
async def show(request: Request, here: Owner) -> Response:
    """Show every adapter with its gate, and what writes for whom."""
    return await _page(request, here)


@router.post("/studio/promote")
async def promote(
    request: Request, here: Owner, adapter: Adapter, target: Target, reason: Reason = ""
) -> Response:
    """Let an adapter write for a target from the next round on."""
    said = await view.promote(here.app, adapter=adapter, target=target, reason=reason)
    return await _said(request, here, said)


@router.post("/studio/rollback")
async def rollback(request: Request, here: Owner, target: Target, reason: Reason = "") -> Response:
    """Let what wrote before for a target write again."""
    said = await view.rollback(here.app, target=target, reason=reason)
    return await _said(request, here, said)


async def _page(request: Request, here: Here, said: dict[str, Any] | None = None) -> Response:
    shelf = await view.adapters(here.app)
    context = {"shelf": shelf, "said": said, **await frame(here, "promote")}
    return await page(request, here, "studio_promote.html", nav="studio", **context)


async def _said(request: Request, here: Here, said: dict[str, Any]) -> Response:
    """Return the receipt and the shelf as it is now; without a script it is the page with the receipt on it."""
    if request.headers.get("x-fragment") != "1":
        return await _page(request, here, said)
    shelf = await view.adapters(here.app)
    parts = (("parts/studio_said.html", {"said": said}), ("parts/studio_adapters.html", {"shelf": shelf}))  # fmt: skip
    return fragments(request, here, *parts, to="/studio/promote")
