"""The skills in the wheel: every command they show is run, every block of Python is loaded."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ammo_agents.cli.skills import NAMES, text
from ammo_agents.testing.command import SCRIPTED, AmmoCommand

BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(name: str, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(text(name)) if kind == language]


@pytest.mark.parametrize("name", NAMES)
def test_a_skill_names_itself_and_is_printed_as_it_is(name: str, scripted: AmmoCommand) -> None:
    printed = scripted("skill", name).stdout
    assert printed == text(name)
    assert printed.startswith(f"---\nname: ammo-{name}\ndescription: ")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_command_of_operate_runs(filled: AmmoCommand) -> None:
    lines = [line for block in blocks("operate", "sh") for line in block.splitlines()]
    assert len(lines) > 12
    card = ""
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "ammo"
        answer = filled.json(*[card if w == "CARD" else w for w in words[1:] if w != "--json"])
        card = card or (answer.get("cards") or [{"id": ""}])[0]["id"]


def test_the_subspace_of_author_is_found_by_its_commands(tmp_path: Path) -> None:
    (tmp_path / "ammo_subspace_tides.py").write_text(blocks("author", "python")[0])
    modules = f"{SCRIPTED['AMMO_PLUGIN_MODULES']},ammo_subspace_tides"
    env = {**SCRIPTED, "AMMO_PLUGIN_MODULES": modules, "PYTHONPATH": str(tmp_path)}
    ammo = AmmoCommand(tmp_path / "home", {**env, "AMMO_STORE": "exact"})
    for line in blocks("author", "sh")[0].splitlines():
        answer = ammo.json(*[w for w in shlex.split(line)[1:] if w != "--json"])
    assert [b["id"] for b in answer["buddies"]] == ["tides/bay"]


def test_another_skill_is_not_found(scripted: AmmoCommand) -> None:
    assert "AMMO-0101" in scripted("skill", "fly", code=2).stderr
