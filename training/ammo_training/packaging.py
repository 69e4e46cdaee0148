"""The stage ``package``: what was trained becomes an adapter, converted for llama.cpp, hashed and kept (decision 0017).

Nothing here depends on the moment: a run that was killed while it packed packs the very same adapter again.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import CONFIG, GGUF, WEIGHTS, AdapterManifest
from ammo_agents.aipp.pairs.files import read, read_rows
from ammo_agents.errors import DamagedError
from ammo_training import base_folder, gguf_lora, peft_file
from ammo_training.base_folder import Base
from ammo_training.files import read_json
from ammo_training.folders import TrainingFolders
from ammo_training.progress import read_metrics
from ammo_training.run import Run

PLACE, PREPARED = "place.json", "prepared.json"
"""Written by the job: which base it began with, and what was done with the rows."""
PACKAGES = ("ammo-training", "torch", "transformers", "trl", "peft", "gguf")
FIGURES = ("loss", "margin", "accuracy", "chosen_logp", "rejected_logp", "kl")


def package(run: Run) -> AdapterManifest:
    """Return the adapter of a run that has trained, kept below ``adapters/``; blocking.

    Raises:
        RefusedError: what was trained cannot be an adapter: a tensor, a module, NaN; it names which and why.
        TamperedError: the base is not the one the run began with.
        DiskFullError: no room; nothing is left half-written.
    """
    folders = TrainingFolders(root=run.folder.parent.parent)
    place = read_json(run.folder / PLACE)
    base = base_of(place, folders)
    return pack(
        run.trained, base, manifest_of(run, place, folders), AdapterFolder(folders.adapters)
    )


def pack(
    trained: Path, base: Base, manifest: AdapterManifest, into: AdapterFolder
) -> AdapterManifest:
    """Keep the PEFT files of a folder as an adapter of a checked base; blocking.

    Of an architecture that is not converted the PEFT files alone are kept: vLLM and transformers read them.
    """
    into.root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.root.parent, prefix=".pack-") as held:
        part = Path(held)
        shutil.copyfile(trained / WEIGHTS, part / WEIGHTS)
        (part / CONFIG).write_text(_cleaned(trained / CONFIG, base), encoding="utf-8")
        peft = peft_file.read(part)
        lora: dict[str, object] = {
            "r": peft.rank,
            "alpha": peft.alpha,
            "modules": len(peft.modules),
        }
        if gguf_lora.known(base.folder):
            made = gguf_lora.convert(part, gguf_lora.shape_of(base.folder), part / GGUF)
            lora["gguf"] = made.dtype
        return into.add(part, replace(manifest, lora=lora, base_sha256=base.sha256))


def base_of(place: Mapping[str, Any], folders: TrainingFolders) -> Base:
    """Return the base a run began with, every file of it checked.

    Raises:
        TamperedError: it changed since. DamagedError: nobody wrote down which it was.
    """
    sha = str(place.get("base_sha256", ""))
    if not sha:
        raise DamagedError("the run does not say which base it began with", hint="Start a new run.")
    kept = folders.bases / sha
    return base_folder.check(kept if kept.is_dir() else Path(str(place["source"])), sha256=sha)


def manifest_of(run: Run, place: Mapping[str, Any], folders: TrainingFolders) -> AdapterManifest:
    """Return what is known of a run's adapter before its files are hashed: whom and what it learned from."""
    config = read_json(run.config)
    told = read_json(run.folder / PREPARED)
    path = run.rows / "train.jsonl"
    rows: Sequence[Any] = read(path) if run.kind == "dpo" else read_rows(path)
    parents = [str(config["parent"])] if config.get("parent") else []
    kept = AdapterFolder(folders.adapters)
    older = [kept.manifest(parent) for parent in parents]
    return AdapterManifest(
        base=str(place.get("base", "")),
        base_sha256=str(place["base_sha256"]),
        name=run.name or run.id,
        kind=run.kind,
        target=run.target,
        run=run.id,
        parents=tuple(parents),
        set=run.set,
        set_sha256=str(told.get("set_sha256", "")),
        sources=_joined([row.source for row in rows], *(m.sources for m in older)),
        events=_joined([e for row in rows for e in row.events], *(m.events for m in older)),
        people=_joined([row.user for row in rows if row.user], *(m.people for m in older)),
        consent=",".join(str(n) for n in sorted({row.consent for row in rows if row.consent})),
        personal=bool(told.get("alone")) or any(m.personal for m in older),
        seed=run.seed,
        config=config,
        metrics=_figures(run),
        versions={name: metadata.version(name) for name in PACKAGES},
        created=run.started,
    )


def _figures(run: Run) -> dict[str, float]:
    """Return the last figures of training, and of the held-out rows it looked at meanwhile."""
    found: dict[str, float] = {}
    for row in read_metrics(run.metrics):
        side = "dev_" if row.get("eval") else ""
        for name in FIGURES:
            value = row.get(name)
            if isinstance(value, int | float) and math.isfinite(value):
                found[side + name] = float(value)
    return found


def _cleaned(path: Path, base: Base) -> str:
    """Return PEFT's configuration without a path of this machine: the base by name and hash, keys in order."""
    held = json.loads(path.read_text(encoding="utf-8"))
    held["base_model_name_or_path"] = f"{base.name}@{base.sha256}"
    held["inference_mode"] = True
    for name in ("target_modules", "exclude_modules"):
        if isinstance(held.get(name), list):
            held[name] = sorted(held[name])
    return json.dumps(held, indent=1, sort_keys=True) + "\n"


def _joined(*parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({one for part in parts for one in part}))
