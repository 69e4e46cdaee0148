"""One walk through the world for all tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Coroutine
from typing import Any

import pytest
from ammo_subspace_job.plugin import job
from ammo_subspace_job.replay import JobReplay

from ammo_agents.ports import FeedOptions
from ammo_agents.records import Fact, Knowledge, Shift


@pytest.fixture(scope="session")
def known() -> Knowledge:
    return job.knowledge()


@pytest.fixture(scope="session")
def shifts() -> list[Shift]:
    """Everything that ever happens in this world."""
    world = JobReplay(FeedOptions(start=dt.date(2011, 6, 24)))
    found: list[Shift] = []
    while (happened := _now(world.advance())) is not None:
        found += [*happened, *_now(world.scheduled())]
    return found


@pytest.fixture(scope="session")
def facts(known: Knowledge, shifts: list[Shift]) -> list[Fact]:
    """Every fact that may ever be told."""
    told = {f.id: f for shift in shifts for f in shift.facts}
    return list({**{f.id: f for f in known.facts}, **told}.values())


def _now(step: Coroutine[Any, Any, Any]) -> Any:
    """Run an async step that waits for nothing."""
    try:
        step.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the replay waited for something")
