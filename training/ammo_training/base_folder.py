"""The folder of a base as safetensors: every file pinned by its hash, checked before any loader opens one (S11)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ammo_agents.durable import write_json
from ammo_agents.errors import DamagedError, TamperedError
from ammo_training.files import read_json, sha256_of, sha256_of_json

NAME = "manifest.json"
ALLOWED = (".safetensors", ".json", ".jinja", ".txt", ".model")
"""What a base may consist of; anything else, a pickle above all, is refused unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A base that was checked."""

    folder: Path
    sha256: str
    """Of the GGUF it was made from; of a base that came as safetensors: over its files' hashes."""
    name: str
    """For people: ``smollm2-135m``."""
    files: dict[str, str]
    """File name → sha256."""
    source: str = ""
    """The file name of the GGUF; empty where the base came as safetensors."""


def seal(folder: Path, *, name: str, sha256: str = "", source: str = "") -> Base:
    """Hash every file of a folder and write its manifest; blocking.

    Raises:
        TamperedError: a file that no base may hold.
    """
    files = {path.name: sha256_of(path) for path in _files(folder)}
    base = Base(
        folder=folder,
        sha256=sha256 or sha256_of_json(files),
        name=name,
        files=files,
        source=source,
    )
    held = {"sha256": base.sha256, "name": name, "source": source, "files": files}
    write_json(folder / NAME, held)
    return base


def check(folder: Path, *, sha256: str | None = None) -> Base:
    """Return a base all of whose files are what its manifest says; blocking, a second a gigabyte.

    Raises:
        DamagedError: no manifest, or one that says nothing.
        TamperedError: a file changed, is missing, came in addition or has a forbidden kind; or the
            base is not the one with `sha256`. It names the file and both hashes.
    """
    held = read_json(folder / NAME)
    base = _read(folder, held)
    if sha256 is not None and base.sha256 != sha256:
        raise TamperedError(
            f"{folder} is base {base.sha256}, wanted {sha256}",
            hint="Train again on this base, or bring back the other.",
        )
    found = {path.name for path in _files(folder)}
    odd = sorted(found ^ set(base.files))
    if odd:
        raise TamperedError(
            f"{folder}: {odd[0]} is {'not in the manifest' if odd[0] in found else 'missing'}",
            hint=f"Delete {folder}; it is made again from the GGUF.",
        )
    for name, wanted in sorted(base.files.items()):
        got = sha256_of(folder / name)
        if got != wanted:
            raise TamperedError(
                f"{folder / name} has sha256 {got}, its manifest says {wanted}",
                hint=f"Delete {folder}; it is made again from the GGUF.",
            )
    return base


def _read(folder: Path, held: dict[str, Any]) -> Base:
    files = held.get("files")
    if not isinstance(files, dict) or not files or not held.get("sha256"):
        raise DamagedError(f"{folder / NAME} lists no files", hint=f"Delete {folder}.")
    return Base(
        folder=folder,
        sha256=str(held["sha256"]),
        name=str(held.get("name", "")),
        source=str(held.get("source", "")),
        files={str(k): str(v) for k, v in files.items()},
    )


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder but its manifest; refuse sub-folders, links and foreign kinds."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name == NAME or path.name.startswith("."):
            continue
        if path.is_symlink() or not path.is_file() or path.suffix not in ALLOWED:
            raise TamperedError(
                f"{path} may not lie in the folder of a base: only {', '.join(ALLOWED)} files may",
                hint="Weights are safetensors; a pickle is never opened. Delete the file.",
            )
        found.append(path)
    return found
