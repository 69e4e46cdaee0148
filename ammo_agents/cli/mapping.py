"""Verbs of the map of subspaces: link, unlink, merge, split, undo, map."""

from __future__ import annotations

from typing import Annotated

import typer

from ammo_agents.cli.options import Json, part, perform


def complete_subspace(incomplete: str) -> list[str]:
    """Return the names of subspaces that begin with what was typed; nothing is imported for it."""
    found: list[str] = part("cli.naming").spaces(incomplete)
    return found


Name = Annotated[
    str, typer.Argument(help="A subspace, as in the list.", autocompletion=complete_subspace)
]
Into = Annotated[
    str, typer.Option("--into", help="A new name: lower-case letters, digits, hyphens.")
]
Entities = Annotated[
    str, typer.Option("--entities", help="Only these, with commas: coin/bitcoin,coin/solana.")
]
Title = Annotated[str, typer.Option("--title", help="What people read for the new name.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would change; nothing is kept.")
]


def attach(subspace: typer.Typer) -> None:
    """Add these verbs to ``ammo subspace``."""
    subspace.command()(link)
    subspace.command()(unlink)
    subspace.command()(merge)
    subspace.command()(split)
    subspace.command()(undo)
    subspace.command("map")(show_map)


def link(
    source: Name,
    into: Name,
    entities: Entities = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show what is written in one subspace in the feed of another too."""
    perform(
        "subspace_link", json=as_json, source=source, into=into, entities=entities, dry_run=dry_run
    )


def unlink(source: Name, into: Name, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show it there no longer."""
    perform("subspace_unlink", json=as_json, source=source, into=into, dry_run=dry_run)


def merge(
    first: Name,
    second: Name,
    into: Into,
    title: Title = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make one feed, one graph and one preference of two; their worlds go on apart."""
    words = {"first": first, "second": second, "into": into, "title": title}
    perform("subspace_merge", json=as_json, dry_run=dry_run, **words)


def split(
    source: Name,
    entities: Entities,
    into: Into,
    title: Title = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show some entities in a feed of their own, and no longer in this one."""
    words = {"source": source, "entities": entities, "into": into, "title": title}
    perform("subspace_split", json=as_json, dry_run=dry_run, **words)


def undo(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take the newest change of the map back: everything is as before it."""
    perform("subspace_undo", json=as_json, dry_run=dry_run)


def show_map(as_json: Json = False) -> None:
    """List every feed with what it shows, and the changes that made it so."""
    perform("subspace_map", json=as_json)
