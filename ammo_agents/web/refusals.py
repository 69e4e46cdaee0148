"""Refusals over HTTP: problem+json for programs, a page or a fragment for people; nothing internal leaks."""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ammo_agents import errors
from ammo_agents.errors import AmmoError

API = ("/api/", "/aipp/", "/v1/", "/mcp", "/metrics")
STATUS: tuple[tuple[type[AmmoError], int], ...] = (
    (errors.NotFoundError, 404),
    (errors.MissingPartError, 503),
    (errors.ConflictError, 409),
    (errors.BadInputError, 422),
    (errors.LockedError, 409),
    (errors.RefusedError, 403),
    (errors.DamagedError, 503),
    (errors.DiskFullError, 507),
    (errors.BudgetError, 429),
    (errors.ResourceError, 507),
    (errors.ModelError, 502),
)
"""First match wins: an error's own class stands before its parents."""
TITLES = {
    401: "Log in first",
    403: "Refused",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    421: "Wrong host",
    422: "This cannot be used",
    429: "Out of budget",
    500: "A bug in AMMO",
    502: "The model gave no answer",
    503: "Not available",
    507: "Out of room",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal as every door tells it."""

    status: int
    detail: str
    fix: str = ""
    code: str = "AMMO-0300"

    @property
    def title(self) -> str:
        """The kind of refusal in words."""
        return TITLES.get(self.status, "Refused")

    @property
    def id(self) -> str:
        """A name for this one, to quote in a report."""
        return secrets.token_hex(4)


def of_error(error: AmmoError) -> Refusal:
    """Return the refusal an expected error stands for."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    return Refusal(status, error.message, error.hint, error.code)


def problem(refusal: Refusal) -> JSONResponse:
    """Return problem+json (RFC 9457) with AMMO's code and one way out."""
    return JSONResponse(
        {
            "type": f"about:blank#{refusal.code}",
            "title": refusal.title,
            "status": refusal.status,
            "detail": clean(refusal.detail),
            "code": refusal.code,
            "fix": clean(refusal.fix),
        },
        status_code=refusal.status,
        media_type="application/problem+json",
    )


def wants_json(path: str, accept: str) -> bool:
    """Return whether a program is asking."""
    return path.startswith(API) or ("application/json" in accept and "text/html" not in accept)


def clean(text: str) -> str:
    """Return text that any encoder can write: lone surrogates replaced."""
    return text.encode("utf-8", "replace").decode()


def refused(scope: MutableMapping[str, Any], refusal: Refusal) -> Response:
    """Return the answer of a request that is refused before it reaches a route."""
    request = Request(scope)
    if wants_json(request.url.path, request.headers.get("accept", "")):
        return problem(refusal)
    text = f"{refusal.title}: {clean(refusal.detail)}. {clean(refusal.fix)}"
    return Response(text, status_code=refusal.status, media_type="text/plain")
