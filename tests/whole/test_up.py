"""``ammo up`` as a process: how it begins and ends, how to get in, and what it says when it cannot."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ammo_agents.testing.command import SCRIPTED, AmmoCommand

pytestmark = pytest.mark.timeout(240)
LINK = re.compile(r"http://127\.0\.0\.1:\d+/login\?t=\S+")
UP = ("up", "--no-open", "--no-write", "--port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running app, and what it said until it was ready."""

    ammo: AmmoCommand
    process: subprocess.Popen[str]
    link: str

    @property
    def port(self) -> str:
        """Where it listens."""
        return self.link.partition("/login")[0].rpartition(":")[2]


def start(home: Path) -> Running:
    """Start the app on a home and wait for its link."""
    ammo = AmmoCommand(home, {**SCRIPTED, "AMMO_STORE": "exact"})
    process = ammo.start(*UP, "0")
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if found := LINK.search(line):
            return Running(ammo=ammo, process=process, link=found.group())
    raise AssertionError(f"no link: {said}")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running app."""
    running = start(tmp_path_factory.mktemp("up") / "home")
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.communicate(timeout=60)


def test_a_second_app_on_one_home_is_told_how_to_get_in(running: Running) -> None:
    said = running.ammo(*UP, "0", code=3).stderr
    assert f"process {running.process.pid}" in said
    assert "ammo open" in said
    assert f"kill {running.process.pid}" in said
    assert "AMMO_HOME=" in said


def test_a_link_lets_in_once_and_another_is_one_verb_away(running: Running) -> None:
    fresh = str(running.ammo.json("open")["link"])
    for link in (running.link, fresh):
        assert httpx.get(link).status_code == 303
        assert httpx.get(link).status_code == 401
    assert fresh.startswith(f"http://127.0.0.1:{running.port}/")


def test_status_and_doctor_answer_while_it_runs(running: Running) -> None:
    assert running.ammo.json("status")["home"] == str(running.ammo.home / "data")
    checks = {c["name"]: c for c in running.ammo.json("doctor")["checks"]}
    assert f":{running.port}" in checks["port"]["detail"]
    assert [name for name, check in checks.items() if check["state"] == "bad"] == []


def test_a_port_that_is_taken_is_named_with_another(running: Running, tmp_path: Path) -> None:
    other = AmmoCommand(tmp_path / "home", running.ammo.env)
    said = other(*UP, running.port, code=5).stderr
    assert f"127.0.0.1:{running.port} cannot be used" in said
    assert f"--port {int(running.port) + 1}" in said


@pytest.mark.parametrize(
    ("home", "words", "code", "says"),
    [
        ("home", ("0", "--host", "0.0.0.0"), 3, "account add"),
        ("home", ("0", "--host", "not a host"), 3, "can be reached"),
        ("home", ("65536",), 2, "65535"),
        ("file", ("0",), 2, "AMMO_HOME="),
        ("/sys/ammo", ("0",), 2, "AMMO_HOME="),
    ],
    ids=["everybody", "no-host", "no-port", "a-file", "read-only"],
)
def test_what_cannot_be_served_is_refused_with_a_way_out(
    tmp_path: Path, home: str, words: tuple[str, ...], code: int, says: str
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ammo = AmmoCommand(tmp_path / home, {**SCRIPTED, "AMMO_STORE": "exact"})
    said = ammo(*UP, *words, code=code).stderr
    assert says in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_killed_app_leaves_no_link_to_nowhere_and_the_next_one_starts(tmp_path: Path) -> None:
    first = start(tmp_path / "home")
    first.process.kill()
    first.process.communicate()
    note = tmp_path / "home" / "data" / "server.json"
    assert json.loads(note.read_text(encoding="utf-8"))["port"] == int(first.port)
    assert "ammo up" in first.ammo("open", code=2).stderr
    second = start(tmp_path / "home")
    assert httpx.get(second.link).status_code == 303
    second.process.send_signal(signal.SIGINT)
    _, said = second.process.communicate(timeout=60)
    assert second.process.returncode == 0
    assert "Everything is kept" in said
    assert not note.exists()
