"""Verbs of what there is: subspace, buddy, fact, models, plugin, metaspace."""

from __future__ import annotations

from typing import Annotated

import typer

from ammo_agents.cli import mapping
from ammo_agents.cli.options import Json, SubspaceOption, part, perform

subspace = typer.Typer(help="The districts of your MetaSpace.", no_args_is_help=True)
buddy = typer.Typer(help="The Goal Buddies of a subspace.", no_args_is_help=True)
fact = typer.Typer(help="The facts that cards stand on.", no_args_is_help=True)
models = typer.Typer(help="Language models and embedders.", no_args_is_help=True)
plugin = typer.Typer(help="What is installed, and what failed.", no_args_is_help=True)
metaspace = typer.Typer(help="The space itself: its embedder, its index.", no_args_is_help=True)


def complete_plugin(incomplete: str) -> list[tuple[str, str]]:
    """Return the plugins whose name begins with what was typed."""
    found: list[tuple[str, str]] = part("cli.listing").names(incomplete)
    return found


Plugin = Annotated[
    str,
    typer.Argument(help="A plugin's name; see: ammo plugin list.", autocompletion=complete_plugin),
]


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    mapping.attach(subspace)
    app.add_typer(subspace, name="subspace")
    app.add_typer(buddy, name="buddy")
    app.add_typer(fact, name="fact")
    app.add_typer(models, name="models")
    app.add_typer(plugin, name="plugin")
    app.add_typer(metaspace, name="metaspace")
    app.command()(reembed)


@subspace.command("list")
def subspace_list(as_json: Json = False) -> None:
    """List installed subspaces; none is loaded for it."""
    part("cli.listing").subspaces(as_json=as_json)


@subspace.command("show")
def subspace_show(
    name: Annotated[str, typer.Argument(help="A subspace's id; see: ammo subspace list.")],
    as_json: Json = False,
) -> None:
    """Show one subspace: its entities, facts, buddies, cards, sources and acts."""
    perform("subspace", json=as_json, name=name)


@buddy.command("list")
def buddy_list(subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """List the Goal Buddies, with what each has published."""
    perform("buddies", json=as_json, subspace=subspace)


@buddy.command("show")
def buddy_show(
    name: Annotated[str, typer.Argument(help="@bitcoin, bitcoin or coin/bitcoin.")],
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Show one Goal Buddy: its neighbours, its budget, its cards, what was refused and why."""
    perform("buddy", json=as_json, name=name, subspace=subspace)


@fact.command("show")
def fact_show(
    id: Annotated[str, typer.Argument(help="A fact's id, or the first letters of it.")],
    as_json: Json = False,
) -> None:
    """Show a fact with its numbers, its source and its date."""
    perform("fact", json=as_json, id=id)


@fact.command("list")
def fact_list(subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """List every fact that published cards stand on."""
    perform("facts", json=as_json, subspace=subspace)


@models.command("list")
def models_list(as_json: Json = False) -> None:
    """List models and embedders: what is installed, what could be pulled."""
    perform("models", json=as_json)


@models.command("pull")
def models_pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="Model ids; see: ammo models list.")
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="The model and the embedder of the settings.")
    ] = False,
) -> None:
    """Bring model files to this machine and verify their hashes."""
    part("cli.pulling").pull(names or [], default=default)


@models.command("test")
def models_test(
    name: Annotated[str, typer.Argument(help="A model id; empty = the one of the settings.")] = "",
    as_json: Json = False,
) -> None:
    """Ask a model one small question: does it answer, how fast, does it keep to a schema."""
    perform("model_test", json=as_json, name=name)


@plugin.command("list")
def plugin_list(
    load: Annotated[
        bool, typer.Option("--load", help="Import each one now and say what fails.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List plugins with what they offer; a disabled one with its reason and the way out."""
    part("cli.listing").plugins(as_json=as_json, load_them=load)


@plugin.command("show")
def plugin_show(name: Plugin, as_json: Json = False) -> None:
    """Show what a plugin is, offers, asks for and was granted; it is not imported."""
    part("cli.listing").plugin(name, as_json=as_json)


@plugin.command("trust")
def plugin_trust(
    name: Plugin,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Say yes to a plugin as it lies there now: the hash of every file, and what it asks for."""
    part("cli.listing").trust(name, as_json=as_json, yes=yes)


@plugin.command("untrust")
def plugin_untrust(name: Plugin, as_json: Json = False) -> None:
    """Take a yes back."""
    part("cli.listing").untrust(name, as_json=as_json)


@metaspace.command("show")
def metaspace_show(as_json: Json = False) -> None:
    """Show the space: embedder, D, rows, index health."""
    perform("metaspace", json=as_json)


@metaspace.command("verify")
def metaspace_verify(as_json: Json = False) -> None:
    """Query every live row for itself, and compare the index with the ledger."""
    perform("metaspace_verify", json=as_json)


@metaspace.command("rebuild")
def metaspace_rebuild(as_json: Json = False) -> None:
    """Build the index anew from the ledger."""
    perform("metaspace_rebuild", json=as_json)


def reembed(
    embedder: Annotated[str, typer.Argument(help="The embedder to move to; see: ammo models list")],
    as_json: Json = False,
) -> None:
    """Move the whole space to another embedder; tastes are folded again from the acts."""
    perform("reembed", json=as_json, embedder=embedder)
