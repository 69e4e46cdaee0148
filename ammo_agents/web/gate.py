"""The gate in front of every request: where it may come from, how large it may be, what a page may load (S7, S8)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

from ammo_agents.web.refusals import Refusal, refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NAME = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
LENGTH = re.compile(r"[0-9]{1,12}")
LARGEST = 1_000_000
"""Bytes of a body; what uploads has its own limit in its own route."""
UPLOADS = ("/you/import", "/api/v1/import")
LARGEST_UPLOAD = 5_000_000


class Gate:
    """ASGI middleware in front of everything.

    `Host` must be ours (421), an unsafe method must come from our own pages or from a program (403),
    a body has a limit (413), and every answer carries the headers above.
    """

    def __init__(self, app: Asgi, *, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts
        """Names, without port, that this server answers to."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await (
                self._app(scope, receive, send) if scope["type"] == "lifespan" else _closed(send)
            )
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = {k.lower() for k, _ in message["headers"]}
                extra = [(k, v) for k, v in HEADERS if k not in own]
                if not scope["path"].startswith("/static/") and b"cache-control" not in own:
                    extra.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refused(scope, refusal)(scope, receive, guarded)
            return
        limit = LARGEST_UPLOAD if scope["path"] in UPLOADS else LARGEST
        await self._app(scope, _limited(receive, limit), guarded)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Refusal | None:
        host = _name(headers.get("host", ""))
        if host not in self._hosts:
            return Refusal(
                421, "this server does not answer to that name", "Use the address it printed."
            )
        length = headers.get("content-length", "0")
        limit = LARGEST_UPLOAD if scope["path"] in UPLOADS else LARGEST
        if not LENGTH.fullmatch(length) or int(length) > limit:
            return Refusal(413, f"the body is larger than {limit:,} bytes", "Send less at once.")
        if scope["method"] in SAFE:
            return None
        return _foreign(headers)


def _foreign(headers: dict[str, str]) -> Refusal | None:
    """Refuse an unsafe request that a foreign page sends; a program sends neither header."""
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    here = True
    if site:  # no page can forge it
        here = site in {"same-origin", "none"}
    elif origin:
        here = origin.partition("://")[2] == headers.get("host", "")
    if here:
        return None
    return Refusal(403, "a page of another site may not do this", "Do it from AMMO's own pages.")


def _name(host: str) -> str:
    """Return the host without its port, lower case; empty for what is no host with a port."""
    found = NAME.fullmatch(host.lower())
    return "" if found is None else found[1]


class TooLargeError(HTTPException):
    """A body grew over its limit while it was read; whoever reads it lets an HTTP error through."""

    def __init__(self) -> None:
        super().__init__(413, "the body is too large")


def _limited(receive: Receive, limit: int) -> Receive:
    """Return a `receive` that stops a body without a length once it is too large."""
    taken = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLargeError
        return message

    return counted


async def _closed(send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008})
