"""Answers in the words of a capable model pass the same gate as cards."""

from __future__ import annotations

import datetime as dt

from ammo_agents.records import EntityId, Fact, Quantity, Source, SubspaceId, fact_id
from ammo_agents.round.conversation import gate_of


def tide() -> Fact:
    high = Quantity(name="high", value=4.2, unit="m", text="4.2 m")
    day = dt.date(2026, 1, 3)
    return Fact(
        id=fact_id(
            entity=EntityId("tides/bay"), predicate="tide.high", date=day, statement="4.2 m"
        ),
        subspace=SubspaceId("tides"),
        entity=EntityId("tides/bay"),
        predicate="tide.high",
        frame="High water in the bay reached {high}.",
        quantities=(high,),
        date=day,
        source=Source(name="Tide table"),
    )


def test_an_answer_may_say_what_its_fact_says_and_no_other_number() -> None:
    passes = gate_of({}, {})
    assert passes("High water in the bay reached 4.2 m.", [tide()])
    assert not passes("High water in the bay reached 4.9 m.", [tide()])
    assert not passes("High water in the bay never reached 4.2 m.", [tide()])
