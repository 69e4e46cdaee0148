"""A new subspace passes its check and its own tests at once, and nothing is ever overwritten."""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ammo_agents.authoring.template import begin
from ammo_agents.errors import BadInputError
from ammo_agents.settings import Settings
from ammo_agents.testing import Report, Tier
from ammo_agents.testing.checking import check


@pytest.fixture(scope="module")
def reports(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """What the check says of the project, of a wheel of it, and of a folder without code."""
    folder = tmp_path_factory.mktemp("herbs")
    herbs = begin("kit-herbs", folder / "kit-herbs", declarative=True).path
    places = {"code": project, "folder": herbs, "wheel": _wheel(project, folder)}

    async def run() -> list[Report]:
        # What buddies write is looked at in the folder; the project's own tests do it there.
        return [
            await check(str(place), Settings(), days=5, quick=kind != "folder")
            for kind, place in places.items()
        ]

    with ThreadPoolExecutor(1) as own:
        return dict(zip(places, own.submit(asyncio.run, run()).result(), strict=True))


def _wheel(project: Path, folder: Path) -> Path:
    """Pack the package as a build would."""
    package, info = "ammo_subspace_kit_letters", "ammo_subspace_kit_letters-0.1.0.dist-info"
    path = folder / f"{package}-0.1.0-py3-none-any.whl"
    texts = {
        f"{info}/METADATA": "Metadata-Version: 2.4\nName: ammo-subspace-kit-letters\nVersion: 0.1.0\nLicense-Expression: 0BSD\n\n"
        + (project / "README.md").read_text(encoding="utf-8"),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[ammo]\nkit-letters = {package}.plugin\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for file in sorted((project / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                wheel.write(file, str(file.relative_to(project)))
        for name, text in texts.items():
            wheel.writestr(name, text)
        rows = [_row(name, wheel.read(name)) for name in wheel.namelist()]
        wheel.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,", ""]))
    return path


def _row(name: str, content: bytes) -> str:
    """Return a file's line in RECORD."""
    found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={found},{len(content)}"


@pytest.mark.parametrize("place", ["code", "folder"])
def test_what_is_begun_is_silver_at_once_and_lacks_only_its_own_cards(
    place: str, reports: Mapping[str, Report]
) -> None:
    report = reports[place]
    assert report.tier is Tier.SILVER, report.text
    assert [row.rule.id for row in report.next_steps()] == ["seed-pack"]
    assert not [row for row in report.checked if row.state == "unchecked"]
    looked = {row.rule.id for row in report.checked}
    assert {"world-repeats", "scorecard", "wordings-taught"} <= looked
    assert ("buddy-grounded" in looked) == (place == "folder")


def test_a_sound_wheel_is_looked_at_like_its_project(reports: Mapping[str, Report]) -> None:
    report = reports["wheel"]
    assert report.tier is Tier.SILVER, report.text
    assert next(r for r in report.checked if r.rule.id == "tests").state == "exempt"


def test_its_own_tests_pass_and_write_a_report(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    words = ["-q", "-p", "no:cacheprovider", "--ammo-report", str(place)]
    done = subprocess.run(
        ["env", f"PYTHONPATH={project}", sys.executable, "-m", "pytest", *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    suites = json.loads(place.read_text(encoding="utf-8"))["suites"]
    assert {suite["tier"] for suite in suites.values()} == {"platinum"}
    assert {suite["aim"] for suite in suites.values()} == {"silver", "gold"}
    assert all(rule["state"] != "fail" for suite in suites.values() for rule in suite["rules"])


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    for declarative in (False, True):
        with pytest.raises(BadInputError, match="nothing in it is overwritten"):
            begin("recipes", tmp_path / "mine", declarative=declarative)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    begin("recipes", tmp_path / "new")
    with pytest.raises(BadInputError, match="is there already"):
        begin("recipes", tmp_path / "new")


@pytest.mark.parametrize(
    "name",
    ["", "Recipes", "1st", "a/b", "../up", "class", "a_b", "-a", "a-", "a--b", "é", "x" * 41, "ammo", "a b", "a\n"],
)  # fmt: skip
def test_a_name_that_can_be_none_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match="cannot be a subspace's name"):
        begin(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_no_mark_of_the_template_is_left_and_names_with_hyphens_become_python(
    tmp_path: Path,
) -> None:
    for declarative in (False, True):
        made = begin("old-maps", tmp_path / str(declarative), declarative=declarative)
        texts = [(made.path / file).read_text(encoding="utf-8") for file in made.files]
        assert not any("@@" in text for text in texts)
        assert not any(file.endswith(".txt") for file in made.files)
        assert ".github/workflows/check.yml" in made.files
    plugin = tmp_path / "False" / "ammo_subspace_old_maps" / "plugin.py"
    assert "old_maps = Subspace(" in plugin.read_text(encoding="utf-8")
