"""A static index of plugins: one JSON file in a folder, at a path or at an address, pinned by its own hash."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from packaging.version import InvalidVersion, Version

from ammo_agents.errors import BadInputError, NotFoundError, RefusedError, TamperedError
from ammo_agents.plugins.manifest import Capabilities, capabilities_of

FILE = "index.json"
FORMAT = 1
LARGEST = 8 * 1024 * 1024
PIN = re.compile(r"#sha256=([0-9a-f]{64})\Z")
SHIPPED = "ec4ba93407049baa64bbf885aad559774505a8320d6c2699eb6664e208e1bc48"
"""sha256 of the index that comes with AMMO."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a plugin, and where it lies."""

    version: str
    location: str
    """An absolute path or address of a wheel or a folder."""
    sha256: str = ""
    """Of the wheel; a folder has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One plugin of an index."""

    name: str
    title: str
    distribution: str
    summary: str = ""
    kind: str = "subspace"
    capabilities: Capabilities = field(default_factory=Capabilities)
    versions: tuple[Release, ...] = ()
    """Newest first; empty = it is looked for under the distribution's name at PyPI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What is known to exist."""

    where: str
    sha256: str
    pinned: bool
    """Whether somebody said which hash it must have."""
    entries: tuple[Entry, ...]

    def search(self, words: str) -> list[Entry]:
        """Return the entries in which every word occurs, those named so first; no words: all."""
        wanted = words.casefold().split()
        found = [e for e in self.entries if all(w in _text(e) for w in wanted)]
        return sorted(found, key=lambda e: (e.name not in wanted, e.name))

    def find(self, name: str) -> Entry | None:
        """Return the plugin of a name or of a distribution's name; None = it is not in here."""
        return next((e for e in self.entries if name in {e.name, e.distribution}), None)


def read(setting: str, *, offline: bool) -> Index:
    """Return the index of a setting ``<folder, file or https address>[#sha256=<hash>]``; empty = the one AMMO ships.

    Raises:
        RefusedError: an address while offline, over http, or without its hash.
        TamperedError: its hash is another.
        NotFoundError, BadInputError: it is not there, or is no index.
    """
    pin = PIN.search(setting)
    where, wanted = setting[: pin.start()] if pin else setting, pin.group(1) if pin else ""
    if not where:
        where, wanted = "", SHIPPED
        text = resources.files("ammo_agents.installing").joinpath(FILE).read_bytes()
    elif "://" in where:
        text = _fetched(where, pinned=bool(wanted), offline=offline)
    else:
        where, text = _local(where)
    found = hashlib.sha256(text).hexdigest()
    if wanted and found != wanted:
        raise TamperedError(
            f"the plugin index {where or 'of AMMO'} has sha256 {found}, pinned is {wanted}",
            hint="If its publisher changed it, look at it and pin the new hash: AMMO_PLUGIN_INDEX=PLACE#sha256=HASH",
        )
    entries = _entries(text, where)
    return Index(where=where or "shipped", sha256=found, pinned=bool(wanted), entries=entries)


def release_of(entry: Entry, version: str = "") -> Release | None:
    """Return the release of a version, or the newest final one; None = the entry has none.

    Raises:
        NotFoundError: there is no such version.
    """
    if not version:
        final = [r for r in entry.versions if not Version(r.version).is_prerelease]
        return next(iter(final or entry.versions), None)
    for release in entry.versions:
        if release.version == version:
            return release
    if not entry.versions:
        return None
    raise NotFoundError(
        f"{entry.name} has no version {version!r} in the index",
        hint=f"There are: {', '.join(r.version for r in entry.versions)}",
    )


def _fetched(where: str, *, pinned: bool, offline: bool) -> bytes:
    if offline:
        raise RefusedError(
            f"the plugin index {where} is on the network, and AMMO is offline",
            hint="Copy it to this machine and name the file: AMMO_PLUGIN_INDEX=PATH, or go online.",
        )
    if not where.startswith("https://"):
        raise RefusedError(
            f"the plugin index {where} is not reached over https", hint="Use an https address."
        )
    if not pinned:
        raise RefusedError(
            f"the plugin index {where} is not pinned: whoever holds that server could name any wheel",
            hint="Say which file you mean: AMMO_PLUGIN_INDEX=ADDRESS#sha256=HASH",
        )
    # httpx weighs as much as the rest of a verb: it is loaded by who goes online.
    fetching = importlib.import_module("ammo_agents.installing.fetching")
    return bytes(fetching.get(where, largest=LARGEST, follow=False))


def _local(where: str) -> tuple[str, bytes]:
    path = Path(where).expanduser().resolve()
    file = path / FILE if path.is_dir() else path
    try:
        with file.open("rb") as stream:
            return str(file), stream.read(LARGEST)
    except OSError as error:
        raise NotFoundError(
            f"the plugin index {file} cannot be read: {error.strerror or error}",
            hint=f"An index is a file {FILE}; see: ammo config show plugin_index",
        ) from error


def _entries(text: bytes, where: str) -> tuple[Entry, ...]:
    try:
        table = json.loads(text)
        if table["format"] != FORMAT:
            raise BadInputError(
                f"the plugin index {where} has format {table['format']!r}, this AMMO reads {FORMAT}",
                hint="Use an index made for this AMMO.",
            )
        return tuple(_entry(one, where) for one in table["entries"])
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        InvalidVersion,
    ) as error:
        raise BadInputError(
            f"{where or 'the shipped file'} is no plugin index: {type(error).__name__}: {error}",
            hint="docs/installing.md shows one.",
        ) from error


def _entry(table: Mapping[str, Any], where: str) -> Entry:
    name = str(table["name"])
    return Entry(
        name=name,
        title=str(table.get("title", name)),
        distribution=str(table.get("distribution", name)),
        summary=str(table.get("summary", "")),
        kind=str(table.get("kind", "subspace")),
        capabilities=capabilities_of(table.get("capabilities", {}), f"{where}: {name}"),
        versions=_releases(table.get("versions", ()), where),
    )


def _releases(rows: Sequence[Mapping[str, Any]], where: str) -> tuple[Release, ...]:
    releases = [
        Release(
            version=str(row["version"]),
            location=_placed(str(row.get("wheel") or row["folder"]), where),
            sha256=str(row["sha256"]) if "wheel" in row else "",
        )
        for row in rows
    ]
    return tuple(sorted(releases, key=lambda r: Version(r.version), reverse=True))


def _placed(location: str, where: str) -> str:
    """Return a location as the index means it: relative to the index itself."""
    if "://" in location or "://" in where:
        return urljoin(where, location)
    return str((Path(where).parent / location).resolve())


def _text(entry: Entry) -> str:
    parts = (entry.name, entry.title, entry.distribution, entry.summary, entry.kind)
    return " ".join(parts).casefold()
