"""Sees, without importing, that a distribution claims an import name which is somebody else's (S2)."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

CORE = "ammo_agents"
LEFT_OUT = frozenset({"__pycache__", "bin"})
"""Folders of an installed distribution that nobody imports."""


def named(dist: metadata.Distribution) -> tuple[str, str]:
    """Return a distribution's name and version, from the first lines of its metadata: the rest may be long."""
    found = {"Name": "", "Version": ""}
    for line in (dist.read_text("METADATA") or dist.read_text("PKG-INFO") or "").splitlines():
        field, _, value = line.partition(":")
        if not line.strip() or all(found.values()):
            break
        if field in found:
            found[field] = value.strip()
    return found["Name"], found["Version"]


def shadowed(dist: metadata.Distribution, owner: str, top: str, spec: ModuleSpec | None) -> str:
    """Return why a plugin of the environment claims a foreign import name; empty = its names are its own.

    `owner` is the distribution's name, `top` is what its entry point imports, `spec` where that lies.
    """
    own = own_tops(dist)
    for name in sorted(own | {top}):
        if fault := _reserved(name, owner):
            return fault
    if own and top not in own and not _is_editable(dist):
        other = _owner(top, spec) or "another distribution"
        return f"its entry point names {top!r}, which is a module of {other} and not of {owner}"
    for name in sorted(own | {top}):
        if fault := _twice(name, owner, spec if name == top else None):
            return fault
    return ""


def shadowed_at_home(folder: Path, owner: str) -> str:
    """Return why a plugin of the home claims a foreign import name; empty = its names are its own."""
    for name in sorted(_tops(p.relative_to(folder).as_posix() for p in _two_deep(folder))):
        if fault := _reserved(name, owner):
            return fault
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            spec = None
        place = _place(spec)
        if place is not None and not place.is_relative_to(folder):
            return f"it ships a module {name!r}, which is {_owner(name, spec) or place}'s already"
    return ""


def own_tops(dist: metadata.Distribution) -> frozenset[str]:
    """Return the top-level import names among a distribution's files; empty where no list of them is kept."""
    record = dist.read_text("RECORD")
    if not record:
        return frozenset()
    return _tops(line.split(",")[0].strip('"') for line in record.splitlines())


def _tops(files: Iterable[str]) -> frozenset[str]:
    """Return what files with these paths are imported as."""
    found = set()
    for file in files:
        top, _, below = file.partition("/")
        if below and file.endswith((".py", ".so")) and top.isidentifier() and top not in LEFT_OUT:
            found.add(top)
        elif not below and file.endswith((".py", ".so")) and not file.startswith("__editable__"):
            found.add(file.partition(".")[0])
    return frozenset(name for name in found if name.isidentifier() and "__editable__" not in name)


def _two_deep(folder: Path) -> Iterable[Path]:
    for one in folder.iterdir():
        yield from one.iterdir() if one.is_dir() else (one,)


def _reserved(name: str, owner: str) -> str:
    if name in sys.stdlib_module_names:
        return f"{owner} claims the module name {name!r}, which is Python's own"
    if name == CORE:
        return f"{owner} claims the module name {name!r}, which is AMMO's own"
    return ""


def _twice(name: str, owner: str, spec: ModuleSpec | None) -> str:
    """Return whose module of this name it hides, or is hidden by."""
    place = _place(spec) if spec is not None else None
    for entry in sys.path:
        if place is not None and Path(entry or ".").absolute() == place:
            continue
        other = PathFinder.find_spec(name, [entry])
        its = None if other is None else _owner_in(name, entry)
        if its is not None and its != owner:
            return f"{owner} and {its} both claim the module name {name!r}: uninstall one of them"
    return ""


def _place(spec: ModuleSpec | None) -> Path | None:
    """Return the folder in which a top-level module lies."""
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or ())
    file = places[0] if places else spec.origin
    return None if file is None else Path(file).parent.absolute()


def _owner(name: str, spec: ModuleSpec | None) -> str | None:
    if name in sys.stdlib_module_names:
        return "Python"
    place = _place(spec)
    return None if place is None else _owner_in(name, str(place))


def _owner_in(name: str, entry: str) -> str | None:
    """Return the distribution of this folder that says the module is its own."""
    for dist in metadata.distributions(path=[entry]):
        if name in own_tops(dist):
            return named(dist)[0]
    return None


def _is_editable(dist: metadata.Distribution) -> bool:
    return '"editable": true' in (dist.read_text("direct_url.json") or "")
