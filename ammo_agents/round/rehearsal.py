"""A buddy writes in a copy of its world: its author sees its cards before anybody else does (W7, W8).

Nothing is published, no day passes and no refusal is kept. What the model reads and writes is real, and so
is its price: it is booked on the budget of the day.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import numpy as np

from ammo_agents.goal.trigger import Stimulus
from ammo_agents.goal.work import GoalContext, create
from ammo_agents.metering import asking
from ammo_agents.records import (
    Fact,
    FactId,
    GoalBuddy,
    IdeaKind,
    Placed,
    Rejected,
    Shift,
    Usage,
)
from ammo_agents.round import Progress, context_of
from ammo_agents.round.roster import is_due, is_touched
from ammo_agents.round.world import World

DAYS = 90
"""Days of the world that are played at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One attempt of the buddy."""

    stimulus: Stimulus
    outcome: Placed | Rejected
    known: tuple[Fact, ...]
    """Every fact it could cite."""
    seconds: float

    @property
    def usage(self) -> Usage:
        """What its model calls cost."""
        return (
            self.outcome.creation.usage if isinstance(self.outcome, Placed) else self.outcome.usage
        )


@dataclass(slots=True)
class _Stage:
    """What has been said in this rehearsal, beside what lives in the world."""

    world: World
    buddy: GoalBuddy
    progress: Progress | None
    placed: list[Placed]
    used: set[FactId]

    async def take(self, stimulus: Stimulus) -> Take | None:
        """Let the buddy write once; None where it has nothing to say."""
        clock = asyncio.get_running_loop().time
        context, known = await context_of(self.world, self.buddy, stimulus, progress=self.progress)
        started = clock()
        with asking(self.buddy.id):
            outcome = await create(self.buddy, stimulus, self._grown(context))
        if outcome is None:
            return None
        if isinstance(outcome, Placed):
            self.placed.append(outcome)
            said = (outcome.creation.title, outcome.creation.hook, *outcome.creation.claims)
            self.used.update(id for claim in said for id in claim.facts)
        return Take(
            stimulus=stimulus, outcome=outcome, known=tuple(known), seconds=clock() - started
        )

    def _grown(self, context: GoalContext) -> GoalContext:
        titles = {placed.creation.title.text.lower() for placed in self.placed}
        rows = [placed.vector[None] for placed in self.placed]
        here = [context.living] if len(context.living) else []
        living = np.concatenate([*here, *rows]) if rows else context.living
        return replace(
            context,
            living=living,
            titles=context.titles | titles,
            recent=context.recent | self.used,
        )


async def rehearse(
    world: World, buddy: GoalBuddy, *, cards: int, progress: Progress | None = None
) -> list[Take]:
    """Return up to `cards` attempts of a buddy, refused ones too, over the days that come next in its world.

    It is woken as in a round: by shifts of its entity that touch its topics, and by its schedule. Where that is
    not enough within `DAYS`, it is asked what it has to say. Its budget of a day holds.
    """
    stage = _Stage(world, buddy, progress, [], set())
    takes: list[Take] = []
    day, written = dt.date.min, 0
    async for stimulus in _stimuli(world, buddy):
        if len(takes) >= cards:
            break
        if stimulus.date != day:
            day, written = stimulus.date, 0
        if written >= world.allowance(buddy.id):
            continue
        if (take := await stage.take(stimulus)) is not None:
            takes.append(take)
            written += isinstance(take.outcome, Placed)
    while world.allowance(buddy.id) > 0 and len(takes) < cards:
        take = await stage.take(_asked(world, buddy, len(takes)))
        if take is None or _is_same(take, takes):
            break
        takes.append(take)
    return takes


async def _stimuli(world: World, buddy: GoalBuddy) -> AsyncIterator[Stimulus]:
    """Yield what would wake the buddy on the next days of the world."""
    for _ in range(DAYS):
        before = world.triggers.day()
        shifts = await world.triggers.advance()
        if shifts is None:
            return
        date = world.triggers.day()
        for shift in shifts:
            if is_heard(world, buddy, shift):
                seed = world.seed_for(buddy.id)
                yield Stimulus(
                    kind=IdeaKind.SIGNAL, date=date, shift=shift, entity=shift.entity, seed=seed
                )
        if is_due(buddy, before, date):
            yield Stimulus(
                kind=IdeaKind.SCHEDULE,
                date=date,
                entity=buddy.entity,
                seed=world.seed_for(f"{buddy.id} by the calendar"),
            )


def is_heard(world: World, buddy: GoalBuddy, shift: Shift) -> bool:
    """Return whether a shift can wake the buddy: it speaks for its entity, first or touched by it."""
    voices = world.who.voices.get(shift.entity, ())
    return buddy in voices and (voices[0] == buddy or is_touched(buddy, shift))


def _asked(world: World, buddy: GoalBuddy, n: int) -> Stimulus:
    return Stimulus(
        kind=IdeaKind.CURIOSITY,
        date=world.triggers.day(),
        entity=buddy.entity,
        seed=world.seed_for(f"{buddy.id} {n}"),
    )


def _is_same(take: Take, takes: list[Take]) -> bool:
    """Whether a refusal only repeats one that was given already."""
    return isinstance(take.outcome, Rejected) and any(
        isinstance(other.outcome, Rejected) and other.outcome.idea.facts == take.outcome.idea.facts
        for other in takes
    )
