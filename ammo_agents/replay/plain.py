"""Peers that need no learning of persons: chance, the popular, the well rated, and two on texts alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ammo_agents.records import Wide
from ammo_agents.replay.counts import item_means, like_counts
from ammo_agents.replay.log import History
from ammo_agents.replay.method import Catalogue

HALF_LIFE = 20.0
"""Likes after which a like counts half."""
RIDGE = 1.0


class Random:
    """A score out of a hat: the same person and past, the same hat."""

    name = "random"

    def __init__(self, catalogue: Catalogue) -> None:
        self._items, self._seed = len(catalogue.items), catalogue.seed

    def learn(self, known: Sequence[History]) -> None:
        """Learn nothing."""

    def scores(self, past: History) -> Wide:
        """Return uniform numbers."""
        person = int.from_bytes(past.person.encode(), "big")
        return np.random.default_rng([self._seed, len(past), person]).random(self._items)


class Popularity:
    """What most people liked, for everybody."""

    name = "popularity"

    def __init__(self, catalogue: Catalogue) -> None:
        self._items = len(catalogue.items)
        self._scores: Wide = np.zeros(self._items)

    def learn(self, known: Sequence[History]) -> None:
        """Count likes."""
        self._scores = like_counts(known, self._items)

    def scores(self, past: History) -> Wide:  # noqa: ARG002 - the same for everybody
        """Return the number of likes."""
        return self._scores


class ItemMean:
    """What others think of each item, shrunk to the mean; not personal."""

    name = "item_mean"

    def __init__(self, catalogue: Catalogue) -> None:
        self._items = len(catalogue.items)
        self._scores: Wide = np.zeros(self._items)

    def learn(self, known: Sequence[History]) -> None:
        """Average rewards."""
        self._scores = item_means(known, self._items)

    def scores(self, past: History) -> Wide:  # noqa: ARG002 - the same for everybody
        """Return the shrunk means."""
        return self._scores


class Rocchio:
    """The mean of the liked texts, centred, with a half-life of 20 likes; before the first like, the item mean."""

    name = "rocchio"
    half_life = HALF_LIFE
    """In likes."""

    def __init__(self, catalogue: Catalogue) -> None:
        rows = catalogue.vectors.astype(np.float64)
        self._rows = rows - rows.mean(axis=0)
        self._start: Wide = np.zeros(len(rows))

    def learn(self, known: Sequence[History]) -> None:
        """Take the item means for people who liked nothing yet."""
        self._start = item_means(known, len(self._rows))

    def scores(self, past: History) -> Wide:
        """Return the cosine-like product with the weighted mean of what was liked."""
        liked = past.liked
        if not len(liked):
            return self._start
        weights = 0.5 ** (np.arange(len(liked))[::-1] / self.half_life)
        taste: Wide = weights @ self._rows[liked] / weights.sum()
        found: Wide = self._rows @ taste
        return found


class Centroid(Rocchio):
    """The same without a half-life: every like counts alike, which serves better where time says nothing."""

    name = "centroid"
    half_life = np.inf


class Ridge:
    """A ridge regression of each person's ratings on the texts; before the first rating, the item mean."""

    name = "ridge"

    def __init__(self, catalogue: Catalogue) -> None:
        self._rows = catalogue.vectors.astype(np.float64)
        self._start: Wide = np.zeros(len(self._rows))

    def learn(self, known: Sequence[History]) -> None:
        """Take the item means for people who rated nothing yet."""
        self._start = item_means(known, len(self._rows))

    def scores(self, past: History) -> Wide:
        """Return the predicted reward less the person's mean, in the dual form (one row per rating)."""
        if not len(past):
            return self._start
        x, y = self._rows[past.items], past.rewards
        gram = x @ x.T + RIDGE * np.eye(len(x))
        taste: Wide = x.T @ np.linalg.solve(gram, y - y.mean())
        found: Wide = self._rows @ taste
        return found
