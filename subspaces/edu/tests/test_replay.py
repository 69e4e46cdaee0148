"""The replayed world: where it starts, what its days bring, where it ends, and that nothing looks ahead."""

import asyncio
import datetime as dt

import pytest
from ammo_subspace_edu.catalogue import all_listed, rows
from ammo_subspace_edu.replay import START, EduReplay

from ammo_agents.errors import BadInputError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import Fact, Shift


async def world(start: dt.date | None = None, *only: str) -> EduReplay:
    return await asyncio.to_thread(EduReplay, FeedOptions(start=start, only=only))


async def on(start: dt.date, *only: str) -> tuple[list[Shift], list[Shift]]:
    """Return what changed on a day and what the calendar brought."""
    replay = await world(start, *only)
    return list(await replay.advance() or ()), list(await replay.scheduled())


def lines(shifts: list[Shift]) -> list[str]:
    return [fact.statement for shift in shifts for fact in shift.facts]


async def test_the_first_step_leads_to_the_start() -> None:
    replay = await world()
    assert replay.day() == START - dt.timedelta(days=1)
    assert await replay.advance() is not None
    assert replay.day() == START


async def test_the_world_ends_with_its_data() -> None:
    replay = await world(dt.date(2026, 6, 26))
    assert await replay.advance() is not None
    assert await replay.advance() is None
    after = await world(dt.date(2026, 6, 27))
    assert await after.advance() is None


@pytest.mark.parametrize("start", [dt.date(2020, 12, 31), dt.date(2026, 6, 28)])
async def test_a_start_outside_the_data_is_refused_with_its_bounds(start: dt.date) -> None:
    with pytest.raises(BadInputError, match="2021-01-01 to 2026-06-26"):
        await world(start)


async def test_an_unknown_slug_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="'topic-pyton'"):
        await world(None, "topic-python", "topic-pyton")


async def test_the_changes_of_the_repository_are_told_on_their_day() -> None:
    changed, _ = await on(dt.date(2023, 11, 9))
    told = lines(changed)
    assert "Differential Equations joined the Mathematics curriculum on 9 November 2023." in told
    assert (
        "Transfer Functions and the Laplace Transform left the Mathematics curriculum on 9 November 2023."
        in told
    )
    assert (
        "On 9 November 2023, the Computer Science curriculum changed the length of Software Engineering: "
        "Introduction from 6 weeks to 4 weeks." in told
    )
    before, _ = await on(dt.date(2023, 11, 8))
    assert before == []


async def test_a_fact_of_a_change_names_the_commit_that_made_it() -> None:
    changed, _ = await on(dt.date(2026, 4, 15))
    facts = {
        f.predicate: f for shift in changed for f in shift.facts if "Game Theory" in f.statement
    }
    expected = "https://github.com/ossu/computer-science/blob/a6938d4"
    assert facts["edu.joined"].source.url.startswith(expected)
    assert facts["edu.left"].source.url.startswith(expected)
    assert facts["edu.swap"].statement == (
        "On 15 April 2026, Algorithmic Game Theory joined and Game Theory left the section Advanced theory of the "
        "Computer Science curriculum."
    )


async def test_the_calendar_tells_anniversaries_and_the_year() -> None:
    _, calendar = await on(dt.date(2025, 9, 30))
    assert "On 30 September 2025, Systematic Program Design had been in the Computer Science curriculum for 2 years." in lines(calendar)  # fmt: skip
    _, calendar = await on(dt.date(2026, 1, 1))
    assert "In 2025, 3 courses joined and 7 left the Computer Science curriculum." in lines(
        calendar
    )


async def test_nothing_is_known_of_what_has_not_happened() -> None:
    replay = await world(dt.date(2023, 9, 28))
    ahead = {r.course for r in rows()} - {r.course for r in rows() if r.since is None or r.since <= dt.date(2023, 9, 29)}  # fmt: skip
    assert "systematic-program-design" in ahead
    for _ in range(2):
        await replay.advance()
        told: list[Fact] = [f for s in await replay.scheduled() for f in s.facts]
        for fact in (*told, *replay.knowledge()):
            assert fact.date <= replay.day()
            assert not {f"edu/course-{slug}" for slug in ahead} & {fact.entity, *fact.mentions}


async def test_what_has_left_is_told_of_for_a_week_and_never_as_listed() -> None:
    replay = await world(dt.date(2026, 4, 15))
    for n in range(10):
        await replay.advance()
        gone = [f for f in replay.knowledge() if f.entity == "edu/course-game-theory"]
        assert {f.predicate for f in gone} == ({"edu.left", "edu.on"} if n < 7 else set())


async def test_a_walk_that_enters_in_the_middle_tells_the_same() -> None:
    early, late = await world(dt.date(2024, 9, 8)), await world(dt.date(2024, 9, 10))
    for _ in range(2):
        await early.advance()
    for _ in range(3):
        assert await early.advance() == await late.advance()
        assert await early.scheduled() == await late.scheduled()
        assert early.knowledge() == late.knowledge()


async def test_only_what_is_asked_for_is_told() -> None:
    replay = await world(dt.date(2025, 12, 25), "topic-algorithms")
    seen = set()
    for _ in range(12):
        for shift in (*(await replay.advance() or ()), *(await replay.scheduled())):
            seen.add(shift.entity)
            assert "algorithms" in shift.entity or any("topic-algorithms" in f.mentions for f in shift.facts) or shift.entity.startswith("edu/course-")  # fmt: skip
    assert "edu/course-algorithms-design-and-analysis-part-1" in seen
    assert not any(id.startswith("edu/curriculum-") for id in seen)


async def test_everything_with_something_to_say_comes_round() -> None:
    replay = await world(dt.date(2026, 4, 16))
    seen = set()
    for _ in range(72):
        await replay.advance()
        shifts = await replay.scheduled()
        assert 1 <= len(shifts) <= 12
        seen |= {shift.entity for shift in shifts}
    courses = {row.id for row in all_listed(dt.date(2026, 6, 1))}
    assert len(courses - seen) < len(courses) / 4
