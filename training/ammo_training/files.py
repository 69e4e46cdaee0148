"""Writes files so that a reader, or a kill, sees the old one or the new one and never a half."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from ammo_agents.errors import DamagedError, DiskFullError

PART = ".part"
"""The end of a name that is still being written: no reader opens such a file or folder."""


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step, flushed to the disk before it gets its name.

    Raises:
        DiskFullError: no room; the old file stands.
    """
    with whole(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Replace a JSON file in one step; keys are sorted, NaN is refused by a `ValueError`."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object a JSON file holds.

    Raises:
        DamagedError: it is not there, is no JSON or no object; it names the file.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedError(
            f"{path} cannot be read: {error}", hint="Move the folder away; nothing is read from it."
        ) from error
    if not isinstance(found, dict):
        raise DamagedError(f"{path} holds no JSON object", hint="Move the folder away.")
    return found


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary name; what was written there is flushed and becomes `path`, file or folder.

    A folder must not be at `path` yet. When the block raises, what was written is deleted.

    Raises:
        DiskFullError: no room for it; nothing with that name was written or changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}{PART}")
    try:
        yield part
        _flush(part)
        part.replace(path)
        _sync(path.parent)
    except BaseException as error:
        _drop(part)
        if is_full(error):
            raise disk_full(path) from error
        raise


def is_full(error: BaseException) -> bool:
    """Is this a disk, a quota or a file limit without room? Libraries in Rust say so in words only."""
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    words = str(error)
    return getattr(error, "errno", None) in numbers or any(
        f"os error {number})" in words for number in numbers
    )


def disk_full(path: Path) -> DiskFullError:
    """Return the refusal for a file that found no room."""
    free = shutil.disk_usage(path.parent).free >> 20
    return DiskFullError(
        f"no room to write {path}: {free} MB are free",
        hint="Make room, then go on with --resume; what was saved before stands.",
    )


def sweep(folder: Path) -> int:
    """Delete what a killed writer left half-written in a folder; return how many."""
    left = list(folder.glob(f".*{PART}")) if folder.is_dir() else []
    for path in left:
        _drop(path)
    return len(left)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex; blocking."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of_json(value: object) -> str:
    """Return the SHA-256 over canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _flush(path: Path) -> None:
    """Flush a file, or every file and folder below one."""
    inside: list[Path] = sorted(path.rglob("*")) if path.is_dir() else []
    for each in (*inside, path):
        _sync(each)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop(path: Path) -> None:
    act: Callable[[], None] = (
        (lambda: shutil.rmtree(path, ignore_errors=True))
        if path.is_dir()
        else (lambda: path.unlink(missing_ok=True))
    )
    act()
