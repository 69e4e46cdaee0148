"""The options every verb shares, and the one place where a verb's code is loaded."""

from __future__ import annotations

import importlib
from typing import Annotated, Any

import typer

FLAGS: dict[str, object] = {}
"""The global flags of this run, as the root command read them."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
SubspaceOption = Annotated[
    str | None, typer.Option("--subspace", help="The subspace to act in (env: AMMO_SUBSPACE).")
]


def part(module: str) -> Any:
    """Return the module `ammo_agents.<module>`, imported now: keeps ``ammo --help`` light."""
    return importlib.import_module(f"ammo_agents.{module}")


def complete_card(incomplete: str) -> list[tuple[str, str]]:
    """Return ids and titles of cards that begin with what was typed, from the ledger, read-only."""
    found: list[tuple[str, str]] = part("cli.session").card_ids(incomplete)
    return found


Card = Annotated[
    str,
    typer.Argument(help="A card's id, or the first letters of it.", autocompletion=complete_card),
]


def perform(verb: str, *, json: bool, subspace: str | None = None, **arguments: object) -> None:
    """Run one verb of `ammo_agents.views` and show what it gives: painted, or as JSON."""
    flags = {**FLAGS, "subspace": subspace}
    if subspace is not None:
        arguments["subspace"] = subspace
    part("cli.session").perform(verb, flags=flags, as_json=json, arguments=arguments)
