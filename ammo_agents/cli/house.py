"""Verbs of the house: config, doctor, status, explain, data, restore, rejections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import Json, SubspaceOption, part, perform

config = typer.Typer(help="Settings and where each comes from.", no_args_is_help=True)
data = typer.Typer(
    help="Your data: take it with you, bring it in, have it forgotten.", no_args_is_help=True
)


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.add_typer(config, name="config")
    app.add_typer(data, name="data")
    app.command()(doctor)
    app.command()(status)
    app.command()(explain)
    app.command()(restore)
    app.command()(rejections)


@config.command("show")
def config_show(
    origin: Annotated[
        bool, typer.Option("--origin", help="Say where each value comes from.")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what differs from the default.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the settings."""
    perform("config", json=as_json, origin=origin, changed=changed)


@data.command("export")
def data_export(
    to: Annotated[Path, typer.Option("--output", "-o", help="The archive to write.")],
    as_json: Json = False,
) -> None:
    """Write everything the ledger holds into one archive (JSON Lines and a README)."""
    perform("data_export", json=as_json, to=str(to))


@data.command("import")
def data_import(
    source: Annotated[Path, typer.Argument(help="An archive made by: ammo data export.")],
    as_json: Json = False,
) -> None:
    """Read an archive into an empty home."""
    perform("data_import", json=as_json, source=str(source))


@data.command("forget")
def data_forget(
    everything: Annotated[bool, typer.Option("--all", help="All that is known of you.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what is known of you: acts, slates, preference, index; then show what was erased."""
    part("cli.forgetting").forget(everything=everything, yes=yes, as_json=as_json)


def doctor(as_json: Json = False) -> None:
    """Check the machine, the stores, the models and the plugins; exit 1 when something is red."""
    perform("doctor", json=as_json)


def status(as_json: Json = False) -> None:
    """Show what runs, what it cost today, and what leaves this machine."""
    perform("status", json=as_json)


def explain(code: Annotated[str, typer.Argument(help="An error code: AMMO-0301.")]) -> None:
    """Explain an error code."""
    part("cli.explaining").explain(code)


def restore(
    source: Annotated[Path, typer.Argument(help="A backup folder.")],
    as_json: Json = False,
) -> None:
    """Put a backup back into an empty data folder."""
    perform("restore", json=as_json, source=str(source))


def rejections(
    limit: Annotated[
        int, typer.Option("--limit", help="How many of the newest to list.", min=1)
    ] = 20,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Show which ideas stayed unpublished, how many, and why."""
    perform("rejections", json=as_json, limit=limit, subspace=subspace)
