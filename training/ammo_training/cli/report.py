"""``ammo train report`` and ``ammo train eval``."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import Json
from ammo_training.cli.train import app


@app.command("report")
def report(
    runs: Annotated[
        list[str],
        typer.Argument(help="A run: its id, or the first letters. Several: seeds of one job."),
    ],
    again: Annotated[
        bool, typer.Option("--again", help="Measure anew, even where there is a report.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a run really changed; several runs of one job and data: the mean over seeds. Exit 3: the gate is closed."""
    importlib.import_module("ammo_training.cli.reporting").report(
        list(runs), again=again, as_json=as_json
    )


@app.command("eval")
def evaluate(
    adapter: Annotated[
        str,
        typer.Argument(help="An adapter's id, a folder with a PEFT adapter, or base."),
    ],
    pairs: Annotated[
        Path, typer.Option("--pairs", help="Judge by this file: prompt, chosen, rejected a line.")
    ],
    base: Annotated[
        str | None,
        typer.Option("--base", help="What it stands on, if it is no adapter kept here."),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", help="Pairs at most, drawn by the seed; 0 = all.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of draws and intervals.", min=0)] = 7,
    as_json: Json = False,
) -> None:
    """Judge an adapter, or the base alone, by any file of pairs, beside what needs no training. Nothing is kept."""
    asked = {"adapter": adapter, "pairs": pairs, "base": base, "most": most, "seed": seed}
    importlib.import_module("ammo_training.cli.reporting").evaluate(asked, as_json=as_json)
