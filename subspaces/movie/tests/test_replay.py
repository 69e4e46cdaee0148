"""The replayed world: where it starts, what its days bring, where it ends, and that nothing looks ahead."""

import asyncio
import datetime as dt

import pytest
from ammo_subspace_movie.arrivals import arrivals, between
from ammo_subspace_movie.films import by_id
from ammo_subspace_movie.replay import MovieReplay

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions


async def world(start: dt.date | None = None, *only: str) -> MovieReplay:
    return await asyncio.to_thread(MovieReplay, FeedOptions(start=start, only=only))


async def test_the_first_step_leads_to_the_start() -> None:
    replay = await world()
    assert replay.day() == dt.date(2017, 12, 31)
    assert await replay.advance() is not None
    assert replay.day() == dt.date(2018, 1, 1)


async def test_the_world_ends_with_its_data() -> None:
    replay = await world(dt.date(2023, 4, 19))
    assert await replay.advance() is not None
    assert await replay.advance() is None
    after = await world(dt.date(2023, 4, 20))
    assert await after.advance() is None


@pytest.mark.parametrize("start", [dt.date(2017, 12, 31), dt.date(2023, 4, 21)])
async def test_a_start_outside_the_data_is_refused_with_its_bounds(start: dt.date) -> None:
    with pytest.raises(BadInputError, match="2018-01-01 to 2023-04-19"):
        await world(start)


async def test_an_unknown_slug_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="'westrn'"):
        await world(None, "western", "westrn")


async def test_only_what_is_asked_for_is_told() -> None:
    replay = await world(dt.date(2021, 1, 1), "western")
    for _ in range(30):
        shifts = [*(await replay.advance() or ()), *(await replay.scheduled())]
        for shift in shifts:
            film = by_id().get(shift.entity)
            assert film is None or "Western" in film.genres


async def test_every_new_film_joins_on_one_day_and_is_told_that_day() -> None:
    replay = await world()
    told = {}
    while (shifts := await replay.advance()) is not None:
        told |= {shift.entity: shift.date for shift in shifts if shift.entity in by_id()}
    assert told == dict(arrivals())
    assert len(told) == 900


async def test_nothing_is_known_of_films_that_have_not_joined() -> None:
    replay = await world(dt.date(2021, 6, 1))
    for _ in range(3):
        await replay.advance()
        await replay.scheduled()
        ahead = {id for id, day in arrivals().items() if day > replay.day()}
        for fact in replay.knowledge():
            assert fact.entity not in ahead
            if fact.predicate != "movie.sequel":
                assert not ahead & set(fact.mentions)


async def test_what_a_film_earned_or_won_is_no_news_on_the_day_it_joins() -> None:
    replay = await world()
    while (shifts := await replay.advance()) is not None:
        for shift in shifts:
            assert not {f.predicate for f in shift.facts} & {"movie.money", "movie.note"}


async def test_a_release_is_told_on_its_day_and_remembered_after_five_years() -> None:
    replay = await world(dt.date(2018, 1, 1))
    while replay.day() < dt.date(2023, 4, 10):
        await replay.advance()
        for shift in await replay.scheduled():
            for fact in shift.facts:
                if fact.predicate == "movie.anniversary":
                    then = by_id()[shift.entity].released
                    assert then is not None
                    years = replay.day().year - then.year
                    assert years % 5 == 0
                    assert f"{years} years" in fact.statement


async def test_an_average_day_brings_a_few_shifts() -> None:
    replay = await world(dt.date(2019, 1, 1))
    counts = []
    while replay.day() < dt.date(2019, 12, 31):
        counts.append(len(await replay.advance() or ()) + len(await replay.scheduled()))
    assert 2 <= sum(counts) / len(counts) <= 6


def test_a_film_without_a_day_joins_between_its_neighbours_and_an_odd_day_is_passed_over() -> None:
    day = dt.date(2019, 3, 1)
    days = between(2019, [None, day, None, dt.date(2019, 3, 11), None])
    assert dt.date(2019, 1, 1) < days[0] < day
    assert days[1:4] == [day, dt.date(2019, 3, 6), dt.date(2019, 3, 11)]
    assert dt.date(2019, 3, 11) < days[4] <= dt.date(2019, 12, 31)
    none = between(2019, [None, None, None])
    assert none == sorted(none)
