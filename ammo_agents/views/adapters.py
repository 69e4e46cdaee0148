"""Runs and adapters in the terminal: listed, shown, compared, promoted, rolled back; the same rows as in Studio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ammo_agents.adapters import jobs, run_files
from ammo_agents.adapters.fitting import misfit
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.adapters.registry import EVERYWHERE, Change
from ammo_agents.adapters.run_files import RunFile, training_folder
from ammo_agents.adapters.verdict import REPORT, Verdict, verdict_of
from ammo_agents.app import App
from ammo_agents.errors import AmmoError, BadInputError, ConflictError, NotFoundError, RefusedError
from ammo_agents.hooks import provider_of
from ammo_agents.records import ModelCard
from ammo_agents.views.shelf import find_buddy

Plain = dict[str, Any]
ALL = "all"
SOON = "The next round writes with it; running rounds end as they began."


async def listed(app: App) -> Plain:
    """List every run and every adapter, the newest first, and what writes for whom."""
    every = await asyncio.to_thread(run_files.runs, training_folder(app.settings))
    known = {m.id: m for m in await asyncio.to_thread(app.voices.registry.folder.all)}
    found = [await _row(app, run, known.pop(run.adapter, None)) for run in every]
    found += [await _row(app, RunFile(id=m.run, state="gone"), m) for m in known.values()]
    faults = await asyncio.to_thread(app.voices.registry.folder.faults)
    return {
        "runs": found,
        "live": await live(app),
        "faults": [{"name": name, "why": why} for name, why in faults.items()],
        "note": "" if found else "Nothing was trained yet: ammo train run",
    }


async def live(app: App) -> list[Plain]:
    """Return each target that names an adapter, and why that adapter does not write, if so."""
    registry = app.voices.registry
    pointers = await registry.pointers()
    found = []
    for target, adapter in sorted(pointers.items()):
        space, _, buddy = target.partition("/")
        one = await registry.live(space, buddy, pointers={target: adapter})
        found.append({"target": target, "adapter": adapter, "fault": one.fault})
    return found


async def shown(app: App, *, what: str) -> Plain:
    """Show a run, or the run of an adapter: where it stands, what it learned from, its gate, where it was live.

    Raises:
        NotFoundError: nothing has this id.
    """
    run, manifest = await _named(app, what)
    row = await _row(app, run, manifest)
    if manifest is None:
        return {**row, "gate": None, "made_of": None, "history": []}
    gate = await _verdict(app, manifest)
    history = [c for c in await app.voices.registry.history() if manifest.id in {c.adapter, c.was}]
    return {
        **row,
        "report": str(training_folder(app.settings) / "runs" / run.id / "report.md"),
        "gate": {
            "passed": gate.passed,
            "why": gate.why,
            "grounding_worse": gate.grounding_worse,
            "checks": [{"name": c.name, "passed": c.passed, "said": c.said} for c in gate.checks],
        },
        "made_of": _made_of(manifest),
        "history": [_change(change) for change in history],
    }


async def stopped(app: App, *, what: str) -> Plain:
    """Ask a run to keep its checkpoint and end, wherever it was started.

    Raises:
        NotFoundError: nothing has this id.
        ConflictError: nobody works on it.
    """
    run, _ = await _named(app, what)
    folder = training_folder(app.settings) / "runs" / run.id
    if run.state == "gone" or not await asyncio.to_thread(jobs.stop, folder):
        raise ConflictError(
            f"run {run.id} is {run.state}: nothing to stop",
            hint="See where it stands: ammo runs list",
        )
    note = f"It keeps what it has and ends. Go on with: ammo train run --resume {run.id}"
    return {"run": run.id, "asked": True, "note": note}


async def compared(app: App, *, one: str, two: str) -> Plain:
    """Compare two runs: what was asked differently, and every bar of the gate side by side.

    Raises:
        NotFoundError: nothing has one of these ids.
    """
    sides = [await _named(app, said) for said in (one, two)]
    configs = [{} if m is None else dict(_flat(m.config)) for _, m in sides]
    names = sorted({*configs[0], *configs[1]})
    asked = [
        {"name": n, "one": configs[0].get(n), "two": configs[1].get(n)}
        for n in names
        if configs[0].get(n) != configs[1].get(n)
    ]
    runs = training_folder(app.settings) / "runs"
    bars = [await asyncio.to_thread(_bars, runs / run.id) for run, _ in sides]
    figures = [
        {"name": name, "one": bars[0].get(name), "two": bars[1].get(name)}
        for name in dict.fromkeys((*bars[0], *bars[1]))
    ]
    rows = [await _row(app, run, manifest) for run, manifest in sides]
    return {"one": rows[0], "two": rows[1], "asked": asked, "figures": figures}


async def promote(app: App, *, adapter: str, target: str = "", anyway: str = "") -> Plain:
    """Let an adapter write for a target from the next round on; `anyway` is why, where the gate says no.

    `adapter` is an id, the beginning of one, or the run that made it; `target` is ``@coin/bitcoin``,
    ``coin`` or ``all``, and empty is the one it was trained for.

    Raises:
        NotFoundError: no such adapter, subspace or buddy.
        TamperedError: it is not what its manifest says.
        RefusedError: the gate failed and no reason was given; or it is less grounded, tainted, or another base's.
    """
    registry = app.voices.registry
    id = await asyncio.to_thread(registry.folder.find, adapter)
    manifest = await asyncio.to_thread(registry.folder.manifest, id)
    where = await target_of(app, target or manifest.target)
    note = await fitting(app, manifest, where)
    gate = await _verdict(app, manifest)
    change = await registry.promote(where, id, by=str(app.person), gate=gate, reason=anyway)
    return {**_change(change), "note": note or SOON}


async def rollback(app: App, *, target: str, reason: str = "") -> Plain:
    """Let what wrote before for a target write again from the next round on; at last the base.

    Raises:
        NotFoundError: no such subspace or buddy.
        RefusedError: nothing was promoted for it.
    """
    where = await target_of(app, target)
    return _change(await app.voices.registry.rollback(where, by=str(app.person), reason=reason))


async def fitting(app: App, manifest: AdapterManifest, target: str) -> str:
    """Return what is to be said of an adapter and the model that a target writes with; empty = it fits.

    Raises:
        RefusedError: it changes another base than that model: there it would be noise.
    """
    name = app.settings.model
    space, _, buddy = target.partition("/")
    if buddy:
        name = (await find_buddy(app, target, space)).model or name
    card = await asyncio.to_thread(_card, app, name)
    why = "" if card is None else misfit(manifest, card)
    if card is not None and card.adapters and why:
        raise RefusedError(why, hint="Train one for this base, or go back to that model: ammo models list")  # fmt: skip
    return f"{why}: until a model that does is chosen, the base writes." if why else ""


def _card(app: App, name: str) -> ModelCard | None:
    """Return what is known of a model before it is opened; None = nothing, or nobody offers it."""
    try:
        cards = provider_of(app.plugins, name).cards()
    except AmmoError:
        return None
    return next((card for card in cards if card.id == name), None)


async def target_of(app: App, said: str) -> str:
    """Return the target that a person means by ``@coin/bitcoin``, ``@bitcoin``, ``coin`` or ``all``.

    Raises:
        BadInputError: nobody is named. NotFoundError: no such subspace or buddy.
    """
    name = said.strip()
    if not name:
        raise BadInputError(
            "the adapter was trained for nobody in particular",
            hint="Say who is to write with it: --target @coin/bitcoin, --target coin, --target all",
        )
    if name in {ALL, EVERYWHERE}:
        return EVERYWHERE
    installed = {str(space.id) for space in app.plugins.subspaces()}
    if name in installed:
        return name
    space, _, rest = name.removeprefix("@").partition("/")
    where = space if rest and space in installed else None
    try:
        return str((await find_buddy(app, name, where)).id)
    except NotFoundError as error:
        raise NotFoundError(
            f"no Goal Buddy or subspace {said!r}",
            hint=f"Name a buddy (@coin/bitcoin), a subspace ({', '.join(sorted(installed))}) or all. {error.hint}",
        ) from error


async def _named(app: App, what: str) -> tuple[RunFile, AdapterManifest | None]:
    """Return the run, and the adapter if it made one, that an id or its beginning names."""
    root = training_folder(app.settings)
    every = await asyncio.to_thread(run_files.runs, root)
    hits = [run for run in every if what and run.id.startswith(what)]
    exact = [run for run in hits if run.id == what] or hits
    folder = app.voices.registry.folder
    if len(exact) == 1:
        run = exact[0]
        try:
            found = await asyncio.to_thread(folder.manifest, run.adapter) if run.adapter else None
        except AmmoError:
            found = None
        return run, found
    try:
        manifest = await asyncio.to_thread(folder.manifest, await asyncio.to_thread(folder.find, what))  # fmt: skip
    except NotFoundError as error:
        how = f"{len(exact)} runs begin" if exact else "no run or adapter begins"
        raise NotFoundError(f"{how} with {what!r}", hint="See them: ammo runs list") from error
    run = next((r for r in every if r.id == manifest.run), RunFile(id=manifest.run, state="gone"))
    return run, manifest


async def _row(app: App, run: RunFile, manifest: AdapterManifest | None) -> Plain:
    registry = app.voices.registry
    pointers, tainted = await registry.pointers(), await registry.tainted()
    id = run.adapter if manifest is None else manifest.id
    gate = None if manifest is None else await _verdict(app, manifest)
    return {
        "id": run.id,
        "name": run.name if manifest is None else manifest.name or run.name,
        "kind": run.kind if manifest is None else manifest.kind,
        "state": run.state,
        "stage": run.stage,
        "step": run.step,
        "steps": run.steps,
        "started": run.started,
        "set": run.set if manifest is None else manifest.set or run.set,
        "target": run.target if manifest is None else manifest.target or run.target,
        "adapter": id,
        "passed": None if gate is None else gate.passed,
        "judged": gate is not None and bool(gate.checks),
        "why": "" if gate is None else gate.why,
        "live_for": sorted(target for target, adapter in pointers.items() if id and adapter == id),
        "tainted": tainted.get(id, ""),
        "fault": run.fault,
        "hint": run.hint,
    }


async def _verdict(app: App, manifest: AdapterManifest) -> Verdict:
    runs = training_folder(app.settings) / "runs"
    return await asyncio.to_thread(verdict_of, runs, manifest)


def _made_of(manifest: AdapterManifest) -> Plain:
    """Return what an adapter learned from; people and events as counts, never by name."""
    return {
        "base": manifest.base,
        "base_sha256": manifest.base_sha256,
        "parents": list(manifest.parents),
        "set_sha256": manifest.set_sha256,
        "sources": list(manifest.sources),
        "events": len(manifest.events),
        "people": len(manifest.people),
        "personal": manifest.personal,
        "seed": manifest.seed,
        "lora": dict(manifest.lora),
        "metrics": dict(manifest.metrics),
        "versions": dict(manifest.versions),
        "files": dict(manifest.files),
        "config": dict(manifest.config),
        "created": manifest.created,
    }


def _change(change: Change) -> Plain:
    return {
        "act": change.act,
        "target": change.target,
        "adapter": change.adapter or "the base",
        "was": change.was or "the base",
        "at": change.at.isoformat(timespec="seconds"),
        "by": change.by,
        "reason": change.reason,
        "gate": dict(change.gate),
    }


def _flat(value: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """Yield every leaf of nested options as ``lora.r``, value."""
    for name, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{above}{name}.")
        else:
            yield f"{above}{name}", one


def _bars(folder: Path) -> dict[str, object]:
    """Return each bar of a run's gate with what was measured; blocking; nothing where there is no report."""
    try:
        report = run_files.read_object(folder / REPORT)
    except AmmoError:
        return {}
    gate = (report or {}).get("gate")
    checks = gate.get("checks") if isinstance(gate, Mapping) else None
    if not isinstance(checks, list):
        return {}
    named = [one for one in checks if isinstance(one, Mapping) and "name" in one]
    return {str(one["name"]): one.get("value") for one in named}
