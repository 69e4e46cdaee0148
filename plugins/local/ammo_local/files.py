"""Model files on this machine: where they lie, and whether they are what their manifest says.

A file is hashed in full once; its verified hash is then kept by (size, mtime, inode), so that
a start does not read gigabytes. No loader opens a file that this module has not passed (S11).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ammo_agents.durable import write_json
from ammo_agents.errors import MissingPartError, TamperedError
from ammo_agents.records import ModelCard, ModelFile
from ammo_local.manifests import PREFIX

CHUNK = 1 << 20
VERIFIED = ".verified.json"
PINS = ".pins.json"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The folder that holds every model, one folder a model."""

    root: Path

    def path(self, card: ModelCard, file: ModelFile) -> Path:
        """Return where a file lies, or will lie."""
        return self.root / card.id.removeprefix(PREFIX) / file.name

    def pinned(self, card: ModelCard) -> ModelCard:
        """Return the card with the sizes and hashes that were pinned at its first pull."""
        pins = _read(self.root / PINS)
        return replace(card, files=tuple(self._pin(pins, card, file) for file in card.files))

    def pin(self, card: ModelCard, file: ModelFile, sha256: str) -> None:
        """Keep the hash of a file whose manifest knows none: from now on it must stay this one."""
        pins = _read(self.root / PINS)
        size = self.path(card, file).stat().st_size
        pins[_key(card, file)] = {"sha256": sha256, "size": size}
        write_json(self.root / PINS, pins)

    def check(self, card: ModelCard, file: ModelFile) -> Path:
        """Return the path of a file that is what the manifest says; blocking.

        Raises:
            MissingPartError: it is not there, or its hash is not known yet.
            TamperedError: it has another size or hash; names the file and both hashes.
        """
        path = self.path(card, file)
        if not path.is_file():
            raise MissingPartError(
                f"model {card.id!r} has no {file.name} on this machine ({path})",
                hint=f"Pull it: ammo models pull {card.id}",
            )
        if not file.sha256:
            raise MissingPartError(
                f"{path} was not pulled by AMMO: its hash is unknown",
                hint=f"Pull it again: ammo models pull {card.id}",
            )
        found = self._hash(path)
        if found != file.sha256:
            raise tampered(path, wanted=file.sha256, found=found, model=card.id)
        return path

    def _hash(self, path: Path) -> str:
        state = path.stat()
        stamp = [state.st_size, state.st_mtime_ns, state.st_ino]
        verified = _read(self.root / VERIFIED)
        known = verified.get(str(path))
        if isinstance(known, dict) and known.get("stamp") == stamp:
            return str(known.get("sha256"))
        found = sha256_of(path)
        verified[str(path)] = {"stamp": stamp, "sha256": found}
        write_json(self.root / VERIFIED, verified)
        return found

    def _pin(self, pins: Mapping[str, Any], card: ModelCard, file: ModelFile) -> ModelFile:
        pin = pins.get(_key(card, file))
        if file.sha256 or not isinstance(pin, dict):
            return file
        return replace(file, sha256=str(pin["sha256"]), size=int(pin["size"]))


def tampered(path: Path, *, wanted: str, found: str, model: str) -> TamperedError:
    """Return the refusal of a file that is not the manifest's."""
    return TamperedError(
        f"{path} is not the file the manifest of {model!r} names: sha256 {found}, expected {wanted}",
        hint=f"Move it away and pull it again: ammo models pull {model}",
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex; blocking."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _key(card: ModelCard, file: ModelFile) -> str:
    return f"{card.id.removeprefix(PREFIX)}/{file.name}"


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # a cache: what is not known is hashed again
    return found if isinstance(found, dict) else {}
