"""Compares a store with the exact rows: same ids, same vectors, and every row finds itself (D6, F14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ammo_agents.metaspace.door import MOST_IDS
from ammo_agents.ports import COLLECTIONS, Collection, Store

SAME = 1e-5
"""Largest difference of an entry of two equal vectors."""
TWIN = 1e-4
"""A hit nearer than the row itself by less than this is a twin of the row."""
EXAMPLES = 5


@dataclass(slots=True)
class Audit:
    """What an audit found; `wrong` = 0 means the store can be trusted."""

    rows: int = 0
    missing: int = 0
    extra: int = 0
    changed: int = 0
    unfound: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """Rows that are not as the ledger has them."""
        return self.missing + self.extra + self.changed + self.unfound

    @property
    def summary(self) -> str:
        """What is wrong, in one line."""
        return (
            f"of {self.rows} rows {self.missing} are missing, {self.changed} changed, "
            f"{self.unfound} do not find themselves; {self.extra} do not belong there"
        )

    def take(self, other: Audit) -> None:
        """Add what another audit found."""
        self.rows += other.rows
        self.missing += other.missing
        self.extra += other.extra
        self.changed += other.changed
        self.unfound += other.unfound
        self.examples = [*self.examples, *other.examples][:EXAMPLES]

    def plain(self) -> dict[str, Any]:
        """Return the counts, their sum and the examples."""
        return {
            "rows": self.rows,
            "missing": self.missing,
            "extra": self.extra,
            "changed": self.changed,
            "unfound": self.unfound,
            "wrong": self.wrong,
            "examples": list(self.examples),
        }


async def compare(
    store: Store, exact: Store, *, rows: bool, again: Callable[[], Awaitable[None]]
) -> Audit:
    """Return how `store` differs from `exact` in ids, and with `rows` in vectors too.

    Both may grow meanwhile: `again` brings both up to the ledger, and a difference counts only if it stays.
    """
    found = await _compared(store, exact, rows=rows)
    if found.wrong:
        await again()
        found = await _compared(store, exact, rows=rows)
    return found


async def self_queries(store: Store, exact: Store, sample: int | None) -> int:
    """Return how many rows (of each collection `sample`, None = all) a search with their own vector does not find."""
    unfound = 0
    for collection in COLLECTIONS:
        ids = await exact.ids(collection)
        if sample is not None and sample < len(ids):
            ids = [ids[int(i * len(ids) / sample)] for i in range(sample)]
        for start in range(0, len(ids), MOST_IDS):
            kept = await exact.vectors(collection, ids[start : start + MOST_IDS])
            for id, vector in kept.items():
                hits = await store.search(collection, vector, 3)
                own = float(vector.astype(np.float64) @ vector.astype(np.float64))
                twin = bool(hits) and hits[0].score >= own - TWIN
                unfound += not (twin or any(hit.id == id for hit in hits))
    return unfound


async def _compared(store: Store, exact: Store, *, rows: bool) -> Audit:
    found = Audit()
    for collection in COLLECTIONS:
        want, have = set(await exact.ids(collection)), set(await store.ids(collection))
        found.rows += len(want)
        found.missing += len(want - have)
        found.extra += len(have - want)
        differing = sorted(want ^ have)
        if rows:
            changed = await _changed(store, exact, collection, sorted(want & have))
            found.changed += len(changed)
            differing += changed
        found.examples = [*found.examples, *(f"{collection}/{id}" for id in differing)][:EXAMPLES]
    return found


async def _changed(store: Store, exact: Store, collection: Collection, ids: list[str]) -> list[str]:
    changed = []
    for start in range(0, len(ids), MOST_IDS):
        page = ids[start : start + MOST_IDS]
        want, have = await exact.vectors(collection, page), await store.vectors(collection, page)
        for id in page:
            same = id in want and id in have and want[id].shape == have[id].shape
            if not same or float(np.abs(want[id] - have[id]).max()) > SAME:
                changed.append(id)
    return changed
