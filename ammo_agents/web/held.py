"""Pages of the protocol's feed that were made before: served again at once while nothing changed.

A slate does not change once it is shown, so its page is good until the person is shown another one.
The login is checked all the same.
"""

from __future__ import annotations

from ammo_agents.round import login
from ammo_agents.web.gate import Asgi, Receive, Scope, Send
from ammo_agents.web.server import Page, Server

PATH = "/aipp/v1/feed"
KEPT = 512
"""Pages that are held at most."""


class Held:
    """ASGI middleware in front of the feed's route."""

    def __init__(self, app: Asgi, server: Server) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is held, or let the route answer."""
        held = None
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET":
            held = self._found(scope)
        if held is None:
            await self._app(scope, receive, send)
            return
        size = str(len(held.body)).encode()
        kind = (b"content-type", b"application/json")
        start = {"status": 200, "headers": [kind, (b"content-length", size)]}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": held.body})

    def _found(self, scope: Scope) -> Page | None:
        words = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").split(" ")
        if len(words) != 2 or words[0].lower() != "bearer":
            return None
        app = self._server.app
        held = self._server.pages.get((words[1], scope["query_string"]))
        grant = app.ledger.accounts.held(login.hash_of(words[1]), app.clock.now())
        if held is None or grant is None or grant.kind != "bearer" or "read" not in grant.scopes:
            return None
        companion = app.parts.companions.get((held.person, held.subspace))
        same = companion is not None and companion.shows == held.shows
        return held if same and grant.person == held.person else None


def hold(server: Server, secret: str, query: bytes, page: Page) -> None:
    """Keep a page that was just made; the oldest goes when there are too many."""
    while len(server.pages) >= KEPT:
        server.pages.pop(next(iter(server.pages)))
    server.pages[secret, query] = page
