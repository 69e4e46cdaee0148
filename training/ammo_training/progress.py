"""What a job tells while it works: ``run.json`` with a heartbeat, ``metrics.jsonl`` line by line, ``cost.json`` at the end."""

from __future__ import annotations

import json
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ammo_agents.durable import write_json, write_text
from ammo_agents.errors import DiskFullError
from ammo_training import run as runs
from ammo_training.files import read_json
from ammo_training.run import Run, Stage

BEAT_S = 2.0
"""Seconds between two heartbeats."""
COST = "cost.json"


class Journal:
    """Keeps a run's own file up to date from one process; a thread beats while a step is long."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._beat = threading.Thread(target=self._beating, daemon=True)

    def __enter__(self) -> Self:
        self._beat.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._beat.join()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Leave ``run.json`` to another process inside the block, then take up what it says."""
        with self._lock:
            yield
            folder = self.run.folder
            self.run = runs.read(folder)

    def tell(self, **changes: Any) -> Run:
        """Change what ``run.json`` says, and return the run as it is now; raises `DiskFullError`."""
        with self._lock:
            self.run = runs.write(replace(self.run, **changes))
            return self.run

    def stage(self, stage: Stage) -> None:
        """Say that a stage begins."""
        self.tell(stage=stage, doing="")

    def doing(self, words: str) -> None:
        """Say what the stage is at; the next heartbeat writes it."""
        with self._lock:
            self.run = replace(self.run, doing=words)

    def metrics(self, line: dict[str, Any]) -> None:
        """Append one object to ``metrics.jsonl``; raises `OSError`."""
        with self.run.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, allow_nan=False) + "\n")

    def _beating(self) -> None:
        while not self._end.wait(BEAT_S):
            try:
                self.tell()
            except DiskFullError:
                continue  # the lock still says that somebody works; the next save tells the reason


class Count:
    """Says how far something is whenever more of it is done."""

    def __init__(self, what: str, of: int, told: Callable[[str], None]) -> None:
        self._what, self._of, self._told, self._done = what, of, told, 0

    def __call__(self, more: int = 1) -> None:
        """Say that so many more are done."""
        self._done += more
        self._told(f"{self._what}, {self._done} of {self._of}")


def forget_after(path: Path, step: int) -> None:
    """Drop the metrics of steps that are walked again, and a last line that a kill cut off."""
    if path.is_file():
        kept = [line for line in read_metrics(path) if line["step"] <= step]
        write_text(path, "".join(json.dumps(line) + "\n" for line in kept))


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the objects of ``metrics.jsonl``; a last line that is not whole yet is left out."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


class Meter:
    """Measures what a stage costs and adds it up over all the times a run was gone on with."""

    def __init__(self, run: Run) -> None:
        self.path = run.folder / COST
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def book(self, stage: str, **more: Any) -> None:
        """Add the time since the last booking to `stage` and keep the peak of memory; raises `DiskFullError`."""
        wall, cpu = time.perf_counter(), time.process_time()
        held: dict[str, Any] = {"stages": {}, "peak_mb": 0}
        if self.path.is_file():
            held = read_json(self.path)
        old = held["stages"].get(stage, {"wall_s": 0.0, "cpu_s": 0.0})
        held["stages"][stage] = {
            "wall_s": round(old["wall_s"] + wall - self._wall, 2),
            "cpu_s": round(old["cpu_s"] + cpu - self._cpu, 2),
        }
        held["wall_s"] = round(sum(s["wall_s"] for s in held["stages"].values()), 2)
        held["cpu_s"] = round(sum(s["cpu_s"] for s in held["stages"].values()), 2)
        held["peak_mb"] = max(held["peak_mb"], peak_mb())
        write_json(self.path, {**held, **more})
        self._wall, self._cpu = wall, cpu


def peak_mb() -> int:
    """Return the most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
