"""Verbs of the other doors: search, remember, mcp, import, feed-address, skill."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import Json, SubspaceOption, part, perform


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command()(search)
    app.command()(remember)
    app.command()(mcp)
    app.command("import")(import_)
    app.command("feed-address")(feed_address)
    app.command()(skill)


def search(
    words: Annotated[list[str], typer.Argument(help="What to look for, in your words.")],
    n: Annotated[int, typer.Option("-n", help="Cards and facts at most.", min=1, max=50)] = 8,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Find the cards and facts nearest to some words; nothing is recorded."""
    perform("search", json=as_json, subspace=subspace, words=" ".join(words), n=n)


def remember(
    words: Annotated[list[str], typer.Argument(help="more self-custody, less price talk")],
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Keep what you want more or less of, at once; `ammo say` shows it first."""
    perform("remember", json=as_json, subspace=subspace, words=" ".join(words))


def mcp(subspace: SubspaceOption = None) -> None:
    """Serve AMMO's tools to other agents over stdio (Model Context Protocol)."""
    part("cli.mcp").serve(subspace=subspace)


def import_(
    file: Annotated[
        Path | None, typer.Argument(help="OPML, or JSONL of likes (also Bluesky's).")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Keep what was understood without asking.")
    ] = False,
    undo: Annotated[
        str, typer.Option("--undo", help="Take a kept import back, by its file's id (i_…).")
    ] = "",
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Start warm: read a file of what you follow or liked as wishes, kept after a yes."""
    part("cli.importing").import_file(file, yes=yes, undo=undo, subspace=subspace, as_json=as_json)


def feed_address(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new address; the old one stops working.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the secret address of your own RSS, Atom and JSON feed; it is shown once."""
    perform("feed_address", json=as_json, rotate=rotate)


def skill(
    name: Annotated[str, typer.Argument(help="operate or author.")] = "operate",
) -> None:
    """Print the skill that teaches a coding agent to operate AMMO, or to write a subspace."""
    part("cli.skills").show(name)
