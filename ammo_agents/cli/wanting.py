"""The verb of a stated interest: want."""

from __future__ import annotations

from typing import Annotated

import typer

from ammo_agents.cli.options import FLAGS, Json, SubspaceOption, part


def attach(app: typer.Typer) -> None:
    """Add this verb to the command."""
    app.command()(want)


def want(
    words: Annotated[list[str], typer.Argument(help="In your words: to learn about stablecoins")],
    keep: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--keep", help="Also remember the wish, as an act you can take back.")
    ] = False,
    subspace: SubspaceOption = None,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Say what you want: see the subspaces and buddies near it, and a first slate of it."""
    said = " ".join(words)
    wish = said if said.lower().startswith(("i ", "i'")) else f"I want {said}"
    flags = {**FLAGS, "subspace": subspace}
    given = {"words": wish, "keep": keep, "subspace": subspace}
    part("cli.paint_wanting").run(flags, given, as_json=as_json)
