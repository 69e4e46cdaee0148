"""Runs ``ammo community learn`` with a bar on stderr: placing thousands of texts takes minutes, once."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ammo_agents.app import opened
from ammo_agents.cli import door, paint
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import LockedError
from ammo_agents.replay.lessons import Told
from ammo_agents.settings import Loaded, folders, load
from ammo_agents.views import VERBS

VERB = "community_learn"


def learn(asked: Mapping[str, Any], *, subspace: str | None, as_json: bool) -> None:
    """Learn a community, here or in the process that owns the data directory, and show what it is."""
    loaded = load({**FLAGS, "subspace": subspace})
    arguments = {**asked, "subspace": subspace}
    with _progress() as bars:
        answer = asyncio.run(_learned(loaded, arguments, _teller(bars)))
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        paint.show(VERB, answer)


async def _learned(loaded: Loaded, arguments: Mapping[str, Any], told: Told) -> dict[str, Any]:
    try:
        async with opened(loaded, access=VERBS[VERB].access) as app:
            return await VERBS[VERB].function(app, **arguments, told=told)
    except LockedError:
        told("learning in the running AMMO", 0, None)
        answer = await door.call(folders(loaded.settings).data / door.SOCKET, VERB, arguments)
        if answer is None:
            raise
        return answer


def _teller(bars: Progress) -> Told:
    """Return what moves the bar; without a terminal each step is said once, in a line."""
    task = bars.add_task("opening", total=None)
    said: set[str] = set()

    def told(what: str, done: int, total: int | None) -> None:
        if what not in said:
            bars.reset(task, total=total, description=what)
            said.add(what)
            if bars.disable:
                sys.stderr.write(f"{what}\n")
        bars.update(task, advance=done, description=what)

    return told


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
