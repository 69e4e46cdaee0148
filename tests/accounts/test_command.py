"""Accounts and tokens as people type them, also while AMMO runs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ammo_agents.testing.command import AmmoCommand

pytestmark = pytest.mark.timeout(240)
PASSWORD = "correct horse battery"


def test_an_account_is_made_listed_changed_and_removed(scripted: AmmoCommand) -> None:
    made = json.loads(
        scripted(
            *("account", "add", "anna", "--role", "admin", "--password-stdin", "--json"),
            typed=f"{PASSWORD}\n",
        ).stdout
    )
    assert (made["person"], made["role"], made["password"]) == ("anna", "admin", True)
    scripted("account", "add", "ben", "--no-password")
    taken = scripted("account", "add", "ben", "--no-password", code=3)
    assert "ben" in taken.stderr
    assert "fix:" in taken.stderr
    scripted("account", "role", "anna", "reader")
    scripted("account", "password", "ben", "--password-stdin", typed="another long one")
    listed = scripted.json("account", "list")["accounts"]
    assert [(a["person"], a["role"], a["password"]) for a in listed] == [
        ("anna", "reader", True),
        ("ben", "user", True),
    ]
    assert "argon2" not in json.dumps(listed)
    scripted("account", "remove", "anna")
    assert "no account anna" in scripted("account", "remove", "anna", code=2).stderr


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (("account", "add", "Anna!", "--no-password"), "", "name of an account"),
        (("account", "add", "society", "--no-password"), "", "society"),
        (("account", "add", "anna", "--role", "root", "--no-password"), "", "root"),
        (("account", "add", "anna"), "", "--password-stdin"),
        (("account", "add", "anna", "--password-stdin"), "short\n", "5 letters"),
        (("account", "add", "a", "--password-stdin", "--no-password"), "x\n", "exclude"),
        (("account", "role", "nobody", "user"), "", "nobody"),
        (("token", "new"), "", "--scope"),
        (("token", "new", "--scope", "everything"), "", "everything"),
        (("token", "new", "--scope", "read", "--days", "0"), "", "0 days"),
        (("token", "new", "--scope", "read", "--for", "nobody"), "", "nobody"),
        (("token", "new", "--scope", "read", "--label", "a\nb"), "", "label"),
        (("token", "revoke", "ffffffff"), "", "ffffffff"),
    ],
)
def test_what_cannot_be_done_says_why_and_ends_with_two(
    scripted: AmmoCommand, words: tuple[str, ...], typed: str, says: str
) -> None:
    assert says in scripted(*words, typed=typed, code=2).stderr


def test_the_token_of_this_machine_stays_the_same_until_it_is_lost_or_revoked(
    scripted: AmmoCommand,
) -> None:
    first = scripted("token", "show").stdout.strip()
    shown = scripted.json("token", "show")
    place = Path(shown["file"])
    assert shown["token"] == first
    assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    (grant,) = scripted.json("token", "list")["grants"]
    assert (grant["person"], grant["kind"]) == ("you", "bearer")
    assert grant["scopes"] == "admin feedback publish read"
    scripted("token", "revoke", grant["hash"])
    second = scripted("token", "show").stdout.strip()
    place.write_text("half a fi", encoding="utf-8")
    third = scripted("token", "show").stdout.strip()
    assert len({first, second, third}) == 3
    assert len(scripted.json("token", "list")["grants"]) == 1


def test_a_new_token_is_shown_once_and_does_no_more_than_its_holder(scripted: AmmoCommand) -> None:
    scripted("account", "add", "anna", "--role", "reader", "--no-password")
    words = ("token", "new", "--for", "anna", "--label", "phone", "--days", "9")
    refused = scripted(*words, "--scope", "read", "--scope", "feedback", code=2)
    assert "feedback" in refused.stderr
    made = scripted.json(*words, "--scope", "read")
    (listed,) = scripted.json("token", "list", "--for", "anna")["grants"]
    assert listed == {name: made[name] for name in listed}
    assert (listed["label"], listed["scopes"], listed["expired"]) == ("phone", "read", False)
    assert made["token"] not in scripted("token", "list").stdout
    scripted("account", "remove", "anna")
    assert scripted.json("token", "list", "--for", "anna")["grants"] == []


@pytest.fixture
def running(scripted: AmmoCommand) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running AMMO, and where it listens."""
    process = scripted.start("up", "--no-open", "--no-write", "--port", "0")
    try:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "http://127.0.0.1:" in line)
        found = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert found is not None
        yield process, found.group()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.slow
def test_while_ammo_runs_tokens_open_its_door_and_lose_it_when_they_are_revoked(
    scripted: AmmoCommand, running: tuple[subprocess.Popen[str], str]
) -> None:
    process, address = running
    shown = scripted.json("token", "show")

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{address}/aipp/v1/feed", headers=headers, timeout=60).status_code

    assert status("") == status("wrong") == 401
    assert status(shown["token"]) == 200
    scripted("account", "add", "anna", "--role", "reader", "--no-password")
    made = scripted.json("token", "new", "--scope", "read", "--for", "anna")
    assert status(made["token"]) == 200
    scripted("token", "revoke", made["hash"])
    assert status(made["token"]) == 401
    again = scripted.json("token", "new", "--scope", "read", "--for", "anna")
    scripted("account", "remove", "anna")
    assert status(again["token"]) == 401
    assert process.poll() is None
