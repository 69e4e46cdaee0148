"""Verbs and addresses that plugins bring: listed without an import, behind the login, each fault its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins_seam.sites import MANIFEST, ask, install

TIDES = """
import sys
sys.stderr.write("imported\\n")
import typer
from fastapi import APIRouter
from ammo_agents.hooks import hookimpl

app = typer.Typer(name="tides", help="High and low water.")

@app.command()
def today(bay: str, high: bool = False):
    print("high" if high else "low", bay)

@app.command()
def fail():
    raise KeyError("water")

router = APIRouter()

@router.get("/table")
async def table():
    return {"high": 4.2}

@router.post("/note")
async def note():
    return {"kept": True}

@router.get("/fails")
async def fails():
    raise KeyError("water")

@router.get("/exits")
async def exits():
    raise SystemExit(3)

@hookimpl
def ammo_commands():
    return [app]

@hookimpl
def ammo_routes(settings):
    return [router]
"""
DECLARED = """
api = "1"
name = "tides"
title = "Tides"
[offers]
routes = ["tides"]
[commands]
tides = "High and low water."
feed = "It would be AMMO's own."
"""
SERVE = """
import asyncio, httpx
from ammo_agents.app import opened
from ammo_agents.round import login
from ammo_agents.settings import load
from ammo_agents.web.app import create
from ammo_agents.web.server import Server

async def main():
    async with opened(load(), access="write") as app:
        server = Server(app=app, loops=False)
        transport = httpx.ASGITransport(app=create(server))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as client:
            async def get(path, method="GET", **more):
                done = await client.request(method, path, **more)
                return [done.status_code, done.json() if "json" in done.headers["content-type"] else {}]
            found = {"nobody": await get("/x/tides/table", headers={"accept": "application/json"})}
            secret = await token(app)
            client.headers["authorization"] = f"Bearer {secret}"
            client.headers["accept"] = "application/json"
            for path in ("/x/tides/table", "/x/tides/fails", "/x/tides/exits", "/x/nothing/table", "/x/tides/nothing"):
                found[path] = await get(path)
            found["note"] = await get("/x/tides/note", "POST", json={})
            app.plugins.drop("tides")
            found["gone"] = await get("/x/tides/table")
            found["own"] = await get("/health")
            say(found=found)

async def token(app):
    from ammo_agents.views import accounts
    made = await accounts.token_new(app, scopes=["read", "feedback"])
    return made["token"]

asyncio.run(main())
"""


def ammo(site: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process that has the plugins of `site` on its path."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("AMMO_")}  # noqa: TID251 - a child
    env |= {"AMMO_HOME": str(site / "home"), "PYTHONPATH": str(site)} | more
    code = "from ammo_agents.cli.main import run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env=env,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin with verbs and addresses, and one that offers verbs it cannot."""
    folder = tmp_path_factory.mktemp("doors") / "site"
    install(folder, "tides", TIDES, manifest=DECLARED.replace("feed = \"It would be AMMO's own.\"\n", ""))  # fmt: skip
    broken = MANIFEST.format(name="rocks", id="x").replace('subspaces = ["x"]', "")
    install(
        folder,
        "rocks",
        "raise ValueError('at import')",
        manifest=broken + '[commands]\nrocks = "Rocks."\nfeed = "Mine."\n',
    )
    return folder


def test_the_help_names_the_verbs_of_plugins_and_imports_none(site: Path) -> None:
    done = ammo(site, "--help")
    assert done.returncode == 0, done.stderr
    assert "High and low water. (plugin tides)" in done.stdout
    assert "imported" not in done.stderr
    assert "Mine." not in done.stdout


def test_a_verb_of_a_plugin_takes_its_own_options(site: Path) -> None:
    done = ammo(site, "tides", "today", "north", "--high")
    assert (done.returncode, done.stdout) == (0, "high north\n"), done.stderr


def test_a_verb_that_fails_names_its_plugin(site: Path) -> None:
    done = ammo(site, "tides", "fail")
    assert done.returncode == 3
    assert "plugin 'tides' failed in 'tides': KeyError: 'water'" in done.stderr
    assert "ammo plugin disable tides" in done.stderr


def test_a_verb_of_a_plugin_that_cannot_be_loaded_says_why(site: Path) -> None:
    for _ in range(2):  # the second time its fault may be known from the first
        done = ammo(site, "rocks")
        assert done.returncode == 3
        why = "plugin 'rocks' does not bring the verb 'rocks': ValueError: at import"
        assert why in done.stderr


def test_a_verb_of_a_plugin_that_a_setting_leaves_out_says_which(
    site: Path,
) -> None:
    done = ammo(site, "tides", "today", "north", AMMO_PLUGINS="local")
    assert done.returncode == 3
    assert "AMMO_PLUGINS=local,tides" in done.stderr
    assert "imported" not in done.stderr


@pytest.mark.parametrize("verb", ["train", "runs", "tutorial"])
def test_a_verb_of_fine_tuning_says_how_to_install_it(verb: str, tmp_path: Path) -> None:
    code = (  # a finder that sees every distribution but one
        "from importlib import metadata; every = metadata.entry_points\n"
        "metadata.entry_points = lambda **k: [e for e in every(**k) if e.name != 'training']\n"
        "from ammo_agents.cli.main import run; run()"
    )
    line = [sys.executable, "-c", code, verb, "list", "--json"]
    env = {**os.environ, "AMMO_HOME": str(tmp_path)}  # noqa: TID251 - a child
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=50, env=env)
    assert done.returncode == 2
    assert "make setup-train" in done.stdout + done.stderr


def test_addresses_of_a_plugin_need_the_login_and_each_fault_is_its_own(site: Path) -> None:
    found = ask(site, SERVE)[0]["found"]
    assert found["nobody"][0] == 401
    assert found["/x/tides/table"] == [200, {"high": 4.2}]
    assert found["note"] == [200, {"kept": True}]
    for path in ("/x/tides/fails", "/x/tides/exits"):
        status, told = found[path]
        assert status == 503
        assert "plugin 'tides' failed here" in told["detail"]
    for path in ("/x/nothing/table", "/x/tides/nothing", "gone"):
        assert found[path][0] == 404
    assert found["own"][0] == 200
