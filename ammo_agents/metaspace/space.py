"""The MetaSpace: one embedder, one D, for life; whatever else comes is refused (W1, D9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ammo_agents.errors import SpaceMismatchError, VectorError
from ammo_agents.geometry import unit_rows
from ammo_agents.ports import Embedder, Ledger
from ammo_agents.records import Matrix

STAMP = "space"
"""Ledger meta: fingerprint of the embedder the space was made with."""
STAMP_DIM = "space.dim"
STAMP_EMBEDDER = "space.embedder"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaSpace:
    """The space R^D that every creation, fact and preference of one ledger lies in."""

    fingerprint: str
    """The embedder's fingerprint: model, weights, tokenizer, D and normalisation."""
    dim: int
    embedder: Embedder

    @classmethod
    async def open(cls, ledger: Ledger, embedder: Embedder) -> MetaSpace:
        """Return the ledger's space; the first embedder that comes stamps it.

        Raises:
            SpaceMismatchError: the space was made with another embedder, or has another D.
        """
        await cls.stamp(
            ledger, fingerprint=embedder.fingerprint, dim=embedder.dim, embedder=embedder.card.id
        )
        return cls(fingerprint=embedder.fingerprint, dim=embedder.dim, embedder=embedder)

    @staticmethod
    async def stamp(ledger: Ledger, *, fingerprint: str, dim: int, embedder: str) -> None:
        """Stamp the ledger's space as this one, or check that it is: what `open` does, without an embedder.

        Raises:
            SpaceMismatchError: the space was made with another embedder, or has another D.
        """
        ours = {STAMP: fingerprint, STAMP_DIM: str(dim), STAMP_EMBEDDER: embedder}
        kept = {name: await ledger.meta(name) for name in ours}
        known, size = kept[STAMP], kept[STAMP_DIM]
        if (known or ours[STAMP], size or ours[STAMP_DIM]) != (ours[STAMP], ours[STAMP_DIM]):
            raise SpaceMismatchError(
                f"this MetaSpace was made with {kept[STAMP_EMBEDDER] or 'an embedder'} "
                f"({known}, D = {size}); {embedder} is {fingerprint}, D = {dim}",
                hint="Use the embedder it was made with, or move the whole space: ammo reembed",
            )
        for name, value in ours.items():
            if kept[name] is None:
                await ledger.set_meta(name, value)

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return the places of texts: finite unit rows, shape (len(texts), dim), whatever the embedder's scale.

        Raises:
            VectorError: the embedder gave a zero, NaN or infinite row, or rows of another shape.
        """
        rows = await self.embedder.embed(texts)
        if rows.shape != (len(texts), self.dim):
            raise VectorError(
                f"embedder {self.embedder.card.id!r} gave shape {rows.shape} "
                f"for {len(texts)} texts in a space of {self.dim}",
                hint="Its answer is not used; check the embedder with: ammo models test",
            )
        return unit_rows(rows, names=[text[:40] for text in texts])
