"""Public fakes: a model that answers from a script, an embedder without weights, a clock that stands."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ammo_agents.adapters.fitting import refuse_any
from ammo_agents.errors import AmmoError
from ammo_agents.records import Completion, Matrix, ModelCard, Piece, Prompt, Sampling, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer with the manner in which it comes."""

    text: str
    finish: Literal["stop", "length"] = "stop"
    whole: bool = True
    """Whether a stream ends with its completion; False = it breaks off after half of the words."""
    seconds: float = 0.0
    """How long the model takes."""


Answer = str | Said | AmmoError
Script = Sequence[Answer] | Callable[[Prompt, Sampling], Answer]


class ScriptedModel:
    """Answers with the next text of a script, or with what a function makes of the prompt.

    An `AmmoError` in the script is raised in its place; a script that has run out repeats its last answer.
    """

    def __init__(self, script: Script, *, card: ModelCard | None = None) -> None:
        self.card = card or ModelCard(
            id="scripted/model", title="Scripted model", capability="tiny"
        )
        self.asked: list[tuple[Prompt, Sampling]] = []
        self._script = script

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Return the next answer of the script."""
        if not self.card.adapters:
            refuse_any(self.card, sampling.adapters)
        self.asked.append((prompt, sampling))
        answer = self._next(prompt, sampling)
        return (await self._said(answer, prompt))[0]

    async def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[Piece]:
        """Yield the next answer word by word."""
        if not self.card.adapters:
            refuse_any(self.card, sampling.adapters)
        self.asked.append((prompt, sampling))
        done, whole = await self._said(self._next(prompt, sampling), prompt)
        words = done.text.split(" ")
        for word in words if whole else words[: len(words) // 2]:
            yield Piece(text=word + " ")
        if whole:
            yield Piece(text="", completion=done)

    async def close(self) -> None:
        """Do nothing."""

    async def _said(self, answer: Answer, prompt: Prompt) -> tuple[Completion, bool]:
        if isinstance(answer, AmmoError):
            raise answer
        said = Said(text=answer) if isinstance(answer, str) else answer
        if said.seconds:
            await asyncio.sleep(said.seconds)
        read = sum(len(m.text.split()) for m in prompt.messages)
        usage = Usage(calls=1, tokens_in=read, tokens_out=len(said.text.split()))
        done = Completion(text=said.text, finish=said.finish, model=self.card.id, usage=usage)
        return done, said.whole

    def _next(self, prompt: Prompt, sampling: Sampling) -> Answer:
        if callable(self._script):
            return self._script(prompt, sampling)
        return self._script[min(len(self.asked), len(self._script)) - 1]


class HashEmbedder:
    """Places texts by the hashes of their words: texts that share words lie near each other."""

    def __init__(self, dim: int = 64) -> None:
        self.dim = dim
        self.fingerprint = f"hash-words-{dim}"
        self.card = ModelCard(
            id=f"scripted/hash-{dim}", title="Hash of words", kind="embedder", dim=dim
        )

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit rows, shape (len(texts), dim)."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
                row += np.random.default_rng(seed).standard_normal(self.dim).astype(np.float32)
            if not row.any():
                row[0] = 1.0
            row /= np.linalg.norm(row)
        return rows

    async def close(self) -> None:
        """Do nothing."""


class FixedClock:
    """A clock that shows one time until it is moved."""

    def __init__(self, now: dt.datetime = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)) -> None:
        self._now = now

    def now(self) -> dt.datetime:
        """Return the time it shows."""
        return self._now

    def move(self, by: dt.timedelta) -> None:
        """Move the hands; backwards too."""
        self._now += by
