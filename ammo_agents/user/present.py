"""A slate as a person meets it: cards with their reasons in words, and what was passed over (W11, W14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ammo_agents.aipp.circles import Liking
from ammo_agents.errors import NotFoundError
from ammo_agents.records import Creation, CreationId, Part, Slate, Slot
from ammo_agents.user.rank import is_newcomer

NEWCOMER = "Your buddy does not know you yet: this slate is for variety. Like or skip a few cards."
EMPTY = "There is nothing new to show."
TOLD = 2
"""Acts a card names as its reason."""
SMALL = 0.005
"""A part below this is not worth a word on a card; the whole sum is in `why`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One attention slot with the creation in it."""

    creation: Creation
    slot: Slot
    reason: str
    """``because you liked “X” +0.31; exploring``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A card that a greedy buddy would have shown here, and its score."""

    creation: Creation
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a door shows of one slate."""

    slate: Slate
    cards: tuple[Card, ...]
    passed: tuple[Passed, ...] = ()
    """The counterfactual: what exploration displaced, best first."""
    given_up: float = 0.0
    """What exploration cost this slate by the buddy's own scores: not a regret, nobody knows that one."""
    note: str = ""
    """What the buddy says about the slate as a whole."""


def present(
    slate: Slate,
    creations: Mapping[CreationId, Creation],
    *,
    liked: Mapping[str, Liking] | None = None,
) -> Presented:
    """Return the slate with its creations, each with its reasons in words.

    `liked` is what people of like taste like, by entity: a remark beside the sum, no part of it.

    Raises:
        NotFoundError: a creation of the slate is not among `creations`.
    """
    shown = [(slot, _found(creations, slot.creation)) for slot in slate.slots]
    cards = tuple(
        Card(
            creation=creation,
            slot=slot,
            reason="; ".join([reason(slot), *remarks(creation, liked)]),
        )
        for slot, creation in shown
    )
    scores = dict(zip(slate.candidates, slate.scores, strict=False))
    passed = tuple(
        Passed(creation=_found(creations, id), score=scores.get(id, 0.0)) for id in slate.displaced
    )
    explored = sum(card.slot.score for card in cards if card.slot.exploring)
    note = "" if cards else EMPTY
    if cards and is_newcomer(slate):
        note = NEWCOMER
    return Presented(
        slate=slate,
        cards=cards,
        passed=passed,
        given_up=sum(item.score for item in passed) - explored,
        note=note,
    )


def reason(slot: Slot) -> str:
    """Return why a card is here, in words: the strongest acts with their numbers, and whether it explores."""
    events = [p for p in slot.parts if p.kind == "event" and p.feedback and abs(p.value) >= SMALL]
    good = [_said(p) for p in events if p.value > 0][:TOLD]
    bad = [_said(p) for p in events if p.value < 0][:1]
    pieces = []
    if good:
        pieces.append("because " + ", ".join(good))
    if bad:
        pieces.append("although " + ", ".join(bad))
    if not events:
        pieces.append("nothing you said speaks for or against it")
    if slot.exploring:
        pieces.append("exploring")
    return "; ".join(pieces)


def remarks(creation: Creation, liked: Mapping[str, Liking] | None) -> list[str]:
    """Return what is said of a card beside its sum: how many people of like taste liked what it is about."""
    how = (liked or {}).get(creation.entity)
    return [] if how is None else [f"liked by {how.people} people with a taste like yours"]


def chosen_in_words(slot: Slot | None) -> str:
    """Return how a card came into its slate; None = it was never shown."""
    if slot is None:
        return "You have not been shown this card; the sum is what it would score now."
    chance = f"its chance to be in that slate was {slot.inclusion:.0%}"
    if slot.exploring:
        return f"Shown in slot {slot.position + 1} to explore: a greedy buddy would have left it out; {chance}."
    return f"Shown in slot {slot.position + 1}; {chance}."


def _said(part: Part) -> str:
    return f"{part.label} {part.value:+.2f}"


def _found(creations: Mapping[CreationId, Creation], id: CreationId) -> Creation:
    if id not in creations:
        raise NotFoundError(f"the slate shows {id}, which nobody has", hint="Present it anew.")
    return creations[id]
