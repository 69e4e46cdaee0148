"""Lets the buddies of a subspace write with scripted models, and keeps what came of it for the rules."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ammo_agents.errors import AmmoError
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.goal.work import GoalContext
from ammo_agents.goal.work import create as create_by_default
from ammo_agents.ports import Model
from ammo_agents.records import (
    Capability,
    Entity,
    EntityId,
    Fact,
    GoalBuddy,
    IdeaKind,
    Matrix,
    Placed,
    Rejected,
    Shift,
)
from ammo_agents.testing.modes import PLANTED, Mode, scripted
from ammo_agents.testing.scripted import FixedClock, HashEmbedder, ScriptedModel
from ammo_agents.testing.worlds import Study

Create = Callable[[GoalBuddy, Stimulus, GoalContext], Awaitable[Placed | Rejected | None]]
SAMPLE = 4
"""Buddies that write with every mode."""
MANY = 24
"""Buddies that write with the obedient model."""
DIM = 64
SEED = 20_261


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """One buddy, what wakes it, and the facts it may stand on."""

    buddy: GoalBuddy
    stimulus: Stimulus
    known: tuple[Fact, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Everything it may cite."""
        shift = self.stimulus.shift
        return (*self.known, *(shift.facts if shift else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of one wake."""

    wake: Wake
    mode: str
    """The model: a mode with its capability, or ``no model``."""
    capability: Capability
    outcome: object
    """Placed, Rejected or None, as the contract has it; anything else is a fault."""
    fault: str = ""
    """What was raised."""
    calls: int = 0
    """Calls the model was asked for."""

    @property
    def name(self) -> str:
        """Who wrote with which model, for reasons."""
        return f"buddy {self.wake.buddy.id} with {self.mode}"


class Writing:
    """The buddies of a study at work; everything is written once and kept."""

    def __init__(self, study: Study, create: Create = create_by_default) -> None:
        self.study = study
        self.create = create
        self._made: dict[tuple[Mode | None, Capability, bool], list[Made]] = {}
        self._many: list[Made] | None = None
        self._entities: dict[EntityId, Entity] = {}

    async def wakes(self, most: int = SAMPLE) -> list[Wake]:
        """Return up to `most` buddies that know something, spread over all of them, each with a stimulus."""
        known = await self.study.knowledge()
        self._entities = {e.id: e for e in known.entities}
        facts: dict[EntityId, list[Fact]] = defaultdict(list)
        found = await self.study.facts()
        for fact in found:
            for entity in {fact.entity, *fact.mentions}:
                facts[entity].append(fact)
        shifts = await self._shifts()
        day = max([f.date for f in found] or [dt.date(2026, 1, 1)])
        able = [
            b
            for b in await self.study.buddies()
            if any(f.entity == b.entity for f in facts[b.entity])
        ]
        step = max(1, len(able) // most)
        return [
            self._wake(buddy, n, shifts.get(buddy.entity), facts, day)
            for n, buddy in enumerate(able[::step][:most])
        ]

    async def made(
        self, mode: Mode | None, capability: Capability = "tiny", *, planted: bool = False
    ) -> list[Made]:
        """Return what the sampled buddies make with one mode; None = without a model; `planted` = asked to obey."""
        key = (mode, capability, planted)
        if key not in self._made:
            wakes = await self.wakes()
            if planted:
                wakes = [_planted(wake, n) for n, wake in enumerate(wakes)]
            made = []
            for wake in wakes:
                model = None if mode is None else scripted(mode, capability)
                made.append(await self.one(wake, model, capability))
            self._made[key] = made
        return self._made[key]

    async def one(
        self,
        wake: Wake,
        model: ScriptedModel | None,
        capability: Capability = "tiny",
        living: Matrix | None = None,
        titles: set[str] | None = None,
    ) -> Made:
        """Return what one buddy makes of one wake."""
        context = await self.context(wake, model, living, titles)
        mode = model.card.id if model else "no model"
        made = Made(wake=wake, mode=mode, capability=capability, outcome=None)
        try:
            outcome = await self.create(wake.buddy, wake.stimulus, context)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
            said = error.message if isinstance(error, AmmoError) else str(error)
            return replace(made, fault=f"{type(error).__name__}: {said}")
        return replace(made, outcome=outcome, calls=len(model.asked) if model else 0)

    async def context(
        self,
        wake: Wake,
        model: Model | None,
        living: Matrix | None = None,
        titles: set[str] | None = None,
    ) -> GoalContext:
        """Return what a buddy works with here."""
        return GoalContext(
            model=model,
            embedder=HashEmbedder(DIM),
            space=f"hash-words-{DIM}",
            entities=self._entities,
            wordings=self.study.subspace.wordings,
            known=wake.known,
            recent=set(),
            living=np.zeros((0, DIM), np.float32) if living is None else living,
            titles=set() if titles is None else titles,
            visibility=lambda *_: 0.2,
            now=FixedClock().now,
        )

    async def many(self) -> list[Made]:
        """Return what many buddies make one after the other, each beside the cards before it."""
        if self._many is not None:
            return self._many
        made: list[Made] = []
        rows, titles = np.zeros((0, DIM), np.float32), set[str]()
        for wake in await self.wakes(MANY):
            one = await self.one(wake, scripted(Mode.OBEDIENT), living=rows, titles=titles)
            made.append(one)
            if isinstance(one.outcome, Placed):
                rows = np.concatenate([rows, one.outcome.vector[None]])
                titles.add(one.outcome.creation.title.text.lower())
        self._many = made
        return made

    async def _shifts(self) -> dict[EntityId, Shift]:
        if self.study.subspace.triggers is None:
            return {}
        return {s.entity: s for s in (await self.study.walked())[0].shifts if s.facts}

    def _wake(
        self,
        buddy: GoalBuddy,
        number: int,
        shift: Shift | None,
        facts: dict[EntityId, list[Fact]],
        day: dt.date,
    ) -> Wake:
        near = [f for entity in (buddy.entity, *buddy.neighbours) for f in facts[entity]]
        known = tuple({f.id: f for f in near}.values())
        kind = IdeaKind.SIGNAL if shift else IdeaKind.CURIOSITY
        when = shift.date if shift else day
        stimulus = Stimulus(kind=kind, date=when, shift=shift, seed=SEED + number)
        return Wake(buddy=buddy, stimulus=stimulus, known=known)


def _planted(wake: Wake, number: int) -> Wake:
    """Return the wake as a request whose words are an instruction for the model."""
    words = f"{wake.buddy.name}? {PLANTED[number % len(PLANTED)]}"
    stimulus = replace(wake.stimulus, kind=IdeaKind.REQUEST, shift=None, request=words)
    return replace(wake, stimulus=stimulus)


async def all_of(
    writing: Writing, modes: Sequence[Mode], capabilities: Sequence[Capability]
) -> list[Made]:
    """Return what is made with every mode and capability; one at a time, so that it repeats."""
    found = []
    for capability in capabilities:
        for mode in modes:
            found += await writing.made(mode, capability)
            await asyncio.sleep(0)
    return found
