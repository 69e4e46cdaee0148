"""Verbs that bring plugins and take them away: search, install, enable, disable, upgrade, remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from ammo_agents.cli import shelf
from ammo_agents.cli.options import Json, part, perform

Name = Annotated[
    str,
    typer.Argument(
        help="A plugin's name, or a subspace's.",
        autocompletion=shelf.complete_plugin,
        show_default=False,
    ),
]
What = Annotated[
    str,
    typer.Argument(
        help="A name (see: ammo plugin search), ./a.whl, ./folder, git+https://…, https://….whl#sha256=…"
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Grant what it asks for without a question.")
]
Sure = Annotated[bool, typer.Option("--yes", "-y", help="Remove it without a question.")]
Build = Annotated[
    bool, typer.Option("--build", help="Build a project's folder into a wheel: runs its code.")
]
Native = Annotated[bool, typer.Option("--allow-native", help="Take compiled code too.")]
Deps = Annotated[
    bool,
    typer.Option("--with-deps", help="Bring what it needs into its own folder, wheels only."),
]
Erase = Annotated[
    bool,
    typer.Option("--erase", help="Erase its cards, facts, and what was said of them, for good."),
]
Verb = Callable[..., Any]


def attach(app: typer.Typer) -> None:
    """Add these verbs to ``plugin`` and ``subspace``, and ``install`` to the command itself."""
    for group in (shelf.plugin, shelf.subspace):
        for name, verb in VERBS.items():
            group.command(name)(verb)
    app.command("install")(install)


def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words; none = everything.")] = None,
    as_json: Json = False,
) -> None:
    """Look into the index of plugins; nothing is fetched but the index, if it lies at an address."""
    perform("plugin_search", json=as_json, words=" ".join(words or []))


def install(
    what: What,
    yes: Yes = False,
    build: Build = False,
    allow_native: Native = False,
    with_deps: Deps = False,
    as_json: Json = False,
) -> None:
    """Install a plugin into this home: looked at first, asked for, loaded apart, then there at once."""
    wishes = {"allow_native": allow_native, "with_deps": with_deps}
    part("cli.bringing").install(what, wishes, build=build, yes=yes, as_json=as_json)


def upgrade(
    name: Name,
    source: Annotated[
        str | None,
        typer.Argument(help="Where the new version lies; none = where the old came from."),
    ] = None,
    yes: Yes = False,
    build: Build = False,
    allow_native: Native = False,
    as_json: Json = False,
) -> None:
    """Bring a newer version beside the old one and switch; a version that does not load changes nothing."""
    wishes = {"allow_native": allow_native, "with_deps": True, "again": True}
    bringing = part("cli.bringing")
    bringing.upgrade(name, source, wishes, build=build, yes=yes, as_json=as_json)


def enable(name: Name, as_json: Json = False) -> None:
    """Switch a plugin on, now and at every start."""
    perform("plugin_switch", json=as_json, name=name, enabled=True)


def disable(name: Name, as_json: Json = False) -> None:
    """Switch a plugin off, now and at every start; its files and its data stay."""
    perform("plugin_switch", json=as_json, name=name, enabled=False)


def remove(name: Name, erase: Erase = False, yes: Sure = False, as_json: Json = False) -> None:
    """Take a plugin out of this home; what its subspaces published is kept unless you say --erase."""
    part("cli.bringing").remove(name, erase=erase, yes=yes, as_json=as_json)


VERBS: dict[str, Verb] = {
    "search": search,
    "install": install,
    "enable": enable,
    "disable": disable,
    "upgrade": upgrade,
    "remove": remove,
}
