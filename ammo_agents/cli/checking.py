"""Verbs for authors: check, subspace check, subspace new, subspace dev, plugin check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import FLAGS, Json, part
from ammo_agents.cli.shelf import plugin, subspace

TIERS = ("bronze", "silver", "gold", "platinum")


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command()(check)
    subspace.command("check")(check)
    plugin.command("check")(check)
    subspace.command("new")(new)
    subspace.command("dev")(dev)


def complete_plugin(incomplete: str) -> list[str]:
    """Return names of installed plugins that begin with what was typed; nothing of them is imported."""
    rows = part("plugins.found").found(part("settings").load(FLAGS).settings)
    return [one.name for one in rows if one.name.startswith(incomplete)]


def complete_tier(incomplete: str) -> list[str]:
    """Return the tiers that begin with what was typed."""
    return [tier for tier in TIERS if tier.startswith(incomplete)]


def check(
    target: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FOLDER|WHEEL",
            help="An installed plugin, a project's or a subspace's folder, or a wheel.",
            autocompletion=complete_plugin,
        ),
    ] = ".",
    tier: Annotated[
        str,
        typer.Option(
            help="Exit with 0 when this tier is reached, else 2: bronze, silver, gold, platinum.",
            autocompletion=complete_tier,
        ),
    ] = "bronze",
    seconds: Annotated[float, typer.Option(help="How long one rule may take.")] = 30.0,
    days: Annotated[int, typer.Option(help="Days of its world to walk through.")] = 21,
    as_json: Json = False,
) -> None:
    """Hold a plugin to its contract, rule by rule, and say which tier it has reached."""
    part("cli.checks").run(target, tier=tier, as_json=as_json, seconds=seconds, days=days)


def new(
    name: Annotated[str, typer.Argument(help="The subspace's id: recipes.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where to write it; else ./ammo-subspace-NAME.")
    ] = None,
    declarative: Annotated[
        bool, typer.Option("--declarative", help="A folder of tables and Markdown, without code.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Begin a subspace: a project that passes the check at once, for you to fill with your facts."""
    part("cli.beginning").run(name, folder=folder, declarative=declarative, as_json=as_json)


def dev(
    folder: Annotated[
        Path, typer.Argument(help="The project's or the subspace's folder.")
    ] = Path(),
    once: Annotated[bool, typer.Option("--once", help="Check once and end.")] = False,
) -> None:
    """Watch a subspace while you edit it: check each save, and bring it into a running AMMO."""
    part("cli.developing").run(folder, once=once)
