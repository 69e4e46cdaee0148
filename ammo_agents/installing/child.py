"""Runs pip and git as child processes: a time limit, their last words in the error, no questions asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ammo_agents.errors import BadInputError, MissingPartError, RefusedError

SECONDS = 600.0
LAST = 12
"""Lines of what a child said that an error repeats."""
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
GIT = ("git", "-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null")


def download(wanted: Sequence[str], into: Path, *, offline: bool) -> list[Path]:
    """Return the wheels that pip fetched for these requirements, themselves only, sorted; no source archive.

    Raises:
        RefusedError: AMMO is offline.
        BadInputError: pip found none; its own words are in the message.
    """
    if offline:
        raise RefusedError(
            f"{' '.join(wanted)} would be fetched from a package index, and AMMO is offline",
            hint="Name a wheel or a folder on this machine, or go online.",
        )
    line = ["download", "--no-deps", "--only-binary", ":all:", "--dest", str(into), "--", *wanted]
    _pip(
        line,
        f"pip found no wheel for {' '.join(wanted)}",
        "Look at the name; AMMO takes wheels only. From source: clone it and install the folder with --build",
    )
    return sorted(into.glob("*.whl"))


def resolve(wanted: Sequence[str], report: Path, *, offline: bool) -> None:
    """Write pip's report of what it would add to this environment for these requirements; nothing is installed."""
    if offline:
        raise RefusedError(
            f"{' '.join(wanted)} would be fetched from a package index, and AMMO is offline",
            hint="Install them with pip from files of this machine, or go online.",
        )
    line = [
        "install",
        "--dry-run",
        "--only-binary",
        ":all:",
        "--report",
        str(report),
        "--",
        *wanted,
    ]
    _pip(
        line,
        f"pip cannot bring {' '.join(wanted)}",
        "Install them by hand, or leave the plugin out.",
    )


def build(folder: Path, into: Path) -> Path:
    """Return the wheel that pip builds of a Python project; this runs the project's own build code.

    Raises:
        BadInputError: it cannot be built.
    """
    line = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(into)]
    _pip(
        [*line, "--", str(folder)],
        f"{folder.name} cannot be built into a wheel",
        "Its build backend must be installed here (pip install setuptools); or build the wheel yourself and install that.",
    )
    made = sorted(into.glob("*.whl"))
    if len(made) != 1:
        raise BadInputError(
            f"building {folder.name} made {len(made)} wheels, one is needed",
            hint="Build it yourself and name the wheel.",
        )
    return made[0]


def clone(address: str, ref: str, into: Path) -> str:
    """Clone a repository without its history and return the commit that is checked out.

    Raises:
        BadInputError: git cannot reach it, or knows no such branch or tag.
        MissingPartError: there is no git on this machine.
    """
    branch = ["--branch", ref] if ref else []
    line = [*GIT, "clone", "--quiet", "--depth", "1", *branch, "--", address, str(into)]
    _run(
        line,
        f"git cannot clone {address}{f' at {ref}' if ref else ''}",
        "Look at the address; a private one needs git's own credentials.",
    )
    commit = _run([*GIT, "-C", str(into), "rev-parse", "HEAD"], "git tells no commit", "")
    return commit.strip()


def _pip(arguments: Sequence[str], failed: str, way_out: str) -> None:
    _run([sys.executable, *PIP, *arguments], failed, way_out)


def _run(line: Sequence[str], failed: str, way_out: str) -> str:
    try:
        done = subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BadInputError(f"{failed}: nothing in {SECONDS:g} s", hint=way_out) from error
    except FileNotFoundError as error:
        raise MissingPartError(f"{failed}: there is no {line[0]}", hint="Install it.") from error
    if done.returncode:
        said = [text.strip() for text in done.stderr.splitlines() if text.strip()][-LAST:]
        raise BadInputError(
            f"{failed}: {' / '.join(said) or f'exit {done.returncode}'}", hint=way_out
        )
    return done.stdout
