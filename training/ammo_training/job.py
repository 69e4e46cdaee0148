"""The process that does a job: ``python -m ammo_training.job RUN``; stage by stage, killable at any moment (D12).

Each stage leaves one thing behind, whole or not at all, and is skipped when that is there; so a run that was killed,
stopped or ran out of disk goes on with the first thing that is missing. The parent only reads files.
"""

from __future__ import annotations

import importlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from ammo_agents.durable import is_full, sweep, write_json
from ammo_agents.errors import AmmoError, DamagedError, DiskFullError, ResourceError
from ammo_agents.settings import load, set_environment
from ammo_training import config as configs
from ammo_training import run as runs
from ammo_training.files import read_json
from ammo_training.folders import TrainingFolders, models_folder
from ammo_training.offline import set_offline, set_trackers
from ammo_training.options import TrainConfig
from ammo_training.progress import Journal, Meter
from ammo_training.run import STAGES, Run

PLACE = "place.json"
"""Where the models lie, as whoever made the run saw it; without it the settings of this process count."""
GATE_FAILED, INTERRUPTED = 3, 130
ASKED = "it was asked to stop"
ROOM = "Make room, then go on with --resume; what was saved before stands."
NO_MEMORY = (
    "can't allocate memory",
    "annot allocate memory",
    "out of memory",
    "failed to map segment",
)
"""How torch, the system, CUDA and the loader of libraries say it."""
GRACE_S = 5.0
"""Seconds a thread that computes gets after its process was asked to end; what it had is computed again."""
SHARE = 0.9
"""The share of the machine's memory a job may take, if nobody says how much."""


class Asked:
    """What the outside asked for: Ctrl-C once ends training after its step, twice at once."""

    def __init__(self, minutes: float) -> None:
        self.gentle = False
        """Training runs: a first signal is a wish."""
        self._wish = ""
        self._end = time.monotonic() + 60 * minutes if minutes else None
        self._minutes = minutes
        self.late: Callable[[], None] | None = None
        """Ends the process where something still computes long after it was to end."""

    def listen(self) -> None:
        """Take SIGINT and SIGTERM from now on."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._heard)
        signal.signal(signal.SIGALRM, self._waited)

    def reason(self) -> str:
        """Return why training is to end now; empty = it goes on."""
        if self._wish:
            return self._wish
        if self._end is not None and time.monotonic() >= self._end:
            return f"its {self._minutes:g} minutes are over"
        return ""

    def _heard(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        if not self.gentle or self._wish:
            signal.setitimer(signal.ITIMER_REAL, GRACE_S)
            raise KeyboardInterrupt
        self._wish = ASKED

    def _waited(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        if self.late is not None:
            self.late()


class Work:
    """One run from where it stands to its end."""

    def __init__(self, run: Run, config: TrainConfig, journal: Journal, asked: Asked) -> None:
        self.config, self.journal, self.asked = config, journal, asked
        self.folders = TrainingFolders(root=run.folder.parent.parent)
        self.meter = Meter(run)

    @property
    def run(self) -> Run:
        """Return the run as it stands now."""
        return self.journal.run

    def all(self) -> int:
        """Do every stage that is not done; return the exit code."""
        done: dict[str, Callable[[], int]] = {
            "prepare": self.train,
            "package": self.package,
            "evaluate": self.evaluate,
            "gate": self.gate,
        }
        for name, stage in done.items():
            if name != "prepare":
                self.journal.stage(next(s for s in STAGES if s == name))
            code = stage()
            if code or self.run.state != "running":
                return code
        return 0

    def train(self) -> int:
        """Prepare, reference and train; 0 = trained, or stopped on purpose."""
        if (self.run.trained / "adapter_config.json").is_file():
            return 0
        set_trackers(self.config.trackers, self.run.folder)
        many = self.config.machine.devices > 1
        reason = self._many() if many else self._one()
        if reason:
            hint = f"Go on with: ammo train run --resume {self.run.id}"
            code = INTERRUPTED if reason == ASKED else 0
            self.journal.tell(
                state="stopped", fault=reason, hint=hint, exit_code=code, seconds_left=None
            )
        return 0

    def _one(self) -> str:
        job = self.opened()
        fit = importlib.import_module("ammo_training.fit")
        self.asked.gentle = True
        reason: str = fit.fit(job, self.journal, stop=self.asked.reason, say=say)
        self.asked.gentle = False
        where = job.loaded.where
        self.meter.book("train", device=where.device, dtype=where.dtype, threads=where.threads)
        fit.release(job)
        return reason

    def _many(self) -> str:
        self._rows_and_base()
        launching = importlib.import_module("ammo_training.launching")
        with self.journal.resting():  # the first of the processes tells
            reason: str = launching.launched(self.run, self.config, self.asked)
        self.meter.book("train", devices=self.config.machine.devices)
        return reason

    def _rows_and_base(self) -> tuple[Any, Any]:
        self.journal.stage("prepare")
        prepare = importlib.import_module("ammo_training.prepare")
        prepared = prepare.prepare(self.config, self.run, self.folders)
        return prepared, base_of(self.run, self.config, self.folders)

    def opened(self) -> Any:
        """Return the job with rows and base, checked."""
        prepared, base = self._rows_and_base()
        fit = importlib.import_module("ammo_training.fit")
        job = fit.opened(self.config, self.run, self.folders, base, prepared)
        self.meter.book("prepare")
        self.journal.stage("reference")
        self.journal.tell(steps=job.steps)
        return job

    def package(self) -> int:
        """Make the adapter: hashed, converted, kept."""
        if not self.run.adapter:
            packaging = importlib.import_module("ammo_training.packaging")
            manifest = packaging.package(self.run)
            self.journal.tell(adapter=manifest.id)
            self.meter.book("package")
        return 0

    def evaluate(self) -> int:
        """Write the report."""
        if not (self.run.folder / "report.json").is_file():
            reports = importlib.import_module("ammo_training.report")
            reports.write(self.run, at=self.journal.doing)
            self.meter.book("evaluate")
        return 0

    def gate(self) -> int:
        """Judge the report: 3 when a bar is not cleared; the adapter stays a candidate either way."""
        judged = importlib.import_module("ammo_training.gate").judge(
            read_json(self.run.folder / "report.json")
        )
        code = 0 if judged.passed else GATE_FAILED
        self.journal.tell(state="done", exit_code=code, seconds_left=0.0)
        return code


def main(words: list[str]) -> int:
    """Do the run in the folder named first, or with ``--plan`` only write what it would take."""
    folder = Path(words[0])
    set_offline()
    config = configs.from_json(folder / "config.json")
    configs.check(config)
    if "--plan" in words or config.machine.devices == 1:
        one_gpu()
    if "--fit" in words:  # one of several processes, started by `launched`
        return _one_of_many(runs.read(folder), config)
    asked = Asked(config.machine.minutes)
    with runs.held(folder):
        asked.listen()
        return _worked(folder, config, asked, plan="--plan" in words)


def one_gpu() -> None:
    """Show this process one GPU: with several in sight the Trainer would copy the model onto all of them."""
    name = "CUDA_VISIBLE_DEVICES"
    seen = os.environ.get(name, "0")  # noqa: TID251 - CUDA's own variable, no setting of ours
    set_environment(name, seen.split(",")[0])


def _stopped(journal: Journal) -> int:
    hint = f"Go on with: ammo train run --resume {journal.run.id}"
    journal.tell(state="stopped", fault="it was stopped at once", hint=hint, exit_code=INTERRUPTED)
    return INTERRUPTED


def _ended_now(journal: Journal) -> None:
    """End without waiting for threads: every file is whole at every moment, as for a kill."""
    os._exit(_stopped(journal))


def _worked(folder: Path, config: TrainConfig, asked: Asked, *, plan: bool) -> int:
    run = _begun(folder, config)
    config = with_threads(run, config)
    limit(config)
    with Journal(run) as journal:
        work = Work(run, config, journal, asked)
        asked.late = partial(_ended_now, journal)
        told = False
        try:
            code = _planned(work) if plan else work.all()
            told = True
        except KeyboardInterrupt:
            signal.setitimer(signal.ITIMER_REAL, 0)
            told = True
            code = _stopped(journal)
        except AmmoError as error:
            told = True
            say(error.message)
            code = _failed(journal, error)
        except (MemoryError, OSError, RuntimeError, ImportError) as error:
            refusal = as_fault(error, config)
            if refusal is None:
                raise
            told = True
            say(f"{type(error).__name__}: {error}")
            code = _failed(journal, refusal)
        finally:
            if not told:
                _broken(journal, sys.exception())
    return code


def _begun(folder: Path, config: TrainConfig) -> Run:
    """Return the run, ``running`` from now on; what a kill left half-written is swept away."""
    held = runs.read(folder)
    for place in (folder, held.saved):
        sweep(place, alone=True)
    kept = folder / "config.json"
    sha = configs.sha256_of(configs.from_json(kept))
    if held.config_sha256 and held.config_sha256 != sha:
        raise DamagedError(
            f"{kept} was changed: its hash is {sha}, the run was made with {held.config_sha256}",
            hint="Start a new run: ammo train run --set …",
        )
    return runs.write(
        replace(
            held,
            state="running",
            pid=os.getpid(),
            seed=config.seed,
            config_sha256=sha,
            fault="",
            hint="",
            exit_code=0,
        )
    )


def with_threads(run: Run, config: TrainConfig) -> TrainConfig:
    """Return the configuration with the threads it began with: sums, so weights, depend on them."""
    place = run.folder / PLACE
    held = read_json(place) if place.is_file() else {}
    if not held.get("threads"):
        from ammo_training.hardware import free_threads  # noqa: PLC0415 - once a run

        held["threads"] = config.machine.threads or free_threads()
        write_json(place, held)
    return replace(config, machine=replace(config.machine, threads=int(held["threads"])))


def base_of(run: Run, config: TrainConfig, folders: TrainingFolders) -> Any:
    """Return the base of a run, checked; the one it began with.

    Raises:
        TamperedError: it is another than the run began with, or a file of it changed.
    """
    place = run.folder / PLACE
    held = read_json(place) if place.is_file() else {}
    settings = load().settings
    models = Path(held["models"]) if held.get("models") else models_folder(settings)
    convert = importlib.import_module("ammo_training.convert_base")
    source = convert.find_source(config.base or held.get("base") or settings.model, models)
    base = convert.prepare(source, folders.bases)
    if held.get("base_sha256") not in {None, base.sha256}:
        raise convert.other_base(run.id, held["base_sha256"], base.sha256, source)
    names = {"base": config.base or held.get("base") or settings.model, "models": str(models)}
    write_json(place, {**held, **names, "base_sha256": base.sha256, "source": str(source)})
    return base


def as_fault(error: BaseException, config: TrainConfig) -> AmmoError | None:
    """Return the refusal behind an error of torch or the system: no memory, no disk; None = a bug."""
    if isinstance(error, MemoryError) or any(sign in str(error) for sign in NO_MEMORY):
        return ResourceError(
            "the job ran out of the memory it may take",
            hint=f"Lower train.batch (now {config.train.batch}) or train.max_length, or set "
            "machine.checkpointing=on.",
        )
    if is_full(error):
        return ResourceError("the disk is full", hint=ROOM)
    return None


def limit(config: TrainConfig) -> None:
    """Step back behind others, and take no more memory than allowed (on a CPU: a GPU's driver maps far more)."""
    os.nice(max(0, config.machine.nice - os.nice(0)))
    if config.machine.device == "cuda" or Path("/dev/nvidiactl").exists():
        return
    total = psutil.virtual_memory().total
    most = int(config.machine.memory_gb * 2**30) or int(SHARE * total)
    resource.setrlimit(resource.RLIMIT_DATA, (most, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def say(words: str) -> None:
    """Write a line for the log."""
    sys.stderr.write(f"{runs.now()} {words}\n")
    sys.stderr.flush()


def _planned(work: Work) -> int:
    job = work.opened()
    fit = importlib.import_module("ammo_training.fit")
    write_json(work.run.plan, fit.calibrate(job).as_json())
    work.journal.tell(state="done")
    return 0


def _one_of_many(run: Run, config: TrainConfig) -> int:
    launching = importlib.import_module("ammo_training.launching")
    code: int = launching.one_of_many(run, with_threads(run, config))
    return code


def _failed(journal: Journal, error: AmmoError) -> int:
    try:
        journal.tell(
            state="failed",
            fault=error.message,
            hint=ROOM if isinstance(error, DiskFullError) else error.hint,
            exit_code=error.exit_code,
            seconds_left=None,
        )
    except (OSError, DiskFullError):
        # No room even for this: the lock goes with the process, so it reads as interrupted.
        say("run.json could not be written")
    return error.exit_code


def _broken(journal: Journal, error: BaseException | None) -> None:
    """Say that a bug ended the job; the traceback goes to the log."""
    fault = f"{type(error).__name__}: {error}"
    hint = f"This is a bug; the traceback is in {journal.run.log}."
    journal.tell(state="failed", fault=fault[:500], hint=hint, exit_code=1, seconds_left=None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
