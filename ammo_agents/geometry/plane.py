"""The flat picture of a space: the two directions along which its rows differ most (PCA), for maps alone.

Nothing is ranked or measured in it. Signs are fixed, so one set of rows has one picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ammo_agents.geometry.basis import TEXT_BLOCK, Basis
from ammo_agents.geometry.space import SMALLEST, finite
from ammo_agents.records import Matrix, Wide

MOST = 4_000
"""Rows that the directions are found from; of more, every k-th."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """A mean, two orthonormal directions and a scale."""

    mean: Wide = field(compare=False)
    """Shape (D,)."""
    axes: Wide = field(compare=False)
    """Shape (2, D); a zero row where the rows do not differ that much."""
    scale: float
    """What the farthest row lies at, so that every row falls in [-1, 1]."""
    share: float
    """The part of the rows' variance that lies in the plane, in [0, 1]."""

    def place(self, rows: Matrix | Wide) -> Wide:
        """Return where rows (n, D) lie in the picture, shape (n, 2)."""
        wide = finite(rows, name="the rows to draw")
        return np.asarray((wide - self.mean) @ self.axes.T / self.scale, np.float64)


def flatten(rows: Matrix) -> Plane:
    """Return the plane of unit rows (n, D), n ≥ 1.

    Raises:
        VectorError: the rows are not finite.
    """
    wide = finite(rows, name="the rows to draw")
    some = wide[:: max(1, -(-len(wide) // MOST))]
    mean = some.mean(axis=0)
    centred = some - mean
    values, directions = np.linalg.eigh(centred.T @ centred)
    axes = directions[:, ::-1][:, :2].T.copy()
    axes[values[::-1][:2] <= SMALLEST] = 0.0
    peak = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(len(axes)), peak])
    axes *= np.where(signs == 0, 1.0, signs)[:, None]
    total = float(values.clip(0.0).sum())
    spread = float(np.abs((wide - mean) @ axes.T).max(initial=0.0))
    return Plane(
        mean=mean,
        axes=axes,
        scale=max(spread, SMALLEST),
        share=float(values[::-1][:2].clip(0.0).sum()) / total if total > SMALLEST else 0.0,
    )


def toward(q: Wide, basis: Basis, reach: float) -> Wide | None:
    """Return the place in the space that a preference points at, shape (D,); None while it says nothing of texts.

    It lies `reach` from the basis's mean, in the direction of the text part of q.
    """
    direction = q[TEXT_BLOCK] @ basis.rows
    length = float(np.linalg.norm(direction))
    if length <= SMALLEST:
        return None
    return np.asarray(basis.mean + reach * direction / length, np.float64)


def nearest(rows: Matrix, k: int) -> tuple[np.ndarray, Wide]:
    """Return, for each unit row, the places of the k nearest others and their cosine distances, both (n, k).

    O(n² D), in blocks of 512 rows.
    """
    n = len(rows)
    k = min(k, max(0, n - 1))
    found = np.zeros((n, k), np.int64)
    distances = np.zeros((n, k), np.float64)
    for start in range(0, n if k else 0, 512):
        near = rows[start : start + 512] @ rows.T
        near[np.arange(len(near)), np.arange(start, start + len(near))] = -np.inf
        order = np.argsort(-near, axis=1, kind="stable")[:, :k]
        found[start : start + 512] = order
        distances[start : start + 512] = 1.0 - np.take_along_axis(near, order, axis=1)
    return found, distances
