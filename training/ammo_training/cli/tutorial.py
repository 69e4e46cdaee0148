"""``ammo tutorial train``: sixty made-up pairs through every stage, to see what happens."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

from ammo_agents.cli.options import Json

app = typer.Typer(
    name="tutorial", help="Walk through something large on something small.", no_args_is_help=True
)


@app.callback()
def group() -> None:
    """Walk through something large on something small."""


@app.command("train")
def train(
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="One value of the job: train.epochs=2. May be given many times."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train an adapter on sixty made-up pairs, in minutes; its curves are in Studio while it runs."""
    importlib.import_module("ammo_training.cli.tutored").train(sets or [], as_json=as_json)
