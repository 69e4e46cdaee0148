"""The texts' vectors, kept by text and embedder: ten thousand texts take minutes, once."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ammo_agents import durable
from ammo_agents.geometry import unit_rows
from ammo_agents.ports import Embedder
from ammo_agents.records import Matrix

AT_ONCE, KEEP_EVERY = 64, 1_024
"""Texts embedded in one call; texts after which what is done is kept."""
Keys = NDArray[np.bytes_]


async def text_vectors(
    texts: Sequence[str],
    embedder: Embedder,
    cache: Path,
    *,
    step: Callable[[int], None] = lambda _: None,
) -> Matrix:
    """Return unit rows, shape (len(texts), D), embedding only what `cache` does not hold yet.

    An interrupted run goes on where it was; a damaged cache file is written anew.
    """
    stamp = hashlib.sha256(embedder.fingerprint.encode()).hexdigest()[:16]
    place = cache / "texts" / f"{stamp}.npz"
    known = await asyncio.to_thread(_load, place, embedder.dim)
    keys = [hashlib.sha256(text.encode()).digest() for text in texts]
    lacking = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    step(len(texts) - len(lacking))
    waiting = list(lacking)
    for begin in range(0, len(waiting), AT_ONCE):
        some = waiting[begin : begin + AT_ONCE]
        rows = await embedder.embed([lacking[key] for key in some])
        known |= dict(zip(some, rows, strict=True))
        step(len(some))
        if (begin + AT_ONCE) % KEEP_EVERY == 0:
            await asyncio.to_thread(_keep, place, known)
    if waiting:
        await asyncio.to_thread(_keep, place, known)
    return unit_rows(np.stack([known[key] for key in keys]))


def _load(place: Path, dim: int) -> dict[bytes, NDArray[np.float32]]:
    try:
        with np.load(place) as kept:
            keys, rows = kept["keys"], kept["rows"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return {}
    if keys.shape != (len(rows), 32) or rows.shape != (len(keys), dim):
        return {}
    return {bytes(key): row for key, row in zip(keys, rows, strict=True)}


def _keep(place: Path, known: dict[bytes, NDArray[np.float32]]) -> None:
    keys = np.frombuffer(b"".join(known), np.uint8).reshape(-1, 32)
    rows = np.stack(list(known.values())).astype(np.float32)
    with durable.whole(place) as part, part.open("wb") as file:
        np.savez(file, keys=keys, rows=rows)
