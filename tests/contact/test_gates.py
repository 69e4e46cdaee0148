"""The gates before a message: their order, their values, and the clock on the person's wall."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.user.contact import (
    Moment,
    Rules,
    decide,
    is_never,
    is_quiet,
    local_day,
    next_open,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/St_Johns",
    "Africa/Casablanca",
    "Antarctica/Troll",
]
NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
RULES = Rules()
WELL = Moment(at=NOON, looked=NOON - dt.timedelta(hours=5), score=0.9, novelty=0.5)
"""A moment in which everything is open."""

YEARS = dt.datetime(2024, 1, 1), dt.datetime(2029, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
times = st.datetimes(*YEARS, timezones=st.just(dt.UTC))
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
zones = st.sampled_from(ZONES).map(ZoneInfo)
rules = st.builds(
    Rules,
    quiet_from=clocks,
    quiet_to=clocks,
    zone=zones,
    never_hours=st.frozensets(st.integers(0, 23), max_size=5),
)


def berlin(*parts: int, fold: int = 0) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=BERLIN, fold=fold).astimezone(dt.UTC)  # type: ignore[misc,arg-type]


def test_a_message_that_passes_every_gate_carries_every_value() -> None:
    found = decide(RULES, WELL)
    assert found.passed
    assert found.reason == ""
    names = [gate.name for gate in found.gates]
    assert names == [
        "on",
        "idle",
        "muted",
        "quiet",
        "never",
        "alone",
        "day",
        "matter",
        "score",
        "novelty",
    ]
    assert {g.name: g.value for g in found.gates}["score"] == 0.9
    assert {g.name: g.bar for g in found.gates}["day"] == 3


@pytest.mark.parametrize(
    ("rule", "moment", "gate", "waits"),
    [
        ({"proactive": False}, {}, "on", False),
        ({}, {"looked": None}, "idle", False),
        ({}, {"looked": NOON - dt.timedelta(days=3, minutes=1)}, "idle", False),
        ({"muted": frozenset({"coin/bitcoin"})}, {"buddy": "coin/bitcoin"}, "muted", False),
        ({"quiet_from": dt.time(11, 59)}, {}, "quiet", True),
        ({"never_hours": frozenset({12})}, {}, "never", True),
        ({}, {"busy": True}, "alone", True),
        ({}, {"looked": NOON - dt.timedelta(minutes=9)}, "alone", True),
        ({}, {"today": 3}, "day", True),
        ({"most_a_day": 0}, {}, "day", True),
        ({}, {"same": NOON - dt.timedelta(hours=23, minutes=59)}, "matter", False),
        ({}, {"score": 0.699}, "score", False),
        ({}, {"score": float("nan")}, "score", False),
        ({}, {"novelty": 0.05}, "novelty", False),
    ],
)
def test_one_closed_gate_is_the_reason(
    rule: dict[str, object], moment: dict[str, object], gate: str, waits: bool
) -> None:
    found = decide(replace(RULES, **rule), replace(WELL, **moment))  # type: ignore[arg-type]
    assert [g.name for g in found.gates if not g.passed] == [gate]
    assert found.failed is not None
    assert found.reason == found.failed.words != ""
    assert found.waits is waits


def test_the_cheapest_closed_gate_is_the_reason_and_all_values_are_there() -> None:
    moment = replace(WELL, busy=True, today=9, score=0.1, novelty=0.0, buddy="x")
    found = decide(replace(RULES, proactive=False, muted=frozenset({"x"})), moment)
    assert found.failed is not None
    assert found.failed.name == "on"
    assert len(found.gates) == 10
    assert sum(not gate.passed for gate in found.gates) == 6


def test_the_matter_may_come_again_after_a_day() -> None:
    assert decide(RULES, replace(WELL, same=NOON - dt.timedelta(hours=24))).passed


def test_a_message_about_no_creation_is_not_asked_for_a_score() -> None:
    found = decide(RULES, replace(WELL, score=None, novelty=None))
    assert found.passed
    assert {"score", "novelty"}.isdisjoint(gate.name for gate in found.gates)


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        decide(RULES, replace(WELL, at=NOON.replace(tzinfo=None)))


def test_quiet_hours_cross_midnight() -> None:
    night = replace(RULES, zone=BERLIN)
    assert not is_quiet(berlin(2026, 1, 10, 21, 59), night)
    assert is_quiet(berlin(2026, 1, 10, 22, 0), night)
    assert is_quiet(berlin(2026, 1, 11, 0, 0), night)
    assert is_quiet(berlin(2026, 1, 11, 7, 59), night)
    assert not is_quiet(berlin(2026, 1, 11, 8, 0), night)


def test_the_same_time_twice_is_no_quiet_hour() -> None:
    open_all_day = replace(RULES, quiet_from=dt.time(5), quiet_to=dt.time(5))
    assert not is_quiet(NOON, open_all_day)


def test_the_night_the_clock_goes_forward_is_an_hour_shorter() -> None:
    """29 March 2026, 02:00 becomes 03:00: the night from 22 to 8 has nine hours."""
    night = replace(RULES, zone=BERLIN)
    begin = berlin(2026, 3, 28, 22)
    hours = [begin + dt.timedelta(hours=h) for h in range(-1, 11)]
    assert [is_quiet(at, night) for at in hours] == [False, *[True] * 9, False, False]
    assert next_open(begin, night) == berlin(2026, 3, 29, 8) == begin + dt.timedelta(hours=9)


def test_the_night_the_clock_goes_back_is_an_hour_longer() -> None:
    """25 October 2026, 03:00 becomes 02:00: the night from 22 to 8 has eleven hours."""
    night = replace(RULES, zone=BERLIN)
    begin = berlin(2026, 10, 24, 22)
    hours = [begin + dt.timedelta(hours=h) for h in range(-1, 13)]
    assert [is_quiet(at, night) for at in hours] == [False, *[True] * 11, False, False]
    assert next_open(begin, night) == berlin(2026, 10, 25, 8) == begin + dt.timedelta(hours=11)


def test_an_hour_that_does_not_exist_ends_the_quiet_when_the_clock_jumps_over_it() -> None:
    until_two = replace(RULES, zone=BERLIN, quiet_to=dt.time(2))
    assert next_open(berlin(2026, 3, 29, 0, 30), until_two) == berlin(2026, 3, 29, 3)


def test_an_hour_that_comes_twice_is_closed_twice() -> None:
    closed = replace(RULES, zone=BERLIN, quiet_to=dt.time(1), never_hours=frozenset({2}))
    first, second = berlin(2026, 10, 25, 2, 30), berlin(2026, 10, 25, 2, 30, fold=1)
    assert second - first == dt.timedelta(hours=1)
    assert is_never(first, closed)
    assert is_never(second, closed)
    assert next_open(first, closed) == berlin(2026, 10, 25, 3)


def test_the_day_of_the_maximum_is_the_persons_own() -> None:
    away = replace(RULES, zone=ZoneInfo("Pacific/Auckland"))
    late = dt.datetime(2026, 7, 1, 13, tzinfo=dt.UTC)
    assert local_day(late, RULES) == dt.date(2026, 7, 1)
    assert local_day(late, away) == dt.date(2026, 7, 2)


@given(at=times, rules=rules)
def test_quiet_follows_the_wall_clock_in_every_zone(at: dt.datetime, rules: Rules) -> None:
    wall = at.astimezone(rules.zone)
    minutes = lambda t: 60 * t.hour + t.minute  # noqa: E731 - one place
    since = (minutes(wall) - minutes(rules.quiet_from)) % 1440
    span = (minutes(rules.quiet_to) - minutes(rules.quiet_from)) % 1440
    assert is_quiet(at, rules) == (since < span)


@given(at=times, rules=rules)
def test_a_message_that_waits_comes_at_the_first_open_minute(at: dt.datetime, rules: Rules) -> None:
    at = at.replace(second=0, microsecond=0)
    found = next_open(at, rules)

    def is_open(then: dt.datetime) -> bool:
        return not (is_quiet(then, rules) or is_never(then, rules))

    slow = (at + dt.timedelta(minutes=m) for m in range(2 * 1440 - 60))
    assert found == next((then for then in slow if is_open(then)), None)


@given(
    at=times,
    rules=rules,
    ago=st.floats(0, 20),
    today=st.integers(0, 6),
    score=st.floats(0, 1),
    novelty=st.floats(0, 2),
)
def test_nothing_passes_that_a_plain_reading_of_the_rules_forbids(
    at: dt.datetime, rules: Rules, ago: float, today: int, score: float, novelty: float
) -> None:
    looked = at - dt.timedelta(days=ago)
    moment = Moment(at=at, looked=looked, today=today, score=score, novelty=novelty)
    allowed = (
        rules.sitting_minutes / 1440 <= ago <= rules.idle_days
        and not is_quiet(at, rules)
        and at.astimezone(rules.zone).hour not in rules.never_hours
        and today < rules.most_a_day
        and score >= rules.score
        and novelty >= rules.novelty
    )
    close = min(abs(ago - rules.sitting_minutes / 1440), abs(ago - rules.idle_days)) < 1e-9
    assert close or decide(rules, moment).passed == allowed
