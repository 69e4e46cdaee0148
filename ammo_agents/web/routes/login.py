"""Coming in: the one-time link, the password of an account, and going out again (S7)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ammo_agents.errors import RefusedError
from ammo_agents.ports import ROLES, Grant
from ammo_agents.records import PersonId
from ammo_agents.round import login
from ammo_agents.web.here import COOKIE, Here, found, needs
from ammo_agents.web.pages import TEMPLATES, refusal
from ammo_agents.web.refusals import Refusal
from ammo_agents.web.server import Server

router = APIRouter()
DAYS = 30
"""Days a session lasts."""


@router.get("/login", response_class=HTMLResponse, include_in_schema=False)
async def enter(request: Request, t: str = "") -> Response:
    """Swap the one-time secret of a link for a session cookie, or show how to come in."""
    server: Server = request.app.state.server
    if not t:
        if await found(request) is not None:
            return RedirectResponse("/", status_code=303)
        return HTMLResponse(await _form(server))
    grant = await login.spend_link(server.app.ledger.accounts, t[:200], server.app.clock.now())
    if grant is None:
        if await found(request) is not None:
            return RedirectResponse("/", status_code=303)
        detail = "this link was used already, or its ten minutes are over"
        return refusal(request, Refusal(401, detail, "Make a new one: ammo open"))
    return await _entered(server, grant)


@router.post("/login", response_class=HTMLResponse, include_in_schema=False)
async def password(
    request: Request,
    person: Annotated[str, Form(max_length=64)],
    secret: Annotated[str, Form(max_length=1024, alias="password")],
) -> Response:
    """Check an account's password; the same answer and the same time for unknown names."""
    server: Server = request.app.state.server
    accounts = server.app.ledger.accounts
    try:
        account = await login.check_password(accounts, PersonId(person), secret)
    except RefusedError as error:
        return HTMLResponse(await _form(server, error.message), status_code=429)
    if account is None:
        return HTMLResponse(await _form(server, "Name or password is wrong."), status_code=401)
    now = server.app.clock.now()
    grant = Grant(
        hash="", person=account.person, kind="session", scopes=ROLES[account.role], made=now
    )
    return await _entered(server, grant)


@router.post("/logout", include_in_schema=False)
async def leave(here: Annotated[Here, needs("read")]) -> Response:
    """End this session."""
    await here.app.ledger.accounts.revoke(here.grant.hash)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


async def _entered(server: Server, grant: Grant) -> Response:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    secret = await login.make_session(accounts, grant.person, grant.scopes, now, days=DAYS)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=DAYS * 86_400,
        path="/",
        httponly=True,
        samesite="strict",
        secure=server.behind_tls,
    )
    return answer


async def _form(server: Server, problem: str = "") -> str:
    accounts = await server.app.ledger.accounts.accounts()
    return TEMPLATES.get_template("login.html").render(problem=problem, accounts=bool(accounts))
