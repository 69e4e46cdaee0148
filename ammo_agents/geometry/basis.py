"""The score space: φ(e) = [1, 3b, p, T (64), V (32)], d = 99, and the frozen basis it hangs on.

T is the creation's own text, centred and turned into the first principal components of the space;
b, p and V belong to the entity behind it (`geometry.tables`) and are zero while nobody is known. Where a
community is, φ has a tail E: what is liked together with the entity (`geometry.company`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.errors import DamagedError, SpaceMismatchError, VectorError
from ammo_agents.geometry.space import SMALLEST, finite
from ammo_agents.records import Matrix, Wide, digest

TEXT = 64
"""Columns of T."""
FACTORS = 32
"""Columns of V."""
TABLE = 2 + FACTORS
"""Columns of [b, p, V]."""
SIZE = 3 + TEXT + FACTORS
"""d: the length of φ and of q without company."""
WIDE_BIAS = 3.0
"""b enters φ as 3b, so that one prior variance fits it."""
TEXT_BLOCK = slice(3, 3 + TEXT)
FACTOR_BLOCK = slice(3 + TEXT, SIZE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The frame of φ: a state (L, h) is valid only for the basis it was folded with."""

    mean: Wide = field(compare=False)
    """ē, the mean of the unit rows it was fitted on, shape (D,)."""
    rows: Wide = field(compare=False)
    """The first 64 principal directions, shape (64, D); zero rows where there were too few texts."""
    count: int
    """Rows it was fitted on."""
    tables: str = ""
    """Fingerprint of the entity tables served with it; empty = nobody else is known."""
    fingerprint: str = field(init=False)
    """Hash over ē, the directions and the tables: what preferences and slates are stamped with."""

    def __post_init__(self) -> None:
        parts = [self.mean.tobytes().hex(), self.rows.tobytes().hex(), self.tables]
        object.__setattr__(self, "fingerprint", digest(parts)[:16])

    @property
    def dim(self) -> int:
        """D of the space."""
        return int(self.mean.shape[0])

    def to_bytes(self) -> bytes:
        """Return the basis as bytes, the same for the same basis: a blob of the ledger."""
        head = {"dim": self.dim, "count": self.count, "tables": self.tables}
        line = json.dumps(head, sort_keys=True).encode() + b"\n"
        return line + self.mean.astype("<f8").tobytes() + self.rows.astype("<f8").tobytes()

    @classmethod
    def from_bytes(cls, blob: bytes) -> Basis:
        """Return the basis that `to_bytes` wrote; raises `DamagedError` for anything else."""
        line, _, body = blob.partition(b"\n")
        try:
            head = json.loads(line)
            dim, count, tables = int(head["dim"]), int(head["count"]), str(head["tables"])
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError("a kept basis cannot be read", hint="Fit it again.") from error
        if dim <= 0 or len(body) != 8 * dim * (TEXT + 1):
            raise DamagedError("a kept basis is cut off", hint="Fit it again.")
        numbers = np.frombuffer(body, "<f8").reshape(TEXT + 1, dim).astype(np.float64)
        return cls(mean=numbers[0], rows=numbers[1:], count=count, tables=tables)


def fit_basis(vectors: Matrix, *, tables: str = "") -> Basis:
    """Return the basis of these unit rows, shape (n, D), n ≥ 1.

    The sign of each direction makes its largest entry positive, so one input has one basis.
    Directions without variance (fewer texts than 64, or copies) stay zero.

    Raises:
        VectorError: no rows, or rows that are not finite.
    """
    wide = finite(vectors, name="the rows of the space")
    if wide.ndim != 2 or not len(wide):
        raise VectorError(
            f"a basis needs rows, got shape {wide.shape}", hint="Publish or learn something first."
        )
    mean = wide.mean(axis=0)
    centred = wide - mean
    directions = _principal(centred)
    rows = np.zeros((TEXT, wide.shape[1]))
    rows[: len(directions)] = directions
    return Basis(mean=mean, rows=rows, count=len(wide), tables=tables)


def features(vectors: Matrix, basis: Basis, known: Wide | None = None) -> Wide:
    """Return φ per creation, shape (n, 99) or, with company of k, (n, 99 + k), float64.

    `vectors` are unit rows (n, D); `known` is `Tables.of(entities)`, shape (n, 34 + k), or None where
    nobody else is known. T has length 1 (or 0 for a text right at the mean), so that no writer wins
    by length.

    Raises:
        VectorError: the rows are not finite.
        SpaceMismatchError: D is not the basis's.
    """
    wide = finite(vectors, name="the rows to score")
    if wide.ndim != 2 or wide.shape[1] != basis.dim:
        raise SpaceMismatchError(
            f"rows of shape {wide.shape} do not fit a basis of D = {basis.dim}",
            hint="Use the embedder this space was made with.",
        )
    phi = np.zeros((len(wide), SIZE + (0 if known is None else known.shape[1] - TABLE)))
    phi[:, 0] = 1.0
    text = (wide - basis.mean) @ basis.rows.T
    length = np.linalg.norm(text, axis=1, keepdims=True)
    phi[:, TEXT_BLOCK] = np.where(length > SMALLEST, text / np.maximum(length, SMALLEST), 0.0)
    if known is not None:
        table = finite(known, name="the entity tables")
        phi[:, 1] = WIDE_BIAS * table[:, 0]
        phi[:, 2] = table[:, 1]
        phi[:, FACTOR_BLOCK] = table[:, 2:TABLE]
        phi[:, SIZE:] = table[:, TABLE:]
    return phi


def _principal(centred: Wide) -> Wide:
    """Return up to 64 principal directions, strongest first, shape (k, D)."""
    n, dim = centred.shape
    small = n < dim
    values, vectors = np.linalg.eigh(centred @ centred.T if small else centred.T @ centred)
    order = np.argsort(values, kind="stable")[::-1][:TEXT]
    order = order[values[order] > max(float(values.max()), 0.0) * 1e-10 + SMALLEST]
    directions = (centred.T @ vectors[:, order]).T if small else vectors[:, order].T
    if not len(directions):
        return directions
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    peak = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), peak])
    return np.asarray(directions * signs[:, None], np.float64)
