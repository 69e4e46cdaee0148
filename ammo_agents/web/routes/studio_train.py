"""Studio, Train: the form, its dry run beside the requests, and the start of a run."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from ammo_agents.errors import AmmoError
from ammo_agents.views import studio_train as view
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import filled, fragments, page
from ammo_agents.web.routes.stream import event
from ammo_agents.web.routes.studio import frame, streamed

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Owner = Annotated[Here, needs("admin")]
PLAN = "parts/studio_plan.html"
NONE: dict[str, Any] = {"state": "", "asked": {}, "number": 0}


@router.get("/studio/train")
async def show(request: Request, here: Owner) -> Response:
    """Show what can be asked, and the plan that was asked for last."""
    return await _page(request, here)


@router.post("/studio/train")
async def ask(
    request: Request, here: Owner, do: Annotated[str, Form(pattern=r"^(plan|start)$")]
) -> Response:
    """Plan a run beside the requests, or start it and show it."""
    form = await request.form()
    asked = {name: str(form.get(name, ""))[:200] for name in view.FIELDS}
    if do == "start":
        run = await view.start(here.app, asked=asked)
        here.server.plans.pop(here.person, None)
        return RedirectResponse(f"/studio/runs/{run['id']}", status_code=303)
    plan = {"state": "planning", "asked": asked, "number": _plan(here)["number"] + 1}
    here.server.plans[here.person] = plan
    here.server.spawn(_planned(here, plan))
    return fragments(request, here, (PLAN, {"plan": plan}), to="/studio/train#plan")


@router.get("/studio/train/stream", response_class=StreamingResponse)
async def stream(here: Owner) -> StreamingResponse:
    """Stream the plan when it is done."""

    async def look() -> object:
        return _plan(here)["number"], _plan(here)["state"]

    async def tell() -> list[str]:
        plan = _plan(here)
        return [event(plan["number"], "html", filled(here, PLAN, plan=plan))]

    return streamed(here, look, tell)


async def _planned(here: Here, plan: dict[str, Any]) -> None:
    """Ask the job what it would take, and keep the answer or the refusal."""
    try:
        plan["found"] = await view.plan(here.app, asked=plan["asked"])
        plan["state"] = "done"
    except AmmoError as error:
        plan |= {"state": "failed", "fault": error.message, "hint": error.hint}


def _plan(here: Here) -> dict[str, Any]:
    return here.server.plans.get(here.person, NONE)


async def _page(request: Request, here: Here) -> Response:
    context = {"form": await view.form(here.app), "plan": _plan(here), **await frame(here, "train")}
    return await page(request, here, "studio_train.html", nav="studio", **context)
