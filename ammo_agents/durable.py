"""Writes files and folders whole: a reader, or a kill at any moment, sees the old one or the new one and never a half.

What is being written has a name of its own beside its place: ``.<name>.<process>-<mark>-<number>.part``. It is
flushed, takes its name in one step, and then the folder is flushed. What a killed writer left goes at the next write
of the same file, or by `sweep`.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count, takewhile
from pathlib import Path

from ammo_agents.errors import DiskFullError

PART = re.compile(r"\..+?\.(?:(?P<process>\d+)-(?P<mark>[0-9a-f]{8})-\d+|[0-9a-f]{8})\.part")
"""A name that is still being written, or was when its writer was killed: no reader opens it."""
MARK = os.urandom(4).hex()
"""Tells this process from an earlier one of the same number: in a container every start has the same."""
NUMBER = count()
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_bytes(path: Path, content: bytes, *, private: bool = False, new: bool = False) -> None:
    """Write a file whole; `private` and `new` as in `whole`.

    Raises:
        DiskFullError: no room; the old file stands.
        FileExistsError: it had to be new, and is there.
    """
    with whole(path, private=private, new=new) as part:
        part.write_bytes(content)


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write a UTF-8 file whole; raises `DiskFullError`: the old file stands."""
    write_bytes(path, text.encode(), private=private)


def write_json(path: Path, value: object, *, private: bool = False) -> None:
    """Write a JSON file whole; keys are sorted, NaN is refused by a `ValueError`; raises `DiskFullError`."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n", private=private)


@contextmanager
def whole(path: Path, *, private: bool = False, new: bool = False) -> Iterator[Path]:
    """Give a temporary name; what was written there is flushed and becomes `path`, file or folder.

    A `private` file is there when the block begins, empty and for its owner's eyes alone (mode 0600), as is a folder
    made to hold it. A file that must be `new`, and any folder, replaces nothing. When the block raises, what was
    written is deleted.

    Raises:
        DiskFullError: no room for it; nothing with that name was written or changed.
        FileExistsError: what may replace nothing found its place taken.
    """
    with beside(path, private=private) as part:
        yield part
        settle(part, path, new=new)


@contextmanager
def beside(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a temporary name beside `path` for what gets its place by `settle`; what lies there at the end is deleted.

    Raises:
        DiskFullError: no room.
    """
    part = None
    try:
        make_folder(path.parent, private=private)
        part = _part(path)
        if private:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
    except BaseException as error:
        if is_full(error):
            raise disk_full(path) from error
        raise
    finally:
        if part is not None:
            _drop(part)


def settle(fresh: Path, path: Path, *, new: bool = False) -> None:
    """Flush a file or folder and give it its name in one step; the folder it is named in is flushed after it.

    A file takes the place of another one unless it must be `new`; a folder takes an empty one's at most.

    Raises:
        FileExistsError: the place is taken; both lie where they were.
    """
    flush(fresh)
    make_folder(path.parent)
    try:
        if new and not fresh.is_dir():
            path.hardlink_to(fresh)
            fresh.unlink()
        else:
            fresh.replace(path)
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        raise
    sync(path.parent)


def remove(folder: Path) -> None:
    """Delete a folder: renamed first, so that a kill leaves no half of it under its name."""
    gone = _part(folder)
    folder.rename(gone)
    sync(folder.parent)
    shutil.rmtree(gone)


def make_folder(folder: Path, *, private: bool = False) -> None:
    """Make a folder and those above it, each flushed; a `private` one is for its owner alone (mode 0700)."""
    missing = list(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    folder.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
    for each in missing:
        sync(each.parent)


def sweep(folder: Path, *, alone: bool = False) -> int:
    """Delete what killed writers left half-written in a folder; return how many.

    What a living process still writes stays, unless the caller writes there `alone`.
    """
    names = sorted(folder.iterdir()) if folder.is_dir() else []
    left = [
        path for path in names if (said := PART.fullmatch(path.name)) and (alone or _dead(said))
    ]
    for path in left:
        _drop(path)
    return len(left)


def flush(path: Path) -> None:
    """Bring a file, or every file and folder below one, to the disk."""
    inside = sorted(path.rglob("*")) if path.is_dir() else []
    for each in (*inside, path):
        if not each.is_symlink():
            sync(each)


def sync(path: Path) -> None:
    """Bring the bytes of a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_full(error: BaseException) -> bool:
    """Is this a disk, a quota or a file limit without room? Libraries in Rust say so in words only."""
    words = str(error)
    return getattr(error, "errno", None) in FULL or any(f"os error {n})" in words for n in FULL)


def disk_full(path: Path) -> DiskFullError:
    """Return the refusal for what found no room."""
    near = next(each for each in path.absolute().parents if each.exists())
    return DiskFullError(
        f"no room to write {path}: {shutil.disk_usage(near).free >> 20} MB are free",
        hint="Make room and try again; what was there before stands.",
    )


def is_part(path: Path) -> bool:
    """Is this something half-written?"""
    return PART.fullmatch(path.name) is not None


def _part(path: Path) -> Path:
    """Return a temporary name for `path`, after what killed writers left of it was deleted."""
    begin = f".{path.name}."
    for left in path.parent.iterdir():
        said = PART.fullmatch(left.name) if left.name.startswith(begin) else None
        if said and _dead(said):
            _drop(left)
    return path.with_name(f"{begin}{os.getpid()}-{MARK}-{next(NUMBER)}.part")


def _dead(part: re.Match[str]) -> bool:
    """Has the process ended that wrote this?"""
    process = int(part["process"] or 0)
    if process in {0, os.getpid()}:
        return part["mark"] != MARK
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _drop(path: Path) -> None:
    """Delete a file or folder as far as that can be done."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
