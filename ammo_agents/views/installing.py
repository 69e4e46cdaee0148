"""Installing, switching and removing plugins, while AMMO runs or not; searching what there is."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import AmmoError, NotFoundError, PluginError, RefusedError
from ammo_agents.installing import index as indexes
from ammo_agents.installing import install, place
from ammo_agents.installing.plan import Plan, as_found, kept
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.found import Found
from ammo_agents.records import SubspaceId
from ammo_agents.views import plugged

Plain = dict[str, Any]


async def search(app: App, *, words: str = "") -> Plain:
    """List the plugins of the index in which every word occurs, with what each asks for and whether it is here."""
    setting, offline = app.settings.plugin_index, app.settings.offline
    index = await asyncio.to_thread(indexes.read, setting, offline=offline)
    here = {one.name: one for one in await plugged.everything(app)}
    return {
        "index": index.where,
        "sha256": index.sha256,
        "pinned": index.pinned,
        "plugins": [_listed(entry, here.get(entry.name)) for entry in index.search(words)],
    }


async def accept(app: App, *, token: str) -> Plain:
    """Take a staged plugin into the home and load it; if it does not load, what was there before is put back.

    Raises:
        NotFoundError: nothing is staged under this token. PluginError: it does not load here.
    """
    swept = await asyncio.to_thread(place.sweep, app.settings)
    plan = await asyncio.to_thread(kept, app.settings, token)
    settled = await asyncio.to_thread(install.settle, app.settings, plan)
    await plugged.drop(app, plan.name)
    state = await plugged.bring(app, await _placed(app, plan))
    if state.fault and (settled.before is None or settled.before.enabled):
        await plugged.drop(app, plan.name)
        await asyncio.to_thread(install.revert, app.settings, settled)
        if old := plugged.named(plan.name, await plugged.everything(app)):
            await plugged.bring(app, old)
        was = f"; {plan.was} is in its place again" if plan.was else ""
        raise PluginError(
            f"{plan.name} {plan.version} does not load here: {state.fault}{was}", hint=state.hint
        )
    await asyncio.to_thread(install.commit, app.settings, settled)
    return {
        **plan.plain(),
        "state": "disabled" if state.fault else "loaded",
        "place": str(settled.root),
        "subspaces": list(plugged.offered(app, plan.name)) or list(plan.subspaces),
        "swept": swept,
        "running": app.parts.arriving != [],
    }


async def switch(app: App, *, name: str, enabled: bool) -> Plain:
    """Switch a plugin on or off: at once, and at every later start.

    Raises:
        NotFoundError: no such plugin is installed. PluginError: it does not load.
    """
    one = await _known(app, name)
    await asyncio.to_thread(install.switch, app.settings, one.name, enabled=enabled)
    gone = await plugged.drop(app, one.name)
    state = await plugged.bring(app, one)
    if enabled and state.fault:
        raise PluginError(f"{one.name} does not load: {state.fault}", hint=state.hint)
    spaces = plugged.offered(app, one.name) if enabled else gone
    return {
        "name": one.name,
        "state": "loaded" if enabled else "disabled",
        "subspaces": list(spaces),
        "lasts": _lasting(app, one),
    }


async def remove(app: App, *, name: str, erase: bool = False) -> Plain:
    """Take a plugin out of AMMO and the home; `erase`: what its subspaces left in the ledger goes too.

    Raises:
        NotFoundError: no such plugin. RefusedError: it lies in the environment.
    """
    await asyncio.to_thread(place.sweep, app.settings)
    one = await _known(app, name)
    if one.place not in {"home", "folder"}:
        raise RefusedError(
            f"{one.name} lies in the environment, and AMMO removes only what it installed",
            hint=f"pip uninstall {one.distribution or one.name}; or only switch it off: ammo plugin disable {one.name}",
        )
    declared = one.manifest.offered("subspaces") if one.manifest else ()
    if one.place == "folder":
        declared = declared or (one.name,)
    gone = await plugged.drop(app, one.name)
    await asyncio.to_thread(install.remove, app.settings, one.name)
    spaces = list(dict.fromkeys([*gone, *map(SubspaceId, declared)]))
    erased = await _erase(app, spaces) if erase else {}
    return {
        "name": one.name,
        "version": one.version,
        "subspaces": spaces,
        "erased": erased,
        "kept": [] if erase else spaces,
    }


async def _erase(app: App, spaces: list[SubspaceId]) -> dict[str, dict[str, int]]:
    """Erase what subspaces left: in the ledger, the index and the checkpoints."""
    found = {}
    for space in spaces:
        await app.parts.leave(space)
        found[str(space)] = dict(await app.ledger.forget_subspace(space))
    for companion in list(app.parts.companions.values()):
        await companion.load()  # what was learned there counts no more
    try:
        index = await app.index()
    except AmmoError:  # no embedder: then nobody holds the index open
        await asyncio.to_thread(shutil.rmtree, app.folders.index, ignore_errors=True)
    else:
        await index.settled()
        await index.forget()
    await asyncio.to_thread(_drop_checkpoints, app)
    return found


def _drop_checkpoints(app: App) -> None:
    for leftover in app.folders.data.glob("checkpoints.db*"):
        leftover.unlink()


async def _known(app: App, name: str) -> Found:
    every = await plugged.everything(app)
    one = plugged.named(name, every)
    if one is None:
        known = ", ".join(sorted(o.name for o in every)) or "none"
        raise NotFoundError(
            f"no plugin {name!r} is installed (installed: {known})",
            hint=f"Look for it: ammo plugin search {name}",
        )
    return one


async def _placed(app: App, plan: Plan) -> Found:
    """Return a plugin that was just put into its place, as the loader takes it."""
    if plan.sort == "code":
        one = await asyncio.to_thread(as_found, plan, app.settings)
    else:
        one = plugged.named(plan.name, await plugged.everything(app))
    if one is None:
        raise NotFoundError(f"{plan.name} is not where it was put", hint="Install it again.")
    return one


def _lasting(app: App, one: Found) -> list[str]:
    """Return what a running process goes on using until it is started again: an open model, embedder or store."""
    manifest = one.manifest
    parts = {
        "models": [app.settings.model.partition("/")[0], app.settings.embedder.partition("/")[0]],
        "stores": [app.settings.store],
    }
    open_ones = bool(app.parts.models) or app.parts.embedder is not None
    return [
        name
        for kind, used in parts.items()
        for name in (manifest.offered(kind) if manifest else ())
        if name in used and open_ones
    ]


def _listed(entry: indexes.Entry, here: Found | None) -> Plain:
    newest = entry.versions[0].version if entry.versions else ""
    return {
        "name": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "summary": entry.summary,
        "version": newest,
        "asks": list(entry.capabilities.words()),
        "installed": here.version or "yes" if here else "",
        "install": f"ammo install {entry.name}",
    }


async def origin(app: App, *, name: str) -> Plain:
    """Tell where an installed plugin came from, for who looks for a newer version of it."""
    one = await _known(app, name)
    known = (await asyncio.to_thread(locks.read, locks.lock_path(app.settings))).get(one.name)
    return {
        "name": one.name,
        "version": one.version,
        "place": one.place,
        "distribution": one.distribution,
        "origin": known.origin if known else "",
    }
