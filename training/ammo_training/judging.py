"""Judges one adapter, or a base alone, by any file of pairs: what ``ammo train eval`` prints; nothing is kept but a cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.aipp.pairs import Pair, Taught, read, read_rows
from ammo_agents.errors import BadInputError, TamperedError
from ammo_agents.settings import Settings
from ammo_training.base_folder import Base
from ammo_training.convert_base import find_source, prepare
from ammo_training.evaluation import Subject, preferences
from ammo_training.files import sha256_of
from ammo_training.folders import models_folder, training_folders
from ammo_training.heldout import overlap
from ammo_training.load import load
from ammo_training.options import Machine
from ammo_training.report import primary, rows_sha256
from ammo_training.scoring import Scorer
from ammo_training.writing import TransformersWriter

LONGEST = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is to be judged: the base it stands on, its folder, and what it was trained on where that is known."""

    base: Base
    folder: Path | None
    id: str
    trained: tuple[Taught, ...] | None
    """None = nobody knows what it was trained on."""


def judged_by(  # noqa: PLR0913 - what a verb was asked
    settings: Settings,
    *,
    named: str,
    pairs: Path,
    base: str | None,
    most: int,
    seed: int,
    told: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Return the preference figures of ``base``, an adapter's id or a PEFT folder on a file of pairs; blocking.

    Raises:
        BadInputError: no pairs, or none that fits. NotFoundError: no such adapter. TamperedError: it is not what it was.
    """
    held = drawn(read(pairs), most, seed)
    if not held:
        raise BadInputError(f"{pairs} holds no pairs", hint="One JSON object a line.")
    found = _named(settings, named, base)
    loaded = load(found.base, adapter=found.folder, machine=Machine(dtype="float32"))
    scorer = Scorer(loaded.model, loaded.tokenizer, longest=LONGEST)
    subject = Subject(
        scorer=scorer,
        adapter=found.id,
        base_sha256=found.base.sha256,
        writer=TransformersWriter(scorer),
        cache=training_folders(settings).references,
        seed=seed,
        told=told,
    )
    parts = preferences(subject, held)
    if not parts["kinds"]:
        raise BadInputError(
            f"no pair of {pairs} fits {LONGEST} tokens: their prompts alone fill them",
            hint="Shorten the prompts.",
        )
    return {
        "adapter": found.id,
        "pairs": str(pairs),
        "n": len(held),
        "too_long": parts["too_long"],
        "primary": primary(parts["kinds"]),
        "preference": parts["kinds"],
        "trained_on": None if found.trained is None else overlap(found.trained, held),
        "says": _says(found, held),
        "seed": seed,
        "hashes": {"base": found.base.sha256, "rows": rows_sha256(held), "file": sha256_of(pairs)},
    }


def drawn(pairs: Sequence[Pair], most: int, seed: int) -> list[Pair]:
    """Return at most so many pairs, drawn by seed and in the file's order; 0 = all."""
    if not most or most >= len(pairs):
        return list(pairs)
    rows = np.random.default_rng(seed).permutation(len(pairs))[:most].tolist()
    return [pairs[row] for row in sorted(rows)]


def _named(settings: Settings, named: str, base: str | None) -> Named:
    folders = training_folders(settings)
    asked = base or settings.model
    if named == "base":
        return Named(base=_base(settings, asked), folder=None, id="base", trained=())
    if Path(named).is_dir():
        made = _base(settings, asked)
        return Named(base=made, folder=Path(named), id=Path(named).name, trained=None)
    folder = AdapterFolder.of(settings)
    manifest = folder.read(named)
    made = _base(settings, base or manifest.base)
    if made.sha256 != manifest.base_sha256:
        raise TamperedError(
            f"adapter {named} is for the base {manifest.base_sha256[:12]}, {asked} is {made.sha256[:12]}",
            hint="Name the base it was trained on: --base FILE",
        )
    rows = folders.runs / manifest.run / "rows" if manifest.run else None
    trained: tuple[Taught, ...] | None = None
    if rows is not None and (rows / "train.jsonl").is_file():
        reader = read_rows if manifest.kind == "kto" else read
        trained = tuple(reader(rows / "train.jsonl"))
    return Named(base=made, folder=folder.path(named), id=named, trained=trained)


def _base(settings: Settings, asked: str) -> Base:
    folders = training_folders(settings)
    return prepare(find_source(asked, models_folder(settings)), folders.bases)


def _says(found: Named, held: Sequence[Pair]) -> str:
    if found.trained is None:
        return "Nobody here knows what it was trained on: these figures may be of rows it learned by heart."
    shared = overlap(found.trained, held) if found.trained else {}
    if any(shared.values()):
        told = ", ".join(f"{n} by {kind}" for kind, n in shared.items() if n)
        return f"NOT HELD OUT: it was trained on some of this ({told}). No figure here speaks of unseen rows."
    return "Nothing of this was trained on."
