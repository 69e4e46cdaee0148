"""What this plugin offers."""

from __future__ import annotations

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import ModelProvider
from ammo_agents.settings import Settings
from ammo_local.provider import LocalModels


@hookimpl
def ammo_models(settings: Settings) -> list[ModelProvider]:
    """Offer the models of this machine."""
    return [LocalModels(settings)]
