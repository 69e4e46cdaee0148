"""What a plugin was granted holds while AMMO runs: by name, through a proxy, and not at all offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins_seam.sites import MANIFEST, ask, install

HOSTED = """
import asyncio
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace

def go(host):
    asyncio.run(asyncio.wait_for(asyncio.open_connection(host, 443), 0.2))

@hookimpl
def ammo_subspaces():
    return [Subspace(id="hosted", title="Hosted", knowledge=lambda: go)]
"""
# A name server that knows every name: each has a number that no TCP connection can go to.
TRY = """
import socket
NUMBERS = {"api.tides.example": "224.0.0.1", "old.tides.example": "224.0.0.2", "planted.example": "224.0.0.3", "proxy.example": "224.0.0.4"}
real = socket.getaddrinfo
def looked_up(host, port, *more, **rest):
    return real(NUMBERS.get(host, host), port, *more, **rest)
socket.getaddrinfo = looked_up
plugins = load_plugins(settings)
[space] = [s for s in plugins.subspaces() if s.id == "hosted"]
errors = {}
for host in ("127.0.0.1", *NUMBERS):
    try:
        space.knowledge()(host)
        errors[host] = "free to try"
    except Exception as error:
        errors[host] = getattr(error, "message", "free to try")
say(errors=errors)
"""
CAPABILITIES = '[capabilities]\nnetwork = ["api.tides.example", "*.tides.example"]\n'
REFUSED = "granted are: api.tides.example, *.tides.example"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin that may talk to two hosts and connects to any."""
    folder = tmp_path_factory.mktemp("hosted") / "site"
    install(
        folder,
        "hosted",
        HOSTED,
        manifest=MANIFEST.format(name="hosted", id="hosted") + CAPABILITIES,
    )
    return folder


def test_a_granted_host_is_reached_by_its_name_and_another_is_not(site: Path) -> None:
    errors = ask(site, TRY)[0]["errors"]
    assert errors["127.0.0.1"] == errors["api.tides.example"] == errors["old.tides.example"] == "free to try"  # fmt: skip
    assert "224.0.0.3/planted.example port 443" in errors["planted.example"]
    assert REFUSED in errors["planted.example"]
    assert REFUSED in errors["proxy.example"]


def test_the_proxy_of_this_environment_may_be_reached_by_who_may_reach_any_host(
    site: Path,
) -> None:
    errors = ask(site, TRY, https_proxy="http://proxy.example:3128")[0]["errors"]
    assert errors["proxy.example"] == "free to try"
    assert REFUSED in errors["planted.example"]


def test_offline_nobody_is_granted_a_host_but_this_machine(site: Path) -> None:
    errors = ask(site, TRY, AMMO_OFFLINE="1")[0]["errors"]
    assert errors["127.0.0.1"] == "free to try"
    assert "granted are: none" in errors["api.tides.example"]
