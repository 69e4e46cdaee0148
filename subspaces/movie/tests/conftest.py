"""One opened shelf of films for all tests."""

from __future__ import annotations

import datetime as dt

import pytest
from ammo_subspace_movie.plugin import movie
from ammo_subspace_movie.replay import MovieReplay

from ammo_agents.ports import FeedOptions
from ammo_agents.records import Fact, Knowledge


@pytest.fixture(scope="session")
def known() -> Knowledge:
    return movie.knowledge()


@pytest.fixture(scope="session")
def facts(known: Knowledge) -> list[Fact]:
    """Every fact that may be told in the last sixteen months of the world, and the standing ones."""
    world = MovieReplay(FeedOptions(start=dt.date(2022, 1, 1)))
    found = {f.id: f for f in known.facts}
    steps = iter(range(480))
    while next(steps, None) is not None:
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
