"""One owner for a data directory: the file lock that is taken before anything in it is opened."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from ammo_agents.errors import LockedError, RefusedError
from ammo_agents.ledger.faults import no_folder

NAME = "ammo.lock"
NETWORK = frozenset({
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "beegfs",
    "fuse.sshfs",
    "fuse.rclone",
})
"""File systems on which locks or shared memory cannot be trusted."""
MOUNTS = Path("/proc/self/mounts")


class DataLock:
    """Holds ``<data>/ammo.lock`` by ``flock`` until it is released or the process ends, however it ends."""

    _held: ClassVar[dict[Path, DataLock]] = {}

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.pid = os.getpid()
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, data: Path) -> DataLock:
        """Take the lock of the data directory `data`, which is made if it is missing.

        Raises:
            LockedError: another process (or another part of this one) has it; it names the process.
            RefusedError: a network file system, or one without ``flock``.
            BadInputError: the folder is a file, or may not be written.
        """
        make_folder(data)
        if kind := network_file_system(data):
            raise RefusedError(
                f"{data} lies on a network file system ({kind}), where locks cannot be trusted",
                hint="Choose a folder on a local disk: AMMO_HOME=FOLDER",
            )
        path = data.resolve() / NAME
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise no_folder(data, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = _owner(descriptor)
            os.close(descriptor)
            raise _refusal(data, error, owner) from error
        _sign(descriptor)
        cls._held[path] = lock = cls(path, descriptor)
        return lock

    @classmethod
    def held(cls, data: Path) -> DataLock | None:
        """Return this process's lock on `data`, if it has one."""
        lock = cls._held.get(data.resolve() / NAME)
        return lock if lock is not None and lock.pid == os.getpid() else None

    def check(self) -> None:
        """Raise `RefusedError` in a forked child, or after the release."""
        if self.pid != os.getpid():
            raise RefusedError(
                f"the data directory {self.path.parent} was opened by process {self.pid}, "
                f"this is its fork {os.getpid()}",
                hint="Start child processes by spawn, and open the ledger in one process only.",
            )
        if self._descriptor is None:
            raise RefusedError(f"the lock {self.path} was given back", hint="Open the ledger anew.")

    def release(self) -> None:
        """Give the lock back; twice is harmless."""
        if self._descriptor is None or self.pid != os.getpid():
            return
        descriptor, self._descriptor = self._descriptor, None
        self._held.pop(self.path, None)
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
        os.close(descriptor)


def make_folder(data: Path) -> None:
    """Make the data directory, readable by its owner alone; raises `BadInputError` or `DiskFullError`."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise no_folder(data, error) from error


def network_file_system(folder: Path, mounts: Iterable[str] | None = None) -> str:
    """Return the kind of network file system that `folder` lies on; empty if it is local or unknown."""
    if mounts is None:
        mounts = MOUNTS.read_text(encoding="utf-8").splitlines() if MOUNTS.exists() else ()
    place, best, kind = folder.resolve(), -1, ""
    for line in mounts:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = Path(parts[1].encode().decode("unicode_escape"))
        if place.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), parts[2]
    return kind if kind in NETWORK else ""


def _sign(descriptor: int) -> None:
    """Write who holds the lock, for the message that others get."""
    note = {"pid": os.getpid(), "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(note).encode(), 0)


def _owner(descriptor: int) -> tuple[int | None, str]:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        note = json.loads(os.pread(descriptor, 500, 0))
        return int(note["pid"]), str(note["started"])
    return None, ""


def _refusal(data: Path, error: OSError, owner: tuple[int | None, str]) -> RefusedError:
    if error.errno not in {errno.EAGAIN, errno.EACCES}:
        return RefusedError(
            f"{data} lies on a file system without locks: {error.strerror}",
            hint="Choose a folder on a local disk: AMMO_HOME=FOLDER",
        )
    pid, since = owner
    who = f"process {pid} (since {since})" if pid is not None else "another process"
    return LockedError(
        f"the data directory {data} is in use by {who}",
        hint=f"Stop it{f' (kill {pid})' if pid else ''}, or use another one: AMMO_HOME=FOLDER",
        pid=pid,
    )
