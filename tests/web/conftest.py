"""The web app inside the test's own process: scripted model, hashing embedder, exact store, no sockets."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

from ammo_agents.app import App, opened
from ammo_agents.ports import ROLES, Account, Role
from ammo_agents.records import PersonId
from ammo_agents.round import login
from ammo_agents.settings import Loaded
from ammo_agents.web.app import create
from ammo_agents.web.here import COOKIE, form_token
from ammo_agents.web.server import Server

sys.path.insert(0, str(Path(__file__).parent))
BASE = "http://127.0.0.1:8642"


@pytest.fixture(autouse=True)
def _modules() -> Iterator[None]:
    """A page may switch a plugin off, which takes its modules away; what other tests imported comes back."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("ammo_")}
    yield
    sys.modules.update(before)


@pytest.fixture
async def app(played: Callable[..., Loaded]) -> AsyncIterator[App]:
    """An app with some cards to choose from."""
    loaded = await asyncio.to_thread(partial(played, rounds=3, most=8))
    async with opened(loaded, access="write") as app:
        await app.world()
        yield app


@pytest.fixture
async def server(app: App) -> AsyncIterator[Server]:
    """The process behind the pages; no buddy writes by itself."""
    server = Server(app=app, loops=False)
    await server.begin()
    server.warmth = "ready"
    yield server
    await server.close()


Came = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def come(server: Server) -> AsyncIterator[Came]:
    """Let somebody come in: `await come()`, `await come("bea")`, `await come(bearer=True)`, `await come(None)`."""
    async with AsyncExitStack() as stack:
        web = await asyncio.to_thread(create, server)

        async def enter(
            person: str | None = "you", *, role: Role = "admin", bearer: bool = False
        ) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app=web, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=BASE)
            await stack.enter_async_context(client)
            if person is not None:
                await _let_in(client, server, PersonId(person), role, bearer=bearer)
            return client

        yield enter


async def _let_in(
    client: httpx.AsyncClient, server: Server, person: PersonId, role: Role, *, bearer: bool
) -> None:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    if await accounts.account(person) is None:
        await accounts.add(Account(person=person, role=role, made=now))
    scopes = ROLES[role]
    if bearer:
        secret = await login.make_bearer(accounts, person, scopes, now, label="test")
        client.headers["Authorization"] = f"Bearer {secret}"
        return
    secret = await login.make_session(accounts, person, scopes, now, days=1)
    client.cookies.set(COOKIE, secret)
    client.headers["X-CSRF"] = form_token(secret)


@pytest.fixture
async def you(come: Came) -> httpx.AsyncClient:
    """The owner of this AMMO, in a browser."""
    return await come()
