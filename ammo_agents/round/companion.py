"""The user half of a round: one person in one subspace, from the living creations to a learned act."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents.aipp.circles import HEARD, Circle, Circles
from ammo_agents.aipp.explanation import Held, beliefs
from ammo_agents.aipp.feedback import Shown, When, act_named, acts_of, feedback
from ammo_agents.aipp.preference import FIXED, Event, Prior, aged, begin, fold, learn
from ammo_agents.geometry import TEXT_BLOCK, Frame, unit
from ammo_agents.metaspace import recall as recalling
from ammo_agents.metaspace.index import Index
from ammo_agents.metaspace.living import LivingMatrix
from ammo_agents.ports import Action, Clock, Ledger
from ammo_agents.records import (
    Creation,
    CreationId,
    EntityId,
    Feedback,
    FeedbackId,
    PersonId,
    Preference,
    Slate,
    Slot,
    SubspaceId,
    Vector,
)
from ammo_agents.round.commons import Taught
from ammo_agents.round.draw import Draw, Known
from ammo_agents.round.hiding import not_hidden
from ammo_agents.round.memory import FIRST_TAU, WITHDRAWN, Memory, Place, past
from ammo_agents.round.profile import Mix
from ammo_agents.round.receipt import Change, Given, moved, newest, standing, told
from ammo_agents.settings import Settings
from ammo_agents.user.present import Presented, chosen_in_words, present
from ammo_agents.user.rank import Candidates, visibility


@dataclass(slots=True, kw_only=True)
class Companion:
    """A User Buddy at work: recall, rank, present, record, update, explain (W11)."""

    person: PersonId
    subspace: SubspaceId
    settings: Settings
    clock: Clock
    ledger: Ledger
    frame: Frame
    living: LivingMatrix
    actions: Sequence[Action] = ()
    prior: Prior = FIXED
    circles: Circles | None = None
    """People of like taste, in totals."""
    index: Index | None = None
    """Proposes candidates beyond 100,000 living creations; below that nobody asks it."""
    heard: Callable[[EntityId, float], None] | None = None
    """Told of every act, so that Goal Buddies hear it too (W12)."""
    place: Place | None = None
    """Places a text in the space: entities and topics that a person speaks of."""
    mix: Mix = "personal"
    memory: Memory = field(init=False)
    draw: Draw = field(init=False)
    shows: int = field(default=0, init=False)
    """Grows whenever a slate is shown or withdrawn."""
    _events: list[Event] = field(default_factory=list)
    _kept: Preference | None = None
    _seen: set[CreationId] = field(default_factory=set)
    _tau: float = FIRST_TAU
    """Temperature of the last slate's draw."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the state changes: two acts at once are folded one after the other."""

    def __post_init__(self) -> None:
        self.memory = Memory(ledger=self.ledger, frame=self.frame, place=self.place)
        self.draw = Draw(
            person=self.person,
            subspace=self.subspace,
            settings=self.settings,
            clock=self.clock,
            mix=self.mix,
        )

    async def load(self, taught: Taught | None = None) -> None:
        """Read what the ledger holds of this person; the preference is folded from the standing acts.

        `taught` gives an open User Buddy another community: whoever asks meanwhile gets the old one.
        """
        async with self._turn:
            frame = self.frame if taught is None else taught.frame
            memory = Memory(ledger=self.ledger, frame=frame, place=self.place)
            had = await past(self.ledger, self.person, self.subspace)
            events, kept = [await memory.event(act) for act in had.acts], had.kept
            if taught is not None:
                self.frame, self.prior, self.circles = frame, taught.prior, taught.circles
            self.memory, self._events, self._seen = memory, events, had.seen
            fresh = kept is None or kept.basis != frame.fingerprint or kept.version != len(events)
            self._kept = self._folded(events) if fresh else kept
            self.draw.slates, self._tau = had.slates, had.tau

    async def catch_up(self) -> None:
        """Take up what was said elsewhere: nothing, where all that counts is said here."""

    def follow(self, settings: Settings, mix: Mix) -> None:
        """Take over what the person chose."""
        self.settings, self.mix = settings, mix
        self.draw.settings, self.draw.mix = settings, mix

    # --- the stages of a sitting ---------------------------------------------------------
    async def recall(self, preference: Preference) -> Candidates:
        """Return everything that lives here and that the person has not seen (stage 6)."""
        query = None if self.index is None else self._query(preference)
        near = None if query is None else self.alike()
        also = () if near is None else near[0].liked.keys()
        found = await recalling.recall(
            self.living,
            seen=self._seen,
            since=self.draw.since(self.living),
            index=self.index,
            query=query,
            also=also,
        )
        return await not_hidden(self._featured(found), self.ledger, self._events)

    async def rank(self, n: int | None = None, *, candidates: Candidates | None = None) -> Slate:
        """Choose the next slate (stage 7); nothing is recorded."""
        pool = candidates or await self.recall(await self.preference())
        preference = await self.preference()
        if pool.rows.shape[1] != len(preference.q):  # another community came meanwhile
            pool = await self.recall(preference)
        return await self.draw.choose(self.known(preference), pool, n)

    async def present(self, slate: Slate) -> Presented:
        """Keep a slate as shown (stage 8) and return it with its cards: only now may they be judged."""
        if slate.slots:
            receipt = await self.ledger.present(f"slate/{slate.id}", slate)
            self.draw.slates += not receipt.repeated
            self.shows += 1
            self._tau = slate.tau
            self._seen.update(slot.creation for slot in slate.slots)
        return await self.shown(slate)

    async def withdraw(self, slate: Slate) -> None:
        """Take back the newest slate, which nobody answered: its cards may come again, by the same draw."""
        key = f"withdraw/{slate.id}"
        await self.ledger.diary.write(key, self.person, WITHDRAWN, {}, topic=slate.id)
        self.draw.slates -= 1
        self.shows += 1
        self._seen.difference_update(slot.creation for slot in slate.slots)

    async def shown(self, slate: Slate) -> Presented:
        """Return a slate with its cards and reasons; nothing is recorded."""
        ids = sorted({s.creation for s in slate.slots} | set(slate.displaced))
        near = self.alike()
        return present(
            slate,
            {id: await self.ledger.creation(id) for id in ids},
            liked={} if near is None else near[0].liked,
        )

    async def show(self, n: int | None = None) -> Presented:
        """Choose the next slate and present it."""
        return await self.present(await self.rank(n))

    async def record(self, act: str, creation: Creation, *, note: str = "", key: str = "") -> Given:
        """Keep an act and the preference it leads to (stages 9 and 10), in one transaction.

        The same act on the same card of the same slate counts once, with or without a key.

        Raises:
            NotFoundError: the card was never shown to this person.
            BadInputError: no such act.
        """
        shown = await self._shown(creation)
        if before := standing(self._events, act, shown):
            return await self.repeated(before)
        when = await self.now(key)
        said = feedback(
            act_named(act, self.actions_on(creation)),
            shown,
            key=when.key,
            at=when.at,
            day=when.day,
            note=note,
        )
        return await self.keep(await self.memory.of_card(said, creation))

    async def keep(self, event: Event) -> Given:
        """Keep an act with the preference it leads to, in one transaction; the same key counts once."""
        async with self._turn:
            event = await self.memory.event(event.feedback)  # another community may have come
            said, old = event.feedback, await self.preference()
            after = learn(self._state(), event, prior=self.prior)
            receipt = await self.ledger.record(f"act/{self.person}/{said.key}", said, after)
            if not receipt.repeated:
                self._events = [*self._events, event]
                self._kept = after
        if receipt.repeated:
            return await self.repeated(event)
        about_card = said.subject is None or said.subject.kind == "entity"
        if self.heard is not None and said.weight > 0 and about_card:
            self.heard(EntityId(event.entity), said.reward)
        return await self._learned(event, old)

    async def repeated(self, event: Event) -> Given:
        """Return the receipt of an act that is kept already: nothing changes."""
        said = event.feedback
        now = await self._following(self._state(), self._events)
        words = f"{said.act} of “{event.title}” is kept already"
        return self._given(said, words, now, repeated=True)

    async def take_back(
        self, card: CreationId | None = None, *, act: FeedbackId | None = None
    ) -> Given:
        """Take back the last act (of a card), or a named one: the preference is folded again without it.

        Raises:
            NotFoundError: there is no act to take back.
        """
        async with self._turn:
            last = newest(self._events, act or card)
            rest = [e for e in self._events if e.feedback.id != last.feedback.id]
            after = self._folded(rest)
            await self.ledger.undo(f"undo/{last.feedback.id}", last.feedback.id, after)
            self._events, self._kept = rest, after
        return await self.without(last)

    async def without(self, last: Event) -> Given:
        """Return the receipt of an act that was just taken back."""
        words = f"Taken back: {last.feedback.act} of “{last.title}”. As if it had never been."
        now = await self._following(self._state(), self._events)
        return self._given(last.feedback, words, now)

    # --- what a person can ask of it -----------------------------------------------------
    async def preview(self, act: str, creation: Creation) -> tuple[CreationId, ...]:
        """Return the next slate as it would be after an act: the real update on a copy, the same draw."""
        then = await self.after(act, creation)
        return await self._following(then.preference, then.events)

    async def explain(self, creation: Creation) -> tuple[Slot, str]:
        """Return the card's score now with its parts, and in words how its slate was chosen."""
        row, preference = await self.memory.row(creation), await self.preference()
        found = self.draw.parts(self.known(preference), row)
        slate_id = await self.ledger.shown_in(self.person, creation.id)
        shown = () if slate_id is None else (await self.ledger.slate(slate_id)).slots
        old = next((slot for slot in shown if slot.creation == creation.id), None)
        blank = Slot(
            creation=creation.id, position=0, score=0, propensity=1, inclusion=1, exploring=False
        )
        slot = replace(old or blank, score=float(row @ preference.q), parts=found)
        return slot, chosen_in_words(old)

    def alike(self) -> tuple[Circle, float] | None:
        """Return the circle of the most like taste and how alike it is; None while the person said too little."""
        heard = sum(event.feedback.weight > 0 for event in self._events)
        if self.circles is None or heard < HEARD:
            return None
        return self.circles.nearest(self._state().q, self.prior)

    async def beliefs(self) -> tuple[Held, ...]:
        """Return what is believed about the person, strongest first, with the acts behind it (W3)."""
        return beliefs(await self.preference(), self._events, prior=self.prior)

    async def now(self, key: str = "") -> When:
        """Return when something is said that is said now, under this key or a new one."""
        return When(key=key or uuid.uuid4().hex, at=self.clock.now(), day=await self._day())

    async def preference(self) -> Preference:
        """Return the preference as of today: what was learned fades with days of use."""
        day = await self._day()
        return aged(self._state(), day, prior=self.prior)

    def visibility(self, vector: Vector, entity: EntityId) -> float:
        """Return P(e ∈ S) of a creation about an entity that is not published yet (W8)."""
        row = self.frame.rows(vector[None], [entity])[0]
        rivals = self._featured(recalling.everything(self.living, seen=self._seen))
        return visibility(row, rivals, [self._state()], n=self.settings.slots, tau=self._tau)

    def saw(self, ids: Iterable[CreationId], *, again: bool = False) -> None:
        """Take note of cards that were shown to this person in another feed, or withdrawn there (`again`)."""
        (self._seen.difference_update if again else self._seen.update)(ids)
        self.shows += 1

    def known(self, preference: Preference, events: Sequence[Event] | None = None) -> Known:
        """Return what a draw follows: this preference, with the standing acts or others."""
        said = self._events if events is None else events
        return Known(preference=preference, events=said, prior=self.prior)

    async def after(self, act: str, creation: Creation) -> Known:
        """Return what would be known after an act on a card that was shown; nothing is recorded."""
        shown, when = await self._shown(creation), await self.now("preview")
        named = act_named(act, self.actions_on(creation))
        said = feedback(named, shown, key=when.key, at=when.at, day=when.day)
        event = await self.memory.of_card(said, creation)
        return self.known(
            learn(self._state(), event, prior=self.prior), events=[*self._events, event]
        )

    def waiting(self) -> int:
        """Return how many living creations the person has not seen."""
        return sum(one.id not in self._seen for one in self.living.about)

    @property
    def events(self) -> tuple[Event, ...]:
        """The standing acts, in log order."""
        return tuple(self._events)

    def acts_on(self, creation: Creation) -> tuple[str, ...]:
        """Return the names of every act a card has."""
        return tuple(acts_of(self.actions_on(creation)))

    def actions_on(self, creation: Creation) -> Sequence[Action]:  # noqa: ARG002 - one subspace, one list
        """Return the acts of its subspace's own that a card has."""
        return self.actions

    # --- inside --------------------------------------------------------------------------
    def _state(self) -> Preference:
        if self._kept is None:
            self._kept = self._folded([])
        return self._kept

    def _folded(self, events: Sequence[Event]) -> Preference:
        nobody = begin(
            self.person,
            self.subspace,
            basis=self.frame.fingerprint,
            prior=self.prior,
            width=self.frame.width,
        )
        return fold(nobody, events, prior=self.prior)

    def _featured(self, found: recalling.Candidates) -> Candidates:
        rows = self.living.featured(self.frame, found.ids)
        return Candidates(ids=found.ids, rows=rows, buddies=found.buddies)

    def _query(self, preference: Preference) -> Vector | None:
        """Return the text part of q carried back into the space; None while it says nothing."""
        back = self.frame.basis.rows.T @ preference.q[TEXT_BLOCK]
        return unit(back.astype(np.float32), name="the query") if np.any(back) else None

    async def _following(
        self, preference: Preference, events: Sequence[Event]
    ) -> tuple[CreationId, ...]:
        """Return the next slate under this preference: what `rank` would choose, with the same draw."""
        async with self._turn:
            if preference.basis != self.frame.fingerprint:  # another community came meanwhile
                preference, events = self._state(), self._events
            today = aged(preference, await self._day(), prior=self.prior)
            return await self.draw.foresee(self.known(today, events), await self.recall(today))

    async def _learned(self, event: Event, old: Preference) -> Given:
        """Return the receipt of an act that was just kept."""
        state, events = self._state(), self._events
        now = await self._following(state, events)
        then = await self._following(old, events[:-1])
        change = Change(before=float(event.row @ old.q), after=float(event.row @ state.q))
        if old.basis == state.basis:
            all_ = recalling.everything(self.living, seen=self._seen)
            rows = self.living.featured(self.frame, all_.ids)
            change = replace(change, moved=moved(rows, all_.entities, state.q - old.q))
        return self._given(event.feedback, told(event, change, now, then), now, change=change)

    def _given(
        self,
        said: Feedback,
        words: str,
        following: tuple[CreationId, ...],
        *,
        repeated: bool = False,
        change: Change | None = None,
    ) -> Given:
        return Given(
            feedback=said.id,
            act=said.act,
            creation=said.creation,
            version=self._state().version,
            words=words,
            following=following,
            repeated=repeated,
            change=change or Change(),
        )

    async def _shown(self, creation: Creation) -> Shown:
        slate = await self.ledger.shown_in(self.person, creation.id)
        return Shown(person=self.person, subspace=self.subspace, creation=creation.id, slate=slate)

    async def _day(self) -> int:
        """Return the person's days of use before today."""
        days = await self.ledger.presented_days(self.person)
        newest = await self.ledger.slates(self.person, limit=1)
        today = self.clock.now().astimezone(dt.UTC).date()
        return days - 1 if newest and newest[0].at.date() >= today else days
