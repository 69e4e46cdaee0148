"""A User Buddy that travels through several subspaces with one preference (W5, W11).

It holds nothing of its own: the preference is folded from the acts that the person's User Buddies of the
single subspaces keep, in the order of the log, and every act said here is kept there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents.aipp.feedback import Shown
from ammo_agents.aipp.preference import FIXED, Event, Prior, learn
from ammo_agents.geometry import SIZE, MixedFrame
from ammo_agents.geometry.mixed import FIRST
from ammo_agents.ports import Action
from ammo_agents.records import (
    Creation,
    CreationId,
    Feedback,
    FeedbackId,
    Slate,
    SlateId,
    SubspaceId,
)
from ammo_agents.round.commons import Taught
from ammo_agents.round.companion import Companion
from ammo_agents.round.memory import WITHDRAWN
from ammo_agents.round.receipt import Given, newest
from ammo_agents.round.turns import MixedDraw
from ammo_agents.user.present import Presented

OFFSET_VARIANCE = 0.02
"""Prior variance of liking a whole subspace more or less: as that of the score every card starts with."""


def mixed_prior(spaces: int) -> Prior:
    """Return the default prior with an offset of mean 0 for each subspace."""
    more = max(0, FIRST + spaces - SIZE)
    variance = np.concatenate([FIXED.variance, np.zeros(more)])
    variance[FIRST : FIRST + spaces] = OFFSET_VARIANCE
    return replace(FIXED, mean=np.concatenate([FIXED.mean, np.zeros(more)]), variance=variance)


@dataclass(slots=True, kw_only=True)
class Traveller(Companion):
    """One person in front of several subspaces at once."""

    frame: MixedFrame
    mates: Callable[[SubspaceId], Awaitable[Companion]]
    """Return the person's User Buddy of a single subspace."""
    abroad: Callable[[], Iterable[Companion]]
    """Return those of them that are open."""
    titles: Mapping[SubspaceId, str]
    mods: Mapping[SubspaceId, Sequence[Action]]
    """Acts of each subspace's own."""
    way: MixedDraw = field(init=False)
    """The draw, as what it is here."""
    _path: list[tuple[SlateId, tuple[SubspaceId, ...]]] = field(default_factory=list)
    """The slates of this feed that stand, oldest first, with the subspaces of their cards."""
    _stamp: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        Companion.__post_init__(self)
        self.draw = self.way = MixedDraw(
            person=self.person,
            subspace=self.subspace,
            settings=self.settings,
            clock=self.clock,
            mix=self.mix,
            spaces=self.frame.spaces,
            titles=self.titles,
            space_of=self.space_of,
        )

    async def load(self, taught: Taught | None = None) -> None:  # noqa: ARG002 - no community serves several
        """Read what the ledger holds of this person in all these subspaces, and fold it in log order."""
        async with self._turn:
            acts, shown = (await self.ledger.said(self.person)).split("|")
            if acts != self._stamp[0]:
                had = {e.feedback.id: e for e in self._events}
                said = await self.ledger.feedback(self.person)
                ours = [act for act in said if act.subspace in self.frame.spaces]
                self._take([had.get(act.id) or await self.memory.event(act) for act in ours])
            if shown != self._stamp[1]:
                gone = await self.ledger.diary.latest(self.person, WITHDRAWN)
                self._seen = await self.ledger.seen(self.person, but_not=tuple(gone))
            if not self._stamp[0]:
                await self._look()
            self._stamp = (acts, shown)

    async def catch_up(self) -> None:
        """Take up what was said, taken back or shown in any of the subspaces since the last look."""
        await self.load()

    async def keep(self, event: Event) -> Given:
        """Keep an act where its card is at home, and learn from it here too; it counts once in each."""
        old = await self.preference()
        said = self._at_home(event.feedback)
        mate = await self.mates(said.subspace)
        given = await mate.keep(replace(event, feedback=said))
        await self.catch_up()
        mine = next((e for e in self._events if e.feedback.id == said.id), event)
        if given.repeated:
            return await self.repeated(mine)
        return await self._learned(mine, old)

    async def take_back(
        self, card: CreationId | None = None, *, act: FeedbackId | None = None
    ) -> Given:
        """Take back the last act (of a card), or a named one, wherever it was said.

        Raises:
            NotFoundError: there is no act to take back.
        """
        await self.catch_up()
        last = newest(self._events, act or card)
        mate = await self.mates(last.feedback.subspace)
        await mate.take_back(act=last.feedback.id)
        await self.catch_up()
        return await self.without(last)

    async def present(self, slate: Slate) -> Presented:
        """Keep a slate as shown; the single feeds then know its cards."""
        shown = await Companion.present(self, slate)
        ids = [slot.creation for slot in slate.slots]
        if slate.slots and all(slate.id != one for one, _ in self._path):
            self._path.append((slate.id, await self._spaces(slate)))
        self._walked()
        for mate in self.abroad():
            mate.saw(ids)
        return shown

    async def withdraw(self, slate: Slate) -> None:
        """Take back the newest slate, which nobody answered."""
        await Companion.withdraw(self, slate)
        self._path = [one for one in self._path if one[0] != slate.id]
        self._walked()
        for mate in self.abroad():
            mate.saw([slot.creation for slot in slate.slots], again=True)

    def actions_on(self, creation: Creation) -> Sequence[Action]:
        """Return the acts of the card's own subspace."""
        return self.mods.get(creation.subspace, ())

    def space_of(self, id: CreationId) -> SubspaceId:
        """Return the subspace in which a living creation was written."""
        return self.living.one(id).subspace

    # --- inside --------------------------------------------------------------------------
    async def _shown(self, creation: Creation) -> Shown:
        slate = await self.ledger.shown_in(self.person, creation.id)
        where = creation.subspace
        return Shown(person=self.person, subspace=where, creation=creation.id, slate=slate)

    def _at_home(self, said: Feedback) -> Feedback:
        """Return an act as it is kept: under a subspace, the first where its subject is of none of them."""
        about = said.subject.key if said.subject is not None else ""
        home = SubspaceId(about.partition("/")[0])
        if said.subspace in self.frame.spaces:
            return said
        return replace(said, subspace=home if home in self.frame.spaces else self.frame.spaces[0])

    def _take(self, events: list[Event]) -> None:
        """Take these as the standing acts: learn what came last, or fold them all again."""
        known = len(self._events)
        if self._kept is None or [e.feedback.id for e in self._events] != [
            e.feedback.id for e in events[:known]
        ]:
            self._kept = self._folded(events)
        else:
            for event in events[known:]:
                self._kept = learn(self._kept, event, prior=self.prior)
        self._events = events

    async def _look(self) -> None:
        """Read what this feed has shown, once: afterwards this User Buddy is the only one who shows here."""
        gone = await self.ledger.diary.latest(self.person, WITHDRAWN)
        slates = await self.ledger.slates(self.person, self.subspace)
        slates = [one for one in slates if one.id not in gone]
        if slates:
            self._tau = slates[0].tau
        self._path = [(one.id, await self._spaces(one)) for one in reversed(slates)]
        self._walked()

    def _walked(self) -> None:
        self.draw.slates = len(self._path)
        self.way.path = [space for _, spaces in self._path for space in spaces]

    async def _spaces(self, slate: Slate) -> tuple[SubspaceId, ...]:
        ids = [slot.creation for slot in slate.slots]
        return tuple([
            self.space_of(id) if id in self.living else (await self.ledger.creation(id)).subspace
            for id in ids
        ])
