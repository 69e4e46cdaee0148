"""Slates drawn card by card: when what comes next depends on what is chosen already (W11, W13)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ammo_agents.geometry.chance import Groups
from ammo_agents.geometry.space import Indices, Real
from ammo_agents.records import Wide


class Drawn(NamedTuple):
    """Slates in order: indices (m, n) and P(card | the cards before it), (m, n)."""

    cards: Indices
    chances: Wide


def draw_varied(
    pull: Wide,
    push: Real,
    n: int,
    rng: np.random.Generator,
    *,
    groups: Groups | None = None,
    times: int = 1,
) -> Drawn:
    """Return `times` independent slates, each card drawn from softmax(pull - max push by the chosen).

    For MMR at weight κ and temperature τ: `pull` = κ s/τ, shape (C,), and `push` = (1-κ) cosine/τ,
    shape (C, C). Fresh noise for each slot, so every chance is exact. With `groups` at most one
    creation per group. Fewer cards if fewer fit.
    """
    size = len(pull)
    kinds = np.arange(size) if groups is None else groups
    n = min(n, len(np.unique(kinds)))
    open_ = np.ones((times, size), bool)
    nearest = np.zeros((times, size))
    every = np.arange(times)
    cards, chances = np.zeros((times, n), np.intp), np.ones((times, n))
    for k in range(n):
        key = np.where(open_, pull - nearest, -np.inf)
        mass = np.exp(key - key.max(axis=1, keepdims=True))
        ladder = np.cumsum(mass, axis=1)
        dart = rng.random((times, 1)) * ladder[:, -1:]
        # A dart strictly below the last rung never lands on a closed card: its step has no height.
        pick = np.minimum((ladder <= dart).sum(axis=1), size - 1)
        cards[:, k] = pick
        chances[:, k] = mass[every, pick] / ladder[:, -1]
        open_ &= kinds != kinds[pick][:, None]
        near = push[pick]
        nearest = near if k == 0 else np.maximum(nearest, near)
    return Drawn(cards, chances)
