"""What this plugin offers."""

from __future__ import annotations

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import ModelProvider
from ammo_agents.settings import Settings
from ammo_litellm.provider import LitellmModels


@hookimpl
def ammo_models(settings: Settings) -> list[ModelProvider]:
    """Offer every model litellm can reach."""
    return [LitellmModels(settings)]
