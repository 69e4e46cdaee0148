"""Puts a staged plugin into the home, switches it, takes it away: each step leaves it there whole or not at all (S2).

The caller owns the data folder. Files and lock change here; what runs is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ammo_agents import durable
from ammo_agents.errors import NotFoundError, TamperedError
from ammo_agents.installing import place
from ammo_agents.installing.plan import Plan, root_of
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.found import plugins_folder
from ammo_agents.plugins.lock import Lock, Locked
from ammo_agents.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A plugin that came in, and what it takes to put the old one back."""

    plan: Plan
    root: Path
    before: Locked | None
    """What the lock held of it before."""
    aside: Path | None = None
    """Where the files of the same version lie that it replaces."""


def settle(settings: Settings, plan: Plan) -> Settled:
    """Move a staged plugin to its place and write the yes to it; `commit` or `revert` follows.

    Raises:
        TamperedError: its files are not those that were looked at.
    """
    folder = plan.home(settings)
    fresh, final = root_of(plan, folder), root_in(settings, plan)
    if locks.hashes(fresh) != dict(plan.files):
        raise TamperedError(
            f"{plan.name} {plan.version}: its files have changed since they were looked at",
            hint="A plugin writes nothing into its own folder. Install it again.",
        )
    path = locks.lock_path(settings)
    before = locks.read(path).get(plan.name)
    if before is None or not before.files or final.is_dir():
        aside = place.put_aside(final, settings)
        _say_yes(path, plan, before)  # a yes to what is not there yet counts for nothing
        durable.settle(fresh, final)
        return Settled(plan=plan, root=final, before=before, aside=aside)
    durable.settle(fresh, final)
    _say_yes(path, plan, before)  # from here on the new version counts
    return Settled(plan=plan, root=final, before=before)


def commit(settings: Settings, settled: Settled) -> None:
    """Delete what a plugin that loads well has replaced."""
    place.delete(settled.aside)
    before, plan = settled.before, settled.plan
    if before is not None and before.files and before.version != plan.version and plan.module:
        old = place.code_folder(settings, plan.name, before.version)
        place.delete(place.put_aside(old, settings))


def revert(settings: Settings, settled: Settled) -> None:
    """Put back what was there before; the new files go."""
    gone = place.put_aside(settled.root, settings)
    if settled.aside is not None:
        place.bring_back(settled.aside, settled.root)
    before, name = settled.before, settled.plan.name
    locks.change(
        locks.lock_path(settings),
        lambda lock: lock.without(name) if before is None else lock.holding(before),
    )
    place.delete(gone)
    if before is None and settled.plan.module:
        _prune(settled.root.parent)


def remove(settings: Settings, name: str) -> Locked:
    """Take a plugin of the home away, files and yes, and return what the lock held of it.

    Raises:
        NotFoundError: the home has no such plugin.
    """
    path = locks.lock_path(settings)
    known = locks.read(path).get(name)
    folder = plugins_folder(settings) / name
    bare = place.subspace_folder(settings, name)
    chosen = folder if folder.is_dir() else bare
    if not chosen.is_dir():
        raise NotFoundError(
            f"this home has no plugin {name!r}", hint="What is installed: ammo plugin list"
        )
    aside = place.put_aside(chosen, settings)
    locks.change(path, lambda lock: lock.without(name))
    place.delete(aside)
    return known or Locked(name=name, version="")


def switch(settings: Settings, name: str, *, enabled: bool) -> Lock:
    """Write down that a plugin is switched on or off."""
    return locks.change(
        locks.lock_path(settings), lambda lock: lock.enabling(name, enabled=enabled)
    )


def root_in(settings: Settings, plan: Plan) -> Path:
    """Return where a plugin's files lie in the home."""
    if plan.sort == "folder":
        return place.subspace_folder(settings, plan.name)
    return place.code_folder(settings, plan.name, plan.version)


def _say_yes(path: Path, plan: Plan, before: Locked | None) -> None:
    entry = replace(plan.locked(), enabled=before is None or before.enabled)
    locks.change(path, lambda lock: lock.holding(entry))


def _prune(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
