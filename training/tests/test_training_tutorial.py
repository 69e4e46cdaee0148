"""The training tutorial, followed on a home whose model is the toy: every command of its ``sh`` blocks is run, in order."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
import toy
import typer
from ammo_training.files import sha256_of
from ammo_training.plugin import ammo_commands
from ammo_training.tutorial import tutorial_pairs

from ammo_agents.aipp.pairs.leaks import check
from ammo_agents.testing.command import AmmoCommand

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(sh|console)\n(.*?)```", re.DOTALL)
MANIFEST = """id = "toy"
title = "Toy"
capability = "tiny"
licence = "Apache-2.0"
context = 512
memory_mb = 10
grammar = true

[[files]]
name = "toy.gguf"
size = {size}
sha256 = "{sha256}"
"""


@pytest.fixture
def ammo(tmp_path: Path) -> AmmoCommand:
    """A home whose only model is the toy."""
    models = tmp_path / "models"
    (models / "toy").mkdir(parents=True)
    file = toy.gguf(models / "toy" / "toy.gguf")
    told = MANIFEST.format(size=file.stat().st_size, sha256=sha256_of(file))
    (models / "toy.toml").write_text(told, encoding="utf-8")
    parts = {
        "AMMO_MODELS_DIR": str(models),
        "AMMO_MODEL": "local/toy",
        "AMMO_PLUGIN_MODULES": "ammo_agents.testing.plugin",
        "AMMO_EMBEDDER": "scripted/hash",
        "AMMO_STORE": "exact",
        "AMMO_MODEL_THREADS": "1",
        "AMMO_FREE_SPACE_MB": "0",
    }
    return AmmoCommand(tmp_path / "home", parts)


def commands(kind: str) -> list[list[str]]:
    page = (ROOT / "docs" / "tutorials" / "training.md").read_text(encoding="utf-8")
    blocks = [body for name, body in BLOCK.findall(page) if name == kind]
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_the_sixty_pairs_are_sixty_and_leak_nothing() -> None:
    pairs = tutorial_pairs()
    assert check(pairs) == {"train": 45, "test": 15}
    assert {p.source for p in pairs} == {"rule:tutorial"}
    assert Counter(len(p.chosen) < len(p.rejected) for p in pairs) == {True: 60}
    assert len({p.prompt for p in pairs}) == 60


def test_every_command_of_the_second_part_is_one() -> None:
    groups = {app.info.name: typer.main.get_command(app) for app in ammo_commands()}
    for name, verb, *words in commands("console"):
        assert name == "ammo"
        if verb not in groups:  # a verb of the core: `ammo run`, `ammo feed`
            continue
        command = groups[verb].commands[words[0]]  # type: ignore[attr-defined]
        known = {flag for param in command.params for flag in param.opts}
        asked = {word for word in words if word.startswith("--")}
        assert asked <= known, f"ammo {verb} {words[0]}: {asked - known}"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_first_part_trains_reports_and_is_listed(ammo: AmmoCommand) -> None:
    told = {}
    for name, *words in commands("sh"):
        assert name == "ammo"
        told[" ".join(words)] = ammo(*words).stdout
    assert "A closed gate is right here" in told["tutorial train"]
    assert "tutorial" in told["train list"]
    (run,) = ammo.json("train", "list")["runs"]
    assert run["state"] == "done"
    assert run["adapter"] in told["runs list"]
    folder = ammo.home / "data" / "training" / "runs" / run["id"]
    steps = [
        json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()
    ]
    assert sum("eval" not in line for line in steps) == 12
