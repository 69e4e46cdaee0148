"""Votes that come through the protocol: each is judged, counted once, and answered (W15, S3, D4).

A vote needs the signed impression of a card that this person was really shown. The same event id with
the same body gets the stored answer; an impression carries each act once. What is watched (seen, open,
dwell) is kept apart as a diary entry, only with the person's own consent, and never moves a preference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ammo_agents.aipp import impression as impressions
from ammo_agents.aipp.impression import Expired, Foreign, Forged, Impression
from ammo_agents.aipp.protocol import Interaction
from ammo_agents.aipp.signals import Signal, Way, because, signals_of
from ammo_agents.errors import AmmoError, BadInputError, ConflictError, NotFoundError
from ammo_agents.ports import Clock, Entry, Ledger
from ammo_agents.records import Creation, FeedbackId, PersonId, Slate, SubspaceId, digest
from ammo_agents.round.asking import Asking
from ammo_agents.round.companion import Companion
from ammo_agents.round.receipt import Given

EXPLICIT, PASSIVE = "interaction", "signal"
"""Kinds of diary entries: what was said (and, with ``answer``, what became of it), and what was watched.
Their topic is the impression."""
CONTEXT_KIND = "context"
APART = "Kept apart; your taste is as it was."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one vote."""

    event: str
    status: str
    """``kept``, ``repeated`` or ``refused``."""
    code: int = 200
    feedback: str | None = None
    receipt: str = ""
    detail: str = ""
    fix: str = ""


UNKNOWN = (
    404,
    "nothing was shown under this impression",
    "Ask for a feed; vote for what it shows.",
)
"""The one answer to a forged, a foreign and an unknown impression: nobody learns which it was (S6)."""


def refused(event: str, code: int, detail: str, fix: str = "") -> Judged:
    """Return a refusal: nothing was kept and nothing learned."""
    return Judged(event=event, status="refused", code=code, detail=detail, fix=fix)


@dataclass(slots=True, kw_only=True)
class Ballot:
    """The votes of one person. Votes are cast one after the other: the caller holds the person's lock."""

    person: PersonId
    ledger: Ledger
    clock: Clock
    key: bytes
    """Of the impressions of this home."""
    passive: bool
    """The person lets passive signals be kept."""
    companion: Callable[[SubspaceId], Awaitable[Companion]]
    asking: Callable[[SubspaceId], Awaitable[Asking]]

    async def cast(self, vote: Interaction) -> Judged:
        """Keep one vote, or say why not; a refusal is a value, damage and a full disk are raised."""
        now = self.clock.now()
        verdict = impressions.read(vote.impression, self.person, self.key, now=now)
        if isinstance(verdict, Forged | Foreign):
            return refused(vote.event, *UNKNOWN)
        shown = verdict.impression
        slate = await self._slate(shown)
        if slate is None:
            return refused(vote.event, *UNKNOWN)
        notes = await self._notes(shown, EXPLICIT, PASSIVE)
        before = _kept_before(vote, notes)
        if before is not None:
            return before
        if isinstance(verdict, Expired):
            return refused(
                vote.event,
                409,
                f"this impression expired on {shown.expires:%Y-%m-%d}",
                "Ask for a feed.",
            )
        companion = await self.companion(slate.subspace)
        card = await self.ledger.creation(shown.creation)
        signal = signals_of(companion.actions_on(card)).get(vote.act)
        problem = self._problem(vote, signal, slate)
        if problem is not None or signal is None:
            return problem or refused(vote.event, 422, f"no act is called {vote.act!r} here")
        if _is_used(vote, notes, companion):
            return refused(
                vote.event,
                409,
                f"this impression has carried {vote.act!r} already",
                "Take it back first, or send it with its own event id.",
            )
        if signal.passive:
            return await self._watched(vote, shown)
        return await self._said(vote, signal, shown, companion)

    # --- inside --------------------------------------------------------------------------
    async def _notes(self, shown: Impression, *kinds: str) -> list[Entry]:
        diary = self.ledger.diary
        return [
            entry
            for kind in kinds
            for entry in await diary.entries(self.person, kind=kind, topic=shown.name)
        ]

    async def _slate(self, shown: Impression) -> Slate | None:
        """Return the slate an impression speaks of, if it really showed the card there."""
        try:
            slate = await self.ledger.slate(shown.slate)
        except NotFoundError:
            return None
        at = shown.position
        there = slate.person == self.person and 0 <= at < len(slate.slots)
        return slate if there and slate.slots[at].creation == shown.creation else None

    def _problem(self, vote: Interaction, signal: Signal | None, slate: Slate) -> Judged | None:
        """Return what forbids a vote that was really shown; None = nothing."""
        if signal is None:
            return refused(
                vote.event,
                422,
                f"no act is called {vote.act!r} in {slate.subspace}",
                "See GET /aipp/v1/describe.",
            )
        for name in signal.needs:
            if getattr(vote, name) in (None, "", []):
                return refused(vote.event, 422, f"{vote.act!r} needs {name!r}")
        if vote.reason is not None and not signal.reasons:
            return refused(vote.event, 422, f"{vote.act!r} has no reasons")
        if vote.context is not None and not self._is_context(vote.context, slate):
            return refused(vote.event, 422, "the context is not the one of this impression")
        if signal.passive and not self.passive:
            return refused(
                vote.event,
                403,
                "not kept: no consent to passive signals",
                "The person allows them on the You page: passive.",
            )
        return None

    def _is_context(self, token: str, slate: Slate) -> bool:
        found = impressions.opened(CONTEXT_KIND, token, self.key)
        return found is not None and found[1][:1] == [slate.id]

    async def _watched(self, vote: Interaction, shown: Impression) -> Judged:
        try:
            await self._note(vote, shown, PASSIVE)
        except ConflictError:
            return _other_body(vote)
        return Judged(event=vote.event, status="kept", receipt=APART)

    async def _said(
        self, vote: Interaction, signal: Signal, shown: Impression, companion: Companion
    ) -> Judged:
        """Keep what was said: first that it was said, then its effect, then the answer; each once."""
        try:
            await self._note(vote, shown, EXPLICIT)
        except ConflictError:
            return _other_body(vote)
        try:
            judged = await self._effect(vote, signal, shown, companion)
        except (NotFoundError, ConflictError, BadInputError) as error:
            return refused(vote.event, _status(error), error.message, error.hint)
        if judged.status != "refused":
            await self.ledger.diary.write(
                f"aipp/answer/{vote.event}",
                self.person,
                EXPLICIT,
                {"event": vote.event, "answer": asdict(judged)},
                topic=shown.name,
                at=self.clock.now(),
            )
        return judged

    async def _note(self, vote: Interaction, shown: Impression, kind: str) -> None:
        said = vote.model_dump(
            mode="json", exclude={"impression", "context"}, exclude_defaults=True
        )
        body = {
            **said,
            "slate": shown.slate,
            "card": shown.creation,
            "position": shown.position,
            "body": _body(vote),
        }
        await self.ledger.diary.write(
            f"aipp/event/{vote.event}",
            self.person,
            kind,
            body,
            topic=shown.name,
            at=self.clock.now(),
        )

    async def _effect(
        self, vote: Interaction, signal: Signal, shown: Impression, companion: Companion
    ) -> Judged:
        way, act = because(signal, vote.reason)
        creation = await self.ledger.creation(shown.creation)
        if way == "undo":
            return await self._taken_back(vote, shown, companion)
        if way == "note":
            return Judged(
                event=vote.event,
                status="kept",
                receipt="Kept for how cards are written; your taste is as it was.",
            )
        if way == "choice":
            return await self._chosen(vote, creation)
        given = await self._moved(vote, (way, act), creation, companion)
        if given.repeated and not self._is_ours(vote, given, companion) and way == "card":
            return refused(
                vote.event,
                409,
                f"{act} of this card is kept already, given through another door",
                "Take it back there first.",
            )
        return _counted(vote, given)

    async def _moved(
        self, vote: Interaction, how: tuple[Way, str], creation: Creation, companion: Companion
    ) -> Given:
        way, act = how
        key = self._key(vote)
        if way == "entity":
            try:
                asking = await self.asking(creation.subspace)
                return await asking.answer(creation.entity, act, key=key)
            except NotFoundError:  # a card about nothing the graph names: about the card, then
                act = "requestLess"
        return await companion.record(act, creation, note=vote.note, key=key)

    async def _chosen(self, vote: Interaction, creation: Creation) -> Judged:
        others = []
        for token in vote.over:
            verdict = impressions.read(token, self.person, self.key, now=self.clock.now())
            if isinstance(verdict, Forged | Foreign) or not await self._slate(verdict.impression):
                return refused(vote.event, *UNKNOWN)
            others.append(await self.ledger.creation(verdict.impression.creation))
        asking = await self.asking(creation.subspace)
        return _counted(vote, await asking.choose(creation, others, key=self._key(vote)))

    async def _taken_back(
        self, vote: Interaction, shown: Impression, companion: Companion
    ) -> Judged:
        answers = _answers(await self._notes(shown, EXPLICIT))
        standing = _standing(companion)
        found = [
            str(answer["feedback"])
            for event, answer in answers.items()
            if answer["feedback"] in standing and vote.of in {None, event}
        ]
        if not found:
            return refused(vote.event, 404, "there is nothing of this impression to take back")
        given = await companion.take_back(act=FeedbackId(found[-1]))
        return Judged(event=vote.event, status="kept", receipt=given.words)

    def _key(self, vote: Interaction) -> str:
        return digest(["aipp", self.person, vote.event])

    def _is_ours(self, vote: Interaction, given: Given, companion: Companion) -> bool:
        """Return whether a kept act came from this very vote, cut off before it was answered."""
        keys = {event.feedback.id: event.feedback.key for event in companion.events}
        return keys.get(given.feedback) == self._key(vote)


def _kept_before(vote: Interaction, notes: Sequence[Entry]) -> Judged | None:
    """Return the stored answer of an event that was kept; None = it is new, or was cut off."""
    said = [n for n in notes if n.body["event"] == vote.event and "answer" not in n.body]
    if not said:
        return None
    if said[0].body["body"] != _body(vote):
        return _other_body(vote)
    if said[0].kind == PASSIVE:
        return Judged(event=vote.event, status="repeated", receipt=APART)
    answer = _answers(notes).get(vote.event)
    return None if answer is None else _again(answer)


def _again(kept: Mapping[str, Any]) -> Judged:
    return Judged(**{**kept, "status": "repeated"})


def _is_used(vote: Interaction, notes: Sequence[Entry], companion: Companion) -> bool:
    """Return whether another event gave this act to the impression, and it stands."""
    if vote.act == "undo":
        return False
    answers, standing = _answers(notes), _standing(companion)
    for note in notes:
        if note.body.get("act") != vote.act or note.body["event"] == vote.event:
            continue
        answer = answers.get(note.body["event"])
        stands = answer is not None and answer["feedback"] in {None, *standing}
        if note.kind == PASSIVE or stands:
            return True
    return False


def _answers(notes: Sequence[Entry]) -> dict[str, Mapping[str, Any]]:
    """Return what became of each event, by its id, in the order they were answered."""
    return {n.body["event"]: n.body["answer"] for n in notes if "answer" in n.body}


def _standing(companion: Companion) -> set[str]:
    return {str(event.feedback.id) for event in companion.events}


def _counted(vote: Interaction, given: Given) -> Judged:
    return Judged(
        event=vote.event, status="kept", feedback=str(given.feedback), receipt=given.words
    )


def _other_body(vote: Interaction) -> Judged:
    return refused(
        vote.event,
        409,
        "this event id came with another body before",
        "Give each event its own id.",
    )


def _body(vote: Interaction) -> str:
    return digest(vote.model_dump(mode="json"))


def _status(error: AmmoError) -> int:
    if isinstance(error, NotFoundError):
        return 404
    return 409 if isinstance(error, ConflictError) else 422
