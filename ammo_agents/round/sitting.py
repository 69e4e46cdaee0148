"""A sitting in front of the feed: a few attention slots, filled one after the other, and then it is over (W11).

The first cards come together; each act brings the next one, chosen with what was just said. What a
sitting showed is in the diary, so a reload and a restart find the same cards in the same state.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ammo_agents.aipp.preference import Event
from ammo_agents.errors import NotFoundError
from ammo_agents.ports import Diary
from ammo_agents.records import (
    BuddyId,
    Creation,
    CreationId,
    EntityId,
    FeedbackId,
    Slate,
    SlateId,
    Slot,
)
from ammo_agents.round.companion import Companion
from ammo_agents.round.draw import others
from ammo_agents.round.receipt import Change, Given

KIND = "sitting"
OPENING = 3
"""Cards that lie open at first."""
VOICES = 3
"""Last cards whose buddies give way to others."""
TOLD = 12
"""Entities whose change a receipt keeps."""
REST = dt.timedelta(hours=4)
"""After so long a new look begins a new sitting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One slot of a sitting with the card that fills it."""

    creation: CreationId
    slate: SlateId
    slot: Slot
    cause: str = ""
    """The act that brought it; empty = it was there at first, or was asked for."""


@dataclass(slots=True, kw_only=True)
class Sitting:
    """One person in front of their feed in one subspace."""

    companion: Companion
    number: int = 0
    slots: int = 0
    begun: dt.datetime | None = None
    places: list[Place] = field(default_factory=list)
    receipts: dict[str, Change] = field(default_factory=dict)
    """What the acts of this sitting changed, by act."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def diary(self) -> Diary:
        """Where sittings are kept."""
        return self.companion.ledger.diary

    @property
    def left(self) -> int:
        """Slots that are not filled yet."""
        return max(0, self.slots - len(self.places))

    @property
    def over(self) -> bool:
        """Return whether every slot was filled and every card answered."""
        return self.left == 0 and not self.open_places()

    def open_places(self) -> list[Place]:
        """Return the cards nobody has said anything about."""
        return [p for p in self.places if self.said(p) is None]

    def said(self, place: Place) -> Event | None:
        """Return the newest act about a card of this sitting that a person can see on it."""
        return next(
            (
                e
                for e in reversed(self.companion.events)
                if (e.feedback.creation, e.feedback.slate) == (place.creation, place.slate)
                and e.feedback.act != "ask"
            ),
            None,
        )

    async def load(self) -> None:
        """Read the standing sitting from the diary; there may be none."""
        person, topic = self.companion.person, self.companion.subspace
        kept = await self.diary.newest(person, kind=KIND, topic=topic, limit=200)
        self.number, self.slots, self.begun, self.places = 0, 0, None, []
        self.receipts = {}
        told: list[Mapping[str, Any]] = []
        for entry in kept:
            if entry.body["what"] == "begin":
                self.number, self.slots = int(entry.body["number"]), int(entry.body["slots"])
                self.begun = entry.at
                break
            told.append(entry.body)
        for body in reversed(told):
            if body["what"] == "show":
                slate = await self.companion.ledger.slate(body["slate"])
                self.places += _places(slate, body["cause"])
            elif body["what"] == "said":
                self.receipts[body["feedback"]] = _change(body)
            else:
                self.places = [p for p in self.places if p.slate != body["slate"]]

    async def look(self) -> None:
        """Begin a sitting where none stands or the last one is old and over, and lay its first cards open."""
        async with self._turn:
            now = self.companion.clock.now()
            if self.begun is None or (self.over and now - self.begun >= REST):
                await self._begin()
            if not self.places and self.left:
                await self._fill(min(OPENING, self.slots))

    async def again(self) -> None:
        """Begin another sitting because the person asks for one."""
        async with self._turn:
            await self._begin()
            await self._fill(min(OPENING, self.slots))

    async def further(self, cause: str = "") -> Place | None:
        """Fill the next slot; None when the slots are spent or nothing is left to show."""
        async with self._turn:
            return await self._next(cause) if self.left else None

    async def act(
        self, act: str, creation: Creation, *, note: str = "", key: str = ""
    ) -> tuple[Given, Place | None]:
        """Keep an act about a card of the feed, and fill the next slot with what was learned.

        Raises:
            NotFoundError: the card was never shown to this person.
            BadInputError: no such act.
        """
        given = await self.companion.record(act, creation, note=note, key=key)
        here = any(p.creation == creation.id for p in self.places)
        if here and not given.repeated:
            await self._said(given)
        if given.repeated or not here:
            return given, next((p for p in self.places if p.cause == given.feedback), None)
        return given, await self.further(given.feedback)

    async def undo(self, act: FeedbackId) -> tuple[Given, Place | None]:
        """Take an act back; the card it had brought goes too, if it is the newest and nobody answered it.

        Then everything is as before the act: the preference, the pool and the next draw.
        """
        given = await self.companion.take_back(act=act)
        async with self._turn:
            last = self.places[-1] if self.places else None
            if last is None or last.cause != act or self.said(last) is not None:
                return given, None
            await self.companion.withdraw(await self.companion.ledger.slate(last.slate))
            await self._note({"what": "withdraw", "slate": last.slate})
            self.places.pop()
            return given, last

    async def peek(self, act: str, creation: Creation, n: int) -> tuple[CreationId, ...]:
        """Return the next cards as they would come after an act; nothing is recorded."""
        then = await self.companion.after(act, creation)
        pool = await self.companion.recall(then.preference)
        return await self.companion.draw.upcoming(then, pool, n, self._voices())

    async def coming(self, n: int) -> tuple[CreationId, ...]:
        """Return the next cards as they would come now."""
        known = self.companion.known(await self.companion.preference())
        pool = await self.companion.recall(known.preference)
        return await self.companion.draw.upcoming(known, pool, n, self._voices())

    def place_of(self, creation: CreationId) -> Place:
        """Return the slot a card fills; raises `NotFoundError`."""
        for place in self.places:
            if place.creation == creation:
                return place
        raise NotFoundError(f"{creation} is not in this sitting", hint="Reload the feed.")

    # --- inside --------------------------------------------------------------------------
    async def _begin(self) -> None:
        self.number += 1
        self.slots = self.companion.settings.slots
        self.begun = self.companion.clock.now()
        self.places = []
        await self._note({"what": "begin", "number": self.number, "slots": self.slots})

    async def _fill(self, n: int) -> None:
        """Lay the first cards open: one slate, so that somebody new meets variety."""
        slate = await self.companion.rank(n)
        await self._show(slate, "")

    async def _next(self, cause: str) -> Place | None:
        pool = await self.companion.recall(await self.companion.preference())
        slate = await self.companion.rank(1, candidates=others(pool, self._voices()))
        shown = await self._show(slate, cause)
        return shown[0] if shown else None

    async def _show(self, slate: Slate, cause: str) -> list[Place]:
        if not slate.slots:
            return []
        await self.companion.present(slate)
        await self._note({"what": "show", "slate": slate.id, "cause": cause})
        places = _places(slate, cause)
        self.places += places
        return places

    async def _said(self, given: Given) -> None:
        """Keep what an act changed, so that its receipt is the same after a reload."""
        change = given.change
        ranked = sorted(change.moved.items(), key=lambda item: -abs(item[1]))[:TOLD]
        self.receipts[given.feedback] = replace(change, moved=dict(ranked))
        numbers = {"before": change.before, "after": change.after, "moved": dict(ranked)}
        await self._note({"what": "said", "feedback": given.feedback, **numbers})

    async def _note(self, body: dict[str, Any]) -> None:
        person, topic = self.companion.person, self.companion.subspace
        key = f"sitting/{topic}/{self.number}/{body['what']}/{body.get('slate') or body.get('feedback', '')}"
        await self.diary.write(key, person, KIND, body, topic=topic, at=self.companion.clock.now())

    def _voices(self) -> tuple[BuddyId, ...]:
        about = {one.id: one.buddy for one in self.companion.living.about}
        return tuple(about[p.creation] for p in self.places[-VOICES:] if p.creation in about)


def _change(body: Mapping[str, Any]) -> Change:
    moved = {EntityId(entity): float(step) for entity, step in body["moved"].items()}
    return Change(before=float(body["before"]), after=float(body["after"]), moved=moved)


def _places(slate: Slate, cause: str) -> list[Place]:
    return [
        Place(creation=slot.creation, slate=slate.id, slot=slot, cause=cause)
        for slot in slate.slots
    ]
