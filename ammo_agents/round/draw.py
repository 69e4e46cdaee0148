"""The draws of one person: the same seed, the same people-known state and the same pool give the same cards."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ammo_agents.aipp.explanation import largest, parts
from ammo_agents.aipp.preference import Event, Prior, choices, once
from ammo_agents.geometry.pick import Term
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.ports import Clock
from ammo_agents.records import (
    BuddyId,
    CreationId,
    Part,
    PersonId,
    Preference,
    Slate,
    SubspaceId,
    Wide,
    digest,
)
from ammo_agents.round.profile import Mix
from ammo_agents.settings import Settings
from ammo_agents.user.rank import Candidates, Sitting, choose, foreseen

FRESH_DAYS = 3
"""Days of the subspace's world that the fresh mix looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a draw follows: a preference with the acts it was folded from."""

    preference: Preference
    events: Sequence[Event]
    prior: Prior


@dataclass(slots=True, kw_only=True)
class Draw:
    """How slates are chosen for one person in one subspace; `slates` numbers the next draw."""

    person: PersonId
    subspace: SubspaceId
    settings: Settings
    clock: Clock
    mix: Mix = "personal"
    slates: int = 0
    """Slates that were shown and stand."""

    def seed(self, ahead: int = 0) -> int:
        """Return the seed of the next draw, or of the one `ahead` of it."""
        words = [self.settings.seed, self.person, self.subspace, self.slates + ahead]
        return int(np.random.SeedSequence([int(digest(words)[:15], 16)]).generate_state(1)[0])

    async def choose(
        self, known: Known, pool: Candidates, n: int | None = None, *, ahead: int = 0
    ) -> Slate:
        """Return a slate of `n` cards (None = all slots of a sitting) with its reasons."""
        sitting, preference, prior = self._sitting(n, ahead), known.preference, known.prior
        if self.mix == "plain":
            return await asyncio.to_thread(choose, pool, _stranger(preference), sitting)
        events = once(known.events)
        chosen = choices(preference, events, prior=prior)

        def explained(row: Wide) -> tuple[Part, ...]:
            return largest(self.parts(known, row, chosen))

        return await asyncio.to_thread(choose, pool, preference, sitting, explain=explained)

    async def foresee(
        self, known: Known, pool: Candidates, n: int | None = None, *, ahead: int = 0
    ) -> tuple[CreationId, ...]:
        """Return the cards that `choose` would choose, without chances and reasons."""
        preference = _stranger(known.preference) if self.mix == "plain" else known.preference
        return await asyncio.to_thread(foreseen, pool, preference, self._sitting(n, ahead))

    async def upcoming(
        self, known: Known, pool: Candidates, n: int, avoid: Sequence[BuddyId] = ()
    ) -> tuple[CreationId, ...]:
        """Return the next `n` cards as they would come one by one, the buddies of the last cards avoided."""
        found: list[CreationId] = []
        told = list(avoid)
        for ahead in range(n):
            open_ = others(pool.without(set(found)), told)
            one = await self.foresee(known, open_, 1, ahead=ahead)
            if not one:
                break
            id = one[0]
            found.append(id)
            told = [*told[1:], pool.buddies[pool.ids.index(id)]]
        return tuple(found)

    def parts(
        self, known: Known, row: Wide, chosen: Mapping[int, Term] | None = None
    ) -> tuple[Part, ...]:
        """Return every term of a row's score; `chosen` is `choices` of what is known, if at hand."""
        return parts(known.preference, known.events, row, prior=known.prior, chosen=chosen)

    def since(self, living: LivingMatrix) -> dt.date | None:
        """Return the first day of the world that this mix looks at; None = all that lives."""
        if self.mix != "fresh" or not living.about:
            return None
        return max(one.date for one in living.about) - dt.timedelta(days=FRESH_DAYS)

    def _sitting(self, n: int | None, ahead: int) -> Sitting:
        return Sitting(
            at=self.clock.now(),
            seed=self.seed(ahead),
            slots=n or self.settings.slots,
            exploration=self.settings.exploration,
        )


def _stranger(preference: Preference) -> Preference:
    """Return nobody's preference: everything scores alike, and slates are drawn for variety."""
    return replace(preference, q=np.zeros_like(preference.q))


def others(pool: Candidates, told: Collection[BuddyId]) -> Candidates:
    """Return the candidates of buddies that have not just spoken; all, where there is nobody else."""
    places = [i for i, buddy in enumerate(pool.buddies) if buddy not in told]
    if not places or len(places) == len(pool.ids):
        return pool
    return pool.only(np.array(places, np.intp))
