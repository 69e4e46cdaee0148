"""How what is known of a film, a person, a genre or a decade becomes a fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ammo_agents.records import EntityId, Fact, Quantity, Source, fact_id
from ammo_subspace_movie.films import MOVIE
from ammo_subspace_movie.frames import FRAMES

BEGINNING = dt.date(2017, 12, 31)
"""The day before the replayed days: what has always been here is dated with it."""
COUNTED = Source(
    name="Wikipedia contributors, the openings of the articles on the films here",
    url="https://en.wikipedia.org",
    licence="CC BY-SA 4.0",
    verified_by="counted over the films here by ammo_subspace_movie",
)


def tell(  # noqa: PLR0913 - the parts of a fact
    predicate: str,
    entity: EntityId,
    day: dt.date,
    quantities: Sequence[Quantity],
    *,
    surprise: float = 0.0,
    mentions: Sequence[EntityId] = (),
    source: Source = COUNTED,
) -> Fact:
    """Return a fact in its canonical words, with the id that follows from them."""
    frame = FRAMES[predicate]
    words = {q.name: q.text for q in quantities}
    return Fact(
        id=fact_id(entity=entity, predicate=predicate, date=day, statement=frame.format_map(words)),
        subspace=MOVIE,
        entity=entity,
        predicate=predicate,
        frame=frame,
        quantities=tuple(quantities),
        date=day,
        source=source,
        surprise=round(max(0.0, surprise), 3),
        mentions=tuple(dict.fromkeys(m for m in mentions if m != entity)),
    )
