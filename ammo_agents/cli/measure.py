"""Verbs that measure: eval taste, eval policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ammo_agents.cli.options import Json, SubspaceOption, part, perform

evaluation = typer.Typer(help="Measure how well AMMO serves people.", no_args_is_help=True)


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.add_typer(evaluation, name="eval")


@evaluation.callback()
def group() -> None:
    """Measure how well AMMO serves people."""


@evaluation.command("taste")
def taste(  # noqa: PLR0913 - a command's parameters are its flags
    data: Annotated[
        Path,
        typer.Option(
            "--data", help="A MovieLens folder (or its parent), or what ammo data export wrote."
        ),
    ],
    people: Annotated[
        Path | None,
        typer.Option(
            "--people",
            help="Who is judged, one id a line; everybody else is learned from. Without it: everybody, in five folds.",
        ),
    ] = None,
    protocol: Annotated[
        str, typer.Option("--protocol", help="Some of full,replay,questions,new; empty = all.")
    ] = "",
    methods: Annotated[
        str, typer.Option("--methods", help="Some of the methods, with commas; empty = all.")
    ] = "",
    seed: Annotated[
        int, typer.Option("--seed", help="Everything random follows from it.", min=0)
    ] = 7,
    validation: Annotated[
        bool,
        typer.Option(
            "--validation",
            help="Full ranking on the ratings before the tested ones: for choosing settings.",
        ),
    ] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw regret per round into this .svg or .png.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Replay a ratings log through your User Buddy and through every peer, side by side."""
    asked = {
        "data": data,
        "people": people,
        "protocols": _words(protocol),
        "methods": _words(methods),
        "seed": seed,
        "part": "validation" if validation else "test",
        "plot": plot,
    }
    part("cli.evaluating").taste(asked, as_json=as_json)


@evaluation.command("policy")
def policy(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="greedy, random or an exploration share such as 0.3; none = all."),
    ] = None,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Estimate from your own log what other ways of choosing would have been worth to you."""
    perform("policies", json=as_json, subspace=subspace, names=names or [])


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
