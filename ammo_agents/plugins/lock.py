"""The lock ``plugins.lock``: which files of which plugin somebody said yes to, and what it may do (S2)."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ammo_agents import durable
from ammo_agents.errors import PluginError, TamperedError
from ammo_agents.plugins.manifest import Capabilities, capabilities_of
from ammo_agents.settings import Settings, folders

FILE = "plugins.lock"
FORMAT = 1
CHUNK = 1 << 20
WAY_OUT = "Move the file away and say yes again: ammo plugin trust NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One plugin as somebody said yes to it, or switched it off."""

    name: str
    version: str
    module: str = ""
    """What its entry point names; empty = a folder."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path below its root → sha256; empty = switched on or off without a look at its files."""
    capabilities: Capabilities = field(default_factory=Capabilities)
    """What it was granted."""
    enabled: bool = True
    origin: str = ""
    """Where it came from: ``environment``, ``pypi``, a wheel's name, a folder, an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Every plugin somebody decided about, by name."""

    plugins: Mapping[str, Locked] = field(default_factory=dict)

    def get(self, name: str) -> Locked | None:
        """Return what was decided about a plugin; None = nothing."""
        return self.plugins.get(name)

    def holding(self, locked: Locked) -> Lock:
        """Return the lock with this entry, in place of an older one of its name."""
        return Lock(plugins=dict(sorted({**self.plugins, locked.name: locked}.items())))

    def without(self, name: str) -> Lock:
        """Return the lock without an entry."""
        return Lock(plugins={k: v for k, v in self.plugins.items() if k != name})

    def enabling(self, name: str, *, enabled: bool) -> Lock:
        """Return the lock with one plugin switched on or off; it need not be in the lock before."""
        known = self.plugins.get(name) or Locked(name=name, version="", origin="environment")
        return self.holding(replace(known, enabled=enabled))


def lock_path(settings: Settings) -> Path:
    """Return where the lock lies."""
    return folders(settings).config / FILE


def read(path: Path) -> Lock:
    """Return the lock in a file; an empty one if there is none.

    Raises:
        TamperedError: the file is no lock; nothing of the home is loaded until that is settled.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Lock()
    except (OSError, UnicodeDecodeError) as error:
        raise TamperedError(f"{path} cannot be read: {error}", hint=WAY_OUT) from error
    try:
        table = json.loads(text)
        if table["format"] != FORMAT:
            raise TamperedError(
                f"{path} has format {table['format']!r}, this AMMO reads {FORMAT}", hint=WAY_OUT
            )
        return Lock(plugins={n: _entry(n, e, str(path)) for n, e in table["plugins"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, PluginError) as error:
        raise TamperedError(
            f"{path} is no lock of plugins: {type(error).__name__}: {error}", hint=WAY_OUT
        ) from error


def write(path: Path, lock: Lock) -> None:
    """Write the lock whole: a reader sees the old one or the new one; raises `DiskFullError`."""
    table = {"format": FORMAT, "plugins": {n: _plain(e) for n, e in lock.plugins.items()}}
    durable.write_text(path, json.dumps(table, indent=1, sort_keys=True) + "\n")


def change(path: Path, changed: Callable[[Lock], Lock]) -> Lock:
    """Read, change and write the lock while no other process does; return the new one."""
    with _alone(path):
        lock = changed(read(path))
        write(path, lock)
    return lock


def hashes(root: Path) -> dict[str, str]:
    """Return path below `root` → sha256 of every file; of a single file its name. Bytecode is left out.

    Raises:
        PluginError: a link that leads out of the folder, or a file that cannot be read.
    """
    if root.is_file():
        return {root.name: _hash(root)}
    found = {}
    for file in _files(root):
        below = file.relative_to(root).as_posix()
        if file.is_symlink() and not file.resolve().is_relative_to(root.resolve()):
            raise PluginError(
                f"{file} is a link out of the plugin's folder",
                hint="Put the file itself there; what lies elsewhere cannot be vouched for.",
            )
        found[below] = _hash(file)
    return found


def differences(locked: Locked, *, version: str, module: str, root: Path) -> tuple[str, ...]:
    """Return how a plugin differs from what was said yes to, a line each that names file or field; empty = not at all."""
    found = []
    if locked.version != version:
        found.append(f"version {version}, trusted was {locked.version or 'none'}")
    if locked.module != module:
        found.append(f"module {module}, trusted was {locked.module or 'none'}")
    now = hashes(root)
    for name in sorted(now.keys() | locked.files.keys()):
        if name not in now:
            found.append(f"{name} is gone")
        elif name not in locked.files:
            found.append(f"{name} is new")
        elif now[name] != locked.files[name]:
            found.append(f"{name} has changed")
    return tuple(found)


def _files(root: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(n for n in inner if n != "__pycache__")
        for name in sorted(names):
            if not name.endswith((".pyc", ".pyo")):
                yield Path(folder, name)


def _hash(file: Path) -> str:
    total = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while part := stream.read(CHUNK):
                total.update(part)
    except OSError as error:
        raise PluginError(
            f"{file} cannot be read: {error.strerror}", hint="Install the plugin again."
        ) from error
    return total.hexdigest()


def _plain(entry: Locked) -> dict[str, Any]:
    return {
        "version": entry.version,
        "module": entry.module,
        "files": dict(entry.files),
        "capabilities": entry.capabilities.plain(),
        "enabled": entry.enabled,
        "origin": entry.origin,
    }


def _entry(name: str, table: Mapping[str, Any], where: str) -> Locked:
    return Locked(
        name=name,
        version=str(table["version"]),
        module=str(table["module"]),
        files={str(k): str(v) for k, v in table["files"].items()},
        capabilities=capabilities_of(table["capabilities"], where),
        enabled=table["enabled"] is True,
        origin=str(table["origin"]),
    )


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(f".{path.name}.turn"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
