"""What is known of a model from its litellm name alone, before litellm is imported."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ammo_agents.records import Capability, ModelCard
from ammo_agents.settings import secret

PREFIX = "litellm/"
UNKNOWN_PRICE_IN = 15.0
"""US dollars per million tokens read, for a hosted model without a known price: a dear one of today."""
UNKNOWN_PRICE_OUT = 75.0
"""US dollars per million tokens written, likewise."""

SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)([bm])(?![a-z])")
WITH_ADAPTERS = frozenset({"hosted_vllm"})
"""Providers whose server may have loaded adapters, each under its own id as the model's name (vLLM's multi-LoRA)."""
HOSTED_STARTS = {"gpt-": "openai", "o3": "openai", "o4": "openai", "claude-": "anthropic"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a provider is reached, and which variables say so."""

    keys: tuple[str, ...] = ()
    """Variables of which one must hold a key; empty = none is needed."""
    bases: tuple[str, ...] = ()
    """Variables that may hold the address."""
    base: str = ""
    """The address, if no variable names one and it is on this machine."""
    self_hosted: bool = False
    """Somebody's own server: calls cost no money."""


ENDPOINTS = {
    "openai": Endpoint(keys=("OPENAI_API_KEY",), bases=("OPENAI_BASE_URL", "OPENAI_API_BASE")),
    "anthropic": Endpoint(keys=("ANTHROPIC_API_KEY",), bases=("ANTHROPIC_API_BASE",)),
    "gemini": Endpoint(keys=("GEMINI_API_KEY", "GOOGLE_API_KEY")),
    "mistral": Endpoint(keys=("MISTRAL_API_KEY",)),
    "groq": Endpoint(keys=("GROQ_API_KEY",)),
    "openrouter": Endpoint(keys=("OPENROUTER_API_KEY",)),
    "deepseek": Endpoint(keys=("DEEPSEEK_API_KEY",)),
    "ollama": Endpoint(bases=("OLLAMA_API_BASE",), base="http://localhost:11434", self_hosted=True),
    "ollama_chat": Endpoint(
        bases=("OLLAMA_API_BASE",), base="http://localhost:11434", self_hosted=True
    ),
    "hosted_vllm": Endpoint(
        bases=("HOSTED_VLLM_API_BASE",), base="http://localhost:8000/v1", self_hosted=True
    ),
    "lm_studio": Endpoint(
        bases=("LM_STUDIO_API_BASE",), base="http://localhost:1234/v1", self_hosted=True
    ),
}
"""Providers whose key and address are settled here; any other is asked of litellm itself."""


def provider_of(name: str) -> str:
    """Return the provider of a litellm name, as far as the name tells; empty = ask litellm."""
    head, slash, _ = name.partition("/")
    if slash:
        return head
    return next((p for start, p in HOSTED_STARTS.items() if name.startswith(start)), "")


def base_of(endpoint: Endpoint) -> str:
    """Return the address that is set for a provider, or its default on this machine; may be empty."""
    return next((found for v in endpoint.bases if (found := secret(v))), endpoint.base)


def key_of(endpoint: Endpoint) -> str | None:
    """Return the provider's key, if one is set."""
    return next((found for v in endpoint.keys if (found := secret(v))), None)


def is_loopback(base: str) -> bool:
    """Return whether an address is this machine's own."""
    host = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def capability_of(name: str) -> Capability:
    """Return what one call may ask, guessed from the parameter count in the name; none = a hosted, large one."""
    sizes = SIZE.findall(name.lower())
    if not sizes:
        return "large"
    billions = max(float(number) / (1000 if unit == "m" else 1) for number, unit in sizes)
    if billions < 0.5:
        return "tiny"
    return "small" if billions < 3 else "large"


def card(name: str, title: str = "", *, context: int = 0, note: str = "") -> ModelCard:
    """Return the card of a litellm name; hosted prices stay unknown until litellm's map is read."""
    endpoint = ENDPOINTS.get(provider_of(name), Endpoint())
    free = endpoint.self_hosted
    return ModelCard(
        id=PREFIX + name,
        title=title or name,
        capability=capability_of(name),
        context=context or (8_192 if free else 128_000),
        local=is_loopback(base_of(endpoint)),
        adapters=provider_of(name) in WITH_ADAPTERS,
        price_in=0.0 if free else UNKNOWN_PRICE_IN,
        price_out=0.0 if free else UNKNOWN_PRICE_OUT,
        note=note or ("Your own server." if free else f"Needs {' or '.join(endpoint.keys)}."),
    )


def cards() -> tuple[ModelCard, ...]:
    """Return well-known names; any other litellm name works too."""
    return (
        card("gpt-5-mini", "OpenAI GPT-5 mini"),
        card("gpt-4.1-mini", "OpenAI GPT-4.1 mini"),
        card("anthropic/claude-haiku-4-5", "Anthropic Claude Haiku 4.5"),
        card("gemini/gemini-2.5-flash", "Google Gemini 2.5 Flash"),
        card("mistral/mistral-small-latest", "Mistral Small"),
        card("deepseek/deepseek-chat", "DeepSeek Chat"),
        card(
            "ollama_chat/qwen3:1.7b",
            "Qwen3 1.7B in Ollama",
            note="Set OLLAMA_API_BASE for another machine.",
        ),
        card(
            "ollama_chat/qwen3:4b",
            "Qwen3 4B in Ollama",
            note="Set OLLAMA_API_BASE for another machine.",
        ),
        card(
            "hosted_vllm/Qwen/Qwen3-8B",
            "Qwen3 8B on a vLLM server",
            note="Set HOSTED_VLLM_API_BASE. Any OpenAI-compatible server works under this prefix.",
        ),
        ModelCard(
            id=PREFIX + "text-embedding-3-small",
            title="OpenAI text-embedding-3-small",
            kind="embedder",
            context=8_191,
            dim=1536,
            local=False,
            price_in=0.02,
            note="Needs OPENAI_API_KEY.",
        ),
        ModelCard(
            id=PREFIX + "ollama/nomic-embed-text",
            title="Nomic Embed Text in Ollama",
            kind="embedder",
            context=2_048,
            dim=768,
            local=True,
            note="Set OLLAMA_API_BASE for another machine.",
        ),
    )
