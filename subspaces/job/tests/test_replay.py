"""The replayed world: where it starts, what its days bring, where it ends, and that nothing looks ahead."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest
from ammo_subspace_job.board import at_least, at_most
from ammo_subspace_job.postings import by_id, postings
from ammo_subspace_job.replay import JobReplay

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import Shift


async def world(start: dt.date | None = None, *only: str) -> JobReplay:
    return await asyncio.to_thread(JobReplay, FeedOptions(start=start, only=only))


async def test_the_first_step_leads_to_the_start() -> None:
    replay = await world()
    assert replay.day() == dt.date(2018, 9, 30)
    assert await replay.advance()
    assert replay.day() == dt.date(2018, 10, 1)


async def test_the_world_ends_with_its_data() -> None:
    replay = await world(dt.date(2019, 3, 19))
    assert await replay.advance()
    assert await replay.advance() is None
    after = await world(dt.date(2019, 3, 20))
    assert await after.advance() is None


@pytest.mark.parametrize("start", [dt.date(2011, 6, 23), dt.date(2019, 3, 21)])
async def test_a_start_outside_the_data_is_refused_with_its_bounds(start: dt.date) -> None:
    with pytest.raises(BadInputError, match="2011-06-24 to 2019-03-19"):
        await world(start)


async def test_an_unknown_slug_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="'wizards'"):
        await world(None, "civil-engineers", "wizards")


async def test_only_what_is_asked_for_is_told() -> None:
    replay = await world(dt.date(2019, 1, 1), "civil-engineers")
    told = set()
    for _ in range(60):
        for shift in [*(await replay.advance() or ()), *(await replay.scheduled())]:
            told.add(shift.entity)
            posting = by_id().get(shift.entity)
            assert (posting.occupation if posting else "Civil Engineers") == "Civil Engineers"
    assert "job/civil-engineers" in told
    assert len(told) > 3


def test_every_posting_is_told_once_on_its_day(shifts: list[Shift]) -> None:
    told = Counter(s.entity for s in shifts if s.entity in by_id())
    assert set(told) == {p.id for p in postings()}
    assert set(told.values()) == {1}
    days = {s.entity: s.date for s in shifts if s.entity in by_id()}
    assert all(days[p.id] == p.date for p in postings())


async def test_two_walks_and_one_from_the_middle_tell_the_same(shifts: list[Shift]) -> None:
    replay = await world(dt.date(2018, 11, 20))
    again: list[Shift] = []
    while replay.day() < dt.date(2018, 12, 20):
        again += [*(await replay.advance() or ()), *(await replay.scheduled())]
    between = [s for s in shifts if dt.date(2018, 11, 20) <= s.date <= dt.date(2018, 12, 20)]
    assert again == between


async def test_nothing_is_known_of_what_is_not_posted_yet() -> None:
    replay = await world(dt.date(2018, 11, 1))
    for _ in range(3):
        await replay.advance()
        assert all(fact.date <= replay.day() for fact in replay.knowledge())
        known = {f.entity for f in replay.knowledge() if f.entity in by_id()}
        assert known
        assert all(by_id()[id].date <= replay.day() for id in known)


def test_signals_really_happen_and_are_rarer_than_postings(shifts: list[Shift]) -> None:
    seen = Counter(f.predicate for s in shifts for f in s.facts)
    for signal in ("high", "first", "agency_burst", "family_burst", "skill_up", "skill_down", "family_up", "family_down"):  # fmt: skip
        assert 0 < seen[f"job.{signal}"] < seen["job.posted"] / 20


def test_a_burst_is_told_once_in_fourteen_days(shifts: list[Shift]) -> None:
    days: dict[tuple[str, str], list[dt.date]] = {}
    for shift in shifts:
        for fact in shift.facts:
            if fact.predicate.endswith("_burst"):
                days.setdefault((fact.predicate, fact.entity), []).append(fact.date)
    for told in days.values():
        gaps = [(b - a).days for a, b in pairwise(told)]
        assert all(gap >= 14 for gap in gaps)


def test_tails_of_the_binomial_law_are_those_of_a_plain_sum() -> None:
    # 10 draws at 0.3: P(X >= 6) = 0.0473490, P(X <= 1) = 0.1493083.
    assert at_least(6, 10, 0.3) == pytest.approx(3.05021, abs=1e-4)
    assert at_most(1, 10, 0.3) == pytest.approx(1.90174, abs=1e-4)
    assert at_least(0, 10, 0.3) == pytest.approx(0.0, abs=1e-12)
