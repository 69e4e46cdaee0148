"""How sampling runs behind its verbs: opens the buddy's desk and model, shows progress, prints the yield."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.registry import Registry
from ammo_agents.aipp.pairs import write
from ammo_agents.app import App, opened
from ammo_agents.cli.options import FLAGS
from ammo_agents.cli.paint import clean, console
from ammo_agents.errors import NotFoundError
from ammo_agents.hooks import provider_of
from ammo_agents.settings import Settings, load
from ammo_training.desk import Desk, desk_of, writer_of
from ammo_training.folders import training_folders
from ammo_training.readers import choose as chosen_of
from ammo_training.samples import read, yielded
from ammo_training.sampling import Told, Wish, name_of
from ammo_training.sampling import sample as sampled

Plain = dict[str, Any]


def sample(asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Sample, and print what came of it."""
    with _progress(quiet=as_json) as bar:
        task = bar.add_task("Alternatives", total=asked["n"])
        answer = asyncio.run(
            _sample(asked, lambda done, total: bar.update(task, completed=done, total=total))
        )
    if as_json:
        _print(answer)
        return
    out = console()
    out.print(f"[bold]{clean(answer['target'])}[/bold] {clean(answer['adapter'] or 'base')}")
    _listed(out, answer["yield"])
    out.print(f"Written to {clean(answer['path'])}")
    out.print("Choose yourself: ammo train data label · or let simulated readers choose: ", end="")
    out.print(f"ammo train choose {clean(answer['target'])}")


def choose(asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Let simulated readers choose, write the pairs, and print the counts."""
    path = found(load(FLAGS).settings, asked["samples"])
    made = chosen_of(read(path), n=asked["readers"], seed=asked["seed"])
    out = asked["out"] or path.with_name(f"{path.stem}.pairs.jsonl")
    write(out, made.pairs)
    answer = {"samples": str(path), "pairs": str(out), "source": "simulated", "counts": made.counts}
    if as_json:
        _print(answer)
        return
    _listed(console(), made.counts)
    console().print(
        f"Written to {clean(out)} (simulated: no figure mixes it with people's choices)"
    )
    console().print(f"Train on it: ammo train run --pairs {clean(out)}")


def found(settings: Settings, name: str) -> Path:
    """Return a file of samples by its path, or the newest one of a target.

    Raises:
        NotFoundError: there is none.
    """
    given = Path(name)
    if given.is_file():
        return given
    folder = training_folders(settings).samples / name.removeprefix("@")
    if "/" not in name and not folder.is_dir():
        folder = folder.parent / settings.subspace / folder.name
    files = [p for p in folder.glob("s_*.jsonl") if not p.name.endswith(".pairs.jsonl")]
    if not files:
        raise NotFoundError(
            f"no samples of {name!r} ({folder})",
            hint=f"Let it write some: ammo train sample {name}",
        )
    return max(files, key=lambda p: p.stat().st_mtime)


async def _sample(asked: Mapping[str, Any], told: Told) -> Plain:
    async with opened(load(FLAGS), access="read") as app:
        desk = await desk_of(app, asked["target"], days=asked["days"])
        id = await asyncio.to_thread(writer_of, app)
        wish = Wish(
            n=asked["n"],
            k=asked["k"],
            seed=asked["seed"],
            deadline_s=app.settings.model_deadline_s,
        )
        wish = replace(wish, adapter=await _adapter(app, desk, asked["adapter"]))
        folder = training_folders(app.settings).samples / desk.target
        path = folder / f"{name_of(desk, id, wish)}.jsonl"
        model = await provider_of(app.plugins, id).open_model(id)
        try:
            done = await sampled(desk, model, wish, path, told)
        finally:
            await model.close()
    return {
        "target": desk.target,
        "model": id,
        "adapter": wish.adapter,
        "path": str(path),
        "wish": asdict(wish),
        "yield": yielded(done),
    }


async def _adapter(app: App, desk: Desk, named: str) -> str:
    """Return the id of what is to write: on-policy means with what is live now."""
    if named == "base":
        return ""
    registry = Registry(app.ledger.diary, AdapterFolder(training_folders(app.settings).adapters))
    if named != "live":
        return (await registry.usable(named)).id
    buddy = desk.target if desk.target != desk.subspace else ""
    return (await registry.live(desk.subspace, buddy)).adapter


def _listed(out: Console, counts: Mapping[str, Any]) -> None:
    for name, value in counts.items():
        told = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        out.print(f"  {name.replace('_', ' ')}: {clean(told)}")


def _print(answer: Plain) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    )
