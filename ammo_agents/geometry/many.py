"""Scores of many people at once: one blocked matrix product, and only the best of each row kept (W21)."""

from __future__ import annotations

import numpy as np

from ammo_agents.errors import BadInputError, SpaceMismatchError
from ammo_agents.geometry.space import Indices, finite
from ammo_agents.records import Matrix

PEOPLE, CREATIONS = 512, 1_024
"""One block of the product: 2 MB of scores, which stay in the cache while they are looked through."""
SAMPLE = 128
"""Creations that are sorted to find a first n-th best."""


def best_for_many(people: Matrix, rows: Matrix, n: int) -> tuple[Indices, Matrix]:
    """Return each person's n best creations, best first, and their scores; shapes (P, n).

    `people` are vectors q (P, d), `rows` are φ (C, d), both cast to float32. The scores of all pairs are
    never held: a block of them is compared with the n-th best so far and nearly nothing passes. Of equal
    scores the smaller row comes first. Fewer creations than n give fewer columns.

    Raises:
        BadInputError: n is below 1.
        SpaceMismatchError: the widths differ.
        VectorError: a number that is not finite.
    """
    if n < 1:
        raise BadInputError(f"the {n} best of something are nobody's", hint="Ask for 1 or more.")
    q = np.ascontiguousarray(finite(people, name="the people's vectors"), np.float32)
    phi = np.ascontiguousarray(finite(rows, name="the creations' rows"), np.float32)
    if q.ndim != 2 or phi.ndim != 2 or q.shape[1] != phi.shape[1]:
        raise SpaceMismatchError(
            f"people of shape {q.shape} do not meet rows of shape {phi.shape}",
            hint="Fold and feature both in one frame.",
        )
    n = min(n, len(phi))
    places, scores = np.empty((len(q), n), np.intp), np.empty((len(q), n), np.float32)
    for start in range(0, len(q), PEOPLE):
        block = slice(start, start + PEOPLE)
        places[block], scores[block] = _best(q[block], phi, n)
    return places, scores


def _best(q: Matrix, phi: Matrix, n: int) -> tuple[Indices, Matrix]:
    """Return the n best of one block of people."""
    first = min(len(phi), max(n, SAMPLE))
    kept, at = _sorted(q @ phi[:first].T, np.arange(first)[None, :], n)
    start = first
    while start < len(phi):
        stop = min(len(phi), max(2 * start, n), start + CREATIONS)
        scores = q @ phi[start:stop].T
        who, where = np.divmod(np.flatnonzero(scores > kept[:, -1:]), stop - start)
        if len(who):
            rows, who = np.unique(who, return_inverse=True)
            found, places = _gathered(scores[rows], who, where)
            found, places = np.hstack([kept[rows], found]), np.hstack([at[rows], places + start])
            kept[rows], at[rows] = _sorted(found, places, n)
        start = stop
    return at, kept


def _gathered(scores: Matrix, who: Indices, where: Indices) -> tuple[Matrix, Indices]:
    """Return the scores that passed, row by row and padded with -inf, and their columns."""
    counts = np.bincount(who, minlength=len(scores))
    column = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
    found = np.full((len(scores), int(counts.max())), -np.inf, np.float32)
    places = np.zeros(found.shape, np.intp)
    found[who, column] = scores[who, where]
    places[who, column] = where
    return found, places


def _sorted(scores: Matrix, places: Indices, n: int) -> tuple[Matrix, Indices]:
    """Return the n largest per row and their places, largest first, ties by the smaller place."""
    places = np.broadcast_to(places, scores.shape)
    # Places ascend within a row, so a stable sort by score alone keeps the smaller of equals first.
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(places, order, axis=1)
