"""Addresses that plugins bring, below /x/ and the plugin's name: behind the same login, and apart from AMMO's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from functools import partial
from typing import Any

from fastapi import Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ammo_agents.web.gate import SAFE, Receive, Scope, Send
from ammo_agents.web.here import needs
from ammo_agents.web.refusals import Refusal, problem
from ammo_agents.web.server import Server

PREFIX = "/x"
log = logging.getLogger("ammo.web")


class Beside:
    """Answers for the plugins that are loaded now; one that came or went since the last request is seen."""

    def __init__(self, main: FastAPI, server: Server) -> None:
        self._main, self._server = main, server
        self._apps: dict[str, tuple[tuple[int, ...], FastAPI]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say that there is nothing; whatever a plugin's code raises costs this one answer."""
        name = scope["path"].removeprefix(f"{PREFIX}/").partition("/")[0]
        app = await self._of(name) if scope["type"] == "http" else None
        if app is None:
            raise HTTPException(404)
        begun = False

        async def told(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await app(scope, receive, told)
        except asyncio.CancelledError:
            raise
        except (
            BaseException
        ) as error:  # the plugin boundary: its SystemExit must not end the server
            log.error("plugin %s failed at %s", name, scope["path"], exc_info=error)
            if not begun:
                await problem(_failed(name, error))(scope, receive, send)

    async def _of(self, name: str) -> FastAPI | None:
        routers = (await asyncio.to_thread(self._server.app.plugins.routes)).get(name)
        if routers is None:
            self._apps.pop(name, None)
            return None
        made = tuple(id(router) for router in routers)
        if name not in self._apps or self._apps[name][0] != made:
            app = FastAPI(title=name, docs_url=None, redoc_url=None, openapi_url=None)
            app.state.server = self._server
            own = {kind: how for kind, how in self._main.exception_handlers.items() if kind is not Exception}  # fmt: skip
            app.exception_handlers.update(own)
            app.add_exception_handler(Exception, partial(_told, name))
            for router in routers:
                app.include_router(router, prefix=f"/{name}", dependencies=[Depends(_login)])
            self._apps[name] = (made, app)
        return self._apps[name][1]


async def _login(request: Request) -> Any:
    """Let in who may read; who changes something needs the scope to give feedback, and the form token."""
    return await needs("read" if request.method in SAFE else "feedback").dependency(request)


async def _told(name: str, _: Request, error: Exception) -> Response:
    return problem(_failed(name, error))


def _failed(name: str, error: BaseException) -> Refusal:
    detail = f"plugin {name!r} failed here: {type(error).__name__}"
    fix = f"Tell its author, or switch it off: ammo plugin disable {name}"
    return Refusal(503, detail, fix, "AMMO-0305")
