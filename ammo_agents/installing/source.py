"""Where a plugin comes from: a name, a wheel, a folder or a Git address becomes files on this machine."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from ammo_agents.errors import BadInputError, NotFoundError, RefusedError
from ammo_agents.installing import child
from ammo_agents.installing.index import PIN, Index, release_of
from ammo_agents.plugins.manifest import FILE

Kind = Literal["wheel", "folder", "git", "address", "name"]
NAME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:==(?P<version>[A-Za-z0-9.!+_-]+))?\Z")
SKIPPED = {".git", ".hg", "__pycache__", ".venv", "venv", ".mypy_cache", ".pytest_cache", "build"}
MOST_FILES = 20_000
LARGEST = 400 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place a plugin can be taken from."""

    kind: Kind
    place: str
    """A path, an address, or a requirement for pip."""
    ref: str = ""
    """A branch or tag of a repository."""
    sha256: str = ""
    """What a wheel's hash must be; empty = any."""
    origin: str = ""
    """How the lock names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of a source: a wheel to look at, or a folder."""

    path: Path
    origin: str
    sha256: str = ""


def source_of(said: str, index: Index) -> Source:
    """Return what somebody means by a path, an address or a name; a name is looked up in the index first.

    Raises:
        BadInputError: it is none of these. NotFoundError: a path where nothing lies.
    """
    if said.startswith("git+") or (said.endswith(".git") and "://" in said):
        address, ref = _parted(said.removeprefix("git+"))
        return Source(kind="git", place=address, ref=ref, origin=said)
    if "://" in said:
        return _address(said)
    path = Path(said).expanduser()
    if path.is_dir() and (path.name.endswith(".git") or not _looks_like_a_name(said)):
        bare = path.name.endswith(".git") and (path / "HEAD").is_file()
        kind: Kind = "git" if bare else "folder"
        return Source(kind=kind, place=str(path.resolve()), origin=str(path.resolve()))
    if said.endswith(".whl"):
        return Source(kind="wheel", place=str(path.resolve()), origin=path.name)
    if "/" in said or said.startswith((".", "~")):
        raise NotFoundError(
            f"{said}: nothing lies there", hint="Name a wheel, a folder, a Git address or a name."
        )
    return _named(said, index)


def fetch(source: Source, into: Path, *, offline: bool) -> Fetched:
    """Bring a source into the empty folder `into` as a wheel or a folder; blocks while it does.

    Raises:
        RefusedError: it is on the network and AMMO is offline.
        NotFoundError, BadInputError: it is not there, or cannot be had.
    """
    if source.kind == "wheel":
        return _copied_wheel(source, into)
    if source.kind == "folder":
        copied = copy_folder(Path(source.place), into / Path(source.place).name)
        return Fetched(path=copied, origin=source.origin)
    if source.kind == "git":
        return _cloned(source, into, offline=offline)
    if source.kind == "address":
        return _downloaded(source, into, offline=offline)
    wheels = child.download([source.place], into, offline=offline)
    if len(wheels) != 1:
        raise BadInputError(
            f"pip brought {len(wheels)} wheels for {source.place}", hint="Name a version."
        )
    return Fetched(path=wheels[0], origin=f"pypi: {wheels[0].name}", sha256=source.sha256)


def copy_folder(folder: Path, into: Path) -> Path:
    """Copy a folder's plain files and return the copy; version control, caches and environments stay behind.

    Raises:
        RefusedError: a link in it, or more than a plugin can be.
    """
    total = 0
    for count, file in enumerate(_plain_files(folder), 1):
        total += file.stat().st_size
        if count > MOST_FILES or total > LARGEST:
            raise RefusedError(
                f"{folder} holds more than {MOST_FILES:,} files or {LARGEST:,} bytes",
                hint="Name the plugin's own folder, not one around it.",
            )
        target = into / file.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    into.mkdir(parents=True, exist_ok=True)
    return into


def is_project(folder: Path) -> bool:
    """Is a folder a Python project, whose building would run its code?"""
    return any((folder / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg"))


def is_declarative(folder: Path) -> bool:
    """Is a folder a subspace without code?"""
    return (folder / FILE).is_file() and not is_project(folder)


def _plain_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink():
            raise RefusedError(
                f"{entry} is a link, and a plugin's folder holds plain files",
                hint="Put the file itself there.",
            )
        if entry.is_dir():
            if entry.name not in SKIPPED and not entry.name.endswith(".egg-info"):
                yield from _plain_files(entry)
        elif entry.is_file():
            yield entry


def _looks_like_a_name(said: str) -> bool:
    return (
        bool(NAME.match(said)) and not (Path(said) / FILE).is_file() and not is_project(Path(said))
    )


def _named(said: str, index: Index) -> Source:
    match = NAME.match(said)
    if match is None:
        raise BadInputError(
            f"{said!r} is no plugin's name, path or address",
            hint="Name it as in: ammo plugin search, ./my.whl, ./folder, git+https://…",
        )
    name, version = match["name"], match["version"] or ""
    if said.endswith((".tar.gz", ".zip")):
        raise BadInputError(f"{said} is a source archive", hint="AMMO takes wheels: ask for one.")
    entry = index.find(name)
    release = release_of(entry, version) if entry else None
    if release is None:
        distribution = entry.distribution if entry else name
        wanted = f"{distribution}=={version}" if version else distribution
        return Source(kind="name", place=wanted, origin=f"pypi: {wanted}")
    place, ref = _parted(release.location.removeprefix("git+"))
    origin = f"index: {release.location}"
    if release.location.startswith("git+"):
        return Source(kind="git", place=place, ref=ref, origin=origin)
    if "://" in release.location:
        return Source(kind="address", place=place, sha256=release.sha256, origin=origin)
    kind: Kind = "wheel" if release.location.endswith(".whl") else "folder"
    return Source(kind=kind, place=release.location, sha256=release.sha256, origin=origin)


def _address(said: str) -> Source:
    pin = PIN.search(said)
    place = said[: pin.start()] if pin else said
    if not urlsplit(place).path.endswith(".whl"):
        raise BadInputError(
            f"{place} is neither a wheel nor a repository",
            hint="A repository is named git+https://…, a wheel https://….whl#sha256=HASH",
        )
    if pin is None or not place.startswith("https://"):
        raise RefusedError(
            f"{place} is not pinned: whoever holds that server could give any file",
            hint="Use https and say which file you mean: https://….whl#sha256=HASH",
        )
    return Source(kind="address", place=place, sha256=pin.group(1), origin=place)


def _parted(address: str) -> tuple[str, str]:
    """Return a repository's address and its branch or tag: ``…/x.git@v1`` → (``…/x.git``, ``v1``)."""
    head, at, ref = address.rpartition("@")
    if at and "/" not in ref and head and not head.endswith(("//git", "git")) and ":" not in ref:
        return head, ref
    return address, ""


def _copied_wheel(source: Source, into: Path) -> Fetched:
    place = Path(source.place)
    try:
        copied = Path(shutil.copyfile(place, into / place.name))
    except OSError as error:
        raise NotFoundError(
            f"{place} cannot be read: {error.strerror or error}", hint="Look at the path."
        ) from error
    return Fetched(path=copied, origin=source.origin, sha256=source.sha256)


def _cloned(source: Source, into: Path, *, offline: bool) -> Fetched:
    local = source.place.startswith(("/", "file://", ".", "~"))
    if offline and not local:
        raise RefusedError(
            f"{source.place} is on the network, and AMMO is offline",
            hint="Clone it where you are online and name the folder.",
        )
    if source.place.startswith("http://"):
        raise RefusedError(f"{source.place} is not reached over https", hint="Use https or ssh.")
    commit = child.clone(source.place, source.ref, into / "clone")
    copied = copy_folder(into / "clone", into / "folder")
    shutil.rmtree(into / "clone")
    return Fetched(path=copied, origin=f"git+{source.place}@{commit}")


def _downloaded(source: Source, into: Path, *, offline: bool) -> Fetched:
    if offline:
        raise RefusedError(
            f"{source.place} is on the network, and AMMO is offline",
            hint="Name a wheel on this machine, or go online.",
        )
    target = into / Path(urlsplit(source.place).path).name
    fetching = importlib.import_module("ammo_agents.installing.fetching")
    target.write_bytes(fetching.get(source.place, largest=LARGEST, follow=True))
    return Fetched(path=target, origin=source.origin, sha256=source.sha256)
