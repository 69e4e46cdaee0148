"""Brings model files to this machine, with a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import NotFoundError
from ammo_agents.hooks import Plugins, load_plugins, provider_of
from ammo_agents.ports import ModelProvider
from ammo_agents.records import ModelCard
from ammo_agents.settings import load


def pull(names: Sequence[str], *, default: bool) -> None:
    """Pull the named models, or the settings' model and embedder; says what is here already.

    Raises:
        NotFoundError: no provider describes a name.
        TamperedError: a file's hash is not the manifest's; nothing of it is kept.
    """
    settings = load(FLAGS).settings
    plugins = load_plugins(settings)
    wanted = [settings.embedder, settings.model] if default or not names else list(names)
    console = Console(stderr=True)
    for name in wanted:
        provider, card = _card(plugins, name)
        if card is None:
            console.print(f"{name}: served elsewhere, nothing to pull")
        elif not provider.missing(card):
            console.print(f"{card.id}: here, verified")
        else:
            _fetch(console, provider, card)
    if not names and not default:
        _suggest(console, plugins)


def _card(plugins: Plugins, name: str) -> tuple[ModelProvider, ModelCard | None]:
    provider = provider_of(plugins, name)
    card = next((c for c in provider.cards() if c.id == name), None)
    if card is None and provider.name == "local":
        known = ", ".join(c.id for c in provider.cards())
        raise NotFoundError(f"no model {name!r}", hint=f"Described here: {known}.")
    return provider, card if card is None or card.files else None


def _fetch(console: Console, provider: ModelProvider, card: ModelCard) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        tasks = {
            f.name: bar.add_task(f"{card.id}  {f.name}", total=f.size or None) for f in card.files
        }

        def progress(name: str, done: int, total: int) -> None:
            if name in tasks:
                bar.update(tasks[name], completed=done, total=total or None)

        provider.pull(card, progress)
    console.print(f"{card.id}: pulled, hashes verified, {card.licence or 'licence not stated'}")


def _suggest(console: Console, plugins: Plugins) -> None:
    """Name the best model this machine could run, if a provider can tell."""
    for provider in plugins.models():
        suggest = getattr(provider, "suggest", None)
        card = suggest() if suggest is not None else None
        if card is not None:
            console.print(
                f"This machine could also run {card.id} ({card.memory_mb} MiB): ammo models pull {card.id}"
            )
