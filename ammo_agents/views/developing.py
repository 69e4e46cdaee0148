"""Brings a plugin that is being written into the running AMMO: each version is a copy, so the last good one can stay."""

from __future__ import annotations

import asyncio
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import AmmoError, BadInputError, PluginError
from ammo_agents.hooks import PluginState
from ammo_agents.plugins import manifest as manifests
from ammo_agents.plugins.found import Found
from ammo_agents.views import plugged

Plain = dict[str, Any]
DEV = "dev"
"""Folder of the cache that holds the copies: ``dev/<name>/<number>/``."""
KEPT = 2
"""Versions that stay on disk: the one in use and the one before it."""
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".git", ".venv", "build", "dist", "tests")


async def reload(app: App, *, name: str, module: str, root: str) -> Plain:
    """Load the plugin that lies at `root` in place of the one called `name`; if it does not load, that one stays.

    `module` is what its entry point names; empty for a folder of tables and Markdown.

    Raises:
        BadInputError: nothing lies there. PluginError: it does not load; what was there before is back.
    """
    place = Path(root)
    if not await asyncio.to_thread(place.exists):
        raise BadInputError(f"{place} is not there", hint="Name the plugin's package.")
    before = plugged.state_of(app, name)
    one = await asyncio.to_thread(_copied, app, name, module, place)
    await plugged.drop(app, name)
    state = await _brought(app, one)
    if state.fault:
        await plugged.drop(app, name)
        back = await _back(app, before)
        raise PluginError(f"{name} does not load: {state.fault}{back}", hint=state.hint)
    await asyncio.to_thread(_sweep, one.root.parent.parent if one.root else None)
    return {"name": name, "version": one.version, "subspaces": list(plugged.offered(app, name))}


async def _back(app: App, before: PluginState | None) -> str:
    """Bring back what was there before; return what a message says of that."""
    if before is None or before.found is None or before.fault:
        return ""
    state = await _brought(app, before.found)
    return "" if state.fault else f"; {before.version or 'the version before'} is back"


async def _brought(app: App, one: Found) -> PluginState:
    """Load one version: its copy is looked into first, whatever else lies on the path."""
    if one.place != "module" or one.root is None:
        return await plugged.bring(app, one)
    first = str(one.root.parent)
    sys.path.insert(0, first)
    try:
        return await plugged.bring(app, one)
    finally:
        sys.path.remove(first)


def _copied(app: App, name: str, module: str, root: Path) -> Found:
    """Return a fresh copy of the plugin's files, as something found."""
    above = app.folders.cache / DEV / name
    above.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(p.name) for p in above.iterdir() if p.name.isdigit()), default=0)
    copy = above / str(number) / root.name
    copy.parent.mkdir()
    if root.is_dir():
        shutil.copytree(root, copy, ignore=LEFT_OUT)
    else:
        shutil.copyfile(root, copy)
    one = Found(
        name=name,
        distribution="",
        version=f"dev.{number}",
        module=module,
        place="module" if module else "folder",
        root=copy,
    )
    folder = copy if copy.is_dir() else copy.parent
    if not (folder / manifests.FILE).is_file():
        return one
    try:
        return replace(one, manifest=manifests.read(folder))
    except AmmoError as error:
        return replace(one, fault=error.message, hint=error.hint)


def _sweep(above: Path | None) -> None:
    """Remove all but the newest copies."""
    if above is None:
        return
    copies = sorted((p for p in above.iterdir() if p.name.isdigit()), key=lambda p: int(p.name))
    for old in copies[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
