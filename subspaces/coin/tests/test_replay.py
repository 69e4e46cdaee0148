"""The replayed world: where it starts, what its days bring, where it ends."""

import asyncio
import datetime as dt

import pytest
from ammo_subspace_coin.prices import Prices
from ammo_subspace_coin.replay import SHIFT, CoinReplay

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import EntityId


async def world(prices: Prices, start: dt.date | None = None, *only: str) -> CoinReplay:
    options = FeedOptions(start=start, only=only)
    return await asyncio.to_thread(CoinReplay, options, prices=prices)


async def test_the_first_step_leads_to_the_start(prices: Prices) -> None:
    replay = await world(prices, dt.date(2020, 3, 12))
    assert replay.day() == dt.date(2020, 3, 11)
    shifts = await replay.advance()
    assert replay.day() == dt.date(2020, 3, 12)
    assert shifts is not None
    assert len(shifts) > 10
    assert shifts[0].surprise >= shifts[-1].surprise >= SHIFT


async def test_the_world_ends_with_its_data(prices: Prices) -> None:
    replay = await world(prices, dt.date(2020, 12, 31))
    assert await replay.advance() is not None
    assert await replay.advance() is None
    assert replay.day() == dt.date(2020, 12, 31)
    after = await world(prices, dt.date(2021, 1, 1))
    assert await after.advance() is None


@pytest.mark.parametrize("start", [dt.date(2013, 4, 28), dt.date(2021, 1, 2)])
async def test_a_start_outside_the_data_is_refused_with_its_bounds(
    prices: Prices, start: dt.date
) -> None:
    with pytest.raises(BadInputError, match="2013-04-29 to 2020-12-31"):
        await world(prices, start)


async def test_an_unknown_coin_is_refused_by_name(prices: Prices) -> None:
    with pytest.raises(BadInputError, match="'bitcoln'"):
        await world(prices, None, "bitcoin", "bitcoln")


async def test_only_the_coins_asked_for_are_told(prices: Prices) -> None:
    replay = await world(prices, dt.date(2020, 3, 12), "bitcoin")
    shifts = await replay.advance()
    assert {s.entity for s in shifts or ()} == {"coin/bitcoin"}
    assert {f.entity for f in replay.knowledge()} == {"coin/bitcoin"}


async def test_mondays_bring_the_review_of_the_week_before(prices: Prices) -> None:
    replay = await world(prices, dt.date(2020, 3, 15))
    await replay.advance()
    assert await replay.scheduled() == []
    await replay.advance()
    review = await replay.scheduled()
    by_entity = {s.entity: s for s in review}
    assert by_entity[EntityId("coin/bitcoin")].facts[0].statement == (
        "Bitcoin ended the week on 15 March 2020 at $5,392.31, down 33.5% from $8,108.12 on 8 March 2020."
    )
    assert {f.predicate for f in by_entity[EntityId("coin/market")].facts} <= {
        "coin.best_week",
        "coin.worst_week",
    }


async def test_a_halving_wakes_on_its_day_and_is_known_from_then_on(prices: Prices) -> None:
    replay = await world(prices, dt.date(2020, 5, 10), "bitcoin")
    await replay.advance()
    before = [f.statement for f in replay.knowledge() if f.predicate == "coin.halving"]
    shifts = await replay.advance()
    after = [f.statement for f in replay.knowledge() if f.predicate == "coin.halving"]
    told = "The block reward of Bitcoin halved from 12.5 BTC to 6.25 BTC on 11 May 2020."
    assert shifts is not None
    assert shifts[0].facts[0].statement == told
    assert told not in before
    assert len(before) == 2
    assert after[0] == told


async def test_anniversaries_of_halvings_are_on_the_calendar(prices: Prices) -> None:
    replay = await world(prices, dt.date(2020, 7, 9), "bitcoin")
    await replay.advance()
    said = [f.statement for s in await replay.scheduled() for f in s.facts]
    assert said == [
        "On 9 July 2020 it was 4 years since the block reward of Bitcoin halved on 9 July 2016."
    ]


async def test_a_world_cut_off_today_tells_what_the_whole_history_tells(prices: Prices) -> None:
    start, today = dt.date(2020, 3, 10), dt.date(2020, 3, 14)
    whole, cut = await world(prices, start), await world(prices.until(today), start)
    for _ in range(5):
        assert await whole.advance() == await cut.advance()
        assert await whole.scheduled() == await cut.scheduled()
        assert whole.knowledge() == cut.knowledge()
    assert await cut.advance() is None


async def test_an_average_day_brings_a_few_shifts(prices: Prices) -> None:
    replay = await world(prices)
    counts = []
    while replay.day() < dt.date(2020, 6, 30):
        counts.append(len(await replay.advance() or ()) + len(await replay.scheduled()))
    assert 3 <= sum(counts) / len(counts) <= 10
