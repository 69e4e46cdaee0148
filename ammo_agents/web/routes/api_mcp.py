"""AMMO's tools over streamable HTTP at ``/mcp``, for programs that hold a bearer token."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ammo_agents.errors import MissingPartError, RefusedError
from ammo_agents.views import VERBS
from ammo_agents.web.here import Here, needs

router = APIRouter()


class Tools(Response):
    """Hands the request on to the MCP server of this person."""

    def __init__(self, http: Any, here: Here, asked: bytes) -> None:
        super().__init__()
        self._http, self._here, self._asked = http, here, asked

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer the request."""

        async def call(verb: str, arguments: Mapping[str, object]) -> dict[str, Any]:
            return await VERBS[verb].function(self._here.app, **arguments)

        whole = [{"type": "http.request", "body": self._asked, "more_body": False}]

        async def told() -> Any:
            return whole.pop() if whole else await receive()

        await self._http.answer(call, scope, told, send)


@router.post("/mcp", include_in_schema=False)
async def tools(request: Request, here: Annotated[Here, needs("feedback")]) -> Response:
    """Answer one call of the Model Context Protocol; a body that is too large is refused before."""
    if here.grant.kind != "bearer":
        raise RefusedError("this door is for programs", hint="Send a token: ammo token show")
    try:
        http = importlib.import_module("ammo_agents.mcp.http")
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"the tools need the package {error.name!r}, which is not installed",
            hint="pip install 'ammo-agents[mcp]'",
        ) from error
    return Tools(http, here, await request.body())
