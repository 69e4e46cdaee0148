"""The tutorials, followed word by word on a new home: every command they show is run, in order."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.testing.command import AmmoCommand

ROOT = Path(__file__).parents[2]
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def follow(page: str, ammo: AmmoCommand) -> dict[str, str]:
    """Run the commands of a page where one stands; return what each printed."""
    text = (ROOT / "docs" / "tutorials" / page).read_text(encoding="utf-8")
    told = {}
    for line in [line for block in SHELL.findall(text) for line in block.splitlines()]:
        name, *words = shlex.split(line)
        assert name == "ammo"
        told[line] = ammo(*words).stdout
    return told


@contextmanager
def running(ammo: AmmoCommand) -> Iterator[None]:
    """Let the app run with its buddies while the body runs."""
    process = ammo.start("up", "--no-open", "--port", "0", "--speed", "600")
    assert process.stderr is not None
    try:
        assert any(line.startswith("Ready:") for line in process.stderr), process.poll()
        yield
    finally:
        process.terminate()
        process.communicate(timeout=60)


def cards_of(ammo: AmmoCommand, subspace: str) -> list[dict[str, Any]]:
    """Return what a feed shows once its buddies have written; it is asked for up to a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if cards := ammo.json("feed", "--subspace", subspace)["cards"]:
            return cards
    raise AssertionError(f"no card of {subspace} within a minute")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_subspace_is_written_checked_installed_into_a_running_app_read_and_taken_away(
    scripted: AmmoCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with running(scripted):
        told = follow("subspace.md", scripted)
        for folder in ("./bread", "./ammo-subspace-recipes"):
            assert "Tier: silver" in told[f"ammo check {folder}"]
        left = {one["id"] for one in scripted.json("subspace", "list")["subspaces"]}
        assert {"coin", "recipes"} <= left
        assert "bread" not in left
        card = cards_of(scripted, "recipes")[0]
        assert card["subspace"] == "recipes"
        assert card["claims"]
        scripted("subspace", "remove", "recipes", "--erase", "--yes")
        assert "recipes" not in scripted("subspace", "list").stdout
        assert "no creation" in scripted("why", card["id"], code=2).stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_buddy_is_written_tried_and_taken_away(scripted: AmmoCommand) -> None:
    told = follow("buddy.md", scripted)
    assert "Whale Watcher" in told["ammo buddy list"]
    assert "of 2 would go out" in told["ammo buddy test whale-watcher --cards 2"]
    assert "whale-watcher" not in scripted("buddy", "list").stdout
