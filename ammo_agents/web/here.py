"""Who is asking, and as whom AMMO answers: the only place where a person comes from is the login (S6, S7)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from ammo_agents.app import App
from ammo_agents.ports import Grant, Scope
from ammo_agents.round import login
from ammo_agents.web.gate import SAFE
from ammo_agents.web.refusals import Refusal
from ammo_agents.web.server import Server

COOKIE = "ammo_session"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class RefusedHereError(Exception):
    """A request that the login, its scope or its form token does not allow."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


@dataclass(frozen=True)
class Here:
    """One request's person, what they may do, and the running AMMO as they see it."""

    app: App
    grant: Grant
    server: Server
    secret: str

    @property
    def person(self) -> str:
        """Who is logged in."""
        return self.grant.person

    @cached_property
    def csrf(self) -> str:
        """The token that this session's forms carry."""
        return form_token(self.secret)


def form_token(secret: str) -> str:
    """Return the form token of a session: only who knows the cookie's secret can make it."""
    return hmac.new(secret.encode(), b"ammo form", hashlib.sha256).hexdigest()[:32]


def needs(scope: Scope) -> Any:
    """Return the dependency of a route: a login whose grant has this scope.

    An unsafe request of a session must carry the form token too; a bearer token needs none.
    """

    async def depend(request: Request) -> Here:
        here = await found(request)
        if here is None:
            raise RefusedHereError(_login(request))
        if scope not in here.grant.scopes:
            detail = f"this login has no scope {scope!r}"
            raise RefusedHereError(
                Refusal(403, detail, f"Use one that has it: ammo token new --scope {scope}")
            )
        if request.method not in SAFE and here.grant.kind == "session":
            await _check_form(request, here)
        return here

    return Depends(depend)


async def found(request: Request) -> Here | None:
    """Return who is asking; None = nobody who is logged in."""
    server: Server = request.app.state.server
    words = request.headers.get("authorization", "").split(" ")
    bearer = words[1] if len(words) == 2 and words[0].lower() == "bearer" else ""
    secret = bearer or request.cookies.get(COOKIE, "")
    if not secret or len(secret) > 200:
        return None
    grant = await login.granted(server.app.ledger.accounts, secret, server.app.clock.now())
    if grant is None or grant.kind != ("bearer" if bearer else "session"):
        return None
    return Here(app=server.app.of(grant.person), grant=grant, server=server, secret=secret)


async def _check_form(request: Request, here: Here) -> None:
    token = request.headers.get("x-csrf", "")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if not token and kind in FORMS:
        form: Any = await request.form()
        token = str(form.get("csrf", ""))
    if not hmac.compare_digest(token.encode(), here.csrf.encode()):
        raise RefusedHereError(
            Refusal(403, "the form has no valid token", "Reload the page and try again.")
        )


def _login(request: Request) -> Refusal:
    fix = "Open the link that `ammo up` printed, or make a new one: ammo open"
    if request.headers.get("authorization"):
        fix = "Show a valid token: ammo token show"
    return Refusal(401, "nobody is logged in here", fix, "AMMO-0300")
