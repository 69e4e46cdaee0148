"""Asks a vLLM server which adapters it has loaded: another server may take any name and answer with its base."""

from __future__ import annotations

from typing import Any, Final

import httpx

from ammo_agents.errors import AdapterError, ModelCrashedError
from ammo_litellm.known import base_of, key_of
from ammo_litellm.route import Route

SECONDS: Final = 10.0
LARGEST: Final = 1_000_000
"""Bytes of the list beyond which it is none."""


async def check_loaded(route: Route, adapter: str) -> None:
    """Return when the server lists the adapter among its models (``GET /models``).

    Raises:
        AdapterError: it does not.
        ModelCrashedError: it does not answer, or not with a list of models.
    """
    key = key_of(route.endpoint) or "none"
    address = base_of(route.endpoint).rstrip("/") + "/models"
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            answer = await client.get(address, headers={"Authorization": f"Bearer {key}"})
        answer.raise_for_status()
        if len(answer.content) > LARGEST:
            raise ValueError("too long")
        ids = [str(one["id"]) for one in _listed(answer.json())]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise ModelCrashedError(
            f"the server of {route.id} does not say what it has loaded ({type(error).__name__})",
            hint="Is the server running, and its address right?",
        ) from None
    if adapter not in ids:
        raise AdapterError(
            f"the server of {route.id} has not loaded adapter {adapter}",
            hint=f"Load it there: vllm serve … --enable-lora --lora-modules {adapter}=FOLDER",
        )


def _listed(answer: Any) -> list[Any]:
    data = answer["data"]
    if not isinstance(data, list):
        raise TypeError(type(data).__name__)
    return data
