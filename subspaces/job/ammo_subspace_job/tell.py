"""How what is known of a posting, a group, an occupation or a skill becomes a fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from ammo_agents.records import EntityId, Fact, Quantity, Source, fact_id
from ammo_subspace_job.frames import FRAMES
from ammo_subspace_job.names import JOB, NYC

BEGINNING = dt.date(2011, 6, 23)
"""The day before the replayed days: what has always been here is dated with it."""


def tell(  # noqa: PLR0913 - the parts of a fact
    predicate: str,
    entity: EntityId,
    day: dt.date,
    quantities: Sequence[Quantity],
    *,
    surprise: float = 0.0,
    mentions: Sequence[EntityId] = (),
    source: Source = NYC,
) -> Fact:
    """Return a fact in its canonical words, with the id that follows from them."""
    frame = FRAMES[predicate]
    words = {q.name: q.text for q in quantities}
    return Fact(
        id=fact_id(entity=entity, predicate=predicate, date=day, statement=frame.format_map(words)),
        subspace=JOB,
        entity=entity,
        predicate=predicate,
        frame=frame,
        quantities=tuple(quantities),
        date=day,
        source=source,
        direction=_way(predicate),
        surprise=round(max(0.0, surprise), 3),
        mentions=tuple(dict.fromkeys(m for m in mentions if m != entity)),
    )


def _way(predicate: str) -> Literal["up", "down"] | None:
    """Return where a changed share went."""
    if predicate.endswith("_up"):
        return "up"
    return "down" if predicate.endswith("_down") else None
