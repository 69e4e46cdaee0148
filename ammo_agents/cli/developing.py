"""`ammo subspace dev`: checks a plugin at each save, and brings what loads into the running AMMO."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ammo_agents.cli import door
from ammo_agents.cli.checks import plain
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import AmmoError, BadInputError
from ammo_agents.settings import Settings, folders, load
from ammo_agents.testing.checking import check
from ammo_agents.testing.report import Report
from ammo_agents.testing.rules import Tier
from ammo_agents.testing.targets import LEFT_OUT, Target, of_folder

POLL = 0.4
"""Seconds between two looks at the files."""
DAYS = 7
SECONDS = 15.0
MOST = 5_000
"""Files that are watched; a folder with more is not one subspace's."""
Stamp = Mapping[str, tuple[int, int]]
"""File → time of its last change (ns) and size (bytes)."""


def run(folder: Path, *, once: bool) -> None:
    """Watch `folder` until Ctrl-C; `once`: look once, and end with 0 when it keeps the contract, else 2.

    Raises:
        BadInputError: there is no such folder.
    """
    if not folder.is_dir():
        raise BadInputError(f"{folder} is no folder", hint="ammo subspace dev ./my-subspace")
    folder, settings = folder.absolute(), load(FLAGS).settings
    console = Console(highlight=False)
    if once:
        sys.exit(0 if asyncio.run(saved(folder, settings, console)) else 2)
    asyncio.run(watch(folder, settings, console))


async def watch(folder: Path, settings: Settings, console: Console) -> None:
    """Look at every save, forever."""
    console.print(Text(f"Watching {folder}. End with Ctrl-C."))
    seen: Stamp = {}
    while True:
        now = await asyncio.to_thread(stamp, folder)
        if now == seen:
            await asyncio.sleep(POLL)
            continue
        seen = await settled(folder, now)
        await saved(folder, settings, console)


async def settled(folder: Path, now: Stamp) -> Stamp:
    """Return the stamp once nothing changes any more: an editor saves in several steps."""
    while True:
        await asyncio.sleep(POLL / 2)
        later = await asyncio.to_thread(stamp, folder)
        if later == now:
            return now
        now = later


def stamp(folder: Path) -> Stamp:
    """Return when each file below a folder changed; blocks."""
    found: dict[str, tuple[int, int]] = {}
    for path in folder.rglob("*"):
        inner = path.relative_to(folder).parts
        if LEFT_OUT & set(inner) or any(part.endswith(".egg-info") for part in inner):
            continue
        try:
            held = path.stat()
        except OSError:
            continue  # gone since it was listed
        if path.is_file():
            found[str(path)] = (held.st_mtime_ns, held.st_size)
        if len(found) > MOST:
            break
    return found


async def saved(folder: Path, settings: Settings, console: Console) -> bool:
    """Check what was saved, bring it into the running AMMO, and return whether it keeps the contract."""
    clock = time.strftime("%H:%M:%S")
    try:
        report = await check(str(folder), settings, seconds=SECONDS, days=DAYS, quick=True)
    except AmmoError as error:
        console.print(
            Text(plain(f"{clock}  {error.message}\n  way out: {error.hint}"), style="red")
        )
        return False
    good = report.tier > Tier.NONE
    _tell(console, clock, report)
    if good:
        said = await brought(await asyncio.to_thread(of_folder, folder), settings)
        console.print(Text(f"          {plain(said)}"), soft_wrap=True)
    return good


def _tell(console: Console, clock: str, report: Report) -> None:
    next_ = Tier(min(report.tier + 1, Tier.GOLD))
    open_ = [row for row in report.broken if row.rule.tier <= next_]
    tier = "keeps the contract" if report.tier else "the last good version stays"
    style = "green" if report.tier else "bold red"
    console.print(Text(f"{clock}  {report.name}: {len(open_)} to do; {tier}", style=style))
    for row in open_:
        console.print(Text(plain(row.message)), soft_wrap=True)


async def brought(target: Target, settings: Settings) -> str:
    """Return what became of it in the running AMMO."""
    arguments = {"name": target.name, "module": target.module, "root": str(target.root)}
    try:
        answer = await door.call(folders(settings).data / door.SOCKET, "plugin_reload", arguments)
    except AmmoError as error:
        return f"not in the running AMMO: {error.message}"
    if answer is None:
        return "no AMMO is running to bring it into: ammo up"
    return f"in the running AMMO: {answer['name']} {answer['version']}"
