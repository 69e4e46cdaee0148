"""Studio, Train: what a run can be asked, what it will cost on this machine, and its start.

The plugin `training` answers: the same verbs as in the terminal, ``ammo train plan`` and ``ammo train run``, in a
process of their own. So pages and terminal show the same plan, and the app never imports torch.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError, MissingPartError
from ammo_agents.views import studio, studio_data, studio_promote

Plain = dict[str, Any]
FIELDS: Mapping[str, str] = {
    "set": "data.set",
    "target": "target",
    "name": "name",
    "kind": "kind",
    "epochs": "train.epochs",
    "learning_rate": "train.learning_rate",
    "beta": "loss.beta",
    "r": "lora.r",
    "seed": "seed",
    "minutes": "machine.minutes",
    "intended": "report.intended",
    "wants": "report.wants",
}
"""Field of the form → name in the configuration of a job; an empty field leaves the job's default."""
DEFAULTS: Mapping[str, str] = {
    "epochs": "1",
    "learning_rate": "0.0002",
    "beta": "0.1",
    "r": "8",
    "seed": "7",
    "minutes": "no limit",
}
"""What an empty field stands for, shown in it."""
INTENDED = {
    "": "what readers would rather have (win rate)",
    "words": "the length in words",
    "complete": "the share of whole replies",
    "cites": "the share that cites",
    "supported": "the share its sources carry",
}
"""What a run can be meant to move: it must move for sure, and everything else must not."""
SECONDS = 900.0
"""How long a plan may take: it trains two real steps."""


GRACE = 5.0
"""Seconds a process that is asked to end may take."""


async def form(app: App) -> Plain:
    """Return what can be chosen: the sets there are, and whom an adapter can be for."""
    return {
        **await studio_data.sets(app),
        "targets": await studio_promote.targets(app),
        "training": await studio.training(app),
        "fields": FIELDS,
        "defaults": DEFAULTS,
        "intended": INTENDED,
    }


async def plan(app: App, *, asked: Mapping[str, str]) -> Plain:
    """Return the dry run of ``ammo train plan``: rows, steps, minutes and memory on this machine.

    Raises:
        MissingPartError: fine-tuning is not installed.
        BadInputError: what the job refuses, in its own words.
    """
    await _check(app)
    found = await _ammo(app, "plan", *words(asked), "--json")
    inner = found.get("plan", found)
    config = found.get("config")
    return {
        "plan": inner,
        "config": "" if config is None else json.dumps(config, indent=1, ensure_ascii=False),
        "command": command(asked),
    }


async def start(app: App, *, asked: Mapping[str, str]) -> Plain:
    """Queue a run and return its `id`; it is a process of its own.

    Raises:
        MissingPartError: fine-tuning is not installed.
        BadInputError: what the job refuses, in its own words.
    """
    await _check(app)
    return await _ammo(app, "run", *words(asked), "--detach", "--yes", "--json")


def words(asked: Mapping[str, str]) -> list[str]:
    """Return the flags that say what was asked, as in the terminal.

    Raises:
        BadInputError: a field no form has.
    """
    flags: list[str] = []
    for name, value in asked.items():
        if name not in FIELDS:
            raise BadInputError(f"no run can be asked for {name!r}", hint=", ".join(FIELDS))
        if value.strip():
            flags += ["--set", f"{FIELDS[name]}={value.strip()}"]
    return flags


def command(asked: Mapping[str, str]) -> str:
    """Return the line that starts the same run in a terminal."""
    return shlex.join(["ammo", "train", "run", *words(asked)])


async def _check(app: App) -> None:
    found = await studio.training(app)
    if not found["installed"]:
        missing = ", ".join(found["missing"])
        raise MissingPartError(
            f"fine-tuning is not installed: {missing} {'is' if len(found['missing']) == 1 else 'are'} missing",
            hint=f"{found['command']} ({found['size']})",
        )


async def _ammo(app: App, *line: str) -> Plain:
    """Return what ``ammo train …`` says on stdout as JSON.

    Raises:
        BadInputError: it refused; message and hint are its own.
    """
    home = [] if app.settings.home is None else ["--home", str(app.settings.home)]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ammo_agents.cli.main",
        *home,
        "train",
        *line,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # what it starts itself ends with it
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, wrong = await child.communicate()
    except TimeoutError as error:
        raise BadInputError(
            f"no answer in {SECONDS:g} seconds: this machine is busy",
            hint="Start it all the same, or plan it in a terminal: ammo train plan",
        ) from error
    finally:
        await _ended(child)
    return _read(said, wrong.decode("utf-8", "replace").splitlines(), child.returncode)


async def _ended(child: asyncio.subprocess.Process) -> None:
    """End a child that still works, and all it started: asked first, so that it takes its files along."""
    for how in (signal.SIGINT, signal.SIGKILL):
        if child.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(child.wait()), GRACE)


def _read(said: bytes, wrong: Sequence[str], status: int | None) -> Plain:
    found = _object(said.decode("utf-8", "replace"))
    if status == 0 and found is not None:
        return found
    told = [line.strip() for line in wrong if line.strip()]
    error: Mapping[str, Any] = {}
    for line in reversed(told):
        found = _object(line) or {}
        if isinstance(found.get("error"), Mapping):
            error = found["error"]
            break
    message = error.get("message") or " ".join(told[-4:]) or f"ammo train ended with {status}"
    raise BadInputError(str(message), hint=str(error.get("fix", "")))


def _object(text: str) -> Plain | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
