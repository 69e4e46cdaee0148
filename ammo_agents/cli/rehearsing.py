"""Verbs that try a buddy before anybody sees it: buddy test, buddy preview."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli import shelf
from ammo_agents.cli.options import Json, SubspaceOption, part

Name = Annotated[
    str,
    typer.Argument(
        help="@bitcoin, coin/bitcoin, or a Markdown file that is not installed.",
        autocompletion=lambda incomplete: part("cli.rehearsed").names(incomplete),
    ),
]
Cards = Annotated[int, typer.Option("--cards", help="How many cards it may try.", min=1, max=40)]


def attach(app: typer.Typer) -> None:
    """Add these verbs to `ammo buddy`."""
    shelf.buddy.command("test")(rehearse)
    shelf.buddy.command("preview")(preview)


def rehearse(
    name: Name, cards: Cards = 5, subspace: SubspaceOption = None, as_json: Json = False
) -> None:
    """Let one buddy write cards in a copy of its world: nothing is published."""
    asked = {"name": _whole(name), "cards": cards}
    part("cli.rehearsed").run("buddy_test", asked, subspace=subspace, as_json=as_json)


def preview(
    name: Name,
    cards: Cards = 5,
    people: Annotated[
        int, typer.Option("--people", help="How many people to simulate.", min=1, max=400)
    ] = 50,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Say what a buddy's cards may expect before they are published: seen, grounded, paid for, repeated."""
    asked = {"name": _whole(name), "cards": cards, "people": people}
    part("cli.rehearsed").run("buddy_preview", asked, subspace=subspace, as_json=as_json)


def _whole(name: str) -> str:
    """Return a file's whole path: the AMMO that answers may run in another folder."""
    return str(Path(name).absolute()) if name.endswith(".md") else name
