"""Starts a training run as a process of its own, one at a time on a machine, and stops it so that its work is kept (D12).

A run that was made (`run.json` says ``queued``, `config.json` beside it) is handed to `start`. Its process waits until
no run before it computes, then becomes ``python -m ammo_training.job FOLDER``: the same process, so whoever is told its
number can stop it at any time. The app may end meanwhile; a run belongs to nobody's process but its own.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ammo_agents import durable
from ammo_agents.adapters.run_files import RunFile, read_object, read_run, runs
from ammo_agents.errors import ConflictError, DamagedError

JOB = "ammo_training.job"
"""The module whose process computes; the core starts it by name and never imports it."""
BEFORE = "stopped before its turn came"
STARTED: list[subprocess.Popen[bytes]] = []
"""Processes that this one started and has not seen end: one that ended is reaped at the next start."""
LOOK = 1.0
"""Seconds between two looks at whether it is this run's turn."""


def ahead(root: Path, id: str) -> list[RunFile]:
    """Return the runs that run `id` has to wait for, the one that computes first."""
    every = runs(root)
    return before(every, next((run for run in every if run.id == id), RunFile(id=id, started="~")))


def before(every: Sequence[RunFile], run: RunFile) -> list[RunFile]:
    """Return those of `every` run that compute, and those that were asked for earlier and wait, in their order."""
    place = (run.started, run.id)
    waiting = [r for r in every if r.state == "queued" and (r.started, r.id) < place]
    computing = [r for r in every if r.state == "running" and r.id != run.id]
    return computing + sorted(waiting, key=lambda r: (r.started, r.id))


def start(folder: Path) -> int:
    """Start the process of a queued run and return its number at once; its words go to `log.txt`.

    Raises:
        ConflictError: somebody works on it already.
        DamagedError: there is no run in the folder.
    """
    run = read_run(folder)
    if run.state == "running" or (run.state == "queued" and run.pid not in {0, os.getpid()}):
        raise ConflictError(
            f"run {run.id} is {run.state} (process {run.pid})",
            hint=f"Stop it first, in Studio or with: kill -INT {run.pid}",
        )
    write(folder, state="queued", fault="", hint="", pid=os.getpid())
    with (folder / "log.txt").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "ammo_agents.adapters.jobs", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C of whoever asked for it is not meant for it
        )

    STARTED[:] = [one for one in STARTED if one.poll() is None] + [child]
    return child.pid


def stop(folder: Path) -> bool:
    """Ask a run to keep what it has and end: what Ctrl-C does; False = nobody works on it.

    A run that waits for its turn is stopped at once, one that trains after the step it is at.
    """
    run = read_run(folder)
    if not run.live or run.pid <= 0:
        return False
    if run.pid == os.getpid():  # its own process has not begun: it sees this first
        write(folder, state="stopped", fault=BEFORE, pid=0)
        return True
    try:
        os.kill(run.pid, signal.SIGINT)
    except ProcessLookupError:
        return False
    return True


def write(folder: Path, **changed: object) -> None:
    """Replace fields of a run's `run.json` in one step; for whoever holds the run."""
    told = read_object(folder / "run.json")
    if told is None:
        raise DamagedError(f"the run {folder.name} has no run.json", hint="Train again.")
    told |= changed | {"heartbeat": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")}
    durable.write_json(folder / "run.json", told)


def main(folder: Path) -> None:
    """Wait until no run before this one computes or waits, then become the job; an interruption leaves it ``stopped``."""
    if (read_object(folder / "run.json") or {}).get("state") != "queued":
        return  # it was stopped before this process began
    for asked in (signal.SIGINT, signal.SIGTERM):  # a shell's background job begins deaf to Ctrl-C
        signal.signal(asked, signal.default_int_handler)
    look = threading.Event()
    try:
        write(folder, pid=os.getpid())
        while ahead(folder.parent.parent, folder.name):
            look.wait(LOOK)
    except KeyboardInterrupt:
        write(folder, state="stopped", fault=BEFORE, pid=0)
        raise SystemExit(130) from None
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-m", JOB, str(folder)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
