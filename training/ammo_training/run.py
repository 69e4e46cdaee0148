"""One job's folder: ``run.json`` says what it is, where it stands, and whether somebody still works on it."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import secrets
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal

from ammo_agents.adapters import run_files
from ammo_agents.durable import write_json
from ammo_agents.errors import DamagedError, LockedError, NotFoundError
from ammo_training.files import read_json

Kind = Literal["dpo", "kto"]
State = Literal["queued", "running", "interrupted", "stopped", "failed", "done"]
"""``stopped`` = on purpose (Ctrl-C, --max-minutes); ``interrupted`` = the process went away."""
Stage = Literal["prepare", "reference", "train", "package", "evaluate", "gate"]
STAGES: tuple[Stage, ...] = typing.get_args(Stage)
STATES: tuple[State, ...] = typing.get_args(State)
NAME = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What ``run.json`` holds (decision 0017), and the folder it lies in."""

    folder: Path
    id: str
    kind: Kind
    name: str = ""
    target: str = ""
    """``<subspace>/<buddy>``, ``<subspace>``, ``*`` or nothing: whose words this is for."""
    set: str = ""
    """The data set: a name below ``sets/`` or the path of a pairs file."""
    state: State = "queued"
    stage: Stage = "prepare"
    pid: int = 0
    started: str = ""
    """When it was asked for, ISO 8601, UTC."""
    heartbeat: str = ""
    """When somebody last worked on it, ISO 8601, UTC."""
    step: int = 0
    steps: int = 0
    """Steps in all; 0 = not known yet."""
    doing: str = ""
    """What a stage without steps is at: ``log-probs of the base, 120 of 260``."""
    seconds_left: float | None = None
    """Seconds until training ends, at the pace so far; None = not known yet."""
    seed: int = 0
    config_sha256: str = ""
    adapter: str = ""
    """The id of what it made; empty until it is packaged."""
    fault: str = ""
    """Why it stopped or failed, in a sentence."""
    hint: str = ""
    """The way out of the fault."""
    exit_code: int = 0
    """What the process ended with: 3 = a gate or a refusal, 5 = a resource, 130 = asked to stop, 1 = a bug."""

    @property
    def config(self) -> Path:
        """Return where the resolved configuration lies."""
        return self.folder / "config.json"

    @property
    def plan(self) -> Path:
        """Return where the plan lies that the run was started with."""
        return self.folder / "plan.json"

    @property
    def metrics(self) -> Path:
        """Return where the metrics lie, one JSON object a line."""
        return self.folder / "metrics.jsonl"

    @property
    def log(self) -> Path:
        """Return where the child's stderr and the libraries' words go."""
        return self.folder / "log.txt"

    @property
    def saved(self) -> Path:
        """Return the folder of checkpoints, one folder a step."""
        return self.folder / "state"

    @property
    def trained(self) -> Path:
        """Return the folder of the finished PEFT adapter: there once training ended, whole."""
        return self.folder / "trained"

    @property
    def rows(self) -> Path:
        """Return the rows of this run after the split: ``train.jsonl``, ``dev.jsonl``, ``test.jsonl``."""
        return self.folder / "rows"


def create(runs: Path, run: Run) -> Run:
    """Make the folder of a new run below `runs` and write its ``run.json``; `run.folder` is set here."""
    folder = runs / run.id
    folder.mkdir(parents=True)
    made = replace(run, folder=folder, started=run.started or now(), pid=os.getpid())
    return write(made)


def new_id(moment: dt.datetime | None = None) -> str:
    """Return a new run's id: the time to the second, UTC, and six random hex digits."""
    return f"{moment or dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def write(run: Run) -> Run:
    """Replace ``run.json``, with the time of now as heartbeat; return what was written."""
    beaten = replace(run, heartbeat=now())
    held = asdict(beaten)
    del held["folder"]
    write_json(run.folder / NAME, held)
    return beaten


def read(folder: Path) -> Run:
    """Return a run as it stands: one whose process went away while it worked is ``interrupted``.

    Raises:
        NotFoundError: no such run.
        DamagedError: its ``run.json`` cannot be read.
    """
    if not (folder / NAME).is_file():
        raise NotFoundError(
            f"no run {folder.name!r} ({folder})", hint="See the runs: ammo train list"
        )
    held = read_json(folder / NAME)
    known = {field.name for field in fields(Run)} - {"folder"}
    try:
        run = Run(folder=folder, **{k: v for k, v in held.items() if k in known})
    except TypeError as error:
        raise DamagedError(
            f"{folder / NAME} is no run: {error}", hint="Move the folder away."
        ) from error
    if run.state not in STATES or run.stage not in STAGES:
        raise DamagedError(
            f"{folder / NAME} says state {run.state!r}, stage {run.stage!r}", hint="Move it away."
        )
    if run.state in run_files.LIVE and not run_files.alive(run.state, run.pid, folder):
        return replace(run, **run_files.interrupted(held, run.id))
    return run


def all_runs(runs: Path) -> tuple[Run, ...]:
    """Return every run, the newest first; a folder whose ``run.json`` cannot be read is shown as failed."""
    found = []
    for folder in sorted((p for p in runs.glob("*") if p.is_dir()), reverse=True):
        try:
            found.append(read(folder))
        except NotFoundError:
            continue
        except DamagedError as error:
            broken = Run(folder=folder, id=folder.name, kind="dpo", state="failed")
            found.append(replace(broken, fault=error.message, hint=error.hint))
    return tuple(found)


def find(runs: Path, id: str) -> Run:
    """Return the run with this id, or the only one whose id begins with it.

    Raises:
        NotFoundError: none, or several.
    """
    if (runs / id / NAME).is_file() and id == Path(id).name:
        return read(runs / id)
    names = sorted(p.parent.name for p in runs.glob(f"*/{NAME}"))
    hits = [name for name in names if id and name.startswith(id)]
    if len(hits) != 1:
        said = "no run" if not hits else f"{len(hits)} runs ({', '.join(hits[:3])})"
        raise NotFoundError(f"{said} begins with {id!r}", hint="See the runs: ammo train list")
    return read(runs / hits[0])


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the run while working on it: a kill lets go of it at once, whoever asks then sees it.

    Raises:
        LockedError: another process works on it.
    """
    descriptor = os.open(folder / run_files.LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockedError(
                f"another process works on run {folder.name}",
                hint=f"Wait for it, or see it: ammo runs show {folder.name}",
            ) from error
        yield
    finally:
        os.close(descriptor)


def now() -> str:
    """Return the time of now, ISO 8601, UTC, to the millisecond."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
