"""A seat where somebody stays: the same stages as the companion's own, as a graph that waits for the person.

A process that stays (``ammo up``) takes a seat, whose graph waits across restarts. A process that
answers one verb has nobody to wait for and asks the companion directly.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ammo_agents.records import Creation, FeedbackId, Slate
from ammo_agents.round.companion import Companion
from ammo_agents.round.receipt import Given
from ammo_agents.user.graph import Gesture, Said, Sittings, UserContext
from ammo_agents.user.present import Presented
from ammo_agents.user.rank import Candidates


@dataclass(slots=True)
class Seat:
    """Shows slates to one person and takes their acts, through the User Buddy's graph (W11)."""

    companion: Companion
    sittings: Sittings
    slots: int | None = None
    """N of the next slate; None = the settings'."""
    _run: str = ""
    _context: UserContext | None = None
    _given: dict[FeedbackId, Given] = field(default_factory=dict)

    async def show(self, n: int | None = None) -> Presented:
        """Choose the next slate and present it; the graph then waits for an act."""
        self.slots = n
        self._context = UserContext(
            person=self.companion.person,
            subspace=self.companion.subspace,
            recall=self._recall,
            rank=self._rank,
            present=self.companion.present,
            record=self._record,
        )
        self._run, presented = await self.sittings.start(self._context)
        return presented

    async def record(self, act: str, creation: Creation, *, note: str = "", key: str = "") -> Given:
        """Keep an act and the preference it leads to; the graph waits for the next.

        Raises:
            NotFoundError: the card was never shown to this person.
            BadInputError: no such act.
        """
        if self._context is None:
            return await self.companion.record(act, creation, note=note, key=key)
        gesture = Gesture(act=act, creation=creation.id, note=note, key=key)
        said = await self.sittings.respond(self._context, self._run, gesture)
        return self._given.pop(said.feedback)

    async def leave(self) -> None:
        """End the sitting; ending twice is harmless."""
        if self._context is not None:
            await self.sittings.finish(self._context, self._run)
            self._context = None

    async def _recall(self) -> Candidates:
        return await self.companion.recall(await self.companion.preference())

    async def _rank(self, candidates: Candidates) -> Slate:
        return await self.companion.rank(self.slots, candidates=candidates)

    async def _record(self, gesture: Gesture) -> Said:
        creation = await self.companion.ledger.creation(gesture.creation)
        given = await self.companion.record(
            gesture.act, creation, note=gesture.note, key=gesture.key
        )
        self._given[given.feedback] = given
        return Said(
            feedback=given.feedback,
            version=given.version,
            words=given.words,
            repeated=given.repeated,
            following=given.following,
        )
