"""Verbs of the community: learn, show, forget, join, leave, circle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import Json, SubspaceOption, part, perform

community = typer.Typer(help="What other people teach your User Buddy.", no_args_is_help=True)


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.add_typer(community, name="community")


@community.command("learn")
def learn(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", help="A MovieLens folder (or its parent), or what ammo data export wrote."
        ),
    ] = None,
    home: Annotated[
        bool,
        typer.Option("--home", help="Learn from the other people of this home who have joined."),
    ] = False,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Learn from other people's ratings: entity factors, a prior over tastes, circles of like taste."""
    asked = {"data": "" if data is None else str(data.absolute()), "home": home}
    part("cli.schooling").learn(asked, subspace=subspace, as_json=as_json)


@community.command("show")
def show(subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """Show what your buddy was taught by others, in totals."""
    perform("community_show", json=as_json, subspace=subspace)


@community.command("forget")
def forget(subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """Forget what others taught: the fixed prior again; nothing else is lost."""
    perform("community_forget", json=as_json, subspace=subspace)


@community.command("join")
def join(as_json: Json = False) -> None:
    """Agree that what you said may teach the other people of this home, five or more together."""
    perform("community_join", json=as_json)


@community.command("leave")
def leave(as_json: Json = False) -> None:
    """Withdraw that agreement."""
    perform("community_leave", json=as_json)


@community.command("circle")
def circle(subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """Show the people with a taste like yours, in totals, and what they like more than others."""
    perform("community_circle", json=as_json, subspace=subspace)
