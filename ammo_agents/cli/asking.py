"""Verbs of asking: questions, answer, compare, choose, say, forget-belief."""

from __future__ import annotations

from typing import Annotated

import typer

from ammo_agents.cli.options import Card, Json, SubspaceOption, part, perform

Key = Annotated[str, typer.Option("--key", help="Idempotency key: the same key twice counts once.")]


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command()(questions)
    app.command()(answer)
    app.command()(compare)
    app.command()(choose)
    app.command()(say)
    app.command("forget-belief")(forget_belief)


def questions(
    n: Annotated[int, typer.Option("-n", "--most", help="Questions at most.", min=0, max=20)] = 5,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Let your buddy ask: a few skippable questions at first, later only one that is worth it."""
    part("cli.interview").questions(n=n, subspace=subspace, as_json=as_json)


def answer(
    about: Annotated[
        str, typer.Argument(help="What the question was about: coin/bitcoin, or a name.")
    ],
    said: Annotated[str, typer.Argument(help="like, dislike or unknown.")],
    key: Key = "",
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Answer a question of your buddy; `unknown` says nothing about your taste."""
    perform("answer", json=as_json, subspace=subspace, about=about, said=said, key=key)


def compare(subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """Show two new cards: which of these?"""
    part("cli.interview").compare(subspace=subspace, as_json=as_json)


def choose(
    card: Card,
    over: Annotated[
        list[str], typer.Option("--over", help="A card it is better than; repeatable.")
    ],
    key: Key = "",
    as_json: Json = False,
) -> None:
    """Say that you would take one card over others."""
    perform("choose", json=as_json, card=card, over=over, key=key)


def say(
    words: Annotated[
        list[str], typer.Argument(help="In your words: less price talk, more engineering")
    ],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Keep what was understood without asking.")
    ] = False,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Say what you want more or less of; you see how it was understood before it counts."""
    part("cli.interview").say(words=" ".join(words), yes=yes, subspace=subspace, as_json=as_json)


def forget_belief(
    line: Annotated[
        str, typer.Argument(help="A line of `ammo you show` (l_…), or one act of it (b_…).")
    ],
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Take back what a believed line rests on, as if you had never said it."""
    perform("forget_belief", json=as_json, subspace=subspace, line=line)
