"""The whole way as a person goes it: real processes, real pip, real git, a server that runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from built import CANARY, Wheel

from ammo_agents.testing.command import SCRIPTED, AmmoCommand

pytestmark = pytest.mark.timeout(240)
LINK = re.compile(r"http://127\.0\.0\.1:\d+/login\?t=\S+")
PROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "ammo-subspace-ebbs"
version = "0.3.0"
[project.entry-points.ammo]
ebbs = "ammo_subspace_ebbs"
[tool.setuptools]
packages = ["ammo_subspace_ebbs"]
[tool.setuptools.package-data]
ammo_subspace_ebbs = ["ammo.toml"]
"""


def ammo_at(home: Path) -> AmmoCommand:
    return AmmoCommand(home, {**SCRIPTED, "AMMO_STORE": "exact"})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AmmoCommand]:
    """An `ammo up` on a home."""
    ammo = ammo_at(tmp_path_factory.mktemp("up") / "home")
    process = ammo.start("up", "--no-open", "--port", "0")
    assert process.stderr is not None
    for line in process.stderr:
        if LINK.search(line):
            break
    yield ammo
    process.terminate()
    process.communicate(timeout=60)


def project(folder: Path) -> Path:
    """Write a Python project that holds a plugin."""
    made = Wheel(name="ebbs")
    for path, content in made.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    return folder


def without_code(folder: Path) -> Path:
    """Write a subspace in a folder."""
    folder.mkdir()
    head = 'api = "1"\nname = "loaves"\ntitle = "Loaves"\n'
    (folder / "ammo.toml").write_text(head, encoding="utf-8")
    things = "slug,name,summary\nrye,Rye,A dark loaf.\noat,Oat,A soft loaf.\n"
    (folder / "entities.csv").write_text(things, encoding="utf-8")
    rows = "entity,statement,date,source,verified_by\nrye,Rye bread keeps for 9 days.,2026-01-03,A baker,A baker\noat,Oat bread keeps for 4 days.,2026-01-03,A baker,A baker\n"
    (folder / "facts.csv").write_text(rows, encoding="utf-8")
    return folder


def test_a_wheel_comes_to_a_running_ammo_and_leaves_no_byte_behind(
    running: AmmoCommand, tmp_path: Path
) -> None:
    said = running("install", str(Wheel().into(tmp_path)), "--yes")
    assert "The running AMMO has it already" in said.stdout
    assert "model: its buddies ask the language model" in said.stderr
    cards: list[object] = []
    while not cards:  # the test's own time limit ends it
        cards = running.json("feed", "--subspace", "tides", "-n", "2")["cards"]
    assert CANARY in str(cards)
    running("plugin", "disable", "tides")
    assert "ammo plugin enable tides" in running("feed", "--subspace", "tides", code=3).stderr
    running("subspace", "enable", "tides")
    told = running.json("subspace", "remove", "tides", "--erase", "--yes")
    assert told["erased"]["tides"]["creations"] > 0
    files = [f for f in running.home.rglob("*") if f.is_file() and not f.is_socket()]
    assert [f.name for f in files if CANARY.encode() in f.read_bytes()] == []
    assert running.json("status")["subspace"] == "coin"


def test_nothing_comes_that_nobody_said_yes_to(running: AmmoCommand, tmp_path: Path) -> None:
    said = running("install", str(Wheel(name="silent").into(tmp_path)), code=2).stderr
    assert "Nobody is here to be asked" in said
    assert "--yes" in said
    assert list((running.home / "data" / "plugins").glob(".new-*")) == []


def test_a_bad_wheel_is_refused_with_culprit_and_way_out(
    running: AmmoCommand, tmp_path: Path
) -> None:
    made = Wheel(name="rogue")
    made.files["evil.pth"] = b"import os\n"
    said = running("install", str(made.into(tmp_path)), "--yes", code=3).stderr
    assert "evil.pth: would be run by Python at every start" in said
    assert "fix:" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("some-plugin", "package index"),
        ("https://example.org/a-1-py3-none-any.whl#sha256=" + "0" * 64, "on the network"),
        ("git+https://example.org/a.git", "on the network"),
    ],
)
def test_offline_nothing_is_fetched(tmp_path: Path, what: str, says: str) -> None:
    said = ammo_at(tmp_path / "home")("--offline", "install", what, "--yes", code=3).stderr
    assert says in said
    assert "offline" in said


@pytest.mark.slow
def test_a_project_is_built_only_when_somebody_says_so(tmp_path: Path) -> None:
    ammo, folder = ammo_at(tmp_path / "home"), project(tmp_path / "ebbs")
    assert "runs its code" in ammo("install", str(folder), "--yes", code=2).stderr
    told = json.loads(ammo("install", str(folder), "--yes", "--build", "--json").stdout)
    assert (told["name"], told["version"], told["origin"]) == ("ebbs", "0.3.0", str(folder))
    assert not (folder / "build").exists()
    text = (folder / "pyproject.toml").read_text(encoding="utf-8").replace("0.3.0", "0.4.0")
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    told = json.loads(ammo("plugin", "upgrade", "ebbs", "--build", "--yes", "--json").stdout)
    assert (told["was"], told["version"]) == ("0.3.0", "0.4.0")


@pytest.mark.slow
def test_a_folder_without_code_comes_from_a_repository(tmp_path: Path) -> None:
    folder, ammo = without_code(tmp_path / "loaves"), ammo_at(tmp_path / "home")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(folder)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        subprocess.run([*git, *words], check=True)
    told = json.loads(ammo("install", f"git+file://{folder}", "--yes", "--json").stdout)
    assert (told["sort"], told["subspaces"]) == ("folder", ["loaves"])
    assert re.fullmatch(r"git\+file://.*/loaves@[0-9a-f]{40}", told["origin"])
    assert not (ammo.home / "data" / "subspaces" / "loaves" / ".git").exists()
    assert "loaves" in {s["id"] for s in ammo.json("subspace", "list")["subspaces"]}
    assert (
        json.loads(ammo("install", str(folder), "--yes", "--json").stdout)["state"] == "unchanged"
    )
    assert ammo.json("plugin", "remove", "loaves")["kept"] == ["loaves"]


@pytest.mark.slow
def test_a_name_is_found_in_the_index_and_by_pip_from_a_folder(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    path = Wheel(name="drift").into(wheels)
    digest = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    entry = {
        "name": "drift",
        "summary": "Where it drifts.",
        "versions": [
            {"version": "0.1.0", "wheel": f"wheels/{path.name}", "sha256": digest.stdout.split()[0]}
        ],
    }
    text = json.dumps({"format": 1, "entries": [entry]})
    (tmp_path / "index.json").write_text(text, encoding="utf-8")
    ammo = ammo_at(tmp_path / "home")
    ammo.env["AMMO_PLUGIN_INDEX"] = str(tmp_path)
    found = ammo.json("plugin", "search", "drifts")["plugins"]
    assert [one["name"] for one in found] == ["drift"]
    assert json.loads(ammo("install", "drift", "--yes", "--json").stdout)["version"] == "0.1.0"
    (tmp_path / "index.json").write_text(
        text.replace('"sha256": "', '"sha256": "0'), encoding="utf-8"
    )
    assert "wanted was" in ammo("plugin", "upgrade", "drift", "--yes", code=3).stderr
    ammo.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    Wheel(name="gyre").into(wheels)
    told = json.loads(ammo("install", "ammo-subspace-gyre", "--yes", "--json").stdout)
    assert (told["name"], told["origin"].startswith("pypi: ")) == ("gyre", True)


@pytest.mark.slow
def test_what_a_plugin_needs_comes_into_its_own_folder_or_is_named(tmp_path: Path) -> None:
    wheels, ammo = tmp_path / "wheels", ammo_at(tmp_path / "home")
    need = Wheel(name="need")
    need.files = {"needed_here/__init__.py": b"DEPTH = 3\n", f"{need.info}/entry_points.txt": b""}
    need.into(wheels)
    made = Wheel(name="deep", requires=("ammo-subspace-need",))
    code = made.files[f"{made.package}/__init__.py"].decode()
    made.code(
        code.replace("import datetime as dt\n", "import datetime as dt\n\nimport needed_here\n")
    )
    path = made.into(tmp_path)
    assert "pip install 'ammo-subspace-need'" in ammo("install", str(path), "--yes", code=3).stderr
    ammo.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    told = json.loads(ammo("install", str(path), "--yes", "--with-deps", "--json").stdout)
    assert told["needs"] == ["ammo-subspace-need 0.1.0"]
    rows = {p["name"]: p for p in ammo.json("plugin", "list")["plugins"]}
    assert rows["deep"]["state"] == "on"
    assert sys.prefix  # the environment has nothing of it
    assert not list(Path(sys.prefix).rglob("needed_here"))
