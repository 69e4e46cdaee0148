"""A warm start in the browser: a file is read back as wishes, kept after they are confirmed."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents.views import importing as views
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import page

router = APIRouter()
Actor = Annotated[Here, needs("feedback")]


@router.get("/you/import", response_class=HTMLResponse, include_in_schema=False)
async def choose(request: Request, here: Actor) -> Response:
    """Ask for a file, and list those that count."""
    kept = (await views.imports(here.app))["imports"]
    return await page(request, here, "import.html", nav="you", found=None, kept=kept)


@router.post("/you/import", response_class=HTMLResponse, include_in_schema=False)
async def read(request: Request, here: Actor, file: Annotated[UploadFile, File()]) -> Response:
    """Show what a file was understood as; nothing is kept yet."""
    content = base64.b64encode(await file.read()).decode()
    found = await views.read_import(here.app, content=content)
    return await page(request, here, "import.html", nav="you", found=found, kept=[])


@router.post("/you/import/keep", include_in_schema=False)
async def keep(
    here: Actor,
    file: Annotated[str, Form(max_length=20)],
    wish: Annotated[list[str], Form(max_length=100)],
) -> Response:
    """Keep the wishes that were confirmed; each is ``more|topic`` or ``less|topic``."""
    split = [one.partition("|") for one in wish]
    wishes = [{"direction": direction, "topic": topic} for direction, _, topic in split]
    await views.keep_wishes(here.app, file=file, wishes=wishes)
    return RedirectResponse("/you/import", status_code=303)


@router.post("/you/import/undo", include_in_schema=False)
async def undo(here: Actor, file: Annotated[str, Form(max_length=20)]) -> Response:
    """Take a kept file back as one."""
    await views.undo_import(here.app, file=file)
    return RedirectResponse("/you/import", status_code=303)


@router.post("/api/v1/import", tags=["pages"])
async def upload(
    here: Actor, file: Annotated[UploadFile, File()], keep: Annotated[str, Form()] = "no"
) -> dict[str, Any]:
    """Read a file of likes; with ``keep=yes`` its wishes count at once, once for each file."""
    content = base64.b64encode(await file.read()).decode()
    if keep == "yes":
        return await views.keep_import(here.app, content=content, name=file.filename or "")
    return await views.read_import(here.app, content=content)
