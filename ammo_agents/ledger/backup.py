"""Backup and restore of the whole truth: a folder with hashes, written and read in one step."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ammo_agents import __version__, durable
from ammo_agents.errors import AmmoError, BadInputError
from ammo_agents.ledger.connect import check_content, check_place, connect
from ammo_agents.ledger.faults import explained, no_folder
from ammo_agents.ledger.lock import NAME as LOCK
from ammo_agents.ledger.lock import DataLock
from ammo_agents.ledger.migrations import copy, migrations

FORMAT = "ammo-backup-1"
LEDGER = "ledger.db"
MANIFEST = "manifest.json"


def write(db: sqlite3.Connection, *, target: Path, also: Sequence[Path] = ()) -> Path:
    """Write ``target/ammo-<time>/`` and return it; killed half way, no folder of that name exists.

    `also` names further files or folders to keep, by their own names; never secrets, never the index.
    """
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
    final = target / f"ammo-{stamp}"
    try:
        with durable.whole(final) as part:
            part.mkdir(mode=0o700)
            copy(db, part / LEDGER)
            for item in also:
                _copy_tree(item, part / item.name)
            _sign(part)
    except OSError as error:
        raise no_folder(target, error) from error
    return final


def restore(source: Path, data: Path) -> tuple[str, ...]:
    """Put a backup into the empty data directory `data` and return the names of its files; blocking.

    The index is not in a backup: what the indexes had heard is forgotten, so they are made anew.

    Raises:
        BadInputError: no backup, a wrong hash, a path outside, or a directory that is not empty;
            nothing is written.
        LockedError: `data` is in use.
    """
    files = _verified(source)
    lock = DataLock.acquire(data)
    try:
        if [item for item in data.iterdir() if item.name != LOCK and not durable.is_part(item)]:
            raise BadInputError(
                f"{data} is not empty", hint="Restore into a new folder: AMMO_HOME=FOLDER"
            )
        try:
            with durable.beside(data / "restored") as part:
                for name in files:
                    (part / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source / name, part / name)
                _check_ledger(part / LEDGER)
                # The ledger comes last: a directory without one is still empty to AMMO.
                for item in sorted(part.iterdir(), key=lambda item: item.name == LEDGER):
                    durable.settle(item, data / item.name)
        except OSError as error:
            raise no_folder(data, error) from error
    finally:
        lock.release()
    return tuple(files)


def _check_ledger(path: Path) -> None:
    check_place(path, read_only=True)
    path.chmod(0o600)
    with explained(path):
        db = connect(path)
        try:
            check_content(db, path, schema=migrations()[-1].number)
            db.execute("DELETE FROM projected")
        finally:
            db.close()


def _sign(folder: Path) -> None:
    names = sorted(
        item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file()
    )
    manifest = {
        "format": FORMAT,
        "ammo": __version__,
        "files": {
            name: {"sha256": hash_file(folder / name), "size": (folder / name).stat().st_size}
            for name in names
        },
    }
    text = json.dumps(manifest, indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _copy_tree(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _verified(source: Path) -> dict[str, Any]:
    """Return the files of a backup after every hash was checked."""
    try:
        manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        files = dict(manifest["files"])
        if manifest["format"] != FORMAT or LEDGER not in files:
            raise ValueError(f"its format is {manifest['format']!r}")
        for name, stated in files.items():
            _check_file(source, name, stated["sha256"], stated["size"])
    except AmmoError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(
            f"{source} is no backup of AMMO: {error}", hint="Name a folder that ammo backup wrote."
        ) from error
    return files


def _check_file(source: Path, name: str, sha256: str, size: int) -> None:
    place = source / name
    inside = place.resolve().is_relative_to(source.resolve())
    if not inside or place.is_symlink() or Path(name).is_absolute():
        raise BadInputError(
            f"the backup names {name!r}, a path outside of it", hint="Do not use it."
        )
    found = hash_file(place) if place.stat().st_size == size else f"{place.stat().st_size} bytes"
    if found != sha256:
        raise BadInputError(
            f"{place} has hash {found}, the backup's manifest says {sha256}",
            hint="The backup is damaged; use another one.",
        )


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
