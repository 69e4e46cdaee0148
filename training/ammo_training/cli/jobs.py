"""``ammo train plan``, ``run``, ``list`` and ``export``."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from ammo_agents.cli.options import Json
from ammo_training.cli.train import app

File = Annotated[
    Path | None, typer.Argument(help="The configuration, YAML; without it: every default.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="One value: train.epochs=2, lora.r=16. May be given many times."),
]
Pairs = Annotated[
    Path | None,
    typer.Option(
        "--pairs", help="Learn from this file: prompt, chosen, rejected, one JSON a line."
    ),
]
Data = Annotated[
    str | None, typer.Option("--data", help="Learn from this set, made by ammo train data build.")
]
Kind = Annotated[str | None, typer.Option("--kind", help="dpo (pairs) or kto (yes or no).")]
Target = Annotated[
    str | None,
    typer.Option("--for", help="Whose words it is for: coin/bitcoin, coin, or * for everybody."),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Everything random follows from it.")]


@app.command("plan")
def plan(  # noqa: PLR0913 - a command's parameters are its flags
    file: File = None,
    sets: Sets = None,
    pairs: Pairs = None,
    data: Data = None,
    kind: Kind = None,
    target: Target = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Say what a run would take: rows, what is dropped and why, steps, minutes, memory. Two real steps measure it."""
    asked = {"data__pairs": pairs, "data__set": data, "kind": kind, "target": target, "seed": seed}
    _part("jobbing").plan(file, sets or [], asked, as_json=as_json)


@app.command("run")
def run(  # noqa: PLR0913 - a command's parameters are its flags
    file: File = None,
    sets: Sets = None,
    pairs: Pairs = None,
    data: Data = None,
    kind: Kind = None,
    target: Target = None,
    name: Annotated[str | None, typer.Option("--name", help="A name for people.")] = None,
    seed: Seed = None,
    max_minutes: Annotated[
        float | None,
        typer.Option(
            "--max-minutes", help="Stop training after this long and keep the work.", min=0
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", help="Go on with this run: its id, or the first letters of it."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Start at once, without a plan and a question.")
    ] = False,
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Queue it and come back at once: ammo runs list, or Studio."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Train an adapter and measure it; Ctrl-C keeps the work. A gate that is not cleared ends with 3."""
    asked = {
        "data__pairs": pairs,
        "data__set": data,
        "kind": kind,
        "target": target,
        "name": name,
        "seed": seed,
        "machine__minutes": max_minutes,
    }
    if resume is not None:
        _part("jobbing").resume(resume, as_json=as_json)
    else:
        look = {"yes": yes, "detach": detach, "as_json": as_json}
        _part("jobbing").run(file, sets or [], asked, **look)


@app.command("list")
def show_list(as_json: Json = False) -> None:
    """List the runs, the newest first: where each stands, and what became of it."""
    _part("jobbing").show_list(as_json=as_json)


@app.command("export")
def export(
    adapter: Annotated[str, typer.Argument(help="An adapter's id: a_ and 16 letters.")],
    out: Annotated[Path, typer.Option("--out", help="Where to: a folder, or a file for gguf.")],
    form: Annotated[
        str,
        typer.Option(
            "--form", help="adapter (PEFT's folder), gguf (llama.cpp's file) or merged (one model)."
        ),
    ] = "adapter",
    as_json: Json = False,
) -> None:
    """Write an adapter for use elsewhere; one that was trained on a single person is refused."""
    _part("jobbing").export(adapter, out, form, as_json=as_json)


def _part(name: str) -> Any:
    return importlib.import_module(f"ammo_training.cli.{name}")
