"""One walk through the last school year for all tests."""

from __future__ import annotations

import datetime as dt

import pytest
from ammo_subspace_edu.plugin import edu
from ammo_subspace_edu.replay import EduReplay

from ammo_agents.ports import FeedOptions
from ammo_agents.records import Fact, Knowledge


@pytest.fixture(scope="session")
def known() -> Knowledge:
    return edu.knowledge()


@pytest.fixture(scope="session")
def facts(known: Knowledge) -> list[Fact]:
    """Every fact told around the days on which most changed, and the standing ones."""
    found = {f.id: f for f in known.facts}
    for start, days in ((dt.date(2023, 9, 25), 50), (dt.date(2024, 8, 30), 30), (dt.date(2024, 12, 20), 10), (dt.date(2025, 8, 20), 140)):  # fmt: skip
        world = EduReplay(FeedOptions(start=start))
        for _ in range(days):
            for shifts in (_now(world.advance()), _now(world.scheduled())):
                found |= {f.id: f for shift in shifts or () for f in shift.facts}
    return [*found.values(), *world.knowledge()]


def _now(step):
    """Run an async step that waits for nothing."""
    try:
        step.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the replay waited for something")
