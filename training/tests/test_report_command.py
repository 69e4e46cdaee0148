"""``ammo train report`` as people run it: the page, the JSON, several seeds, and exit 3 at a closed gate."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ammo_training import report, run
from ammo_training.cli import report as verbs
from ammo_training.cli.train import app
from madeup import frozen, made
from typer.testing import CliRunner

from ammo_agents.errors import AmmoError, BadInputError, NotFoundError

assert verbs  # its import adds the verbs
Said = Callable[..., tuple[int, str]]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own with an adapter of two seeds that passes, one that does not, and one that was never trained."""
    monkeypatch.setenv("AMMO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "home" / "data" / "training" / "runs"
    base: dict[str, Any] = {"overlap": {}, "counts": {}, "sources": {}, "says": "80 people."}
    data = {**base, "train": 9, "test": 400, "test_sha256": "t"}
    for name, changes in {
        "one": {"seed": 7},
        "two": {"seed": 8},
        "shut": {"seed": 9, "frozen": frozen(-0.3)},
    }.items():
        kept = run.create(folder, run.Run(folder=folder, id=name, kind="dpo", adapter="a_1"))
        run.write(replace(kept, state="done"))
        report.keep(made(data=data, **changes), kept.folder)
    new = run.create(folder, run.Run(folder=folder, id="new", kind="dpo"))
    run.write(replace(new, state="stopped"))
    return folder


@pytest.fixture
def ammo(runs: Path) -> Said:
    """Run ``ammo train`` in this process; return exit code and stdout, raise expected errors."""

    def invoked(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        if isinstance(done.exception, AmmoError):
            raise done.exception
        return done.exit_code, done.stdout

    return invoked


def test_a_report_is_shown_as_a_page_or_as_the_json_that_was_kept(ammo: Said, runs: Path) -> None:
    code, page = ammo("report", "one")
    assert code == 0
    assert "Not shown. every bar is cleared with 1 seed" in " ".join(page.split())
    code, words = ammo("report", "one", "--json")
    assert json.loads(words) == report.read(runs / "one")


def test_a_closed_gate_ends_with_three(ammo: Said) -> None:
    assert ammo("report", "shut", "--json")[0] == 3
    assert ammo("report", "one", "shut", "--json")[0] == 3


def test_several_seeds_are_joined(ammo: Said) -> None:
    code, words = ammo("report", "one", "two", "--json")
    found = json.loads(words)
    assert (code, found["seeds"], found["verdict"]["word"]) == (0, [7, 8], "not shown")
    with pytest.raises(BadInputError, match="name one twice"):
        ammo("report", "one", "one")


def test_a_run_that_is_not_there_or_has_no_adapter_is_named(ammo: Said) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        ammo("report", "nobody")
    with pytest.raises(BadInputError, match="new has no adapter to report on: it is stopped"):
        ammo("report", "new")
