"""A folder as a subspace: a manifest, tables of entities, edges and facts, and buddies in Markdown; no code (W5, W6).

::

    recipes/
    ├── ammo.toml        what it is: api, name, title, [subspace] …
    ├── entities.csv     what it is about
    ├── edges.csv        how that hangs together (optional)
    ├── facts.csv        what is known, a plain sentence a row, each with its source
    ├── buddies/*.md     Goal Buddies beyond those born of the graph (optional)
    └── README.md        for people (optional, not read)
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from ammo_agents import __version__
from ammo_agents.authoring import buddy_file, facts_file, graph_file
from ammo_agents.authoring.declared import Declared, declared
from ammo_agents.authoring.facts_file import Facts, Setting
from ammo_agents.authoring.folder_world import FolderWorld, calendar
from ammo_agents.authoring.refusal import refused
from ammo_agents.errors import AmmoError
from ammo_agents.plugins import manifest as manifests
from ammo_agents.plugins.manifest import Manifest
from ammo_agents.ports import FeedOptions, Subspace, Triggers
from ammo_agents.records import GoalBuddy, Knowledge, SubspaceId, digest

ENTITIES, EDGES, FACTS, BUDDIES = "entities.csv", "edges.csv", "facts.csv", "buddies"
MOST_BUDDIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a folder's tables hold."""

    knowledge: Knowledge
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One file that could not be used, and why; it costs nothing else."""

    path: Path
    reason: str
    hint: str = ""


class Folder:
    """One opened folder; its tables are read when somebody asks for them, once, blocking."""

    def __init__(self, path: Path, manifest: Manifest, said: Declared) -> None:
        self.path, self.manifest, self.said = path, manifest, said
        self.space = SubspaceId(manifest.name)
        self._told: Told | None = None
        self._turn = threading.Lock()

    def told(self) -> Told:
        """Return what the tables hold.

        Raises:
            BadInputError: a row that cannot be used; file, line and column are named.
        """
        with self._turn:
            if self._told is None:
                self._told = self._read()
            return self._told

    def stamp(self) -> str:
        """Return what changes as soon as one of the folder's tables may have; blocks."""
        seen = [f"{__version__} {self.path}"]
        for name in (manifests.FILE, ENTITIES, EDGES, FACTS):
            path = self.path / name
            if path.exists():
                found = path.stat()
                seen.append(f"{name} {found.st_size} {found.st_mtime_ns}")
        return digest(seen)

    def knowledge(self) -> Knowledge:
        """Return the graph and the standing facts. Raises as `told`."""
        return self.told().knowledge

    def triggers(self, options: FeedOptions) -> Triggers:
        """Return the world, day by day. Raises as `told`."""
        facts = self.told().facts
        days = calendar(facts, end=self.said.end, spotlights=self.said.spotlights)
        return FolderWorld(facts, days, options)

    def buddies(self) -> tuple[dict[Path, GoalBuddy], list[Fault]]:
        """Return the Goal Buddies of ``buddies/*.md`` by file, and the files that are none, each with its fault; blocks."""
        return read_buddies(self.path / BUDDIES, self.space)

    def subspace(self) -> Subspace:
        """Return the folder as the subspace it is."""
        return Subspace(
            id=self.space,
            title=self.manifest.title,
            summary=self.manifest.summary,
            knowledge=self.knowledge,
            triggers=self.triggers,
            wordings=self.said.wordings,
            actions=self.said.actions,
            fields=self.said.fields,
            principles=self.said.principles,
            attribution=self.said.attribution,
            origin=self.said.origin,
        )

    def _read(self) -> Told:
        standard = self.said.source
        entities = graph_file.entities(self.path / ENTITIES, self.space, standard)
        known = {entity.id: entity for entity in entities}
        edges = self.path / EDGES
        facts = facts_file.facts(
            self.path / FACTS,
            Setting(space=self.space, entities=known, source=standard, start=self.said.start),
        )
        knowledge = Knowledge(
            entities=entities,
            edges=graph_file.edges(edges, self.space, known) if edges.exists() else (),
            facts=facts.standing,
        )
        return Told(knowledge=knowledge, facts=facts)


def read_folder(path: Path) -> Folder:
    """Return the folder at `path`: its manifest is read and its files are looked for, nothing more; blocks.

    Raises:
        BadInputError: no folder, a file it needs is not there, or the ``[subspace]`` table is wrong.
        PluginError: as `plugins.manifest.read`.
    """
    if not path.is_dir():
        raise refused(path, "is no folder", hint="Name the folder that holds ammo.toml.")
    manifest = manifests.read(path)
    space = SubspaceId(manifest.name)
    offered = manifest.offered("subspaces") or (manifest.name,)
    if offered != (manifest.name,):
        raise refused(
            path / manifests.FILE,
            f"offers.subspaces is {list(offered)}, a folder is one subspace: {manifest.name!r}",
            hint="Leave it out, or name the folder's own name there.",
        )
    for name in (ENTITIES, FACTS):
        if not (path / name).is_file():
            raise refused(
                path / name,
                "is missing",
                hint="A subspace in a folder needs it; see docs/authoring.md.",
            )
    return Folder(path, manifest, declared(manifest.subspace, space, path / manifests.FILE))


def open_folder(path: Path) -> Subspace:
    """Return the folder at `path` as a subspace. Raises as `read_folder`."""
    return read_folder(path).subspace()


def read_buddies(place: Path, space: SubspaceId) -> tuple[dict[Path, GoalBuddy], list[Fault]]:
    """Return the Goal Buddies of the Markdown files in `place`, by file, and the faults of the others; blocks."""
    found: dict[Path, GoalBuddy] = {}
    faults = []
    files = sorted(place.glob("*.md")) if place.is_dir() else []
    for path in files[: MOST_BUDDIES + 1]:
        try:
            if len(found) >= MOST_BUDDIES:
                raise refused(
                    path, f"is one of more than {MOST_BUDDIES}", hint="Take some files away."
                )
            buddy = buddy_file.read(path, space=space)
            if any(buddy.id == other.id for other in found.values()):
                raise refused(
                    path, f"id: {buddy.id!r} is another file's", hint="Give it another id."
                )
            found[path] = buddy
        except AmmoError as error:
            faults.append(Fault(path=path, reason=error.message, hint=error.hint))
    return found, faults
