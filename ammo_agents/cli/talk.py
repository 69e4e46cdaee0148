"""Verbs of talking: ask, chat."""

from __future__ import annotations

from typing import Annotated

import typer

from ammo_agents.cli.options import Json, SubspaceOption, part, perform


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command()(ask)
    app.command()(chat)
    app.command()(write)
    app.command()(sees)


def ask(
    words: Annotated[
        list[str],
        typer.Argument(help="The question; start with @buddy to ask a Goal Buddy, or a card id."),
    ],
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Ask your buddy, or any Goal Buddy, one question; the answer cites facts."""
    perform("ask", json=as_json, words=" ".join(words), subspace=subspace)


def write(
    words: Annotated[
        list[str],
        typer.Argument(help="@buddy and what it should write about: @bitcoin the long fall"),
    ],
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Ask a Goal Buddy to write a card for you; it is grounded like any other."""
    perform("write", json=as_json, words=" ".join(words), subspace=subspace)


def chat(
    buddy: Annotated[str, typer.Argument(help="@buddy; empty = your own User Buddy.")] = "",
    subspace: SubspaceOption = None,
) -> None:
    """Talk on, with your User Buddy or any Goal Buddy; /why, /quit inside."""
    part("cli.chatting").chat(buddy, subspace=subspace)


def sees(
    buddy: Annotated[str, typer.Argument(help="@buddy, or you; empty = everybody.")] = "",
    limit: Annotated[int, typer.Option("-n", help="How many calls.")] = 5,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Show what buddies saw in their newest model calls: every part of the prompt with its tokens."""
    perform("sees", json=as_json, buddy=buddy, limit=limit, subspace=subspace)
