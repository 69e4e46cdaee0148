"""Stage 6: what could be shown to a person now: everything that lives and that they have not seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection as Group
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.metaspace.index import Index
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.ports import Clause
from ammo_agents.records import BuddyId, CreationId, EntityId, Matrix, Vector

MOST_EXACT = 100_000
"""Rows up to which everything is a candidate; beyond, the store proposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """C, in canonical (id) order; row i, buddy i, entity i, date i and title i belong to id i."""

    ids: tuple[CreationId, ...]
    vectors: Matrix = field(compare=False)
    """Unit rows, shape (n, D)."""
    buddies: tuple[BuddyId, ...]
    entities: tuple[EntityId, ...]
    dates: tuple[dt.date, ...]
    titles: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


def everything(
    living: LivingMatrix,
    *,
    seen: Group[CreationId] = (),
    since: dt.date | None = None,
    only: Group[CreationId] | None = None,
) -> Candidates:
    """Return every living creation from `since` on that is not in `seen` (and is in `only`, if given)."""
    every = living.about
    rows = [
        i
        for i in living.rows_since(since)
        if every[i].id not in seen and (only is None or every[i].id in only)
    ]
    about = [every[i] for i in rows]
    matrix = living.matrix
    return Candidates(
        ids=tuple(one.id for one in about),
        vectors=matrix[rows] if rows else np.empty((0, matrix.shape[1]), np.float32),
        buddies=tuple(one.buddy for one in about),
        entities=tuple(one.entity for one in about),
        dates=tuple(one.date for one in about),
        titles=tuple(one.title for one in about),
    )


async def recall(  # noqa: PLR0913 - who asks for what, and where to look beyond 100,000
    living: LivingMatrix,
    *,
    seen: Group[CreationId] = (),
    since: dt.date | None = None,
    index: Index | None = None,
    query: Vector | None = None,
    limit: int = 1_000,
    also: Group[str] = (),
) -> Candidates:
    """Return C for one person: exact and whole up to 100,000 rows.

    Beyond that, with an `index` and a unit `query` of shape (D,), the index proposes up to `limit`
    of them by nearness, and those about the entities of `also` come beside them: what people of a like
    taste found (W12). Regret must still be measured against everything.
    """
    if len(living) <= MOST_EXACT or index is None or query is None:
        return everything(living, seen=seen, since=since)
    ours = Clause(tag="subspace", op="==", value=living.subspace)
    hits = await index.search("creations", query, min(limit, 1_000), where=(ours,))
    found = {one.id for one in living.about if one.entity in also} if also else set()
    return everything(living, seen=seen, since=since, only=found | {CreationId(h.id) for h in hits})
