"""Finds everything that is installed, in the environment and in the home, and imports nothing of it (S2)."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Literal

from ammo_agents.errors import AmmoError, PluginError, TamperedError
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins import manifest as manifests
from ammo_agents.plugins import seen
from ammo_agents.plugins.lock import Lock
from ammo_agents.plugins.manifest import Manifest
from ammo_agents.plugins.shadow import named, shadowed, shadowed_at_home
from ammo_agents.settings import Settings, folders

GROUP = "ammo"
"""The entry points' group."""
FOLDER = "plugins"
"""Folder of the data folder that holds what was installed into the home: ``<name>/<version>/``."""
FOLDERS = "subspaces"
"""Folder of the data folder that holds subspaces without code."""
BROUGHT: set[str] = set()
"""Folders of homes that are on the import path of this process: they are no part of the environment."""
Place = Literal["environment", "home", "module", "folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One plugin as it lies there, not imported."""

    name: str
    """The entry point's name."""
    distribution: str
    version: str
    module: str
    """What the entry point names, dotted."""
    manifest: Manifest | None = None
    """None = it has none, or one that cannot be used (`fault` says so)."""
    place: Place = "environment"
    root: Path | None = None
    """Where its files lie: its package's folder, its single file, or its folder of the home."""
    fault: str = ""
    """Why it cannot be loaded, as far as that is seen without importing; empty = nothing is known against it."""
    hint: str = ""
    """The way out of the fault."""
    withheld: bool = False
    """The fault is a decision: policy, lock, or somebody who switched it off."""

    @property
    def top(self) -> str:
        """The top-level name that it imports as."""
        return self.module.partition(".")[0]


FIELDS = tuple(field.name for field in fields(Found))


def plugins_folder(settings: Settings) -> Path:
    """Return where the home's plugins lie."""
    return folders(settings).data / FOLDER


def found(settings: Settings) -> list[Found]:
    """Return everything installed, by name; two with one name are both there, each with the fault that names both.

    Where one of the two stands in the environment and the other in the home, the environment's stays.
    """
    here = [*_environment(settings), *_home(settings)]
    by_name: dict[str, list[Found]] = defaultdict(list)
    for one in here:
        by_name[one.name].append(one)
    return [one for name in sorted(by_name) for one in _alone(by_name[name])]


def of_module(module: str) -> Found:
    """Return a module that somebody loads as a plugin without installing it; its fault, if it cannot be found."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError, AttributeError):
        spec = None
    return _described(
        Found(name=module, distribution="", version="", module=module, place="module"), spec
    )


def in_folder(folder: Path, *, name: str, version: str) -> list[Found]:
    """Return the plugins of one folder of the home, ``<plugins>/<name>/<version>``."""
    points = [
        (point, dist)
        for dist in metadata.distributions(path=[str(folder)])
        for point in dist.entry_points
        if point.group == GROUP
    ]
    if not points:
        return [
            Found(
                name=name,
                distribution="",
                version=version,
                module="",
                place="home",
                root=folder,
                fault=f"{folder} holds no distribution with an entry point of the group {GROUP!r}",
                hint=f"Take it away: ammo plugin remove {name}",
            )
        ]
    rows = []
    for point, dist in points:
        module = point.value.partition(":")[0]
        spec = PathFinder.find_spec(module.partition(".")[0], [str(folder)])
        one = Found(
            name=point.name,
            distribution=named(dist)[0],
            version=named(dist)[1],
            module=module,
            place="home",
            root=folder,
        )
        rows.append(_described(one, spec))
    fault = shadowed_at_home(folder, name)
    hint = f"ammo plugin remove {name}"
    return [replace(one, fault=fault, hint=hint) if fault else one for one in rows]


def _environment(settings: Settings) -> list[Found]:
    rows = seen.recall(settings)
    if rows is not None:
        return [Found(**row) for row in rows]
    found, places = [], []
    for point in metadata.entry_points(group=GROUP):
        if point.dist and str(point.dist.locate_file("")) in BROUGHT:
            continue
        one = _point(point)
        found.append(one)
        if one.root is not None:
            places += [str(one.root), str(one.root / manifests.FILE)]
        where = getattr(point.dist, "_path", None)
        places += [] if where is None else [str(where), str(where / "entry_points.txt")]
    seen.keep(settings, [{f: getattr(one, f) for f in FIELDS} for one in found], places)
    return found


def _point(point: metadata.EntryPoint) -> Found:
    module = point.value.partition(":")[0]
    name, version = named(point.dist) if point.dist else ("", "")
    one = Found(name=point.name, distribution=name, version=version, module=module)
    try:
        spec = importlib.util.find_spec(one.top)
    except (ImportError, ValueError, AttributeError):
        spec = None
    one = _described(one, spec)
    fault = shadowed(point.dist, name, one.top, spec) if point.dist and not one.fault else ""
    return replace(one, fault=fault, hint=f"pip uninstall {name}") if fault else one


def _home(settings: Settings) -> Iterator[Found]:
    folder = plugins_folder(settings)
    if not folder.is_dir():
        return
    try:
        lock = locks.read(locks.lock_path(settings))
    except TamperedError:  # `Trust` refuses them all and says why
        lock = Lock()
    for inner in sorted(folder.iterdir()):
        if inner.name.startswith(".") or not inner.is_dir():
            continue
        versions = sorted(v.name for v in inner.iterdir() if v.is_dir() and v.name[0] != ".")
        known = lock.get(inner.name)
        chosen = [known.version] if known and known.version in versions else versions[-1:]
        for version in chosen:
            yield from in_folder(inner / version, name=inner.name, version=version)


def _described(one: Found, spec: ModuleSpec | None) -> Found:
    """Return a plugin with what its module's place tells: its root and its manifest."""
    if spec is None:
        return replace(
            one,
            fault=f"ModuleNotFoundError: No module named {one.top!r}",
            hint=f"Install {one.distribution or 'it'} again; its entry point names {one.module!r}.",
        )
    places = list(spec.submodule_search_locations or ())
    package = Path(places[0]) if places else Path(spec.origin or "")
    one = replace(one, root=one.root or package)
    folders_of_it = [package] if places else []
    if one.place == "home" and one.root is not None:
        folders_of_it.append(one.root)
    for folder in folders_of_it:
        if (folder / manifests.FILE).is_file():
            return _with_manifest(one, folder)
    return one


def _with_manifest(one: Found, folder: Path) -> Found:
    try:
        read = manifests.read(folder)
    except PluginError as error:
        return replace(one, fault=error.message, hint=error.hint)
    if one.place != "module" and read.name != one.name:
        fault = (
            f"{folder / manifests.FILE} is of {read.name!r}, the entry point is named {one.name!r}"
        )
        return replace(one, manifest=read, fault=fault, hint="Give both the same name.")
    return replace(one, manifest=read)


def _alone(same: list[Found]) -> list[Found]:
    """Return plugins of one name, refused where they are more than one."""
    if len(same) == 1:
        return same
    owners = " and ".join(sorted(_owner(one) for one in same))
    fault = f"{owners} both claim the plugin name {same[0].name!r}: uninstall one of them"
    hint = f"pip uninstall {max(one.distribution for one in same)}"
    outside = [one for one in same if one.place == "environment"]
    return [
        one
        if outside == [one]
        else replace(
            one,
            fault=fault,
            hint=f"ammo plugin remove {one.name}" if one.place == "home" else hint,
        )
        for one in same
    ]


def _owner(one: Found) -> str:
    return f"{one.distribution} (home)" if one.place == "home" else one.distribution


def found_folders(settings: Settings) -> Iterator[Found]:
    """Yield the subspaces of a home that are folders, by name; only their manifests are read. Blocks."""
    place = folders(settings).data / FOLDERS
    for root in sorted(place.iterdir()) if place.is_dir() else ():
        if root.name.startswith(".") or not root.is_dir():
            continue
        one = Found(
            name=root.name, distribution="", version="", module="", place="folder", root=root
        )
        try:
            manifest = manifests.read(root)
            yield replace(one, name=manifest.name, manifest=manifest)
        except AmmoError as error:
            yield replace(one, fault=error.message, hint=error.hint)
