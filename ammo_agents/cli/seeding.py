"""Verbs for who makes a subspace: ``ammo seed make``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import Json, SubspaceOption, perform

seed = typer.Typer(
    help="Seed packs: cards that a subspace brings into a new home.", no_args_is_help=True
)


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.add_typer(seed, name="seed")


@seed.command("make")
def seed_make(
    to: Annotated[Path, typer.Option("--output", "-o", help="The pack to write.")],
    most: Annotated[int, typer.Option("--most", help="The newest cards to take.", min=1)] = 120,
    leave: Annotated[str, typer.Option("--leave", help="Ids to leave out, with commas.")] = "",
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Write the living cards of this home into one file that a subspace can ship as its `seed`."""
    perform("seed_make", json=as_json, to=str(to), most=most, leave=leave, subspace=subspace)
