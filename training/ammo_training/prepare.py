"""The first stage: rows read, split, checked for leaks and kept beside the run; the base brought to where it trains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ammo_agents.aipp.pairs.files import read, read_rows, write
from ammo_agents.aipp.pairs.leaks import check
from ammo_agents.aipp.pairs.record import Taught
from ammo_agents.aipp.pairs.sides import alone
from ammo_agents.aipp.pairs.split import split
from ammo_agents.durable import write_json
from ammo_agents.errors import BadInputError
from ammo_training.files import read_json, sha256_of_json
from ammo_training.folders import TrainingFolders
from ammo_training.options import TrainConfig
from ammo_training.run import Run

NAME = "prepared.json"
SIDES = ("train", "dev", "test")
FILE = {"dpo": "pairs.jsonl", "kto": "kto.jsonl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The rows of a run."""

    sides: Mapping[str, Sequence[Taught]]
    """``train``, ``dev``, ``test``."""
    told: Mapping[str, Any]
    """What ``prepared.json`` says: sizes, what was left out and why, by what it is split, hashes."""


def source_of(config: TrainConfig, folders: TrainingFolders) -> Path:
    """Return the file of rows a configuration names.

    Raises:
        BadInputError: it names none, or the set is not there.
    """
    if config.data.pairs:
        return Path(config.data.pairs).expanduser()
    if not config.data.set:
        raise BadInputError(
            "no rows to learn from are named",
            hint="--pairs FILE, or a set: ammo train data build NAME, then --set data.set=NAME",
        )
    path = folders.sets / config.data.set / FILE[config.kind]
    if not path.is_file() or Path(config.data.set).name != config.data.set:
        raise BadInputError(
            f"no set {config.data.set!r} with {FILE[config.kind]} ({path})",
            hint="Build it: ammo train data build NAME",
        )
    return path


def prepare(config: TrainConfig, run: Run, folders: TrainingFolders) -> Prepared:
    """Return the rows of a run, split; made once and kept, so that a resumed run reads the very same.

    Raises:
        LeakError: something stands on two sides; the first ten offenders are named.
        BadInputError: no rows, or rows of which nothing can be learned.
    """
    if (run.folder / NAME).is_file():
        return again(config, run)
    path = source_of(config, folders)
    every: list[Any] = list(read(path) if config.kind == "dpo" else read_rows(path))
    found, dropped = _wanted(config, every)
    _teaches(config, found, path)
    parted, told = _split(config, found)
    sizes = check(parted)
    sides: dict[str, Sequence[Taught]] = {
        s: [one for one in parted if one.split == s] for s in SIDES
    }
    sides["train"] = _drawn(config, sides["train"])
    for side in SIDES:
        write(run.rows / f"{side}.jsonl", sides[side])
    held = {
        "file": path.name,
        "read": len(every),
        "sizes": {**{s: len(sides[s]) for s in SIDES}, "split": sizes},
        "dropped": {**dropped, **told.pop("dropped")},
        **told,
        "sources": dict(Counter(one.source for one in sides["train"])),
        "set_sha256": sha256_of_json([one.id for side in SIDES for one in sides[side]]),
    }
    write_json(run.folder / NAME, held)
    return Prepared(sides=sides, told=held)


def again(config: TrainConfig, run: Run) -> Prepared:
    """Return the rows that were kept beside a run.

    Raises:
        DamagedError: they are not those its ``prepared.json`` speaks of.
    """
    told = read_json(run.folder / NAME)
    load: Any = read if config.kind == "dpo" else read_rows
    sides = {side: load(run.rows / f"{side}.jsonl") for side in SIDES}
    got = sha256_of_json([one.id for side in SIDES for one in sides[side]])
    if got != told["set_sha256"]:
        raise BadInputError(
            f"the rows in {run.rows} are not those the run was made with ({got[:12]}, not "
            f"{told['set_sha256'][:12]})",
            hint="Start a new run.",
        )
    return Prepared(sides=sides, told=told)


def _wanted(config: TrainConfig, every: Sequence[Taught]) -> tuple[list[Taught], dict[str, int]]:
    found, dropped = [], Counter[str]()
    for one in every:
        made_up = one.source == "simulated" or one.source.startswith("rule:")
        if config.data.sources and one.source not in config.data.sources:
            dropped["another source than asked for"] += 1
        elif made_up and not config.data.simulated:
            dropped["said by no person"] += 1
        else:
            found.append(one)
    return found, dict(dropped)


def _teaches(config: TrainConfig, found: Sequence[Any], path: Path) -> None:
    if not found:
        raise BadInputError(f"{path} holds no rows to learn from", hint="See docs/training.md.")
    if config.kind == "kto" and len({row.label for row in found}) == 1:
        said = "wanted" if found[0].label else "not wanted"
        raise BadInputError(
            f"all {len(found)} rows of {path} are {said}: nothing tells good from bad",
            hint="Rows of both kinds are needed: likes and skips.",
        )


def _split(config: TrainConfig, found: Sequence[Taught]) -> tuple[Sequence[Taught], dict[str, Any]]:
    """Return rows with sides: the file's own where each row has one, else dealt by seed."""
    if all(one.split for one in found):
        return found, {"dropped": {}, "by": ["file"], "alone": alone(found), "cut": None}
    shares = {"dev": config.data.dev, "test": config.data.test}
    parted = split(found, seed=config.seed, shares=shares)
    told = {
        "dropped": dict(parted.dropped),
        "by": list(parted.by),
        "alone": parted.alone,
        "cut": None if parted.cut is None else parted.cut.isoformat(),
    }
    return parted.kept, told


def _drawn(config: TrainConfig, rows: Sequence[Taught]) -> Sequence[Taught]:
    """Return at most ``data.most`` rows; those of KTO shuffled, since its batches keep their order."""
    order = np.random.default_rng(config.seed).permutation(len(rows))
    if config.data.most and config.data.most < len(rows):
        order = order[: config.data.most]
    elif config.kind == "dpo":
        return rows
    return [rows[i] for i in order]
