"""Builds the web app: the gate, the routes, the static files, and one way to refuse."""

from __future__ import annotations

import logging
import mimetypes
from importlib import resources
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from ammo_agents import __version__
from ammo_agents.errors import AmmoError
from ammo_agents.web import beside, pages, routes
from ammo_agents.web.gate import Asgi, Gate, Receive, Scope, Send, TooLargeError
from ammo_agents.web.held import Held
from ammo_agents.web.here import RefusedHereError, found
from ammo_agents.web.metrics import Measured
from ammo_agents.web.refusals import API, Refusal, of_error, problem, wants_json
from ammo_agents.web.server import Server

log = logging.getLogger("ammo.web")


def create(server: Server) -> Asgi:
    """Return the whole app of one server, behind its gate."""
    app = FastAPI(
        title="AMMO",
        version=__version__,
        description="Feed, feedback and buddies of one MetaSpace. Every answer is what the page shows.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.server = server
    routes.mount(app)
    pages.prepare()
    mimetypes.init()  # it reads files: not while a request waits
    static = str(resources.files("ammo_agents.web") / "static")
    app.mount("/static", StaticFiles(directory=static), name="static")
    app.mount(beside.PREFIX, beside.Beside(app, server), name="plugins")
    for kind, handler in (
        (AmmoError, _expected),
        (RefusedHereError, _refused),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (TooLargeError, _large),
        (RecursionError, _deep),
        (UnicodeError, _deep),
        (Exception, _bug),
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]
    return Gate(Small(Measured(Held(app, server), server.metrics)), hosts=server.hosts)


class Small:
    """Compresses what a browser reads; programs on this machine gain nothing from it, and streams lose."""

    def __init__(self, app: Asgi) -> None:
        self._plain = app
        self._small = GZipMiddleware(app, minimum_size=1_000, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, compressed where it is worth it."""
        api = scope["type"] != "http" or scope["path"].startswith(API)
        await (self._plain if api else self._small)(scope, receive, send)


async def answered(request: Request, refusal: Refusal) -> Response:
    """Return a refusal in the shape the asker reads."""
    if wants_json(request.url.path, request.headers.get("accept", "")):
        return problem(refusal)
    try:
        here = await found(request)
    except AmmoError:
        here = None
    return pages.refusal(request, refusal, here)


async def _expected(request: Request, error: AmmoError) -> Response:
    return await answered(request, of_error(error))


async def _refused(request: Request, error: RefusedHereError) -> Response:
    return await answered(request, error.refusal)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    first: dict[str, Any] = next(iter(error.errors()), {})
    where = ".".join(str(part) for part in first.get("loc", ()) if part != "body")
    detail = f"{where or 'the request'}: {first.get('msg', 'cannot be read')}"
    fix = "See /api/v1/openapi.json for what this address takes."
    return await answered(request, Refusal(422, detail[:400], fix, "AMMO-0100"))


async def _http(request: Request, error: HTTPException) -> Response:
    status = 422 if error.status_code == 400 else error.status_code
    words = {404: "there is nothing at this address", 405: "this address does not take that method"}
    detail = words.get(status, str(error.detail))
    return await answered(request, Refusal(status, detail, "Start at the feed: /", "AMMO-0100"))


async def _large(request: Request, _: TooLargeError) -> Response:
    return await answered(request, Refusal(413, "the body is too large", "Send less at once."))


async def _deep(request: Request, _: Exception) -> Response:
    refusal = Refusal(422, "the body is nested too deeply or is no text", "Send plain JSON.")
    return await answered(request, refusal)


async def _bug(request: Request, error: Exception) -> Response:
    refusal = Refusal(500, "something went wrong that should not have", "", "AMMO-0000")
    number = refusal.id
    log.error("bug %s at %s", number, request.url.path, exc_info=error)
    fix = f"Quote {number} with the lines the terminal printed: it is a bug."
    return await answered(request, Refusal(500, refusal.detail, fix, "AMMO-0000"))
