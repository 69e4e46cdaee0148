"""For authors of plugins: fixtures, the rules of suites as tests, and ``--ammo-report FILE.json``.

Nothing of AMMO is imported until a test asks for it: pytest loads this at every start.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ammo_agents.testing.command import AmmoCommand
    from ammo_agents.testing.scripted import FixedClock, HashEmbedder, ScriptedModel

SEEN = pytest.StashKey[dict[str, Any]]()
"""Suite classes that were collected, by node id."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("ammo").addoption(
        "--ammo-report",
        metavar="FILE.json",
        help="write what the suites of ammo_agents.testing found, rule by rule",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin with no suite."""
    config.stash[SEEN] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a suite's test one rule after the other."""
    rules = getattr(metafunc.cls, "ammo_rules", None)
    if rules is not None and "ammo_rule" in metafunc.fixturenames:
        metafunc.parametrize("ammo_rule", rules())
        parent = metafunc.definition.nodeid.rpartition("::")[0]
        metafunc.config.stash[SEEN][parent] = metafunc.cls


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report."""
    place = session.config.getoption("--ammo-report")
    if not place:
        return
    reports = importlib.import_module("ammo_agents.testing.report")
    suites = {}
    for node, suite in session.config.stash[SEEN].items():
        checked = tuple(suite.ammo_checked.values())
        report = reports.Report(name=suite.__name__, where=node, checked=checked)
        suites[node] = {**report.plain(), "aim": suite.tier}
    Path(place).write_text(json.dumps({"suites": suites}, indent=2) + "\n", encoding="utf-8")


@pytest.fixture
def ammo_home(tmp_path: Path) -> AmmoCommand:
    """A fresh home with the scripted model, the hashing embedder and the exact store: call it with a verb's words."""
    command = importlib.import_module("ammo_agents.testing.command")
    made: AmmoCommand = command.AmmoCommand(
        tmp_path / "home", {**command.SCRIPTED, "AMMO_STORE": "exact"}
    )
    return made


@pytest.fixture
def ammo_model() -> ScriptedModel:
    """An obedient model; for the others: ``ammo_agents.testing.scripted_mode("gullible")``."""
    made: ScriptedModel = importlib.import_module("ammo_agents.testing.modes").scripted("obedient")
    return made


@pytest.fixture
def ammo_embedder() -> HashEmbedder:
    """An embedder without weights: texts that share words lie near each other."""
    made: HashEmbedder = importlib.import_module("ammo_agents.testing.scripted").HashEmbedder()
    return made


@pytest.fixture
def ammo_clock() -> FixedClock:
    """A clock that shows noon of 1 January 2026 until it is moved."""
    made: FixedClock = importlib.import_module("ammo_agents.testing.scripted").FixedClock()
    return made
