"""Where adapters lie: one folder each, named by the hash of what is in it and checked whenever it is read (S11)."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from ammo_agents import durable
from ammo_agents.adapters.manifest import (
    CONFIG,
    FILES,
    GGUF,
    ID,
    NEEDED,
    WEIGHTS,
    AdapterManifest,
    read,
    sealed,
    written,
)
from ammo_agents.errors import AmmoError, BadInputError, NotFoundError, RefusedError, TamperedError
from ammo_agents.settings import Settings, folders

MANIFEST = "manifest.json"
ADAPTER = "adapter"
"""What one is called while it is written: its id is the hash of what it will hold."""
CARD = "README.md"
"""For people; written after the report, so no hash covers it and nothing reads it."""
LARGEST_HEADER = 64_000_000
"""Bytes of a safetensors header beyond which it is none."""
WAY_OUT = "Nothing is loaded from it: move the folder away and train it again, or bring it anew."


@dataclass(frozen=True, slots=True)
class AdapterFolder:
    """Every adapter of a home. All of it blocks: call it off the loop."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> AdapterFolder:
        """Return the folder of these settings, without making it."""
        return cls(folders(settings).data / "training" / "adapters")

    def path(self, id: str) -> Path:
        """Return where an adapter lies, or will lie.

        Raises:
            BadInputError: `id` is no adapter's id: it could leave the folder.
        """
        if not ID.fullmatch(id):
            raise BadInputError(
                f"{id!r} is no adapter", hint="Give a_ and 16 hex digits: ammo runs list"
            )
        return self.root / id

    def add(self, files: Path, manifest: AdapterManifest) -> AdapterManifest:
        """Take in the files of a folder and return the manifest with its id; again the same changes nothing.

        Raises:
            RefusedError: a file is missing, of a foreign kind, a link, or not what its name says (pickled code).
            DiskFullError: no room; nothing is left half-written.
        """
        _refuse_foreign(files, more={CARD})
        given = [name for name in FILES if (files / name).is_file()]
        for name in given:
            _refuse_other_kind(files / name)
        with durable.beside(self.root / ADAPTER) as part:
            part.mkdir()
            hashes = {name: _copied(files / name, part / name) for name in given}
            whole = sealed(manifest, hashes)
            (part / MANIFEST).write_text(written(whole), encoding="utf-8")
            if (files / CARD).is_file():
                shutil.copyfile(files / CARD, part / CARD)
            try:
                durable.settle(part, self.path(whole.id))
            except FileExistsError:
                # Somebody was quicker with the same; if theirs was altered since, `read` says so.
                return self.read(whole.id)
        return whole

    def read(self, id: str) -> AdapterManifest:
        """Return an adapter whose every file is what its manifest says.

        Raises:
            NotFoundError: there is none with this id.
            TamperedError: a file changed, is missing or came in addition; it names the file and both hashes.
        """
        home = self.path(id)
        manifest = self.manifest(id)
        found = {p.name for p in home.iterdir() if not durable.is_part(p)} - {MANIFEST, CARD}
        if odd := sorted(found ^ set(manifest.files)):
            how = "came in addition" if odd[0] in found else "is missing"
            raise TamperedError(f"{home / odd[0]} {how}", hint=WAY_OUT)
        for name, wanted in sorted(manifest.files.items()):
            path = home / name
            if path.is_symlink() or (got := sha256_of(path)) != wanted:
                got = "a link" if path.is_symlink() else f"sha256 {got}"
                raise TamperedError(f"{path} is {got}, its manifest says {wanted}", hint=WAY_OUT)
        return manifest

    def manifest(self, id: str) -> AdapterManifest:
        """Return what an adapter says of itself, its files unread.

        Raises:
            NotFoundError: there is none with this id.
            TamperedError: the manifest is not the one the folder is named by.
        """
        path = self.path(id) / MANIFEST
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise NotFoundError(f"no adapter {id}", hint="See them: ammo runs list") from error
        except (OSError, UnicodeDecodeError) as error:
            raise TamperedError(f"{path} cannot be read: {error}", hint=WAY_OUT) from error
        manifest = read(text, where=str(path))
        if manifest.id != id:
            raise TamperedError(f"{path} is the manifest of {manifest.id}", hint=WAY_OUT)
        return manifest

    def all(self) -> tuple[AdapterManifest, ...]:
        """Return every adapter's manifest, the newest first; folders that cannot be read are in `faults`."""
        return tuple(found for found in self._each().values() if isinstance(found, AdapterManifest))

    def faults(self) -> dict[str, str]:
        """Return why folders here hold no adapter: name → reason."""
        return {n: e.message for n, e in self._each().items() if isinstance(e, AmmoError)}

    def find(self, said: str) -> str:
        """Return the id that begins with `said` (``a_`` may be left out), or of the adapter a run made.

        Raises:
            NotFoundError: none, or several.
        """
        every = self.all()
        wanted = said if said.startswith("a_") else f"a_{said}"
        hits = [m.id for m in every if m.id.startswith(wanted) and len(wanted) > len("a_")]
        hits = hits or [m.id for m in every if said and m.run.startswith(said)]
        if len(hits) == 1 or len({m.run for m in every if m.id in hits}) == 1:
            return hits[0]
        how = "no adapter, and no adapter of a run," if not hits else f"{len(hits)} adapters"
        raise NotFoundError(f"{how} begin with {said!r}", hint="See them: ammo runs list")

    def gguf(self, id: str) -> Path:
        """Return where the file lies that llama.cpp reads."""
        return self.path(id) / GGUF

    def write_card(self, id: str, text: str) -> Path:
        """Put the card for people beside the files, or put a new one there."""
        self.manifest(id)
        path = self.path(id) / CARD
        durable.write_text(path, text)
        return path

    def _each(self) -> dict[str, AdapterManifest | AmmoError]:
        """Return every adapter's manifest, or what is wrong with it, the newest first."""
        found: dict[str, AdapterManifest | AmmoError] = {}
        names = sorted(p.name for p in self.root.iterdir()) if self.root.is_dir() else []
        for name in names:
            if durable.is_part(Path(name)):
                continue
            try:
                found[name] = self.manifest(name)
            except AmmoError as error:
                found[name] = error

        def age(item: tuple[str, AdapterManifest | AmmoError]) -> str:
            return item[1].created if isinstance(item[1], AdapterManifest) else ""

        return dict(sorted(found.items(), key=age, reverse=True))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex; blocking."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _copied(source: Path, target: Path) -> str:
    """Copy a file and return the hash of what was copied: read once, so nothing comes in between."""
    digest = hashlib.sha256()
    with source.open("rb") as stream, target.open("wb") as sink:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            sink.write(chunk)
    return digest.hexdigest()


def _refuse_foreign(folder: Path, *, more: set[str]) -> None:
    if not folder.is_dir():
        raise RefusedError(f"{folder} is no folder", hint="Give the folder of an adapter.")
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file() or path.name not in {*FILES, *more}:
            raise RefusedError(
                f"{path} may not be in an adapter: only {', '.join(FILES)} and {CARD} may",
                hint="Weights are safetensors; pickled files (.bin, .pt) are never opened. Take the file away.",
            )
    if absent := [name for name in NEEDED if not (folder / name).is_file()]:
        raise RefusedError(
            f"{folder} has no {absent[0]}", hint="An adapter has both files of PEFT."
        )


def _refuse_other_kind(path: Path) -> None:
    """Refuse a file that is not what its name says, by its first bytes; nothing of it is run or unpacked."""
    with path.open("rb") as stream:
        head = stream.read(8)
        size = int.from_bytes(head, "little")
        fits = {
            GGUF: lambda: head[:4] == b"GGUF",
            WEIGHTS: lambda: 0 < size <= LARGEST_HEADER and _is_object(stream.read(size)),
            CONFIG: lambda: _is_object(head + stream.read(LARGEST_HEADER)),
        }[path.name]()
    if not fits:
        raise RefusedError(
            f"{path} is not what its name says (it begins with {head!r})",
            hint="Pickled code under another name is refused too. Take the file away.",
        )


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except (ValueError, RecursionError):
        return False
