"""``ammo up``: the web app, its APIs and the buddies behind them, on loopback, until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from rich.console import Console

from ammo_agents import __version__, telemetry
from ammo_agents.app import App, opened
from ammo_agents.cli import door, session
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import BadInputError, LockedError, RefusedError, ResourceError
from ammo_agents.round import login
from ammo_agents.settings import Loaded, display, folders, load
from ammo_agents.views import VERBS
from ammo_agents.web.app import create
from ammo_agents.web.gate import LOOPBACK
from ammo_agents.web.server import ADDRESS, Server, announced

GRACE = 3
"""Seconds that open requests get when the process is asked to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the app listens, and who may reach it."""

    host: str = "127.0.0.1"
    port: int = 8642
    names: tuple[str, ...] = ()
    """Further names the server answers to, behind a proxy."""
    behind_tls: bool = False

    def base(self, port: int) -> str:
        """Return what a browser types to reach it on `port`."""
        if self.names and self.behind_tls:
            return f"https://{self.names[0]}"
        host = "127.0.0.1" if self.host in {"localhost", "0.0.0.0"} else self.host
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def loopback(self) -> bool:
        """Return whether only this machine can reach it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}


def up(
    address: Address,
    *,
    subspace: str | None,
    speed: float,
    live: bool,
    open_browser: bool,
    loops: bool = True,
) -> None:
    """Serve until a signal comes; the first page is there before the model is."""
    loaded = load({**FLAGS, "subspace": subspace, "live": live or None})
    console = Console(stderr=True, highlight=False)

    async def main() -> None:
        async with _owned(loaded) as app:
            _greet(console, app)
            accounts = bool(await app.ledger.accounts.accounts())
            _check(address, accounts=accounts)
            with listening(address) as sock:
                port = sock.getsockname()[1]
                server = Server(
                    app=app,
                    port=port,
                    base=address.base(port),
                    hosts=LOOPBACK | frozenset(address.names),
                    behind_tls=address.behind_tls,
                    accounts=accounts,
                    days_per_minute=speed,
                    loops=loops,
                )
                await serve(server, sock, console, open_browser=open_browser)

    telemetry.start(loaded.settings.telemetry)
    try:
        asyncio.run(main())
    finally:
        telemetry.stop()


async def serve(
    server: Server, sock: socket.socket, console: Console, *, open_browser: bool
) -> None:
    """Begin, listen, tell the link, then warm up; until a signal ends it."""
    await server.begin()
    config = uvicorn.Config(
        create(server),
        log_level="error",
        access_log=False,  # an address may hold a secret: a login link, a feed
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE,
        ws="none",
    )
    listener = Listener(config, server)
    app = server.app

    async def answer(verb: str, arguments: Any) -> dict[str, Any]:
        server.poke()
        told = await session.serve(app, verb, arguments)
        if "error" not in told and VERBS[verb].access != "none":
            server.follow(str(arguments.get("subspace") or ""))
        return told

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(door.opened(app.folders.data / door.SOCKET, answer))
        await stack.enter_async_context(
            announced(app.folders.data, port=server.port, base=server.base)
        )
        stack.push_async_callback(server.close)
        serving = asyncio.create_task(listener.serve(sockets=[sock]))
        link = await login.make_link(app.ledger.accounts, app.person, app.clock.now())
        _tell(console, server, link, open_browser=open_browser)
        server.spawn(_later(server))
        await serving
    console.print("Everything is kept. Go on with: ammo up")


class Listener(uvicorn.Server):
    """uvicorn, which tells the streams when it is asked to end, and leaves the ending to us."""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._ammo = server

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals through the loop: uvicorn's own way ends the process before anything is closed."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._end, name)
        try:
            yield
        finally:
            for name in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(name)

    def _end(self, name: int) -> None:
        self._ammo.stopping.set()
        self.handle_exit(name, None)


async def _later(server: Server) -> None:
    """Open the heavy parts once the first page had its chance."""
    await asyncio.sleep(0.5)
    await server.warm()


@contextlib.contextmanager
def listening(address: Address) -> Iterator[socket.socket]:
    """Yield a socket bound to the address.

    Raises:
        BadInputError: it is no address of this machine, or not one this person may use.
        ResourceError: the port is taken.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once instead of waiting for an acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            sock.bind((address.host, address.port))
        except OSError as error:
            said = f"{address.host}:{address.port} cannot be used: {error.strerror}"
            if error.errno != errno.EADDRINUSE:
                hint = "Use this machine's own address, and a port from 1024 up: ammo up --host 127.0.0.1 --port 0"
                raise BadInputError(said, hint=hint) from error
            other = address.port + 1 if address.port < 65535 else 8642
            hint = f"Another program has it. Choose another: ammo up --port {other}, or --port 0 for any"
            raise ResourceError(said, hint=hint) from error
        yield sock
    finally:
        sock.close()


@asynccontextmanager
async def _owned(loaded: Loaded) -> AsyncIterator[App]:
    """Open the home for writing; where AMMO runs on it already, say how to get in."""
    try:
        async with opened(loaded, access="write") as app:
            yield app
    except LockedError as error:
        if not (folders(loaded.settings).data / ADDRESS).exists():
            raise
        hint = f"AMMO runs there already, open it: ammo open. {error.hint}"
        raise LockedError(error.message, hint=hint, pid=error.pid) from error


def _check(address: Address, *, accounts: bool) -> None:
    """Refuse to be reachable from outside without accounts and a TLS proxy (S7)."""
    if address.loopback:
        return
    if not accounts or not address.behind_tls:
        raise RefusedError(
            f"{address.host} can be reached from other machines, and "
            + ("no accounts exist" if not accounts else "nothing encrypts the way"),
            hint="Make accounts (ammo account add NAME --role admin), put a TLS proxy in front and say --behind-tls-proxy --name HOST",
        )


def _greet(console: Console, app: App) -> None:
    hosted = not app.settings.model.startswith("local/")
    leaves = (
        f"Prompts go to the provider of {app.settings.model}."
        if hosted
        else "Running fully local. Nothing leaves this machine."
    )
    console.print(f"AMMO {__version__}, data in {app.folders.data}. {leaves}")


def _tell(console: Console, server: Server, link: str, *, open_browser: bool) -> None:
    address = f"{server.base}/login?t={link}"
    for planted in server.planted:
        if planted.cards:
            console.print(f"{planted.cards} cards of {planted.subspace} to begin with.")
        elif "begun" not in planted.note and planted.note:
            console.print(f"[dim]{planted.subspace}: {planted.note}[/dim]")
    console.print(f"Ready: [bold]{address}[/bold]", soft_wrap=True)
    console.print("[dim]The link works once. Another: ammo open. Stop with Ctrl-C.[/dim]")
    if open_browser and sys.stderr.isatty() and display():
        webbrowser.open(address)
