"""``ammo train sample`` and ``ammo train choose``: a buddy's alternatives, and what simulated readers take of them."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from ammo_agents.cli.options import Json
from ammo_training.cli.train import app

Seed = Annotated[int, typer.Option("--seed", help="Everything random follows from it.", min=0)]


@app.command("sample")
def sample(  # noqa: PLR0913 - a command's parameters are its flags
    target: Annotated[
        str, typer.Argument(help="Whose prompts: @bitcoin, coin/bitcoin, or coin for all of them.")
    ],
    n: Annotated[int, typer.Option("--n", help="Alternatives in all.", min=2)] = 200,
    k: Annotated[int, typer.Option("--k", help="Alternatives of a prompt.", min=2, max=16)] = 4,
    seed: Seed = 7,
    adapter: Annotated[
        str,
        typer.Option("--adapter", help="What it writes with: live, base, or an adapter's id."),
    ] = "live",
    days: Annotated[
        int, typer.Option("--days", help="Days of its world whose facts are asked about.", min=0)
    ] = 120,
    as_json: Json = False,
) -> None:
    """Let a buddy write alternatives in its own prompts: what people, or simulated readers, choose from."""
    asked = {"target": target, "n": n, "k": k, "seed": seed, "adapter": adapter, "days": days}
    _part("sampled").sample(asked, as_json=as_json)


@app.command("choose")
def choose(
    samples: Annotated[
        str,
        typer.Argument(help="A file of samples, or whose newest: @bitcoin, coin/bitcoin, coin."),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the pairs go; without it: beside the samples."),
    ] = None,
    readers: Annotated[
        int, typer.Option("--readers", help="How many readers are simulated.", min=4, max=1000)
    ] = 24,
    seed: Seed = 7,
    as_json: Json = False,
) -> None:
    """Let simulated readers, who prefer short, sourced texts, choose. People choose in: ammo train data label."""
    asked = {"samples": samples, "out": out, "readers": readers, "seed": seed}
    _part("sampled").choose(asked, as_json=as_json)


def _part(name: str) -> Any:
    return importlib.import_module(f"ammo_training.cli.{name}")
