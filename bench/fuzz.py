"""Schemathesis against the app's own OpenAPI, in process: as the owner, as another person, and as nobody (F10).

``python bench/fuzz.py [cases]`` makes up to so many generated requests of each address and person, prints how
many were made with which answers, and fails on a server error, on an answer that the OpenAPI does not
describe, and on every other check of Schemathesis.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import Failure, FailureGroup

from ammo_agents.app import opened
from ammo_agents.ports import ROLES, Account
from ammo_agents.records import PersonId
from ammo_agents.round import login
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED
from ammo_agents.web.app import create
from ammo_agents.web.server import Server

CASES = 120
UNUSABLE = ["2xx", "3xx", "400", "401", "403", "404", "409", "415", "422", "429"]
"""What a request that fits the schema may get: a name nobody has, an act that is none, a zone of no land."""
CONFIG = schemathesis.Config.from_dict({
    "checks": {"positive_data_acceptance": {"expected-statuses": UNUSABLE}}
})
WHO = ("owner", "other", "nobody")


@dataclass(slots=True)
class Found:
    """What came of one person's requests."""

    operations: int = 0
    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Running:
    """A server of this process with its tokens."""

    base: str
    schema: dict[str, Any]
    tokens: dict[str, str]


class Quiet(uvicorn.Server):
    """A server in a thread: signals stay with the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


@contextlib.contextmanager
def running(home: Path) -> Iterator[Running]:
    """Serve a fresh home with two accounts until the body ends."""
    ready: list[Running | BaseException] = []
    begun, done = threading.Event(), threading.Event()

    async def serve() -> None:
        env = {**SCRIPTED, "AMMO_HOME": str(home), "AMMO_STORE": "exact"}
        async with opened(await asyncio.to_thread(load, env=env, cwd=home), access="write") as app:
            server = Server(app=app, loops=False)
            await server.begin()
            await server.warm()
            server.stopping.set()  # streams end at once
            web = await asyncio.to_thread(create, server)
            http = Quiet(uvicorn.Config(web, port=0, log_level="error", lifespan="off"))
            task = asyncio.create_task(http.serve())
            while not http.started:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)
            port = http.servers[0].sockets[0].getsockname()[1]
            ready.append(Running(f"http://127.0.0.1:{port}", _schema(web), await _tokens(server)))
            begun.set()
            await asyncio.to_thread(done.wait)
            http.should_exit = True
            await task
            await server.close()

    def work() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            ready.append(error)
            begun.set()
            raise

    home.mkdir(parents=True, exist_ok=True)
    thread = threading.Thread(target=work, name="server")
    thread.start()
    begun.wait()
    try:
        if isinstance(ready[0], BaseException):
            raise ready[0]
        yield ready[0]
    finally:
        done.set()
        thread.join()


def _schema(web: Any) -> dict[str, Any]:
    """Return the OpenAPI of the app behind its gates."""
    while not hasattr(web, "openapi"):
        web = vars(web).get("_app") or vars(web)["_plain"]
    found: dict[str, Any] = web.openapi()
    return found


async def _tokens(server: Server) -> dict[str, str]:
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    await accounts.add(Account(person=PersonId("bea"), role="user", made=now))
    owner = await login.make_bearer(accounts, server.app.person, ROLES["admin"], now)
    other = await login.make_bearer(accounts, PersonId("bea"), ROLES["user"], now)
    return {"owner": owner, "other": other, "nobody": ""}


def fuzzed(here: Running, who: str, *, most: int) -> Found:
    """Ask every address of the OpenAPI as one person, each up to `most` times."""
    found = Found()
    session = requests.Session()
    session.trust_env = False
    if here.tokens[who]:
        session.headers["Authorization"] = f"Bearer {here.tokens[who]}"

    def counted(answer: requests.Response, *_: object, **__: object) -> None:
        found.requests += 1
        found.statuses[answer.status_code] += 1

    session.hooks["response"].append(counted)
    schema = schemathesis.openapi.from_dict(here.schema, config=CONFIG)
    for result in schema.get_all_operations():
        operation = result.ok()
        found.operations += 1
        _one(operation, here.base, session, most=most, found=found)
    return found


def _one(operation: Any, base: str, session: requests.Session, *, most: int, found: Found) -> None:
    """Ask one address."""

    @settings(
        max_examples=most,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        try:
            case.call_and_validate(base_url=base, session=session, timeout=30)
        except (Failure, FailureGroup) as error:
            each = getattr(error, "exceptions", [error])
            for one in each:
                line = " ".join(f"{operation.label}: {type(one).__name__}: {one}".split())[:600]
                kind = line.partition(": ")[2].partition(":")[0]
                known = [f for f in found.failures if f.startswith(f"{operation.label}: {kind}")]
                if len(known) < 2:
                    found.failures.append(f"{line} << {case.as_curl_command()[:400]}")

    ask()


def main() -> int:
    """Run and print the counts; return how many failures there were."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    most = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    total = failures = 0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "home") as here:
        for who in WHO:
            found = fuzzed(here, who, most=most)
            total, failures = total + found.requests, failures + len(found.failures)
            print(f"{who:>8}: {found.requests:,} requests to {found.operations} addresses")
            print(f"          {dict(sorted(found.statuses.items()))}")
            for line in found.failures:
                print(f"          {line}")
    print(f"   total: {total:,} requests, {failures} failures")
    return failures


if __name__ == "__main__":
    sys.exit(min(1, main()))
