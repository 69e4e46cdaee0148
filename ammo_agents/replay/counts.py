"""Tables over the people a peer learns from: who liked what, and what everybody thinks of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ammo_agents.errors import ResourceError
from ammo_agents.ports import Likes
from ammo_agents.records import Wide
from ammo_agents.replay.log import History

MOST = 250_000_000
"""Cells of a table of likes: two gigabytes."""
SHRINK = 5.0
"""An item's mean counts like so many ratings at the global mean."""


def likes_matrix(known: Sequence[History], items: int) -> Wide:
    """Return 1 where a person rated an item 4 or more, shape (people, items).

    Raises:
        ResourceError: the table would not fit in memory.
    """
    if len(known) * items > MOST:
        raise ResourceError(
            f"{len(known)} people x {items} items do not fit in memory as one table",
            hint="Judge a part of the log, or leave out the methods that need it: --methods",
        )
    table = np.zeros((len(known), items))
    for row, person in enumerate(known):
        table[row, person.liked] = 1.0
    return table


def likes_of(known: Sequence[History], items: int) -> Likes:
    """Return the same as a list of likes, each of weight 1."""
    entity = np.concatenate([np.empty(0, np.intp), *(person.liked for person in known)])
    person = np.repeat(np.arange(len(known)), [len(p.liked) for p in known]).astype(np.intp)
    return Likes(
        people=len(known), entities=items, person=person, entity=entity, weight=np.ones(len(entity))
    )


def like_counts(known: Sequence[History], items: int) -> Wide:
    """Return by how many people each item was liked, shape (items,)."""
    return np.bincount(likes_of(known, items).entity, minlength=items).astype(np.float64)


def item_means(known: Sequence[History], items: int) -> Wide:
    """Return b = (sum of rewards - n·global mean) / (n + 5), shape (items,): what others thought."""
    if not known:
        return np.zeros(items)
    rated = np.concatenate([person.items for person in known])
    rewards = np.concatenate([person.rewards for person in known])
    if not len(rated):
        return np.zeros(items)
    n = np.bincount(rated, minlength=items)
    total = np.bincount(rated, weights=rewards, minlength=items)
    shrunk: Wide = (total - n * rewards.mean()) / (n + SHRINK)
    return shrunk
