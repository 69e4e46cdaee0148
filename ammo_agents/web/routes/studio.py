"""Studio, Runs: the list, one run with its curves, and the stream that keeps both fresh (rule 8).

A stream is a view of the run's files: an event carries how many lines of metrics there were, the parts of the page
that changed replace themselves, and a page that was reloaded begins where it was rendered.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Path, Query, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from ammo_agents.views import adapters, studio, studio_runs
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import filled, fragments, page
from ammo_agents.web.routes.stream import HEADERS, event, still_in

router = APIRouter()
Owner = Annotated[Here, needs("admin")]
Run = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
After = Annotated[int, Query(ge=0, lt=2**31)]
LastId = Annotated[str, Header(alias="Last-Event-ID", max_length=32)]
Act = Annotated[str, Form(pattern=r"^(stop|resume)$")]
LOOK = 0.5
"""Seconds between two looks at a run's files while it goes on."""
LIST_LOOK = 2.0
"""The same for the list, which reads the state of every run."""
QUIET = 5.0
"""Seconds without a change after which a comment keeps the line open, and the session is looked at again."""
PARTS = (
    "parts/studio_state.html",
    "parts/studio_curves.html",
    "parts/studio_result.html",
    "parts/studio_log.html",
)
"""What of a run's page changes while it goes on."""
Look = Callable[[], Awaitable[object]]
"""Returns what changes when there is something to tell."""
Tell = Callable[[], Awaitable[list[str]]]
"""Returns the events that tell it."""


@router.get("/studio/runs", response_class=HTMLResponse, include_in_schema=False)
async def listed(request: Request, here: Owner) -> Response:
    """Show every run."""
    context = {"runs": await studio_runs.listed(here.app), **await frame(here, "runs")}
    return await page(request, here, "studio_runs.html", nav="studio", **context)


@router.get("/studio/runs/{run}", response_class=HTMLResponse, include_in_schema=False)
async def shown(request: Request, here: Owner, run: Run) -> Response:
    """Show one run: where it stands, its curves, what it came to."""
    context = {"run": await studio_runs.shown(here.app, run=run), **await frame(here, "runs")}
    return await page(request, here, "studio_run.html", nav="studio", **context)


@router.post("/studio/runs/{run}", response_class=HTMLResponse, include_in_schema=False)
async def act(request: Request, here: Owner, run: Run, do: Act) -> Response:
    """Stop a run so that its checkpoint is kept, or let it go on from there."""
    if do == "stop":
        await adapters.stopped(here.app, what=run)
    else:
        await studio_runs.resume(here.app, run=run)
    context = {"run": await studio_runs.shown(here.app, run=run)}
    return fragments(request, here, (PARTS[0], context), to=f"/studio/runs/{run}")


@router.get("/studio/stream", include_in_schema=False, response_class=StreamingResponse)
async def list_stream(here: Owner) -> StreamingResponse:
    """Stream the list of runs whenever it changes."""

    async def look() -> object:
        return await studio_runs.marks(here.app)

    async def tell() -> list[str]:
        runs = await studio_runs.listed(here.app)
        return [event(0, "html", filled(here, "parts/studio_list.html", runs=runs))]

    return streamed(here, look, tell, every=LIST_LOOK)


@router.get("/studio/runs/{run}/stream", include_in_schema=False, response_class=StreamingResponse)
async def run_stream(here: Owner, run: Run) -> StreamingResponse:
    """Stream the parts of a run's page that change; the files are read anew, so no `after` can be missed."""
    before: dict[str, str] = {}

    async def look() -> object:
        return await studio_runs.mark(here.app, run=run)

    async def tell() -> list[str]:
        now = await studio_runs.shown(here.app, run=run)
        texts = {name: filled(here, name, run=now) for name in PARTS}
        changed = "\n".join(text for name, text in texts.items() if before.get(name) != text)
        before.update(texts)
        return [event(now["after"], "html", changed)] if changed else []

    await look()
    return streamed(here, look, tell)


@router.get("/api/v1/studio/runs/{run}/stream", tags=["studio"], response_class=StreamingResponse)
async def data_stream(
    here: Owner, run: Run, after: After = 0, last: LastId = ""
) -> StreamingResponse:
    """Stream a run's metrics, a line an event, from line `after` on; `id:` is what `after` takes."""
    begin = max(after, int(last) if last.isascii() and last.isdigit() else 0)
    state: list[Any] = [begin, ""]

    async def look() -> object:
        return await studio_runs.mark(here.app, run=run)

    async def tell() -> list[str]:
        new = await studio_runs.numbers(here.app, run=run, after=state[0])
        lines = [
            event(k, "metrics", json.dumps(row)) for k, row in enumerate(new["rows"], state[0] + 1)
        ]
        state[0] = new["next"]
        now = await studio_runs.standing(here.app, run=run)
        if now != state[1]:
            state[1] = now
            lines.append(event(state[0], "state", json.dumps(now)))
        return lines

    await look()
    return streamed(here, look, tell)


async def frame(here: Here, tab: str) -> dict[str, Any]:
    """Return what every page of Studio shows around its own."""
    return {
        "tab": tab,
        "owner": "admin" in here.grant.scopes,
        "lede": "",
        "training": await studio.training(here.app),
    }


def streamed(here: Here, look: Look, tell: Tell, *, every: float = LOOK) -> StreamingResponse:
    """Return a stream that tells at once what there is, and again whenever `look` returns something else."""
    return StreamingResponse(
        _lines(here, look, tell, every), media_type="text/event-stream", headers=HEADERS
    )


async def _lines(here: Here, look: Look, tell: Tell, every: float) -> AsyncIterator[str]:
    """Yield what there is at once, and again whenever it changed, until server or session end."""
    yield "retry: 1000\n: begun\n\n"
    seen: object = None
    quiet = 0
    while not here.server.stopping.is_set():
        found = await look()
        quiet += 1
        if found != seen:
            seen, quiet = found, 0
            for line in await tell():
                yield line
        elif quiet * every >= QUIET:
            quiet = 0
            if not await still_in(here):
                yield "event: over\ndata: the session has ended\n\n"
                return
            yield ": still here\n\n"
        with suppress(TimeoutError):
            await asyncio.wait_for(here.server.stopping.wait(), every)
