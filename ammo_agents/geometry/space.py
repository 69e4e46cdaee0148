"""Unit rows and what can be said with dot products alone: scores, the best, novelty, near-duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ammo_agents.errors import VectorError
from ammo_agents.records import Matrix, Vector, Wide

SMALLEST = 1e-12
"""A row shorter than this has no direction."""
NEAR = 0.95
"""Two creations with a larger cosine say the same."""

Indices = NDArray[np.intp]
Real = NDArray[np.floating[Any]]


def unit(row: ArrayLike, *, name: str = "vector") -> Vector:
    """Return `row` at length 1, shape (D,), float32.

    Raises:
        VectorError: no row, or one that is zero, NaN or infinite; the message says `name`.
    """
    placed: Vector = unit_rows(np.asarray(row)[None], names=[name])[0]
    return placed


def unit_rows(rows: ArrayLike, *, names: Sequence[str] = ()) -> Matrix:
    """Return every row at length 1, shape (n, D), float32: the door of the space.

    Lengths are taken in float64 after dividing by the largest entry, so that scaling an embedder's
    output changes nothing anywhere and nothing overflows.

    Raises:
        VectorError: the rows are no matrix, or one is zero, NaN or infinite; it names the first such.
    """
    wide = np.asarray(rows, np.float64)
    if wide.ndim != 2 or (wide.shape[0] > 0 and wide.shape[1] == 0):
        raise VectorError(
            f"expected rows of shape (n, D), got shape {wide.shape}",
            hint="An embedder returns one row of D numbers per text.",
        )
    if wide.shape[0] == 0:
        return wide.astype(np.float32)
    largest = np.abs(wide).max(axis=1)
    bad = np.flatnonzero(~np.isfinite(largest) | (largest == 0.0))
    if bad.size:
        first = int(bad[0])
        who = names[first] if first < len(names) else f"row {first}"
        what = "is zero" if largest[first] == 0.0 else "holds NaN or infinity"
        raise VectorError(
            f"{who} {what}: it has no place in the space", hint="Embed its text again."
        )
    scaled = wide / largest[:, None]
    placed: Matrix = (scaled / np.linalg.norm(scaled, axis=1, keepdims=True)).astype(np.float32)
    return placed


def finite(values: ArrayLike, *, name: str) -> Wide:
    """Return `values` as float64; raises `VectorError` with `name` if one is NaN or infinite."""
    wide = np.asarray(values, np.float64)
    if not np.isfinite(wide).all():
        raise VectorError(f"{name} holds NaN or infinity", hint="Nothing was changed.")
    return wide


def scores(rows: Real, q: Real) -> Real:
    """Return rows · q, shape (n,), in the rows' own precision: the whole of ranking (W3, W21).

    Raises:
        VectorError: the widths differ.
    """
    if rows.ndim != 2 or q.ndim != 1 or rows.shape[1] != q.shape[0]:
        raise VectorError(
            f"rows of shape {rows.shape} cannot be scored with a vector of shape {q.shape}",
            hint="Both belong to one space and one basis.",
        )
    product: Real = rows @ q.astype(rows.dtype, copy=False)
    return product


def top_k(values: Real, k: int, *, ids: Sequence[str] | None = None) -> Indices:
    """Return the indices of the `k` largest values, largest first; fewer if there are fewer.

    Ties go to the smaller id; without `ids` to the smaller index, which is the same where rows are
    kept in id order. One partition and two comparisons: no full sort.

    Raises:
        VectorError: a value is NaN.
    """
    n = len(values)
    k = min(k, n)
    if k <= 0:
        return np.empty(0, np.intp)
    edge = np.partition(values, n - k)[n - k]
    if np.isnan(edge) or np.isnan(values.max()):
        raise VectorError("a score is NaN", hint="Unit rows and a finite preference give none.")
    above = np.flatnonzero(values > edge)
    level = np.flatnonzero(values == edge)
    if ids is None:
        chosen = np.concatenate([above, level[: k - len(above)]])
        return chosen[np.lexsort((chosen, -values[chosen]))]
    by_id = sorted(level.tolist(), key=lambda i: ids[i])[: k - len(above)]
    ranked = sorted([*above.tolist(), *by_id], key=lambda i: (-float(values[i]), ids[i]))
    return np.array(ranked, np.intp)


def novelty(row: Vector, others: Matrix) -> float:
    """Return 1 - the largest cosine to `others`, in [0, 2]; 1 where there are none."""
    return 1.0 - float((others @ row).max()) if len(others) else 1.0


def near_duplicate(row: Vector, others: Matrix, *, limit: float = NEAR) -> int | None:
    """Return the index of the nearest other row if its cosine is over `limit`, else None."""
    if not len(others):
        return None
    cosines = others @ row
    nearest = int(cosines.argmax())
    return nearest if cosines[nearest] > limit else None
