"""Acts on cards as pairs and rows: a choice over others, skip-above inside one slate, and what is left single.

A like makes a pair only against a card that the same person skipped in the same impression, and that stood above it
or beside it: the cards above were seen (Joachims 2005). Never across two visits.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from ammo_agents.aipp.asking import stands_first
from ammo_agents.aipp.pairs.record import Pair, Row, Side, Signal
from ammo_agents.aipp.pairs.shelf import BEFORE, GONE, Shelf, Teller, by_card
from ammo_agents.aipp.pairs.task import card_prompt, card_text, facts_of
from ammo_agents.records import Creation, CreationId, Feedback, Slate, Slot

WANTED = frozenset({"like", "save", "share"})
UNWANTED = frozenset({"skip", "dislike"})
REFUSED = UNWANTED | {"hide"}
"""What makes a row with the label false; a hidden card is no half of a pair, it may be hidden for its topic."""
CHOOSE = "choose"
OTHER = "says nothing of a text"


@dataclass(slots=True, kw_only=True)
class Found:
    """What acts gave."""

    made: list[Pair | Row] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)


async def of_acts(shelf: Shelf, teller: Teller) -> Found:
    """Return the pairs and rows of a person's standing acts; an act stands in one of them, never in two."""
    found = Found()
    standing = await _standing(shelf, teller, found)
    slates = await shelf.ledger.slates(teller.person)
    for act in (a for a in standing if a.act == CHOOSE):
        found.made += await _choice(shelf, teller, act, found, _met(slates, act.at))
    judged = _newest(a for a in standing if a.act in WANTED | REFUSED)
    used: set[str] = set()
    for slate in slates:
        here = {a.creation: a for a in judged.values() if a.slate == slate.id}
        for liked, skipped in _above(slate, here):
            pair = await _pair(shelf, teller, (liked[0], skipped[0]), (liked[1], skipped[1]))
            if pair is not None:
                used |= {liked[0].id, skipped[0].id}
                found.made.append(pair)
                found.met["above"] += 1
    found.passed["said again of the same card"] += sum(
        a.act in WANTED | REFUSED for a in standing
    ) - len(judged)
    for act in judged.values():
        if act.id not in used:
            found.made += await _row(shelf, teller, act, found)
    found.passed += Counter()  # drops zeros
    return found


async def _standing(shelf: Shelf, teller: Teller, found: Found) -> list[Feedback]:
    told = []
    for act in await shelf.ledger.feedback(teller.person):
        if act.act not in WANTED | REFUSED | {CHOOSE} or act.subject is not None:
            found.passed[f"{act.act}: {OTHER}"] += 1
        elif not teller.may(act.at):
            found.passed[BEFORE] += 1
        else:
            told.append(act)
    return told


def _newest(acts: Iterable[Feedback]) -> dict[CreationId, Feedback]:
    """Return the last act on each card: a card that was liked and then hidden is hidden."""
    return {act.creation: act for act in acts}


def _above(
    slate: Slate, acts: Mapping[CreationId, Feedback]
) -> list[tuple[tuple[Feedback, Slot], tuple[Feedback, Slot]]]:
    """Return each liked card with the nearest skipped one above or beside it; a skip is used once."""
    placed = {slot.creation: slot for slot in slate.slots}
    said = [(act, placed[id]) for id, act in acts.items() if id in placed]
    liked = sorted((s for s in said if s[0].act in WANTED), key=lambda s: s[1].position)
    skips = [s for s in said if s[0].act in UNWANTED]
    found = []
    for one in liked:
        at = one[1].position
        near = [s for s in skips if s[1].position < at or s[1].position == at + 1]
        if near:
            skipped = min(near, key=lambda s: (abs(s[1].position - at), s[1].position))
            skips.remove(skipped)
            found.append((one, skipped))
    return found


async def _pair(
    shelf: Shelf,
    teller: Teller,
    acts: tuple[Feedback, Feedback],
    slots: tuple[Slot | None, Slot | None],
) -> Pair | None:
    liked, skipped = await shelf.card(acts[0].creation), await shelf.card(acts[1].creation)
    if liked is None or skipped is None:
        return None
    made = await _over(shelf, liked, skipped, slots)
    if made is None:
        return None
    at = max(act.at for act in acts)
    slate = acts[0].slate or ""
    return Pair(
        **made, signal="above", impression=slate, **teller.mark(at, *(str(a.id) for a in acts))
    )


def _met(slates: Iterable[Slate], at: dt.datetime) -> set[CreationId]:
    """Return the cards a person had been shown in a feed by then."""
    return {slot.creation for slate in slates if slate.at < at for slot in slate.slots}


def _side_by_side(teller: Teller, chosen: Creation, other: Creation) -> tuple[Side, Side]:
    """Return both cards as `ammo compare` shows two new ones: in an order it draws, each first with P = 1/2."""
    first = stands_first(teller.person, chosen.id, other.id)
    places = (0, 1) if first else (1, 0)
    one, two = (
        replace(by_card(card), slot=place, propensity=0.5)
        for card, place in zip((chosen, other), places, strict=True)
    )
    return one, two


async def _choice(
    shelf: Shelf, teller: Teller, act: Feedback, found: Found, met: Set[CreationId]
) -> list[Pair | Row]:
    """Return a pair for each card that was chosen over; how it stood is known where both were new to the person."""
    found.met["choice"] += 1
    chosen = await shelf.card(act.creation)
    made: list[Pair | Row] = []
    for id in act.over:
        other = await shelf.card(id)
        both = None
        if chosen is not None and other is not None:
            both = await _over(shelf, chosen, other, (None, None))
            if both is not None and len(act.over) == 1 and not met & {chosen.id, other.id}:
                both["chosen_by"], both["rejected_by"] = _side_by_side(teller, chosen, other)
        if both is None:
            found.passed[GONE] += 1
            continue
        mark = teller.mark(act.at, str(act.id))
        made.append(Pair(**both, signal="choice", impression=act.slate or "", **mark))
    return made


async def _row(shelf: Shelf, teller: Teller, act: Feedback, found: Found) -> list[Pair | Row]:
    """Return a single signal as a row; the half of a pair is never invented."""
    wanted = act.act in WANTED
    signal: Signal = "like" if wanted else "skip"
    found.met[signal] += 1
    card = await shelf.card(act.creation)
    facts = None if card is None else await shelf.facts(facts_of(card))
    if card is None or facts is None:
        found.passed[GONE] += 1
        return []
    row = Row(
        prompt=card_prompt(facts),
        completion=card_text(card, facts),
        label=wanted,
        by=by_card(card),
        signal=signal,
        subspace=card.subspace,
        buddy=card.buddy,
        impression=act.slate or "",
        **teller.mark(act.at, str(act.id)),
    )
    return [row]


async def _over(
    shelf: Shelf,
    liked: Creation,
    other: Creation,
    slots: Sequence[Slot | None],
) -> dict[str, Any] | None:
    """Return what a pair of two cards has: one prompt with the facts of both, from which each tells its own."""
    facts = await shelf.facts(facts_of(liked, other))
    if facts is None:
        return None
    return {
        "prompt": card_prompt(facts),
        "chosen": card_text(liked, facts),
        "rejected": card_text(other, facts),
        "chosen_by": by_card(liked, slots[0]),
        "rejected_by": by_card(other, slots[1]),
        "subspace": liked.subspace if liked.subspace == other.subspace else "",
        "buddy": liked.buddy if liked.buddy == other.buddy else "",
    }
