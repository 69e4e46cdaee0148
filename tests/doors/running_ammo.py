"""A real ``ammo up`` for tests: a child process on a port of its own, and the token of its owner."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import httpx

from ammo_agents.testing.command import AmmoCommand

PAUSE = 0.1
TRIES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running AMMO."""

    home: AmmoCommand
    process: subprocess.Popen[str]
    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends to come in."""
        return {"authorization": f"Bearer {self.token}"}

    def events(self) -> int:
        """Return how many acts of the owner stand."""
        return int(self.home.json("you", "show")["events"])


@contextmanager
def serving(home: AmmoCommand) -> Iterator[Running]:
    """Serve a home while the body runs."""
    process = home.start("up", "--no-open", "--no-write", "--port", "0")
    try:
        place = home.home / "data" / "server.json"
        for _ in range(TRIES):
            if process.poll() is not None or (place.exists() and _answers(place.read_text())):
                break
            Event().wait(PAUSE)
        assert process.poll() is None, process.communicate()[1]
        port = json.loads(place.read_text())["port"]
        token = home.json("token", "show")["token"]
        yield Running(home=home, process=process, url=f"http://127.0.0.1:{port}", token=token)
    finally:
        process.terminate()
        process.communicate()


def _answers(address: str) -> bool:
    try:
        port = json.loads(address)["port"]
        return httpx.get(f"http://127.0.0.1:{port}/login", timeout=5).status_code < 500
    except (ValueError, httpx.TransportError):
        return False
