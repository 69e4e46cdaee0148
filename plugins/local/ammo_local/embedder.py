"""all-MiniLM-L6-v2 through onnxruntime: the default consensus embedder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import tokenizers

from ammo_agents.errors import DamagedError
from ammo_agents.records import Matrix, ModelCard, digest

LONGEST = 256
"""Tokens after which a text is cut: what MiniLM was trained for."""


class LocalEmbedder:
    """Texts to unit rows: tokens → masked mean of the last layer → length 1."""

    def __init__(
        self, card: ModelCard, weights: Path, tokenizer: Path, *, threads: int = 1
    ) -> None:
        self.card = card
        self.dim = card.dim
        self.fingerprint = fingerprint(card)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self._alone = asyncio.Lock()

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit rows, shape (len(texts), dim), float32, in the order given."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        async with self._alone:
            return await asyncio.to_thread(self._embed, list(texts))

    async def close(self) -> None:
        """Release nothing that the collector would not."""

    def _embed(self, texts: list[str]) -> Matrix:
        # One by one: int8 scales are taken over a whole batch, so a row would depend on its neighbours.
        return np.stack([self._row(encoding) for encoding in self._tokenizer.encode_batch(texts)])

    def _row(self, encoding: tokenizers.Encoding) -> Matrix:
        ids = np.asarray([encoding.ids], np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (hidden,) = self._session.run(["last_hidden_state"], feed)
        mean = hidden[0].mean(axis=0, dtype=np.float64)  # without padding every token counts
        length = np.linalg.norm(mean)
        if not np.isfinite(length) or length == 0 or mean.shape != (self.dim,):
            raise DamagedError(
                f"{self.card.id} gave a vector of length {length} and shape {mean.shape}",
                hint="Check its files: ammo models test " + self.card.id,
            )
        row: Matrix = (mean / length).astype(np.float32)
        return row


def fingerprint(card: ModelCard) -> str:
    """Return the hash of everything a vector follows from."""
    return digest({
        "model": card.id,
        "files": {file.name: file.sha256 for file in card.files},
        "dim": card.dim,
        "pooling": "mean",
        "truncation": LONGEST,
        "normalised": True,
    })
