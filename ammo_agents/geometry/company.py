"""Company: what is liked together, as one vector per entity (W12). A kernel, so every score stays a dot product.

EASE^R (Steck 2019) scores an unseen entity i by Σ_k x_k B_ki with B = I - P diag(P)⁻¹ and
P = (ZᵀZ + lI)⁻¹ over the graded likes Z (people x entities). With Z = U S Wᵀ that is, for i ≠ k,
Σ_k x_k Σ_r g_r W_rk W_ri / d_i with g = S²/(S² + l) and d_i = 1 - Σ_r g_r W_ri². Two differences from the
paper, both measured in docs/taste.md: the first `width` directions only, and d shared evenly between the
two sides, d_k^-½ d_i^-½, so that one vector E_i = √g W_i / √d_i serves as event and as candidate.
"""

from __future__ import annotations

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.geometry.space import SMALLEST, finite
from ammo_agents.records import Wide

WIDTH = 256
"""Directions kept at most."""
RIDGE = 70.0
"""l: what many entities and few people need against chance."""


def fit_company(likes: Wide, *, ridge: float = RIDGE, width: int = WIDTH) -> Wide:
    """Return E, shape (entities, k), k ≤ width and ≤ people: E_i·E_k says how well i goes with k.

    `likes` has shape (people, entities), entries ≥ 0 (0 = not liked or not met). Computed from the
    people x people product: no entities x entities matrix is ever made. The sign of each direction
    makes its largest entry positive, so one input has one answer.

    Raises:
        BadInputError: `ridge` is not positive.
        VectorError: an entry that is not finite.
    """
    if not ridge > 0:
        raise BadInputError(f"a ridge of {ridge} regularises nothing", hint="Take one above 0.")
    z = finite(likes, name="the likes")
    squares, left = np.linalg.eigh(z @ z.T)
    order = np.argsort(squares, kind="stable")[::-1]
    order = order[squares[order] > max(float(squares.max(initial=0.0)), 0.0) * 1e-10 + SMALLEST]
    squares, left = squares[order], left[:, order]
    right = (left.T @ z) / np.sqrt(squares)[:, None]  # rows W_r, shape (rank, entities)
    gain = squares / (squares + ridge)
    room = 1.0 - gain @ right**2
    kept = right[:width] * np.sqrt(gain[:width])[:, None]
    peak = np.abs(kept).argmax(axis=1)
    kept = kept * np.sign(kept[np.arange(len(kept)), peak])[:, None]
    return np.ascontiguousarray((kept / np.sqrt(np.maximum(room, SMALLEST))).T)
