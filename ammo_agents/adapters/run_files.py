"""Reads the folder of a training run as it stands: state, metrics, log, samples, report; nothing is written.

The files are those of `docs/decisions/0017-fine-tuning.md`. A job writes `run.json` whole and appends lines to
`metrics.jsonl`, so a line without its end is one that is being written: it is left for the next look.
Everything here is blocking and short; who serves requests calls it in a thread.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ammo_agents.errors import DamagedError, NotFoundError
from ammo_agents.settings import Settings, folders

LIVE = frozenset({"queued", "running"})
STATES = ("queued", "running", "interrupted", "stopped", "failed", "done")
STAGES = ("prepare", "reference", "train", "package", "evaluate", "gate")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What a run or a set may be called: it is the name of its folder."""
LOCK = "run.lock"
"""File of a run that its process holds locked while it works."""
LARGEST = 64_000_000
"""Bytes of one file beyond which it is not read."""
TAIL = 32_000
"""Bytes of a log that are looked at for its last lines."""
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """What `run.json` says of a run; a field an older job did not write is empty."""

    id: str
    kind: str = "dpo"
    name: str = ""
    target: str = ""
    """The buddy, subspace or ``*`` the adapter is for."""
    set: str = ""
    state: str = "queued"
    stage: str = ""
    pid: int = 0
    started: str = ""
    """When it was asked for, ISO 8601, UTC."""
    heartbeat: str = ""
    step: int = 0
    steps: int = 0
    doing: str = ""
    """What a stage without steps is at, in words."""
    seconds_left: float | None = None
    seed: int | None = None
    config_sha256: str = ""
    adapter: str = ""
    fault: str = ""
    hint: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What a newer job says beyond these."""

    @property
    def live(self) -> bool:
        """Whether it waits for its turn or computes."""
        return self.state in LIVE


def training_folder(settings: Settings) -> Path:
    """Return the folder everything of fine-tuning lies below."""
    return folders(settings).data / "training"


def named(parent: Path, name: str, what: str) -> Path:
    """Return the folder `name` of `parent`.

    Raises:
        NotFoundError: no folder has this name, or nothing can have it.
    """
    path = parent / name
    if not NAME.fullmatch(name) or not path.is_dir():
        raise NotFoundError(f"no {what} {name!r}", hint=f"Those there are lie in {parent}.")
    return path


def read_run(folder: Path) -> RunFile:
    """Return what is known of the run in `folder`; one whose process has gone is ``interrupted``.

    Raises:
        DamagedError: `run.json` is missing or no JSON object.
    """
    found = read_object(folder / "run.json")
    if found is None:
        raise DamagedError(
            f"the run {folder.name} has no run.json", hint="Move the folder away, or train again."
        )
    names = {f.name for f in fields(RunFile)} - {"more"}
    given = {name: value for name, value in found.items() if name in names and value is not None}
    given |= {"id": folder.name, "more": {k: v for k, v in found.items() if k not in names}}
    given |= {
        key: text(given.get(key, "")) for key in ("fault", "hint", "adapter", "set", "target")
    }
    state, pid = str(given.get("state", "queued")), int(given.get("pid") or 0)
    if state in LIVE and not alive(state, pid, folder):
        given |= interrupted(given, folder.name)
    return RunFile(**given)


def interrupted(given: Plain, id: str) -> Plain:
    """Return what a run is whose process went away while it worked."""
    where = f"stage {given.get('stage') or 'prepare'!r}, step {given.get('step') or 0}"
    return {
        "state": "interrupted",
        "fault": f"its process {given.get('pid') or 0} went away in {where}",
        "hint": f"Go on from the last saved step: ammo train run --resume {id}",
    }


def runs(root: Path) -> list[RunFile]:
    """Return every readable run below the training folder, the newest first."""
    parent = root / "runs"
    found = []
    for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
        if NAME.fullmatch(folder.name) and (folder / "run.json").is_file():
            try:
                found.append(read_run(folder))
            except (DamagedError, TypeError, ValueError):
                found.append(RunFile(id=folder.name, state="failed", fault="run.json is no use"))
    return sorted(found, key=lambda run: (run.started, run.id), reverse=True)


def alive(state: str, pid: int, folder: Path) -> bool:
    """Return whether somebody works on a run, or waits to: its lock is held, or it is queued and its process lives.

    The lock is let go of by any end of a process, so a number used again cannot deceive once a run has begun.
    """
    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass  # no lock yet, or none can be had here
    return state == "queued" and _is_process(pid)


def _is_process(pid: int) -> bool:
    """Return whether a process lives; a child of this one that has ended does not."""
    if pid <= 0:
        return False
    try:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False
    except OSError:
        pass  # nobody's child here
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_object(path: Path) -> Plain | None:
    """Return the JSON object in a file; None = there is no such file.

    Raises:
        DamagedError: it is no JSON object, or too large to be one of ours.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DamagedError(f"{path} is larger than {LARGEST:,} bytes", hint="Move it away.")
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path} cannot be read: {error}", hint="Move it away.") from error
    if not isinstance(found, dict):
        raise DamagedError(f"{path} holds no JSON object", hint="Move it away.")
    return found


def read_lines(path: Path, *, after: int = 0, most: int | None = None) -> list[Plain]:
    """Return the JSON objects of a file of lines, from line `after` on; one that is not whole is left out."""
    return list(_lines(path, after, most))


def metrics(folder: Path) -> list[Plain]:
    """Return the metrics of a run in the order they were written, without numbers that are none.

    A job that went on from a checkpoint writes steps again: the newest of a step and kind counts.
    """
    kept: dict[tuple[float, bool], Plain] = {}
    for row in _lines(folder / "metrics.jsonl", 0, None):
        step = row.get("step")
        if isinstance(step, int | float) and math.isfinite(step):
            kept[step, is_look(row)] = row
    return [kept[key] for key in sorted(kept)]


def is_look(row: Mapping[str, Any]) -> bool:
    """Return whether a line of metrics is a look at held-out rows alone, and no training step."""
    return row.get("eval") is True or (bool(row.get("eval")) and "loss" not in row)


def line_count(path: Path) -> int:
    """Return how many whole lines a file has; 0 = there is none."""
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def last_lines(path: Path, count: int = 12) -> list[str]:
    """Return the last `count` lines of a log that say something."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            said = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return [line.rstrip() for line in said if line.strip()][-count:]


def text(value: object) -> str:
    """Return a value as a sentence: a text as it is, an object's own message, nothing for nothing."""
    if isinstance(value, Mapping):
        return str(value.get("message") or value.get("words") or json.dumps(dict(value)))
    return "" if value is None else str(value)


def _lines(path: Path, after: int, most: int | None) -> Iterator[Plain]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file):
                if number < after or not line.endswith(b"\n"):
                    continue
                if most is not None and number >= after + most:
                    return
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, dict):
                    yield found
    except FileNotFoundError:
        return
