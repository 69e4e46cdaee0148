"""What is installed, as a list: from manifests, the lock and what went wrong at the last start; no plugin is imported."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ammo_agents.plugins import faults
from ammo_agents.plugins.found import Found, found, found_folders
from ammo_agents.plugins.manifest import Capabilities
from ammo_agents.plugins.trust import Trust
from ammo_agents.settings import Settings, folders

Plain = dict[str, Any]


def everything(settings: Settings) -> list[Found]:
    """Return every plugin and every folder without code, judged by the policy, with the fault of the last start."""
    trust = Trust.of(settings)
    last = faults.remembered(settings)
    rows = []
    for one in [*found(settings), *_folders(settings, trust)]:
        judged = trust.judged(one)
        if settings.plugins is not None and one.name not in settings.plugins:
            judged = replace(judged, fault="left out by the setting plugins", hint="AMMO_PLUGINS")
        known = last.get(one.name)
        if known and not judged.fault and known.version == one.version:
            judged = replace(judged, fault=known.fault, hint=known.hint)
        rows.append(judged)
    return rows


def plugins(settings: Settings) -> Plain:
    """List plugins with what they offer and ask for; a disabled one with its reason and the way out."""
    return {"plugins": [plugin_row(one) for one in everything(settings)]}


def plugin(settings: Settings, one: Found) -> Plain:
    """Return everything known of one plugin without importing it."""
    trust = Trust.of(settings)
    known = trust.lock.get(one.name)
    manifest = one.manifest
    return {
        **plugin_row(one),
        "distribution": one.distribution,
        "root": str(one.root or ""),
        "manifest": manifest is not None,
        "offers": {k: list(v) for k, v in (manifest.offers if manifest else {}).items()},
        "commands": dict(manifest.commands) if manifest else {},
        "asks": list(manifest.capabilities.words()) if manifest else [],
        "granted": list(trust.granted(one).words()),
        "quality": dict(manifest.quality) if manifest else {},
        "trusted": {"version": known.version, "files": len(known.files), "origin": known.origin}
        if known and known.files
        else None,
    }


def subspaces(settings: Settings) -> Plain:
    """List installed subspaces with what they have published; nothing is imported, no knowledge is loaded."""
    cards, days = counts(folders(settings).ledger)
    return {
        "subspaces": [
            {
                "id": name,
                "title": one.manifest.title if one.manifest else one.name,
                "cards": cards.get(name, 0),
                "day": days.get(name, ""),
                "state": _state(one),
                "reason": one.fault,
                "fix": one.hint,
                "summary": one.manifest.summary if one.manifest else "",
                "plugin": one.name,
                "version": one.version,
                "place": one.place,
            }
            for one in everything(settings)
            for name in _offered(one)
        ]
    }


def plugin_row(one: Found) -> Plain:
    """Return one plugin as a row."""
    offers = one.manifest.offers if one.manifest else {}
    asked = one.manifest.capabilities if one.manifest else Capabilities()
    return {
        "name": one.name,
        "version": one.version,
        "place": one.place,
        "state": _state(one),
        "reason": one.fault,
        "fix": one.hint,
        "title": one.manifest.title if one.manifest else "",
        "summary": one.manifest.summary if one.manifest else "",
        "module": one.module,
        "offers": {kind: list(names) for kind, names in offers.items()},
        "asks": list(asked.words()),
    }


def counts(ledger: Path) -> tuple[Mapping[str, int], Mapping[str, str]]:
    """Return cards and the day reached by subspace, straight from a ledger's file; empty where there is none.

    It reads two numbers without the weight of the ledger's own code; a ledger that cannot be read
    is a matter of `ammo doctor`, and no reason to show no list.
    """
    if not ledger.is_file():
        return {}, {}
    with contextlib.suppress(sqlite3.Error):
        with contextlib.closing(
            sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)
        ) as db:
            cards = dict(db.execute("SELECT subspace, COUNT(*) FROM creations GROUP BY subspace"))
            days = dict(db.execute("SELECT subspace, day FROM worlds"))
        return cards, days
    return {}, {}


def _offered(one: Found) -> tuple[str, ...]:
    """Return the ids of a plugin's subspaces; without a manifest its name stands for what it may offer."""
    if one.manifest is None:
        return (one.name,)
    return one.manifest.offered("subspaces") or ((one.name,) if one.place == "folder" else ())


def _state(one: Found) -> str:
    if one.fault:
        return "disabled"
    return "on" if one.manifest else "on, no manifest"


def _folders(settings: Settings, trust: Trust) -> Iterator[Found]:
    """Yield the folders without code, each with the version it was installed as."""
    for one in found_folders(settings):
        known = trust.lock.get(one.root.name) if one.root else None
        yield replace(one, version=known.version) if known else one
