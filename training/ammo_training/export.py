"""Writes an adapter where somebody wants it: PEFT's folder, llama.cpp's file, or base and adapter as one model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.durable import whole
from ammo_agents.errors import BadInputError, ConflictError, RefusedError
from ammo_training.folders import TrainingFolders

Form = Literal["adapter", "gguf", "merged"]
FORMS: tuple[Form, ...] = ("adapter", "gguf", "merged")


def export(folders: TrainingFolders, id: str, out: Path, form: Form) -> AdapterManifest:
    """Write an adapter to `out`, whole or not at all, and return its manifest; blocking.

    ``adapter`` and ``merged`` make a folder, ``gguf`` a file.

    Raises:
        RefusedError: it is personal: trained on one person, it never leaves this machine.
        ConflictError: something lies at `out`. NotFoundError, TamperedError: as its keeper says.
    """
    keeper = AdapterFolder(folders.adapters)
    manifest = keeper.read(id)
    if manifest.personal:
        raise RefusedError(
            f"{id} was trained on one person: it is never exported or shared",
            hint="Train on a cohort of several people for an adapter that may leave.",
        )
    if form not in FORMS:
        raise BadInputError(f"no form {form!r}", hint=f"One of {', '.join(FORMS)}.")
    if out.exists():
        raise ConflictError(f"{out} is there already", hint="Name another place.")
    source = keeper.path(id)
    if form == "gguf" and not (source / "adapter.gguf").is_file():
        raise BadInputError(
            f"{id} has no adapter.gguf: its base's architecture is not converted",
            hint="Export it as adapter or merged.",
        )
    with whole(out) as part:
        if form == "gguf":
            shutil.copyfile(source / "adapter.gguf", part)
        elif form == "adapter":
            shutil.copytree(source, part)
        else:
            _merged(folders, manifest, source, part)
    return manifest


def _merged(folders: TrainingFolders, manifest: AdapterManifest, source: Path, part: Path) -> None:
    """Write base plus adapter as one model of safetensors."""
    from ammo_training import base_folder, load  # noqa: PLC0415 - heavy

    base = base_folder.check(folders.bases / manifest.base_sha256, sha256=manifest.base_sha256)
    loaded = load.load(base, adapter=source)
    made = loaded.model.merge_and_unload(safe_merge=True)
    part.mkdir()
    made.save_pretrained(part)
    loaded.tokenizer.save_pretrained(part)
