"""Makes a run, starts its process, follows it and stops it; nothing heavy is imported here."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ammo_agents.adapters import jobs
from ammo_agents.durable import write_json, write_text
from ammo_agents.errors import (
    AmmoError,
    BadInputError,
    ConflictError,
    DamagedError,
    MissingPartError,
    RefusedError,
    ResourceError,
)
from ammo_agents.settings import Settings
from ammo_training import config as configs
from ammo_training import run as runs
from ammo_training.files import read_json
from ammo_training.folders import models_folder, training_folders
from ammo_training.job import PLACE
from ammo_training.options import TrainConfig
from ammo_training.progress import read_metrics
from ammo_training.run import Run

LOOK_S = 0.3
"""Seconds between two looks at a run."""
Told = Callable[[Run, dict[str, object]], None]


def make(settings: Settings, config: TrainConfig, *, below: str = "runs") -> Run:
    """Make the folder of a new run, ``queued``: its configuration, and where the models lie.

    Raises:
        BadInputError: it names no rows, or a file that is not there. MissingPartError: a tracker is not installed.
    """
    _named(config)
    folder = training_folders(settings).root / below
    config = replace(config, base=config.base or settings.model)
    made = runs.create(
        folder,
        Run(
            folder=folder,
            id=runs.new_id(),
            kind=config.kind,
            name=config.name or Path(config.data.pairs).stem or config.data.set,
            target=config.target,
            set=config.data.set or Path(config.data.pairs).name,
            seed=config.seed,
            config_sha256=configs.sha256_of(config),
        ),
    )
    home = "" if settings.home is None else str(settings.home.expanduser().absolute())
    models = str(models_folder(settings).absolute())
    write_json(made.folder / PLACE, {"models": models, "home": home})
    write_json(made.config, configs.as_json(config))
    write_text(made.folder / "config.yaml", configs.as_yaml(config))
    return made


def begin(run: Run) -> Run:
    """Start the process of a run, behind those that compute already; return the run as it stands."""
    jobs.start(run.folder)
    return runs.read(run.folder)


def again(run: Run) -> Run:
    """Start a run that ended early; it goes on with the first thing that is missing.

    Raises:
        ConflictError: somebody works on it, or it is done.
    """
    if run.state in {"running", "queued"}:
        raise ConflictError(
            f"run {run.id} is {run.state} (process {run.pid})", hint=f"ammo runs show {run.id}"
        )
    if run.state == "done":
        raise ConflictError(
            f"run {run.id} is done: adapter {run.adapter or 'none'}",
            hint="To go on from its adapter: ammo train run --set parent=ADAPTER",
        )
    runs.write(replace(run, state="queued", fault="", hint="", pid=0))
    return begin(run)


def planned(settings: Settings, config: TrainConfig) -> dict[str, object]:
    """Return what a run would take, measured by two real steps in a process of its own; nothing is kept of it.

    Raises:
        AmmoError: as the run itself would.
    """
    run = make(settings, config, below="plans")
    try:
        line = [sys.executable, "-m", "ammo_training.job", str(run.folder), "--plan"]
        with run.log.open("ab") as log:
            subprocess.run(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        end = runs.read(run.folder)
        if end.state != "done":
            raise fault_of(end)
        return {**read_json(run.plan), "split": read_json(run.folder / "prepared.json")}
    finally:
        _delete(run.folder)


def follow(run: Run, told: Told) -> Run:
    """Return a run once it ended; `told` gets it with its last metrics whenever something changed.

    KeyboardInterrupt goes through: the run goes on without whoever looks.
    """
    last: tuple[object, ...] = ()
    while True:
        now = runs.read(run.folder)
        lines = read_metrics(now.metrics)
        mark = (now.state, now.stage, now.step, len(lines))
        if mark != last:
            last = mark
            told(now, lines[-1] if lines else {})
        if now.state not in {"queued", "running"}:
            return now
        time.sleep(LOOK_S)  # noqa: TID251 - a command that only waits


def fault_of(run: Run) -> AmmoError:
    """Return the error a run ended with, with the exit code it ended with; a process that is gone ran out of something."""
    kinds: dict[int, type[AmmoError]] = {
        1: AmmoError,
        2: BadInputError,
        3: RefusedError,
        4: DamagedError,
        5: ResourceError,
    }
    kind = ResourceError if run.state == "interrupted" else kinds.get(run.exit_code, RefusedError)
    return kind(run.fault or f"run {run.id} ended as {run.state}", hint=run.hint)


def _named(config: TrainConfig) -> None:
    for tracker in config.trackers:
        if importlib.util.find_spec(tracker) is None:
            raise MissingPartError(
                f"trackers names {tracker!r}, which is not installed",
                hint=f"pip install {tracker} -c constraints.txt, or leave trackers empty: the metrics "
                "are in metrics.jsonl either way.",
            )
    if config.data.pairs and not Path(config.data.pairs).expanduser().is_file():
        raise BadInputError(
            f"no file of pairs {config.data.pairs}", hint="Name a file of JSON lines: --pairs FILE"
        )
    if not config.data.pairs and not config.data.set:
        raise BadInputError(
            "no rows to learn from are named",
            hint="--pairs FILE, or --data NAME (see: ammo train data build)",
        )


def _delete(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
    folder.rmdir()
