"""Plugins that come and go while AMMO runs: what they offer is brought or let go of, and nothing else is touched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ammo_agents.app import App
from ammo_agents.hooks import PluginState
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.found import Found, found, found_folders
from ammo_agents.records import SubspaceId


def state_of(app: App, name: str) -> PluginState | None:
    """Return a plugin as the running AMMO has it; None = it knows none of that name."""
    return next((state for state in app.plugins.states if state.name == name), None)


def offered(app: App, name: str) -> list[SubspaceId]:
    """Return the subspaces that a loaded plugin brings."""
    spaces = app.plugins.subspaces()
    return [s.id for s in spaces if app.plugins.owner("subspaces", s.id) == name]


def touched(app: App, name: str) -> list[SubspaceId]:
    """Return the subspaces that change when a plugin goes: its own, and those its buddies speak in."""
    buddies = app.plugins.buddies()
    guests = [b.subspace for b in buddies if app.plugins.owner("buddies", b.id) == name]
    return list(dict.fromkeys([*offered(app, name), *guests]))


async def everything(app: App) -> list[Found]:
    """Return all that is installed, in code and in folders, as it lies there; nothing is imported."""
    return await asyncio.to_thread(_everything, app)


async def bring(app: App, one: Found) -> PluginState:
    """Load one plugin into the running AMMO; its fault, if there is one, is in what comes back."""
    if one.place == "folder":
        known = locks.read(locks.lock_path(app.settings)).get(one.name)
        state = await asyncio.to_thread(app.shelf.attach, app.plugins, _versioned(one, known))
        await asyncio.to_thread(app.shelf.refresh, app.plugins)
    else:
        state = await asyncio.to_thread(app.plugins.bring, one)
    if not state.fault:
        for space in touched(app, one.name):
            await app.parts.leave(space)  # whoever asked too early holds a faulty part
        own = set(offered(app, one.name))
        await app.parts.arrive([s for s in app.plugins.subspaces() if s.id in own])
    return state


async def drop(app: App, name: str) -> list[SubspaceId]:
    """Take one plugin out of the running AMMO and return the subspaces that went with it."""
    gone, changed = offered(app, name), touched(app, name)
    for space in changed:
        await app.parts.leave(space)
    if name in app.shelf.folders:
        await asyncio.to_thread(app.shelf.detach, app.plugins, name)
    else:
        await asyncio.to_thread(app.plugins.drop, name)
    for space in changed:  # what was asked for in between
        await app.parts.leave(space)
    return gone


def named(name: str, known: Iterable[Found]) -> Found | None:
    """Return the plugin of a name, of a distribution's name or of a subspace it declares; None = there is none."""
    rows = list(known)
    for one in rows:
        if name in {one.name, one.distribution}:
            return one
    return next((r for r in rows if r.manifest and name in r.manifest.offered("subspaces")), None)


def card(name: str, row: Mapping[str, Any] | None, one: Found | None) -> dict[str, Any]:
    """Return what a page shows of a plugin: version, place, what it asks for, its own scorecard, how it is taken away."""
    manifest = one.manifest if one else None
    quality = manifest.quality if manifest else {}
    own = one is not None and one.place in {"home", "folder"}
    where = f"pip uninstall {one.distribution}" if one and one.distribution else ""
    return {
        "plugin": name,
        "title": manifest.title if manifest else name,
        "version": one.version if one else "",
        "place": one.place if one else "module",
        "declared": manifest is not None,
        "asks": list(manifest.capabilities.words()) if manifest else [],
        "state": row["state"] if row else "on",
        "met": sum(value == "met" for value in quality.values()),
        "exempt": [f"{rule}: {v}" for rule, v in quality.items() if v != "met"],
        "removable": own,
        "remove": f"ammo plugin remove {name}" if own else where,
        "check": f"ammo check {name}",
    }


def _versioned(one: Found, known: locks.Locked | None) -> Found:
    return one if known is None else replace(one, version=known.version)


def _everything(app: App) -> list[Found]:
    return [*found(app.settings), *found_folders(app.settings)]
