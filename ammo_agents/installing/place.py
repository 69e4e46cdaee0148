"""Where installed plugins lie, and how files come there: staged beside, flushed, renamed once; whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

from ammo_agents import durable
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.found import plugins_folder
from ammo_agents.settings import Settings, folders

STAGED = ".new-"
GONE = ".gone-"
TURN = "turn"
"""File of a staging folder that its process holds locked: one that nobody holds was left by a killed process."""
SUBSPACES = "subspaces"
"""Folder of the data folder that holds subspaces without code: ``<id>/``."""


def code_folder(settings: Settings, name: str, version: str) -> Path:
    """Return where a plugin in code lies."""
    return plugins_folder(settings) / name / version


def subspace_folder(settings: Settings, id: str) -> Path:
    """Return where a subspace without code lies."""
    return folders(settings).data / SUBSPACES / id


@contextlib.contextmanager
def staging(settings: Settings) -> Iterator[Path]:
    """Yield an empty folder on the file system of the plugins, removed afterwards; a killed process's is swept later.

    Raises:
        BadInputError: the data folder cannot be written.
    """
    parent = plugins_folder(settings)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=STAGED, dir=parent))
        descriptor = os.open(folder / TURN, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise BadInputError(
            f"{parent} cannot be written: {error.strerror}",
            hint="Use a home of your own: ammo --home FOLDER install …",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def staged(settings: Settings, token: str) -> Path:
    """Return the staging folder of a token.

    Raises:
        NotFoundError: there is none; whoever staged it has gone.
    """
    folder = plugins_folder(settings) / token
    if not token.startswith(STAGED) or "/" in token or not folder.is_dir():
        raise NotFoundError(
            f"nothing is staged as {token!r}", hint="Ask for it again: ammo plugin install NAME"
        )
    return folder


def sweep(settings: Settings) -> list[str]:
    """Remove what killed processes left, and return a line for each: half-staged files, older versions, yeses to nothing.

    The caller owns the data folder.
    """
    said = []
    parent = plugins_folder(settings)
    for folder in sorted(parent.glob(f"{STAGED}*")) if parent.is_dir() else ():
        if not _held(folder):
            shutil.rmtree(folder, ignore_errors=True)
            said.append(f"{folder.name}: was left half-way")
    for base in (parent, folders(settings).data / SUBSPACES):
        for folder in sorted(base.glob(f"{GONE}*")) if base.is_dir() else ():
            shutil.rmtree(folder, ignore_errors=True)
            said.append(f"{folder.name}: was being removed")
    said += _settle_lock(settings)
    return said


def _settle_lock(settings: Settings) -> list[str]:
    """Make lock and folders agree: the lock says which version counts, a folder whether there is one."""
    path = locks.lock_path(settings)
    said, stale = [], []
    for name, entry in locks.read(path).plugins.items():
        if entry.origin == "environment" or not entry.files:
            continue
        home = (
            code_folder(settings, name, entry.version)
            if entry.module
            else subspace_folder(settings, name)
        )
        if not home.is_dir():
            stale.append(name)
        elif entry.module:
            said += _only(home)
    if stale:
        locks.change(path, lambda lock: reduce(locks.Lock.without, stale, lock))
    return said + [f"{name}: the lock held a yes to files that are not there" for name in stale]


def _only(chosen: Path) -> list[str]:
    """Remove the other versions beside the one that counts."""
    others = sorted(other for other in chosen.parent.iterdir() if other != chosen)
    for other in others:
        shutil.rmtree(other, ignore_errors=True)
    return [f"{o.parent.name} {o.name}: the lock holds {chosen.name}" for o in others]


def unpack(wheel: Path, into: Path) -> None:
    """Unpack an inspected wheel and flush every file and folder of it to the disk."""
    into.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            target = into / member.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("xb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
    durable.flush(into)


def put_aside(folder: Path, settings: Settings) -> Path | None:
    """Take a folder away in one step, and return where it lies until it is deleted; None = it was not there."""
    if not folder.is_dir():
        return None
    base = plugins_folder(settings)
    base.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=GONE, dir=base))
    folder.rename(aside / "it")
    durable.sync(folder.parent)
    return aside


def bring_back(aside: Path, folder: Path) -> None:
    """Undo `put_aside`."""
    durable.settle(aside / "it", folder)
    aside.rmdir()


def delete(aside: Path | None) -> None:
    """Delete what was put aside."""
    if aside is not None:
        shutil.rmtree(aside, ignore_errors=True)


def _held(folder: Path) -> bool:
    """Does a living process stage there?"""
    try:
        descriptor = os.open(folder / TURN, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
