"""What an index folder says about itself: whose space it is, how it was left, and the hash of every file (D6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ammo_agents import durable
from ammo_agents.errors import DamagedError, SpaceMismatchError
from ammo_agents.metaspace.door import Shape

NAME = "manifest.json"
WAY_OUT = "It is rebuilt from the ledger: ammo metaspace rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The state an index was left in; `clean` is False while somebody has it open."""

    store: str
    version: str
    """Version of the library that wrote the files."""
    space: str
    """Fingerprint of the space."""
    dim: int
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    clean: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    """Collection → hash of its sorted ids."""
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Path → (bytes, sha256)."""


def read(folder: Path) -> Manifest | None:
    """Return the folder's manifest, None for an empty folder.

    Raises:
        DamagedError: there are files but no manifest, or one that cannot be read.
    """
    path = folder / NAME
    if not path.exists():
        if folder.exists() and any(folder.iterdir()):
            raise DamagedError(f"index {folder.name}: {NAME} is missing", hint=WAY_OUT)
        return None
    try:
        plain = json.loads(path.read_bytes())
        shapes = {k: Shape(v["dim"], v["tags"]) for k, v in plain.pop("shapes").items()}
        files = {k: (int(size), str(sha)) for k, (size, sha) in plain.pop("files").items()}
        return Manifest(shapes=shapes, files=files, **plain)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError(
            f"index {folder.name}: {NAME} cannot be read ({error})", hint=WAY_OUT
        ) from error


def admit(manifest: Manifest, *, store: str, version: str, space: str, dim: int) -> None:
    """Check that an index belongs to this space and was written by this library.

    Raises:
        SpaceMismatchError: another embedder, or another D.
        DamagedError: another store, or another version of its library.
    """
    if (manifest.space, manifest.dim) != (space, dim):
        raise SpaceMismatchError(
            f"the index belongs to space {manifest.space} with D = {manifest.dim}, "
            f"this MetaSpace is {space} with D = {dim}",
            hint=WAY_OUT,
        )
    if (manifest.store, manifest.version) != (store, version):
        raise DamagedError(
            f"the index was written by {manifest.store} {manifest.version}, this is {store} {version}",
            hint=WAY_OUT,
        )


def inspect(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its size and hash of the clean close.

    Raises:
        DamagedError: a file is missing, new or different; the message names it.
    """
    found = _files(folder)
    for name in sorted({*found, *manifest.files}):
        if found.get(name) != manifest.files.get(name):
            state = "is missing" if name not in found else "is not as it was written"
            raise DamagedError(f"index {folder.name}: {name} {state}", hint=WAY_OUT)


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; a kill leaves the old one or the new one."""
    durable.write_text(folder / NAME, json.dumps(asdict(manifest), indent=1, sort_keys=True))


def seal(folder: Path, manifest: Manifest, ids: Mapping[str, Sequence[str]]) -> None:
    """Write the manifest of a clean close: counts, hashes of ids (sorted), hashes of files."""
    sealed = replace(
        manifest,
        clean=True,
        counts={name: len(found) for name, found in ids.items()},
        ids={name: hash_of(found) for name, found in ids.items()},
        files=_files(folder),
    )
    write(folder, sealed)


def hash_of(ids: Sequence[str]) -> str:
    """Return the hash of sorted ids."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def _files(folder: Path) -> dict[str, tuple[int, str]]:
    """Return size and hash of every file of an index but the manifest itself."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name != NAME and not durable.is_part(path):
            with path.open("rb") as file:
                sha = hashlib.file_digest(file, "sha256").hexdigest()
            found[name] = (path.stat().st_size, sha)
    return found
