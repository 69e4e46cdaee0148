"""How what is known of a course, a topic, a section or a curriculum becomes a fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ammo_agents.records import EntityId, Fact, Quantity, Source, fact_id
from ammo_subspace_edu.catalogue import EDU
from ammo_subspace_edu.frames import FRAMES, MEASURED, variant

COUNTED = Source(
    name="Open Source Society University, the curricula here, counted and added up",
    url="https://github.com/ossu",
    licence="MIT (computer-science, math) and CC BY-SA 4.0 (data-science)",
    verified_by="computed over the READMEs' rows by ammo_subspace_edu",
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
    inputs: Sequence[Quantity] = (),
) -> Fact:
    """Return a fact in its canonical words, with the id that follows from them; ranges choose the predicate's variant."""
    words = {q.name: q.text for q in quantities}
    ranged = [slot for slot in MEASURED.get(predicate, ()) if f"{slot}_from" in words]
    predicate = variant(predicate, ranged)
    frame = FRAMES[predicate]
    return Fact(
        id=fact_id(entity=entity, predicate=predicate, date=day, statement=frame.format_map(words)),
        subspace=EDU,
        entity=entity,
        predicate=predicate,
        frame=frame,
        quantities=tuple(quantities),
        date=day,
        source=source,
        surprise=round(max(0.0, surprise), 3),
        mentions=tuple(dict.fromkeys(m for m in mentions if m != entity)),
        inputs=tuple(inputs),
    )
