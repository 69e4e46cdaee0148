"""Runs ``ammo eval taste``: reads the log, places the texts, judges the methods, shows progress on stderr."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ammo_agents.cli import paint_taste
from ammo_agents.cli.options import FLAGS
from ammo_agents.hooks import Plugins, load_plugins, provider_of
from ammo_agents.records import Matrix
from ammo_agents.replay import plot
from ammo_agents.replay.evaluate import Plan, Told, evaluate, steps
from ammo_agents.replay.log import RatingsLog
from ammo_agents.replay.method import Catalogue
from ammo_agents.replay.reading import read_log, read_people
from ammo_agents.replay.report import report
from ammo_agents.replay.roster import entries, protocols
from ammo_agents.replay.vectors import text_vectors
from ammo_agents.settings import Settings, folders, load


def taste(asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Evaluate, and print the tables or the JSON; see ``ammo eval taste --help``.

    Raises:
        AmmoError: an option, a file or a line that cannot be used; nothing was computed by then.
    """
    if asked["plot"] is not None:
        plot.check(asked["plot"])
    plan = Plan(
        entries=entries(asked["methods"]),
        protocols=protocols(asked["protocols"]),
        part=asked["part"],
        seed=asked["seed"],
    )
    settings = load(FLAGS).settings
    plugins = load_plugins(settings)
    with _progress() as bars:
        reading = bars.add_task("reading the log", total=None)
        log = read_log(asked["data"])
        if asked["people"] is not None:
            plan = _judging(plan, read_people(asked["people"], log))
        bars.update(reading, total=1, completed=1, description=f"{log.ratings} ratings read")
        found = _evaluated(log, plan, (settings, plugins), bars)
    if asked["plot"] is not None:
        plot.draw(found, asked["plot"])
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    else:
        paint_taste.show(found)


def _judging(plan: Plan, people: tuple[str, ...]) -> Plan:
    return Plan(
        entries=plan.entries,
        protocols=plan.protocols,
        people=people,
        part=plan.part,
        seed=plan.seed,
    )


def _evaluated(
    log: RatingsLog, plan: Plan, house: tuple[Settings, Plugins], bars: Progress
) -> dict[str, Any]:
    settings, plugins = house
    vectors, briefs, embedder = asyncio.run(_placed(log, plan, house, bars))
    catalogue = Catalogue(
        items=log.items,
        vectors=vectors,
        factorisers={f.name: f for f in plugins.factors()},
        seed=plan.seed,
    )
    told = _teller(bars, steps(plan, log))
    evaluation = evaluate(log, catalogue, briefs, plan, told=told)
    told("every method judged", 0)
    return report(log, plan, evaluation, embedder=f"{settings.embedder} {embedder[:12]}")


def _teller(bars: Progress, total: int) -> Told:
    """Return what moves the bar; without a terminal it says each step once, in a line."""
    judging = bars.add_task("judging", total=total)
    said = {""}

    def told(what: str, people: int) -> None:
        bars.update(judging, advance=people, description=what)
        if bars.disable and what not in said:
            said.add(what)
            sys.stderr.write(f"{what}\n")

    return told


async def _placed(
    log: RatingsLog, plan: Plan, house: tuple[Settings, Plugins], bars: Progress
) -> tuple[Matrix, Matrix | None, str]:
    """Return the vectors of texts and, where P4 is run, of titles and genres; and the embedder's fingerprint."""
    settings, plugins = house
    embedder = await provider_of(plugins, settings.embedder).open_embedder(settings.embedder)
    cache = folders(settings).cache
    texts = [item.text for item in log.items]
    briefs = [item.brief for item in log.items] if "new" in plan.protocols else []
    task = bars.add_task("placing the texts (kept for next time)", total=len(texts) + len(briefs))

    if bars.disable:
        sys.stderr.write(f"placing {len(texts) + len(briefs)} texts (kept for next time)\n")

    def step(count: int) -> None:
        bars.update(task, advance=count)

    try:
        vectors = await text_vectors(texts, embedder, cache, step=step)
        short = await text_vectors(briefs, embedder, cache, step=step) if briefs else None
    finally:
        await embedder.close()
    return np.ascontiguousarray(vectors), short, embedder.fingerprint


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
