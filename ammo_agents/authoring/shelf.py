"""What a home holds without code: subspaces in folders, buddies in files, imported buddies that were allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ammo_agents.authoring import quarantine
from ammo_agents.authoring.folder import Fault, Folder, read_buddies, read_folder
from ammo_agents.authoring.quarantine import Imported
from ammo_agents.errors import AmmoError
from ammo_agents.hooks import Plugins, PluginState, hookimpl
from ammo_agents.plugins.found import FOLDERS, Found, found_folders
from ammo_agents.plugins.trust import Trust
from ammo_agents.ports import Subspace
from ammo_agents.records import BuddyId, GoalBuddy, SubspaceId
from ammo_agents.settings import Settings, folders

BUDDIES = "buddies"
Origin = Literal["graph", "plugin", "folder", "file", "imported"]
"""Where a buddy comes from: born of the knowledge graph (or its subspace's own), offered by a plugin, or read."""


class FolderPlugin:
    """A folder as the plugin seam takes it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._subspace = folder.subspace()

    @hookimpl
    def ammo_subspaces(self) -> list[Subspace]:
        """Offer the folder's subspace."""
        return [self._subspace]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A buddy that was read from a file."""

    buddy: GoalBuddy
    path: Path
    origin: Origin


@dataclass(slots=True)
class Shelf:
    """What a home holds without code; made by `attached`, read again by `refresh`."""

    data: Path | None = None
    folders: dict[str, Folder] = field(default_factory=dict)
    """Attached folders, by name."""
    buddies: dict[BuddyId, Shelved] = field(default_factory=dict)
    imported: list[Imported] = field(default_factory=list)
    """Imported buddies, allowed or not."""
    faults: list[Fault] = field(default_factory=list)
    """Files that could not be used."""

    @classmethod
    def attached(cls, plugins: Plugins) -> Shelf:
        """Return the shelf of a home, its folders added to the loaded plugins; blocks.

        A broken folder or file is kept in `plugins.states` with its fault, and costs nothing else.
        """
        shelf = cls(folders(plugins.settings).data)
        if _safe(plugins.settings):
            return shelf
        trust = Trust.of(plugins.settings)
        for one in found_folders(plugins.settings):
            chosen = plugins.settings.plugins
            if chosen is None or one.name in chosen:
                shelf.attach(plugins, trust.judged(_as_locked(one, trust)))
        if any(state.found and state.found.place == "folder" for state in plugins.states):
            plugins.remember()
        shelf.refresh(plugins)
        return shelf

    def attach(self, plugins: Plugins, one: Found) -> PluginState:
        """Add one folder to the loaded plugins; its fault, if there is one, is in what comes back. Blocks."""
        state = PluginState(
            name=one.name, module="", version="", fault=one.fault, hint=one.hint, found=one
        )
        if not one.fault and one.root is not None:
            try:
                folder = read_folder(one.root)
                _check(folder, folders(plugins.settings).cache / FOLDERS / one.root.name)
                added = plugins.add(one.name, FolderPlugin(folder))
                plugins.states.remove(added)
                state = replace(state, fault=added.fault, hint=added.hint)
                if not added.fault:
                    self.folders[one.name] = folder
            except AmmoError as error:
                state = replace(state, fault=error.message, hint=error.hint)
        plugins.states.append(state)
        return state

    def detach(self, plugins: Plugins, name: str) -> None:
        """Take a folder away from the loaded plugins, with its buddies."""
        self.folders.pop(name, None)
        plugins.drop(name)
        self.refresh(plugins)

    def refresh(self, plugins: Plugins) -> None:
        """Read every buddy file again: those of folders, loose ones, imported ones; blocks."""
        self.buddies, self.imported, self.faults = {}, [], []
        if self.data is None or _safe(plugins.settings):
            return
        for folder in self.folders.values():
            self._take("folder", *folder.buddies())
        loose = self.data / BUDDIES
        for place in sorted(loose.iterdir()) if loose.is_dir() else ():
            if place.is_dir() and not place.name.startswith("."):
                self._take("file", *read_buddies(place, SubspaceId(place.name)))
        for one in quarantine.imported(self.data):
            self.imported.append(one)
            if one.buddy is not None and one.state == "allowed":
                self._take("imported", {one.place / quarantine.BUDDY: one.buddy}, [])
        kept = [state for state in plugins.states if not state.name.startswith(f"{BUDDIES}/")]
        plugins.states = [*kept, *(_state(fault) for fault in self.faults)]

    def joined(
        self, space: SubspaceId, own: Iterable[GoalBuddy], offered: Iterable[GoalBuddy]
    ) -> list[GoalBuddy]:
        """Return all buddies of one subspace: `own`, those that plugins offer, those read from files.

        One with the id of a buddy born of the graph takes its place; each has its entity's neighbours.
        """
        found = {buddy.id: buddy for buddy in own}
        near = {buddy.entity: buddy.neighbours for buddy in found.values() if buddy.neighbours}
        born = {id for id, buddy in found.items() if str(id) == buddy.entity}
        for buddy in (*offered, *(one.buddy for one in self.buddies.values())):
            if buddy.subspace == space and (buddy.id not in found or buddy.id in born):
                neighbours = buddy.neighbours or near.get(buddy.entity, ())
                found[buddy.id] = replace(buddy, neighbours=neighbours)
                born.discard(buddy.id)
        return list(found.values())

    def origin(self, plugins: Plugins, id: BuddyId) -> tuple[Origin, str]:
        """Return where a buddy comes from, and which plugin or file that is."""
        if id in self.buddies:
            return self.buddies[id].origin, str(self.buddies[id].path)
        owner = plugins.owner("buddies", id)
        return ("plugin", owner) if owner else ("graph", "")

    def _take(
        self, origin: Origin, found: Mapping[Path, GoalBuddy], faults: Sequence[Fault]
    ) -> None:
        self.faults += faults
        for path, buddy in found.items():
            if known := self.buddies.get(buddy.id):
                reason = f"{path}: {buddy.id!r} is {known.path} already"
                self.faults.append(Fault(path=path, reason=reason, hint="Give one another id."))
            else:
                self.buddies[buddy.id] = Shelved(buddy=buddy, path=path, origin=origin)


def _check(folder: Folder, kept: Path) -> None:
    """Read a folder's tables where they have changed since they were last found good; blocks.

    Raises:
        BadInputError: a row that cannot be used: the folder is not offered at all, so that it breaks nothing later.
    """
    stamp = folder.stamp()
    with suppress(OSError):
        if kept.read_text(encoding="utf-8") == stamp:
            return
    folder.told()
    with suppress(OSError):  # a home that may not be written is checked at every start
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(stamp, encoding="utf-8")


def _as_locked(one: Found, trust: Trust) -> Found:
    """Return a folder under the version that the lock has of it: a folder has none of its own."""
    known = trust.lock.get(one.name)
    return one if known is None else replace(one, version=known.version)


def _safe(settings: Settings) -> bool:
    """Whether nothing of strangers is to be loaded."""
    return settings.plugin_policy == "none" or settings.plugins == ()


def _state(fault: Fault) -> PluginState:
    name = f"{BUDDIES}/{fault.path.parent.name}/{fault.path.name}"
    return PluginState(
        name=name, module=str(fault.path), version="", fault=fault.reason, hint=fault.hint
    )
