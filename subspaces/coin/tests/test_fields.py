"""Fields of a Coin card are numbers of the headline's own coin."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

from ammo_subspace_coin import replay
from ammo_subspace_coin.plugin import coin

from ammo_agents.ports import CardField, FeedOptions
from ammo_agents.records import (
    BuddyId,
    Claim,
    Creation,
    CreationId,
    EntityId,
    Fact,
    IdeaId,
    IdeaKind,
    SubspaceId,
)
from ammo_agents.testing import check_subspace
from ammo_agents.views.cards import filled


def card_of(*facts: Fact) -> Creation:
    """A card that states these facts in order."""
    claims = [Claim(text=fact.statement, facts=(fact.id,)) for fact in facts]
    return Creation(
        id=CreationId("c_test"),
        idea=IdeaId("i_test"),
        kind=IdeaKind.SIGNAL,
        buddy=BuddyId(facts[0].entity),
        subspace=SubspaceId("coin"),
        entity=EntityId(facts[0].entity),
        date=facts[0].date,
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        title=claims[0],
        hook=claims[0],
        claims=tuple(claims),
        blocks=(),
        cost=0.0,
        visibility=0.5,
        surprise=1.0,
        model="realiser",
        prompt="",
        seed=1,
    )


async def told() -> list[Fact]:
    options = FeedOptions(start=dt.date(2020, 3, 10))
    world = await asyncio.to_thread(replay.CoinReplay, options)
    shifts = [shift for _ in range(3) for shift in await world.advance() or ()]
    return [fact for shift in shifts for fact in shift.facts]


async def test_a_field_is_the_headlines_own_number_with_its_day() -> None:
    facts = await told()
    mine = next(f for f in facts if any(q.name == "close" for q in f.quantities))
    other = next(f for f in facts if f.entity != mine.entity)
    close = next(q for q in mine.quantities if q.name == "close")
    found = filled(coin.fields, {f.id: f for f in facts}, card_of(mine, other))
    assert found[0] == {
        "name": "close",
        "label": "Close",
        "kind": "number",
        "value": close.value,
        "unit": "USD",
        "text": close.text,
        "fact": mine.id,
        "date": mine.date.isoformat(),
    }


async def test_no_number_of_another_coin_fills_a_field() -> None:
    facts = await told()
    with_close = [f for f in facts if any(q.name == "close" for q in f.quantities)]
    without = replace(with_close[0], quantities=(), frame="It moved.")
    other = next(f for f in with_close if f.entity != without.entity)
    known = {without.id: without, other.id: other}
    assert filled(coin.fields, known, card_of(without, other)) == []


async def test_two_fields_of_one_name_break_the_contract() -> None:
    twice = (CardField(name="close", label="Close", predicate="coin.*", quantity="close"),) * 2
    report = await check_subspace(replace(coin, fields=twice, triggers=None))
    assert "card field 'close': must be a slug, and there once" in report.faults
