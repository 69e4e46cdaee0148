"""Studio, Promote: what was trained, what the gate says of it, which of it writes for whom, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.adapters.registry import Change, Registry
from ammo_agents.adapters.run_files import training_folder
from ammo_agents.adapters.verdict import Verdict, verdict_of
from ammo_agents.app import App
from ammo_agents.views.adapters import fitting

Plain = dict[str, Any]
MOST_CHANGES = 20
"""Promotions and rollbacks shown, the newest first."""


async def adapters(app: App) -> Plain:
    """Return every adapter with its gate, every target with what writes for it, and what was changed last."""
    registry = app.voices.registry
    every = await asyncio.to_thread(registry.folder.all)
    faults = await asyncio.to_thread(registry.folder.faults)
    pointers, tainted = await registry.pointers(), await registry.tainted()
    history = await registry.history()
    runs = training_folder(app.settings) / "runs"
    gates = await asyncio.to_thread(lambda: {m.id: verdict_of(runs, m) for m in every})
    known = {m.id: m for m in every}
    return {
        "candidates": [_candidate(m, gates[m.id], pointers, tainted) for m in every],
        "faults": [{"name": name, "why": why} for name, why in faults.items()],
        "live": [await _live(registry, target, pointers, history, known) for target in pointers],
        "history": [_change(one, known) for one in history[::-1][:MOST_CHANGES]],
        "targets": await targets(app),
    }


async def targets(app: App) -> list[Plain]:
    """Return whom an adapter can write for: everybody, each subspace, each buddy."""
    found: list[Plain] = [{"id": "*", "title": "every buddy", "buddies": []}]
    for space in app.plugins.subspaces():
        buddies = [{"id": b.id, "name": b.name} for b in await app.buddies(space)]
        found.append({"id": space.id, "title": f"all of {space.title}", "buddies": buddies})
    return found


async def promote(app: App, *, adapter: str, target: str, reason: str = "") -> Plain:
    """Let an adapter write for a target from the next round on.

    Raises:
        NotFoundError: no such adapter.
        TamperedError: it is not what its manifest says.
        RefusedError: the gate failed and no reason was given; or it is less grounded, tainted, or another base's.
    """
    registry = app.voices.registry
    manifest = await asyncio.to_thread(registry.folder.manifest, adapter)
    runs = training_folder(app.settings) / "runs"
    gate = await asyncio.to_thread(verdict_of, runs, manifest)
    note = await fitting(app, manifest, target)
    change = await registry.promote(target, adapter, by=str(app.person), gate=gate, reason=reason)
    return {**_change(change, {adapter: manifest}), "note": note}


async def rollback(app: App, *, target: str, reason: str = "") -> Plain:
    """Let what wrote before for a target write again; at last the base.

    Raises:
        RefusedError: nothing was promoted for it.
    """
    registry = app.voices.registry
    change = await registry.rollback(target, by=str(app.person), reason=reason)
    known = {m.id: m for m in await asyncio.to_thread(registry.folder.all)}
    return {**_change(change, known), "note": ""}


def _candidate(
    manifest: AdapterManifest,
    gate: Verdict,
    pointers: Mapping[str, str],
    tainted: Mapping[str, str],
) -> Plain:
    return {
        "id": manifest.id,
        "name": manifest.name or manifest.run or manifest.id,
        "kind": manifest.kind,
        "target": manifest.target,
        "base": manifest.base,
        "run": manifest.run,
        "set": manifest.set,
        "sources": list(manifest.sources),
        "people": len(manifest.people),
        "personal": manifest.personal,
        "seed": manifest.seed,
        "created": manifest.created,
        "tainted": tainted.get(manifest.id, ""),
        "live_for": [target for target, adapter in pointers.items() if adapter == manifest.id],
        "passed": gate.passed,
        "grounding_worse": gate.grounding_worse,
        "why": gate.why,
        "bars": [
            {"name": c.name, "passed": c.passed, "words": c.said, "need": ""} for c in gate.checks
        ],
    }


async def _live(
    registry: Registry,
    target: str,
    pointers: Mapping[str, str],
    history: tuple[Change, ...],
    known: Mapping[str, AdapterManifest],
) -> Plain:
    newest = next(change for change in reversed(history) if change.target == target)
    adapter = pointers[target]
    space, _, buddy = target.partition("/")
    found = await registry.live(space, buddy, pointers={target: adapter})
    return {
        **_change(newest, known),
        "adapter": adapter,
        "name": _name(adapter, known),
        "fault": found.fault,
    }


def _change(change: Change, known: Mapping[str, AdapterManifest]) -> Plain:
    return {
        "seq": change.seq,
        "at": change.at.isoformat(timespec="minutes"),
        "target": change.target,
        "act": change.act,
        "adapter": change.adapter,
        "name": _name(change.adapter, known),
        "was": change.was,
        "was_name": _name(change.was, known),
        "by": change.by,
        "reason": change.reason,
        "gate": dict(change.gate),
    }


def _name(adapter: str, known: Mapping[str, AdapterManifest]) -> str:
    if not adapter:
        return "the base"
    manifest = known.get(adapter)
    return adapter if manifest is None else manifest.name or manifest.run or adapter
