"""Writes a folder so that a reader, or a kill at any moment, sees all of it or nothing (S11, D12)."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ammo_agents.errors import DiskFullError

PART = ".part-"
"""How the name of a folder begins that is still being written; the writer's process id follows."""


@contextmanager
def landing(root: Path) -> Iterator[Path]:
    """Give a new folder below `root` to write into; what stays there when the block ends is deleted.

    Raises:
        DiskFullError: no room; nothing but the temporary folder was written, and it is gone.
    """
    root.mkdir(parents=True, exist_ok=True)
    sweep(root)
    part = Path(tempfile.mkdtemp(prefix=f"{PART}{os.getpid()}-", dir=root))
    try:
        yield part
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(
                f"no room in {root} for an adapter: {shutil.disk_usage(root).free >> 20} MB are free",
                hint="Make room and try again; what was there before stands.",
            ) from error
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def settle(part: Path, home: Path) -> bool:
    """Flush a folder and give it its name; False where a folder has that name already."""
    for path in (*sorted(part.rglob("*")), part):
        sync(path)
    try:
        part.rename(home)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
            return False
        raise
    sync(home.parent)
    return True


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step, flushed before it gets its name."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    sync(part)
    part.replace(path)
    sync(path.parent)


def sweep(root: Path) -> None:
    """Delete what killed writers left below `root`; what a living process still writes stays."""
    for left in root.glob(f"{PART}*"):
        said = left.name.removeprefix(PART).partition("-")[0]
        if not (said.isdigit() and _lives(int(said))):
            shutil.rmtree(left, ignore_errors=True)


def sync(path: Path) -> None:
    """Bring a file's or a folder's bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
