"""Who writes next where many worlds share one model."""

from __future__ import annotations

import asyncio

import pytest

from ammo_agents.records import SubspaceId
from ammo_agents.round.pens import Pens

COIN, MOVIE, JOB = SubspaceId("coin"), SubspaceId("movie"), SubspaceId("job")


class Desk:
    """Writers that hold their pen until they are told to stop, and a note of who took one when."""

    def __init__(self, pens: Pens) -> None:
        self.pens = pens
        self.took: list[SubspaceId] = []
        self.ends: list[asyncio.Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, *spaces: SubspaceId) -> None:
        for space in spaces:
            self.tasks.append(asyncio.create_task(self._write(space)))
            await asyncio.sleep(0)

    async def _write(self, space: SubspaceId) -> None:
        async with self.pens.held(space):
            self.took.append(space)
            end = asyncio.Event()
            self.ends.append(end)
            await end.wait()

    async def end(self, count: int) -> None:
        for _ in range(count):
            self.ends.pop(0).set()
            for _ in range(4):
                await asyncio.sleep(0)


async def test_no_more_write_at_a_time_than_there_are_pens() -> None:
    desk = Desk(Pens(most=2))
    await desk.ask(COIN, COIN, COIN, MOVIE)
    assert desk.took == [COIN, COIN]
    await desk.end(4)
    assert sorted(desk.took) == [COIN, COIN, COIN, MOVIE]


async def test_a_world_that_asks_for_much_does_not_keep_the_others_waiting() -> None:
    desk = Desk(Pens(most=1))
    await desk.ask(COIN, COIN, COIN, COIN, MOVIE, JOB)
    await desk.end(6)
    assert desk.took == [COIN, MOVIE, JOB, COIN, COIN, COIN]


async def test_who_is_waited_for_writes_next() -> None:
    pens = Pens(most=1)
    desk = Desk(pens)
    await desk.ask(COIN, MOVIE, JOB, MOVIE, COIN, JOB)
    pens.waited_for = JOB.__eq__
    await desk.end(6)
    assert desk.took[:3] == [COIN, JOB, JOB]


@pytest.mark.parametrize("let_in", [False, True], ids=["while it waits", "as it is let in"])
async def test_who_gives_up_leaves_no_pen_behind(let_in: bool) -> None:
    pens = Pens(most=1)
    desk = Desk(pens)
    await desk.ask(COIN, MOVIE, JOB)
    if let_in:
        desk.ends[0].set()
        await asyncio.sleep(0)  # coin lays its pen down, movie has not run yet
    desk.tasks[1].cancel()
    await asyncio.gather(desk.tasks[1], return_exceptions=True)
    if not let_in:
        await desk.end(1)
    for _ in range(4):
        await asyncio.sleep(0)
    assert desk.took == [COIN, JOB]
    await desk.end(len(desk.ends) if let_in else 1)
    async with asyncio.timeout(1):
        async with pens.held(MOVIE):
            assert pens._held == 1
