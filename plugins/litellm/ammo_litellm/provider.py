"""The provider: names every model litellm reaches, and imports litellm only when one is opened."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Sequence
from typing import Any

from ammo_agents.errors import MissingPartError, RefusedError
from ammo_agents.ports import Embedder, Model, PullProgress
from ammo_agents.records import ModelCard
from ammo_agents.settings import Settings, set_environment
from ammo_litellm.breaker import Breaker
from ammo_litellm.known import (
    ENDPOINTS,
    PREFIX,
    Endpoint,
    base_of,
    cards,
    is_loopback,
    key_of,
    provider_of,
)

ENVIRONMENT = {
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
}
"""Read by litellm at its import: no .env file, no price map or other list from the network."""


class LitellmModels:
    """Every hosted or self-hosted model, by its litellm name."""

    name = "litellm"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._breakers: dict[str, Breaker] = {}

    def cards(self) -> Sequence[ModelCard]:
        """Return the well-known models; any other litellm name can be opened too."""
        return cards()

    def missing(self, card: ModelCard) -> Sequence[str]:
        """Return the variable that must hold a key, if none does; there are no files."""
        endpoint = ENDPOINTS.get(provider_of(card.id.removeprefix(PREFIX)), Endpoint())
        return () if not endpoint.keys or key_of(endpoint) else (" or ".join(endpoint.keys),)

    def pull(self, card: ModelCard, progress: PullProgress) -> None:
        """Do nothing: a provider keeps its own weights."""

    async def open_model(self, model_id: str) -> Model:
        """Return the model behind ``litellm/<litellm name>``.

        Raises:
            MissingPartError: no such provider, or its key is not set.
            RefusedError: the settings say offline, and the provider is not on this machine.
        """
        name, adapter = await self._adapter(model_id, "ammo_litellm.model")
        model: Model = await adapter.open_model(name, self._breakers)
        return model

    async def open_embedder(self, model_id: str) -> Embedder:
        """Return the embedder behind ``litellm/<litellm name>``; asks it once, to learn D.

        Raises:
            MissingPartError: no such provider, or its key is not set.
            RefusedError: the settings say offline, and the provider is not on this machine.
            ModelError: it gave no usable vector.
        """
        name, adapter = await self._adapter(model_id, "ammo_litellm.embedder")
        embedder: Embedder = await adapter.open_embedder(
            name, self._breakers, self._settings.model_deadline_s
        )
        return embedder

    async def _adapter(self, model_id: str, module: str) -> tuple[str, Any]:
        name = model_id.removeprefix(PREFIX)
        if name == model_id or not name:
            raise MissingPartError(
                f"{model_id!r} is no model of this provider",
                hint=f"Write {PREFIX}<litellm name>, as in {PREFIX}ollama_chat/qwen3:4b.",
            )
        endpoint = ENDPOINTS.get(provider_of(name), Endpoint())
        if self._settings.offline and not is_loopback(base_of(endpoint)):
            raise RefusedError(
                f"{model_id} lies beyond this machine, and the settings say offline",
                hint="Choose a local model, or unset offline.",
            )
        if endpoint.keys and not key_of(endpoint):
            raise MissingPartError(
                f"{model_id} needs a key: {' or '.join(endpoint.keys)} is not set",
                hint=f"export {endpoint.keys[0]}=… and try again.",
            )
        for variable, value in ENVIRONMENT.items():
            set_environment(variable, value)
        return name, await asyncio.to_thread(importlib.import_module, module)
