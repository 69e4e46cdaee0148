"""No token, session, password or address of a channel stands in a log, an error, a file or an export (S12)."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from ammo_agents.ports import ROLES, Account
from ammo_agents.records import PersonId
from ammo_agents.round import login
from ammo_agents.views import VERBS
from ammo_agents.web.here import COOKIE
from ammo_agents.web.server import Server, announced

Came = Callable[..., Awaitable[httpx.AsyncClient]]
PASSWORD = "a canary named Quokka 7731"
HOOK = "https://hooks.example/quokka-secret-path-7731"


async def made(server: Server, you: httpx.AsyncClient) -> dict[str, str]:
    """Make one secret of each kind, use it, and return them by name."""
    accounts, now = server.app.ledger.accounts, server.app.clock.now()
    person, scopes = PersonId("you"), ROLES["admin"]
    password = await login.hash_password(PASSWORD)
    await accounts.add(Account(person=PersonId("pia"), role="user", password=password, made=now))
    hook = {"name": "hook", "address": HOOK}
    added = (await you.post("/api/v1/inbox/channels", json=hook)).json()
    return {
        "session": await login.make_session(accounts, person, scopes, now),
        "bearer": await login.make_bearer(accounts, person, scopes, now, label="a label"),
        "feed": await login.make_feed(accounts, person, now),
        "link": await login.make_link(accounts, person, now),
        "cookie": you.cookies[COOKIE],
        "password": PASSWORD,
        "channel": HOOK,
        "signing": str(added["secret"]),
    }


async def used(you: httpx.AsyncClient, nobody: httpx.AsyncClient, kept: dict[str, str]) -> str:
    """Use the secrets rightly and wrongly everywhere; return every answer."""
    told: list[httpx.Response] = []
    for secret in (kept["bearer"], kept["session"], kept["feed"], kept["bearer"] + "x"):
        asked = {"Authorization": f"Bearer {secret}"}
        told += [
            await nobody.get(path, headers=asked)
            for path in ("/api/v1/you", "/metrics", "/aipp/v1/feed", "/v1/models", "/nowhere")
        ]
        told.append(await nobody.post("/v1/embeddings", headers=asked, json={"model": secret[:9]}))
        told.append(await nobody.get("/you", headers={"Cookie": f"{COOKIE}={secret}x"}))
    for name, password in (("pia", PASSWORD), ("pia", f"{PASSWORD}x"), ("piaa", PASSWORD)):
        entered = await nobody.post("/login", data={"person": name, "password": password})
        assert kept["password"] not in entered.text
        told.append(httpx.Response(entered.status_code, text=entered.text))
    told.append(await nobody.get("/login", params={"t": kept["link"] + "x"}))
    told.append(await nobody.post("/login", data={"person": "p" * 99, "password": PASSWORD}))
    again = {"name": "hook", "address": HOOK}
    told.append(await you.post("/api/v1/inbox/channels", json=again))
    told.append(await you.post("/api/v1/inbox/channels", json={"name": "x", "address": f" {HOOK}"}))
    told += [
        await you.get(path)
        for path in ("/inbox", "/you", "/you/export.json", "/api/v1/inbox", "/api/v1/doctor")
    ]
    told += [
        await you.get(path)
        for path in ("/api/v1/status", "/api/v1/health", "/metrics", "/api/v1/openapi.json")
    ]
    return "\n".join(f"{one.text}\n{one.headers}" for one in told)


def files(home: Path) -> dict[Path, bytes]:
    """Return every file of a home but the one that keeps channels, which may hold its addresses."""
    found = [p for p in home.rglob("*") if p.is_file() and not p.is_symlink()]
    return {p: p.read_bytes() for p in found if p.name != "channels.json"}


async def test_no_secret_stands_in_a_log_an_answer_a_file_or_an_export(
    come: Came, server: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="httpx")  # this test's own client tells its addresses
    you, nobody = await come(), await come(None)
    kept = await made(server, you)
    answers = await used(you, nobody, kept)
    out = tmp_path / "out.zip"
    await VERBS["data_export"].function(server.app, to=str(out))
    exported = json.dumps(await VERBS["everything"].function(server.app))
    home = Path(server.app.settings.home)
    async with announced(server.app.folders.data, port=8642, base="http://127.0.0.1:8642"):
        kept_files = await asyncio.to_thread(files, home)
    assert [p for p in kept_files if p.name == "server.json"]
    assert [p for p in kept_files if p.name == "ledger.db"]
    kept_files[out] = await asyncio.to_thread(out.read_bytes)
    for name, secret in kept.items():
        assert secret not in caplog.text, f"the log tells the {name}"
        assert secret not in answers, f"an answer tells the {name}"
        assert secret not in exported, f"the export tells the {name}"
        holding = [p.name for p, text in kept_files.items() if secret.encode() in text]
        assert not holding, f"{holding} hold the {name}"


async def test_what_keeps_addresses_is_for_its_owner_alone(come: Came, server: Server) -> None:
    you = await come()
    hook = {"name": "hook", "address": HOOK}
    assert (await you.post("/api/v1/inbox/channels", json=hook)).status_code == 200
    home = Path(server.app.settings.home)

    def modes() -> list[tuple[int, int]]:
        found = home.rglob("channels.json")
        return [
            (stat.S_IMODE(p.stat().st_mode), stat.S_IMODE(p.parent.stat().st_mode)) for p in found
        ]

    assert await asyncio.to_thread(modes) == [(0o600, 0o700)]


def test_no_file_of_ammo_reaches_for_chromas_server() -> None:
    root = Path(__file__).parents[2]
    sources = [*root.glob("ammo_agents/**/*.py"), *root.glob("plugins/*/ammo_*/**/*.py")]
    assert len(sources) > 100
    for place in sources:
        text = place.read_text(encoding="utf-8")
        for name in ("chromadb.server", "chromadb.app", "chroma run", "HttpClient"):
            assert f"import {name}" not in text, place
            assert f"from {name}" not in text, place
            assert f"{name}(" not in text, place
    chroma = (root / "plugins" / "chroma" / "ammo_chroma").glob("**/*.py")
    assert any("PersistentClient" in p.read_text(encoding="utf-8") for p in chroma)
