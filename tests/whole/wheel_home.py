"""An environment with nothing of the checkout: built wheels, and the libraries they depend on."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = (
    "",
    "plugins/apprise",
    "plugins/chroma",
    "plugins/local",
    "subspaces/coin",
    "subspaces/movie",
)
"""Folders with a pyproject.toml that a person installs; the first is the core."""
MADE = ("__pycache__", "*.pyc", "*.egg-info", "build")
LEFT = shutil.ignore_patterns(*MADE, "tests", "tools")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with AMMO's wheels."""

    ammo: Path
    site: Path
    wheels: tuple[Path, ...]

    def names(self) -> set[str]:
        """Return every file of every wheel."""
        return {name for wheel in self.wheels for name in zipfile.ZipFile(wheel).namelist()}


def install(folder: Path) -> Installed:
    """Build the wheels from copies of the sources and install them into an empty environment."""
    sources = [_copy(part, folder / "sources") for part in PARTS]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run(
        [*pip, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", "wheels"]
        + [str(source) for source in sources],
        folder,
    )
    environment = folder / "environment"
    _run([sys.executable, "-m", "venv", "--without-pip", str(environment)], folder)
    site = next((environment / "lib").glob("python*/site-packages"))
    (site / "libraries.pth").write_text(f"{_libraries(folder / 'libraries')}\n")
    wheels = tuple(sorted((folder / "wheels").glob("*.whl")))
    python = str(environment / "bin" / "python")
    install = ["--python", python, "install", "--no-index", "--no-deps", "--no-compile"]
    _run([*pip, *install, *(str(wheel) for wheel in wheels)], folder)
    return Installed(ammo=environment / "bin" / "ammo", site=site, wheels=wheels)


def _copy(part: str, to: Path) -> Path:
    """Copy what a wheel is made of; building in the checkout would leave folders there."""
    place = to / (part or "core")
    if part:
        shutil.copytree(ROOT / part, place, ignore=LEFT)
        return place
    place.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    for name in ("ammo_agents", "prompts"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns(*MADE))
    return place


def _libraries(to: Path) -> Path:
    """Link every library of this environment but AMMO itself; without .pth files no checkout is found."""
    to.mkdir()
    ours = ("ammo_", "__editable__", "__pycache__")
    for item in Path(sysconfig.get_path("purelib")).iterdir():
        if not item.name.startswith(ours) and item.suffix != ".pth":
            (to / item.name).symlink_to(item)
    return to


def _run(line: list[str], folder: Path) -> None:
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line[1:]}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
