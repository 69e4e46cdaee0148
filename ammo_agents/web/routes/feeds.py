"""A person's own feed at a secret address, and the page that confirms an answer to one of its entries.

The address stands for the login: a reader program sends no cookie. A GET changes nothing; the page it
shows carries a token of its own that works once, because the session's cookie does not come along
from another site.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ammo_agents.app import App
from ammo_agents.errors import NotFoundError, RefusedError
from ammo_agents.ports import ROLES
from ammo_agents.records import CreationId
from ammo_agents.round import login
from ammo_agents.views import syndication as views
from ammo_agents.web import syndication
from ammo_agents.web.here import Here, needs
from ammo_agents.web.pages import TEMPLATES
from ammo_agents.web.server import Server

router = APIRouter()
WRITERS = {
    "rss.xml": (syndication.rss, "application/rss+xml"),
    "atom.xml": (syndication.atom, "application/atom+xml"),
}
LONGEST = 128
"""Letters of a secret or a token."""


@router.get("/feeds/{secret}/{form}", include_in_schema=False)
async def feed(request: Request, secret: str, form: str) -> Response:
    """Give the feed in one of its three forms; nothing is recorded."""
    app = await _whose(request, secret)
    if form not in views.FORMATS:
        raise NotFoundError("there is no such feed", hint=f"There are: {', '.join(views.FORMATS)}")
    found = await views.personal_feed(app)
    base = str(request.base_url).rstrip("/")
    if form == "feed.json":
        plain = syndication.json_feed(found, base=base, secret=secret, acts=views.ACTS)
        return JSONResponse(plain, media_type="application/feed+json")
    writer, kind = WRITERS[form]
    body = writer(found, base=base, secret=secret, acts=views.ACTS)
    return Response(body, media_type=kind)


@router.get("/feeds/{secret}/feedback/{card}/{act}", include_in_schema=False)
async def confirm(request: Request, secret: str, card: str, act: str) -> HTMLResponse:
    """Show what an answer would record, with a form that records it; nothing is recorded yet."""
    app = await _whose(request, secret)
    creation = await app.ledger.creation(CreationId(_act(act) and card))
    nonce = secrets.token_urlsafe(16)
    return _page(
        title=creation.title.text,
        act=act,
        token=f"{nonce}.{_signed(secret, creation.id, act, nonce)}",
        receipt="",
    )


@router.post("/feeds/{secret}/feedback/{card}/{act}", include_in_schema=False)
async def record(
    request: Request,
    secret: str,
    card: str,
    act: str,
    token: Annotated[str, Form(max_length=LONGEST)],
) -> HTMLResponse:
    """Record the answer, once for each token; the same token again shows the same receipt."""
    app = await _whose(request, secret)
    await _may_answer(app)
    creation = await app.ledger.creation(CreationId(_act(act) and card))
    nonce, _, signature = token.partition(".")
    wanted = _signed(secret, creation.id, act, nonce)
    if not hmac.compare_digest(signature.encode(), wanted.encode()):
        raise RefusedError("this form was not made here", hint="Open the link in your feed again.")
    given = await views.answer_entry(app, card=creation.id, act=act, key=f"feed/{nonce}")
    return _page(title=given["title"], act=act, token="", receipt=given["receipt"])


@router.post("/you/feed-address", include_in_schema=False)
async def address(request: Request, here: Annotated[Here, needs("feedback")]) -> HTMLResponse:
    """Make a new secret address and show it once; the old one stops working."""
    made = await views.feed_address(here.app, rotate=True)
    base = str(request.base_url).rstrip("/")
    text = TEMPLATES.get_template("feed_address.html").render(
        addresses=[base + path for path in made["addresses"].values()], note=made["note"]
    )
    return HTMLResponse(text)


async def _whose(request: Request, secret: str) -> App:
    """Return AMMO as the owner of a secret address sees it; anything else is not found."""
    server: Server = request.app.state.server
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    grant = await login.granted(accounts, secret[:LONGEST], now, kinds=("feed",))
    if grant is None:
        raise NotFoundError(
            "there is no feed at this address", hint="Make one: ammo feed-address --rotate"
        )
    return server.app.of(grant.person)


async def _may_answer(app: App) -> None:
    """Refuse an answer of somebody whose account only reads."""
    account = await app.ledger.accounts.account(app.person)
    if account is not None and "feedback" not in ROLES[account.role]:
        raise RefusedError("this account only reads", hint="Ask the owner for the role user.")


def _act(act: str) -> str:
    if act not in views.ACTS:
        raise NotFoundError("there is no such answer", hint=f"There are: {', '.join(views.ACTS)}")
    return act


def _signed(secret: str, card: str, act: str, nonce: str) -> str:
    words = f"{card}\n{act}\n{nonce}".encode(errors="replace")
    return hmac.new(secret.encode(), words, hashlib.sha256).hexdigest()


def _page(**context: str) -> HTMLResponse:
    return HTMLResponse(TEMPLATES.get_template("feed_confirm.html").render(**context))
