"""The report of a run of the product: opens its base, adapter, model, embedder and buddies' gates, and measures."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import GGUF
from ammo_agents.adapters.registry import Registry
from ammo_agents.aipp.pairs import Pair, Taught, read, read_rows
from ammo_agents.app import App, opened
from ammo_agents.errors import BadInputError, MissingPartError
from ammo_agents.hooks import Plugins, load_plugins, provider_of
from ammo_agents.ports import Embedder, Model
from ammo_agents.settings import Loaded, Settings
from ammo_agents.settings import load as settings_of
from ammo_training import report as reports
from ammo_training.columns import LONGEST
from ammo_training.config import as_json, from_json
from ammo_training.evaluation import Gates, Subject, Told, unheard
from ammo_training.files import read_json, sha256_of_json
from ammo_training.folders import TrainingFolders
from ammo_training.gated import gates_of
from ammo_training.job import PLACE, base_of, say, with_threads
from ammo_training.load import load
from ammo_training.options import TrainConfig
from ammo_training.report import Report, data
from ammo_training.reporting import Cost, head, measured
from ammo_training.run import Run
from ammo_training.scoring import Scorer
from ammo_training.writing import PortWriter, TransformersWriter


def write(run: Run, *, at: Told = unheard) -> Report:
    """Measure a trained run and write its ``report.json`` and ``report.md``; `at` hears how far it is; blocking.

    Raises:
        LeakError: what is to judge was trained on. BadInputError: nothing is held out, or a figure is no number.
    """
    return asyncio.run(_write(run, at))


async def _write(run: Run, at: Told) -> Report:
    cost = Cost()
    config = await asyncio.to_thread(from_json, run.config)
    trained, dev, held = [
        await asyncio.to_thread(_rows, run, config, side) for side in ("train", "dev", "test")
    ]
    if not held:
        raise BadInputError(
            f"run {run.id} held nothing out to be judged by",
            hint="Give data.test a share: --set data.test=0.2",
        )
    prepared = await asyncio.to_thread(read_json, run.folder / "prepared.json")
    made_of = run.folder.parent.parent / "sets" / (config.data.set or "-") / "set.json"
    counts = await asyncio.to_thread(_counts, prepared, made_of)
    told = data([*trained, *dev], held, counts=counts, personal=bool(prepared["alone"]))
    async with _opened(run, config) as (opened_subject, gates):
        subject = replace(opened_subject, at=at)
        parts = await measured(subject, held, gates=gates, keep=run.folder)
        more = {
            "name": config.name,
            "target": config.target,
            "kind": config.kind,
            "intended": {"measure": config.report.intended, "wants": config.report.wants},
            "cost": await asyncio.to_thread(_costs, run, cost),
        }
        hashes = {
            "base": subject.base_sha256,
            "asked": sha256_of_json({**as_json(config), "seed": 0, "name": ""}),
            "config": run.config_sha256,
            "rows": prepared["set_sha256"],
        }
        top = await asyncio.to_thread(
            head,
            run=run.id,
            adapter=subject.adapter,
            seed=config.seed,
            hashes=hashes,
            data=told,
            more=more,
        )
    return await asyncio.to_thread(reports.keep, reports.assembled(top, parts), run.folder)


@contextlib.asynccontextmanager
async def _opened(run: Run, config: TrainConfig) -> AsyncIterator[tuple[Subject, Gates | None]]:
    """Give what is measured: base with adapter, who writes, who places texts, and the buddies' gates."""
    folders = TrainingFolders(root=run.folder.parent.parent)
    base = await asyncio.to_thread(base_of, run, config, folders)
    place = folders.adapters / run.adapter if run.adapter else run.trained
    # As many threads as the run: the load of now is its own training's.
    threaded = await asyncio.to_thread(with_threads, run, config)
    machine = replace(threaded.machine, dtype="float32")
    loaded = await asyncio.to_thread(load, base, adapter=place, machine=machine)
    scorer = Scorer(loaded.model, loaded.tokenizer, longest=LONGEST)
    rows = await asyncio.to_thread(_rows, run, config, "test")
    loaded_settings = await asyncio.to_thread(_asked, run)
    settings = loaded_settings.settings
    plugins = await asyncio.to_thread(load_plugins, settings)
    async with contextlib.AsyncExitStack() as stack:
        gates, live = None, ""
        if config.target or any(row.buddy for row in rows):
            app = await stack.enter_async_context(opened(loaded_settings, access="read"))
            gates = await gates_of(app, [row for row in rows if isinstance(row, Pair)])
            live = await _live(app, config.target)
        embedder = await _embedder(plugins, settings.embedder, stack)
        model = await _model(plugins, settings, run, base.sha256, stack)
        yield (
            Subject(
                scorer=scorer,
                adapter=run.adapter or f"run-{run.id}",
                base_sha256=base.sha256,
                writer=PortWriter(model) if model is not None else TransformersWriter(scorer),
                embedder=embedder,
                cache=folders.references,
                live=live if model is not None else "",
                seed=config.seed,
                prompts=config.report.prompts,
                tokens=config.report.tokens,
                samples=config.report.samples,
                told=say,
            ),
            gates,
        )


def _asked(run: Run) -> Loaded:
    """Return the settings of the home the run was made in: a flag named it, perhaps, and not the environment."""
    place = run.folder / PLACE
    held = read_json(place) if place.is_file() else {}
    flags = {"home": held.get("home") or None, "models_dir": held.get("models") or None}
    return settings_of(flags)


def _rows(run: Run, config: TrainConfig, side: str) -> Sequence[Taught]:
    """Return the rows of one side of a run; blocking."""
    path = run.rows / f"{side}.jsonl"
    return read(path) if config.kind == "dpo" else read_rows(path)


async def _embedder(
    plugins: Plugins, name: str, stack: contextlib.AsyncExitStack
) -> Embedder | None:
    """Return the consensus embedder; without it there is no spread and no win rate, and the report says so."""
    try:
        embedder = await provider_of(plugins, name).open_embedder(name)
    except MissingPartError as error:
        say(f"no win rates and no spread: {error.message}")
        return None
    stack.push_async_callback(embedder.close)
    return embedder


async def _model(
    plugins: Plugins, settings: Settings, run: Run, base: str, stack: contextlib.AsyncExitStack
) -> Model | None:
    """Return the product's own model where it can write with this very adapter; None = transformers writes."""
    folder = AdapterFolder.of(settings)
    places = [folder.root, run.folder.parent.parent / "adapters"]
    there, here = [await asyncio.to_thread(place.resolve) for place in places]
    if not run.adapter or there != here:
        return None
    name = str((await asyncio.to_thread(read_json, run.folder / "place.json")).get("base", ""))
    try:
        provider = provider_of(plugins, name)
        card = next((card for card in provider.cards() if card.id == name), None)
        manifest = await asyncio.to_thread(folder.read, run.adapter)
        if card is None or not card.adapters or GGUF not in manifest.files:
            return None
        if manifest.base_sha256 != base:
            return None
        model = await provider.open_model(name)
    except MissingPartError as error:
        say(f"transformers writes the samples: {error.message}")
        return None
    stack.push_async_callback(model.close)
    return model


async def _live(app: App, target: str) -> str:
    """Return the adapter that writes for a target now; empty = the base."""
    space, _, buddy = target.partition("/")
    if not space or space == "*":
        return ""
    found = await Registry(app.ledger.diary, AdapterFolder.of(app.settings)).live(space, buddy)
    return found.adapter


def _counts(prepared: Mapping[str, Any], made_of: Path) -> dict[str, Any]:
    """Return what was read, left out and why, by what it is split; of a built set also every filter's count and the yield."""
    found = {name: prepared[name] for name in ("read", "sizes", "dropped", "by", "cut")}
    if made_of.is_file():
        found["set"] = read_json(made_of)
    return found


def _costs(run: Run, cost: Cost) -> dict[str, Any]:
    """Return what was planned, what it took until here, how far the plan was off, and what the report took."""
    found: dict[str, Any] = {"report": cost.plain()}
    for name, path in (("planned", run.plan), ("real", run.folder / "cost.json")):
        if path.is_file():
            found[name] = read_json(path)
    if "planned" in found and "train" in found.get("real", {}).get("stages", {}):
        real = found["real"]["stages"]["train"]["wall_s"] / 60
        wanted = float(found["planned"]["minutes"])
        found["plan_error"] = {
            "planned_minutes": wanted,
            "real_minutes": round(real, 2),
            "real_over_planned": round(real / wanted, 3) if wanted else None,
            "within_its_band": found["planned"]["minutes_low"]
            <= real
            <= found["planned"]["minutes_high"],
        }
    return found
