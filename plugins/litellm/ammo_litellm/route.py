"""How calls reach a provider through litellm: its switches, its thread, its capped HTTP client, a route per model.

litellm blocks the event loop it runs in (certificates, tokenizers, its price map), so it has one of its own.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator
from typing import Any, Final, Literal

import httpx
import litellm
import openai
from litellm.llms.custom_httpx.async_client_cleanup import close_litellm_async_clients
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

from ammo_agents.errors import MissingPartError
from ammo_agents.records import ModelCard
from ammo_litellm.aside import Aside
from ammo_litellm.breaker import Breaker
from ammo_litellm.known import ENDPOINTS, PREFIX, Endpoint, base_of, card, is_loopback, key_of

RETRIES: Final = 2
FIRST_PAUSE_S: Final = 0.25
"""Before the first retry; each further pause doubles, and up to half of it is added by chance."""
BODY_LIMIT: Final = 8_000_000
"""Bytes of one answer's body beyond which it is given up."""
FAULTS: Final = (openai.OpenAIError, httpx.HTTPError, OSError, ValueError, KeyError, TypeError)
"""What litellm raises for a provider's faults; the last three for bodies that are no answer at all."""

CALMED: Final = {
    "telemetry": False,
    "suppress_debug_info": True,
    "turn_off_message_logging": True,
    "disable_streaming_logging": True,
    "disable_aiohttp_transport": True,
    "callbacks": [],
    "success_callback": [],
    "failure_callback": [],
    "input_callback": [],
    "_async_success_callback": [],
    "_async_failure_callback": [],
}
"""Switches of litellm: nothing is told to anybody, nothing of a prompt is logged."""


class BodyTooLargeError(httpx.HTTPError):
    """A provider sends without end."""


class CappedStream(httpx.AsyncByteStream):
    """A response's body that stops at `BODY_LIMIT` bytes."""

    def __init__(self, body: httpx.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body; raise `BodyTooLargeError` when it goes on and on."""
        size = 0
        async for chunk in self._body:
            size += len(chunk)
            if size > BODY_LIMIT:
                raise BodyTooLargeError(f"more than {BODY_LIMIT} bytes")
            yield chunk

    async def aclose(self) -> None:
        """Close the body."""
        await self._body.aclose()


async def _cap(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = CappedStream(response.stream)


async def _farewell() -> None:
    await close_litellm_async_clients()
    litellm.in_memory_llm_clients_cache.flush_cache()
    if litellm.aclient_session is not None:
        await litellm.aclient_session.aclose()
        litellm.aclient_session = None


ASIDE: Final = Aside(_farewell)


def calm() -> None:
    """Set the switches; each time, because another user of litellm in this process may turn them."""
    for switch, value in CALMED.items():
        setattr(litellm, switch, value)
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "openai"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the calls of one model go."""

    name: str
    provider: str
    endpoint: Endpoint
    breaker: Breaker

    @property
    def id(self) -> str:
        """The model's id in AMMO."""
        return f"{PREFIX}{self.name}"

    def arguments(self, adapter: str = "") -> dict[str, Any]:
        """Return what every call of litellm gets: address, key, client, and no retry of its own.

        An adapter stands in the place of the model's name: a vLLM server knows it by that, beside its base.
        """
        given = {"api_base": base_of(self.endpoint), "api_key": key_of(self.endpoint)}
        if self.endpoint.self_hosted and not given["api_key"]:
            given["api_key"] = "none"
        return {
            "model": f"{self.provider}/{adapter}" if adapter else self.name,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            **{name: value for name, value in given.items() if value},
        }


async def client(route: Route) -> dict[str, Any]:
    """Return the capped HTTP client as litellm takes it for this provider: by argument, or from its global."""
    if litellm.aclient_session is None:
        handler = await asyncio.to_thread(AsyncHTTPHandler, event_hooks={"response": [_cap]})
        litellm.aclient_session = handler.client
    if route.provider in {"openai", "azure", *litellm.openai_compatible_providers} - {
        "hosted_vllm"
    }:
        return {}
    handler = await asyncio.to_thread(AsyncHTTPHandler, event_hooks={"response": [_cap]})
    handler.client = litellm.aclient_session
    return {"client": handler}


def route_of(name: str, breakers: dict[str, Breaker]) -> Route:
    """Return the route of a litellm name; raises `MissingPartError` without a provider or a key."""
    try:
        _, provider, _, _ = litellm.get_llm_provider(name)
    except openai.OpenAIError:
        raise MissingPartError(
            f"litellm knows no provider for {name!r}",
            hint="Put the provider first: openrouter/…, ollama_chat/…, hosted_vllm/…",
        ) from None
    endpoint = ENDPOINTS.get(provider)
    if endpoint is None:
        lacking = litellm.validate_environment(name)["missing_keys"]
        if lacking:
            raise MissingPartError(
                f"{PREFIX}{name} needs {' and '.join(lacking)}",
                hint=f"export {lacking[0]}=… and try again.",
            )
        endpoint = Endpoint()
    breaker = breakers.setdefault(provider, Breaker(provider))
    return Route(name=name, provider=provider, endpoint=endpoint, breaker=breaker)


def card_of(route: Route, kind: Literal["model", "embedder"]) -> ModelCard:
    """Return the card with prices and context of litellm's map, where it knows the name."""
    plain = dataclasses.replace(
        card(route.name), kind=kind, local=is_loopback(base_of(route.endpoint))
    )
    info = litellm.model_cost.get(route.name) or litellm.model_cost.get(
        route.name.removeprefix(route.provider + "/")
    )
    if route.endpoint.self_hosted or info is None:
        return plain
    return dataclasses.replace(
        plain,
        context=int(info.get("max_input_tokens") or plain.context),
        price_in=float(info.get("input_cost_per_token") or 0.0) * 1e6,
        price_out=float(info.get("output_cost_per_token") or 0.0) * 1e6,
    )
