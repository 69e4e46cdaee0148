"""New content: what others would think of an entity nobody has rated, guessed from its text (W12).

W = (FᵀΩF + lI)⁻¹FᵀΩY with F = [unit(e - ē), 1], Y the tables of known entities and ω = n/(n + 5)
for n ratings; a new entity's tables are F·W until real ones come (mathematics, section 8).
"""

from __future__ import annotations

import numpy as np

from ammo_agents.errors import SpaceMismatchError
from ammo_agents.geometry.space import SMALLEST, finite
from ammo_agents.records import Matrix, Wide

MAP_RIDGE = 3.0
HALF = 5.0
"""Ratings at which an entity counts half as much as one that everybody rated."""


def places(vectors: Matrix, mean: Wide) -> Wide:
    """Return F = [unit(e - ē), 1] of unit rows (n, D), shape (n, D + 1)."""
    wide = finite(vectors, name="the rows to place")
    if wide.ndim != 2 or wide.shape[1:] != mean.shape:
        raise SpaceMismatchError(
            f"rows of shape {wide.shape} do not fit a mean of shape {mean.shape}",
            hint="Use the embedder this space was made with.",
        )
    centred = wide - mean
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    centred = np.where(length > SMALLEST, centred / np.maximum(length, SMALLEST), 0.0)
    return np.hstack([centred, np.ones((len(wide), 1))])


def fit_map(found: Wide, tables: Wide, counts: Wide, *, ridge: float = MAP_RIDGE) -> Wide:
    """Return W, shape (D + 1, m), from places (n, D + 1), tables (n, m) and ratings per entity (n,)."""
    weight = counts / (counts + HALF)
    weighted = found * weight[:, None]
    left = found.T @ weighted
    left[np.arange(len(left)), np.arange(len(left))] += ridge
    return np.asarray(np.linalg.solve(left, weighted.T @ tables), np.float64)
