"""An embedder behind litellm: each call is lived in litellm's own thread."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import litellm
import numpy as np

from ammo_agents.errors import ModelAnswerError, ModelError, ModelTimeoutError
from ammo_agents.records import Matrix, digest
from ammo_litellm.breaker import Breaker
from ammo_litellm.faults import is_passing, model_error
from ammo_litellm.route import (
    ASIDE,
    FAULTS,
    FIRST_PAUSE_S,
    RETRIES,
    Route,
    calm,
    card_of,
    client,
    route_of,
)

BATCH: Final = 96
"""Texts of one embedding call."""


async def open_embedder(
    name: str, breakers: dict[str, Breaker], deadline_s: float
) -> LitellmEmbedder:
    """Return an embedder that has told its D; see `LitellmModels.open_embedder`."""
    calm()
    route = await asyncio.to_thread(route_of, name, breakers)
    embedder = LitellmEmbedder(route, deadline_s)
    try:
        await embedder.learn_dim()
    except ModelError:
        await embedder.close()
        raise
    return embedder


class LitellmEmbedder:
    """One embedder behind litellm; its D is what it answers."""

    def __init__(self, route: Route, deadline_s: float) -> None:
        self.card = card_of(route, "embedder")
        self.dim = 0
        self.fingerprint = ""
        self._route = route
        self._deadline_s = deadline_s
        self._open = True
        ASIDE.enter()

    async def learn_dim(self) -> None:
        """Ask for one vector, and take its length as D."""
        self.dim = (await self._embed(["AMMO"])).shape[1]
        self.fingerprint = digest(["litellm", self._route.name, self.dim, "unit"])
        self.card = dataclasses.replace(self.card, dim=self.dim)

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit rows, shape (len(texts), dim), in the order given.

        Raises:
            ModelAnswerError: vectors of another length, or not finite, or zero, or too few.
            ModelTimeoutError: not within the deadline.
            ModelCrashedError: the provider is not to be had.
        """
        rows = [await self._embed(texts[i : i + BATCH]) for i in range(0, len(texts), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, self.dim), np.float32)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._open:
            self._open = False
            await ASIDE.leave()

    async def _embed(self, texts: Sequence[str]) -> Matrix:
        breaker = self._route.breaker
        breaker.check()
        try:
            async with asyncio.timeout(self._deadline_s):
                rows = await ASIDE.run(self._ask([text or " " for text in texts]))  # some refuse ""
        except TimeoutError:
            breaker.failed()
            raise ModelTimeoutError(f"{self.card.id} gave nothing in time") from None
        except ModelAnswerError:
            raise
        except ModelError:
            breaker.failed()
            raise
        breaker.worked()
        return rows

    async def _ask(self, texts: list[str]) -> Matrix:
        for attempt in range(RETRIES + 1):
            try:
                answer = await litellm.aembedding(
                    **self._route.arguments(),
                    **await client(self._route),
                    input=texts,
                    timeout=self._deadline_s,
                )
                return self._checked([row["embedding"] for row in answer.data], len(texts))
            except FAULTS as error:
                if attempt == RETRIES or not is_passing(error):
                    raise model_error(error, self.card.id) from None
                await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        raise ModelAnswerError(f"{self.card.id} sent no vector")

    def _checked(self, vectors: list[Any], n: int) -> Matrix:
        fault = ModelAnswerError(
            f"{self.card.id} sent no {n} finite vectors of one length",
            hint="Is it an embedding model?",
        )
        try:
            rows = np.asarray(vectors, np.float32)
        except (TypeError, ValueError):
            raise fault from None
        if rows.ndim != 2 or len(rows) != n or (self.dim and rows.shape[1] != self.dim):
            raise fault
        norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not norms.all():
            raise fault
        return np.asarray(rows / norms, np.float32)
