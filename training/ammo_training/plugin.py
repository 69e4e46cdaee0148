"""What this plugin offers: two verbs; torch is imported by the jobs only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ammo_agents.hooks import hookimpl

if TYPE_CHECKING:
    from typer import Typer


@hookimpl
def ammo_commands() -> list[Typer]:
    """Offer ``ammo train``, ``ammo runs`` and ``ammo tutorial``."""
    from ammo_training.cli import (  # noqa: PLC0415 - the verbs' weight is for who runs them
        data,  # noqa: F401 - adds its verbs to `ammo train`
        jobs,  # noqa: F401 - adds its verbs to `ammo train`
        report,  # noqa: F401 - adds its verbs to `ammo train`
        runs,
        sample,  # noqa: F401 - adds its verbs to `ammo train`
        train,
        tutorial,
    )

    return [train.app, runs.app, tutorial.app]
