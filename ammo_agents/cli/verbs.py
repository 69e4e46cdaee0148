"""Verbs that plugins bring: named in their manifests, so that the help lists them; imported when one runs."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import typer
from typer.core import TyperGroup

from ammo_agents.cli.options import FLAGS, part
from ammo_agents.errors import AmmoError, MissingPartError, PluginError

ALL = {
    "allow_extra_args": True,
    "allow_interspersed_args": False,
    "ignore_unknown_options": True,
    "help_option_names": [],
}
"""How a verb hands everything behind it to the plugin, its ``--help`` too."""


APART = frozenset({"train", "runs", "tutorial"})
"""Verbs of ``ammo-training``, which is installed apart for its weight."""


class Verbs(TyperGroup):
    """AMMO's own verbs, and behind them those of plugins; one of AMMO's own cannot be replaced."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names: AMMO's own first."""
        own = super().list_commands(ctx)
        sound = {verb for verb, (_, _, fault) in _declared().items() if not fault}
        return [*own, *sorted(sound - set(own))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a verb; a plugin's one imports nothing before it runs."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        found = _declared().get(cmd_name)
        if found is None and cmd_name in APART:
            return _absent(cmd_name)
        return None if found is None else _verb(cmd_name, found[0], found[1])


def _declared() -> dict[str, tuple[str, str, str]]:
    """Return verb → plugin, help line and fault, from the manifests; of two the first sound plugin's, by name."""
    try:
        settings = part("settings").load(FLAGS).settings
        found = part("plugins.listing").everything(settings)
    except AmmoError:  # the help must come also where the settings are wrong
        return {}
    verbs: dict[str, tuple[str, str, str]] = {}
    for one in sorted(found, key=lambda one: bool(one.fault)):
        if one.manifest is not None:
            for verb, line in one.manifest.commands.items():
                verbs.setdefault(verb, (one.name, line, one.fault))
    return verbs


def _verb(name: str, plugin: str, line: str) -> Any:
    app = typer.Typer(add_completion=False)

    @app.command(name, help=f"{line} (plugin {plugin})", context_settings=ALL)
    def run(ctx: typer.Context) -> None:
        _run(plugin, name, list(ctx.args))

    made = typer.main.get_command(app)
    made.name = name
    return made


def _absent(name: str) -> Any:
    """Return a verb that says how to install what it needs."""
    app = typer.Typer(add_completion=False)

    @app.command(name, context_settings=ALL)
    def run() -> None:
        raise MissingPartError(
            f"`ammo {name}` needs fine-tuning, which is not installed (1.2 GB with the CPU build of torch)",
            hint="From a clone: make setup-train",
        )

    made = typer.main.get_command(app)
    made.name = name
    return made


def _run(plugin: str, verb: str, words: list[str]) -> None:
    """Load one plugin and run its verb.

    Raises:
        PluginError: it cannot be loaded, does not offer the verb, or failed in it.
    """
    settings = part("settings").load(FLAGS).settings
    if settings.plugins is not None and plugin not in settings.plugins:
        raise PluginError(
            f"the verb {verb!r} is brought by plugin {plugin!r}, which the setting plugins leaves out",
            hint=f"Name it there too: AMMO_PLUGINS={','.join((*settings.plugins, plugin))}",
        )
    plugins = importlib.import_module("ammo_agents.hooks").load_plugins(
        replace(settings, plugins=(plugin,))
    )
    offered = plugins.commands(plugin)
    if verb not in offered:
        fault = next((s.fault for s in plugins.states if s.name == plugin), "")
        raise PluginError(
            f"plugin {plugin!r} does not bring the verb {verb!r}: {fault or 'its hook offers others'}",
            hint=f"See: ammo plugin show {plugin}",
        )
    try:
        typer.main.get_command(offered[verb])(args=words, prog_name=f"ammo {verb}")
    except AmmoError:
        raise
    except Exception as error:
        raise PluginError(
            f"plugin {plugin!r} failed in {verb!r}: {type(error).__name__}: {error}",
            hint=f"Tell its author, or switch it off: ammo plugin disable {plugin}",
        ) from error
