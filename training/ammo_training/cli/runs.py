"""``ammo runs``: what was trained, what the gate says of it, who writes with it, and the way back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ammo_agents.cli.options import FLAGS, Json, part

app = typer.Typer(
    name="runs",
    no_args_is_help=True,
    help="See, compare, promote and roll back what was trained.",
)
What = Annotated[
    str, typer.Argument(help="A run's or an adapter's id, or the first letters of it.")
]
Target = Annotated[
    str, typer.Argument(help="Whose words: @coin/bitcoin, a subspace (coin), or all.")
]


@app.command("list")
def list_runs(as_json: Json = False) -> None:
    """List runs and adapters, the newest first, and what writes for whom."""
    _perform("runs", as_json)


@app.command("show")
def show(what: What, as_json: Json = False) -> None:
    """Show a run: where it stands, what it learned from, each bar of its gate, where it was live."""
    _perform("runs_show", as_json, what=what)


@app.command("stop")
def stop(what: What, as_json: Json = False) -> None:
    """Ask a run to keep its checkpoint and end; `ammo train run --resume` goes on from there."""
    _perform("runs_stop", as_json, what=what)


@app.command("compare")
def compare(one: What, two: What, as_json: Json = False) -> None:
    """Compare two runs: what was asked differently, and each bar of the gate side by side."""
    _perform("runs_compare", as_json, one=one, two=two)


@app.command("promote")
def promote(
    adapter: What,
    target: Annotated[
        str,
        typer.Option(
            "--target", help="@coin/bitcoin, coin, or all; without it whom it was trained for."
        ),
    ] = "",
    anyway: Annotated[
        str,
        typer.Option(
            "--anyway",
            metavar="REASON",
            help="Promote although the gate says no; the reason is kept and shown. Never opens it for less grounding.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Let an adapter write from the next round on; nothing is started again. Exit 3 when the gate says no."""
    _perform("runs_promote", as_json, adapter=adapter, target=target, anyway=anyway)


@app.command("rollback")
def rollback(
    target: Target,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept and shown.")] = "",
    as_json: Json = False,
) -> None:
    """Let what wrote before write again from the next round on; at last the base."""
    _perform("runs_rollback", as_json, target=target, reason=reason)


def _perform(verb: str, as_json: bool, **arguments: Any) -> None:
    part("cli.session").perform(verb, flags=dict(FLAGS), as_json=as_json, arguments=arguments)
