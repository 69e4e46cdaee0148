"""A walk through a subspace's world, and everything the rules look at, read once and shared."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ammo_agents.ports import FeedOptions, Subspace, Triggers
from ammo_agents.records import Fact, GoalBuddy, Knowledge, Shift
from ammo_agents.round.world import born_from
from ammo_agents.testing.rules import BrokenRuleError, ExemptRuleError

DAYS = 30
"""Days of a world that are walked through."""


@dataclass(slots=True)
class Walk:
    """What a walk through a world brought up."""

    days: list[dt.date] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    known: list[tuple[dt.date, tuple[str, ...]]] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)
    """Days that did not go forward, facts told before their day."""
    uneven: list[str] = field(default_factory=list)
    """Shifts out of order, empty, or of another entity."""


async def walk(world: Triggers, days: int) -> Walk:
    """Return what `days` days of a world tell."""
    seen = Walk()
    for _ in range(days):
        before = world.day()
        happened = await world.advance()
        if happened is None:
            break
        today = world.day()
        if today <= before:
            seen.backward.append(f"triggers: the day went from {before} to {today}")
        planned = await world.scheduled()
        known = tuple(world.knowledge())
        shifts = [*happened, *planned]
        told = [*known, *(fact for shift in shifts for fact in shift.facts)]
        seen.backward += [
            f"fact {fact.id}: is of {fact.date} and was told on {today}"
            for fact in told
            if fact.date > today
        ]
        seen.uneven += shift_faults(happened)
        seen.days.append(today)
        seen.shifts += shifts
        seen.known.append((today, tuple(str(fact.id) for fact in known)))
        seen.facts |= {str(fact.id): fact for fact in told}
    return seen


def shift_faults(shifts: Sequence[Shift]) -> Iterable[str]:
    """Yield where a day's shifts are out of order, empty, or hold facts of another entity."""
    if [s.surprise for s in shifts] != sorted((s.surprise for s in shifts), reverse=True):
        yield f"triggers: the shifts of {shifts[0].date} do not come most surprising first"
    for shift in shifts:
        if not shift.facts:
            yield f"shift of {shift.entity} on {shift.date}: holds no fact"
        if any(fact.entity != shift.entity for fact in shift.facts):
            yield f"shift of {shift.entity} on {shift.date}: holds a fact of another entity"


class Study:
    """A subspace under study: its knowledge and its walks, each read once."""

    def __init__(
        self,
        subspace: Subspace,
        *,
        start: dt.date | None = None,
        days: int = DAYS,
        readme: str = "",
    ) -> None:
        self.subspace = subspace
        self.readme = readme
        self.start = start
        self.days = days
        self._knowledge: Knowledge | None = None
        self._walks: list[Walk] = []
        self._buddies: list[GoalBuddy] | None = None
        self.beside: list[GoalBuddy] = []
        """Buddies that come from elsewhere (another hook, Markdown files); each takes the place of one with its id."""

    async def knowledge(self) -> Knowledge:
        """Return what it knows; raises `BrokenRuleError` when that is no Knowledge."""
        if self._knowledge is None:
            known = await asyncio.to_thread(self.subspace.knowledge)
            if not isinstance(known, Knowledge):
                raise BrokenRuleError(
                    f"subspace {self.subspace.id!r}: knowledge() returned {type(known).__name__}, not Knowledge"
                )
            self._knowledge = known
        return self._knowledge

    async def enter(self, start: dt.date | None) -> Triggers:
        """Return its world at a day; raises `ExemptRuleError` when it has none."""
        if self.subspace.triggers is None:
            raise ExemptRuleError("it has no triggers: nothing happens in it by itself")
        return await asyncio.to_thread(self.subspace.triggers, FeedOptions(start=start))

    async def walked(self, times: int = 1) -> list[Walk]:
        """Return the first walks from the start, each from a fresh world."""
        while len(self._walks) < times:
            self._walks.append(await walk(await self.enter(self.start), self.days))
        return self._walks[:times]

    async def later(self) -> tuple[dt.date, Walk] | None:
        """Return a walk that enters in the middle of the first one; None where that is too short."""
        seen = (await self.walked())[0]
        if len(seen.days) < 3:
            return None
        middle = seen.days[len(seen.days) // 2]
        rest = len(seen.days) - len(seen.days) // 2
        return middle, await walk(await self.enter(middle), rest)

    async def facts(self) -> list[Fact]:
        """Return every fact that was seen: the standing ones and those of the walk."""
        found = {str(f.id): f for f in (await self.knowledge()).facts}
        if self.subspace.triggers is not None:
            found |= (await self.walked())[0].facts
        return list(found.values())

    async def buddies(self) -> list[GoalBuddy]:
        """Return its Goal Buddies: its own, or those born of its entities."""
        if self._buddies is None:
            known = await self.knowledge()
            own = self.subspace.buddies
            born = born_from(known) if own is None else list(await asyncio.to_thread(own, known))
            own_ids = {buddy.id for buddy in self.beside}
            self._buddies = [*(b for b in born if b.id not in own_ids), *self.beside]
        return self._buddies
