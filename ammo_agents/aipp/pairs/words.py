"""What people said in words, or of words, as pairs: edits, answers asked for again, two answers, labels.

All of it is in the diary. An entry's id in a pair is ``d_`` and its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ammo_agents.aipp.pairs.label import KIND as LABEL
from ammo_agents.aipp.pairs.label import TAKEN_BACK, offer_of
from ammo_agents.aipp.pairs.record import Pair, Row, Side
from ammo_agents.aipp.pairs.shelf import BEFORE, GONE, Shelf, Teller, by_card
from ammo_agents.aipp.pairs.task import (
    ANSWER,
    answer_prompt,
    card_prompt,
    card_text,
    facts_of,
    fingerprint,
    unmarked,
)
from ammo_agents.ports import Entry

SAID, CHAT, TWO = "interaction", "message", "pair"
"""Diary kinds: acts of the protocol, talks, answered comparisons of two answers."""
KINDS = (SAID, CHAT, TWO, LABEL)
MADE_OF = (TWO, LABEL)
"""Kinds of which every entry is feedback on texts."""
PERSON = "person"
"""Who wrote an edited text."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What one signal gave."""

    made: list[Pair | Row] = field(default_factory=list)
    met: int = 0
    passed: Counter[str] = field(default_factory=Counter)

    def may(self, teller: Teller, entry: Entry) -> bool:
        """Count an event that was met, and return whether it may be learned from."""
        self.met += 1
        if not teller.may(entry.at):
            self.passed[BEFORE] += 1
            return False
        return True


def event_id(entry: Entry) -> str:
    """Return the id of a diary entry in a pair."""
    return f"d_{entry.seq}"


async def edits(shelf: Shelf, teller: Teller) -> Found:
    """Return the newest edit of each card: chosen = the person's words, rejected = the card's, without marks."""
    found = Found()
    entries = await shelf.ledger.diary.entries(teller.person, kind=SAID)
    kept = {e.body["event"] for e in entries if e.body.get("answer", {}).get("status") == "kept"}
    newest: dict[str, Entry] = {}
    for entry in entries:
        if entry.body.get("act") == "edit" and found.may(teller, entry):
            if entry.body["event"] not in kept:
                found.passed["an edit that was not kept"] += 1
                continue
            found.passed["edited again"] += entry.body["card"] in newest
            newest[entry.body["card"]] = entry
    for id, entry in newest.items():
        card = await shelf.card(id)
        facts = None if card is None else await shelf.facts(facts_of(card))
        if card is None or facts is None:
            found.passed[GONE] += 1
            continue
        pair: dict[str, Any] = {
            "prompt": card_prompt(facts, cites=False),
            "chosen": unmarked(str(entry.body["note"])),
            "rejected": card_text(card),
            "rejected_by": by_card(card),
        }
        found.made.append(
            Pair(
                **pair,
                chosen_by=Side(model=PERSON, creation=card.id),
                signal="edit",
                subspace=card.subspace,
                buddy=card.buddy,
                impression=str(entry.body.get("slate", "")),
                **teller.mark(entry.at, event_id(entry)),
            )
        )
    return found


async def answers(shelf: Shelf, teller: Teller) -> Found:
    """Return which of two answers was better: the order was drawn, so each stood first with P = 1/2."""
    found = Found()
    for entry in await shelf.ledger.diary.entries(teller.person, kind=TWO):
        if not found.may(teller, entry):
            continue
        body = entry.body
        if body["which"] not in {"1", "2"}:
            said = "a tie: both are alike" if body["which"] == "same" else "passed over"
            found.passed[said] += 1
            continue
        facts = await shelf.facts(body["facts"])
        if facts is None:
            found.passed[GONE] += 1
            continue
        first, second = _answer(body, "one", 0), _answer(body, "two", 1)
        chosen, rejected = (first, second) if body["which"] == "1" else (second, first)
        found.made.append(
            Pair(
                prompt=answer_prompt(str(body["question"]), facts),
                chosen=chosen[0],
                rejected=rejected[0],
                chosen_by=chosen[1],
                rejected_by=rejected[1],
                signal="choice",
                subspace=facts[0].subspace if facts else "",
                impression=str(body.get("run", "")),
                **teller.mark(entry.at, event_id(entry)),
            )
        )
    return found


async def regenerated(shelf: Shelf, teller: Teller) -> Found:
    """Return answers asked for again, then kept: chosen = the last one, rejected = each that it replaced.

    An answer that was cut off is no worse text, only a shorter one: both must have ended by themselves.
    """
    found = Found()
    entries = await shelf.ledger.diary.entries(teller.person, kind=CHAT)
    whole = {
        str(e.body.get("run")): e
        for e in entries
        if e.body.get("role") == "buddy" and e.body.get("last") and e.body.get("known")
    }
    next_of = {
        str(e.body["of"]): str(e.body["run"]) for e in entries if e.body.get("role") == "again"
    }
    for entry in (e for e in entries if e.body.get("role") == "again"):
        if not found.may(teller, entry):
            continue
        replaced = entry.body.get("replaced")
        last = str(entry.body["run"])
        while last in next_of:
            last = next_of[last]
        kept = whole.get(last)
        if not replaced or kept is None or not kept.body.get("model"):
            found.passed["asked again after an answer that was cut off or failed"] += 1
            continue
        facts = await shelf.facts(replaced["facts"])
        if facts is None or replaced["facts"] != list(kept.body["facts"]):
            found.passed["the new answer stands on other facts" if facts else GONE] += 1
            continue
        found.made.append(
            Pair(
                prompt=answer_prompt(str(replaced["question"]), facts),
                chosen=str(kept.body["text"]),
                rejected=str(replaced["text"]),
                chosen_by=_writer(kept.body),
                rejected_by=_writer(replaced),
                signal="again",
                subspace=facts[0].subspace if facts else "",
                buddy=str(kept.body.get("buddy", "")),
                impression=last,
                **teller.mark(kept.at, event_id(entry), event_id(kept)),
            )
        )
    return found


async def labelled(shelf: Shelf, teller: Teller) -> Found:
    """Return labels that stand; alike and neither are counted and make no pair."""
    found = Found()
    newest = await shelf.ledger.diary.latest(teller.person, LABEL)
    for entry in sorted(newest.values(), key=lambda e: e.seq):
        if entry.body["said"] == TAKEN_BACK:
            found.passed["a label that was taken back"] += 1
            continue
        if not found.may(teller, entry):
            continue
        said = entry.body["said"]
        if said not in {"a", "b"}:
            found.passed["a tie: both are alike" if said == "equal" else "neither is good"] += 1
            continue
        offer = offer_of(entry.body)
        chosen, rejected = (offer.one, offer.two) if said == "a" else (offer.two, offer.one)
        mark = teller.mark(entry.at, event_id(entry))
        mark["source"] = str(entry.body.get("source", mark["source"]))
        found.made.append(
            Pair(
                prompt=offer.prompt,
                chosen=chosen.text,
                rejected=rejected.text,
                chosen_by=chosen.by,
                rejected_by=rejected.by,
                signal="label",
                subspace=offer.subspace,
                buddy=offer.buddy,
                impression=offer.id,
                extra={"held": offer.held} if offer.held else {},
                **mark,
            )
        )
    return found


READERS: Mapping[str, Callable[[Shelf, Teller], Awaitable[Found]]] = {
    "edit": edits,
    "again": regenerated,
    "answers": answers,
    "label": labelled,
}


def _answer(body: Mapping[str, object], name: str, slot: int) -> tuple[str, Side]:
    sampling = body.get("sampling")
    own = sampling.get(name, {}) if isinstance(sampling, dict) else {}
    return str(body[name]), Side(
        model=str(body.get("model", "")),
        adapter=str(body.get("adapter", "")),
        prompt=fingerprint(ANSWER),
        sampling=dict(own),
        slot=slot,
        propensity=0.5,
    )


def _writer(body: Mapping[str, object]) -> Side:
    sampling = body.get("sampling")
    return Side(
        model=str(body.get("model", "")),
        adapter=str(body.get("adapter", "")),
        prompt=fingerprint(ANSWER),
        sampling=dict(sampling) if isinstance(sampling, dict) else {},
    )
