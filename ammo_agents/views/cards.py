"""A card as plain data: what every door shows of a creation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ammo_agents.ports import CardField
from ammo_agents.records import Block, Claim, Creation, Fact, FactId, Part, Quantity, Slot

Plain = dict[str, Any]


def card(
    creation: Creation,
    *,
    slot: Slot | None = None,
    acts: tuple[str, ...] = (),
    fields: Sequence[Plain] = (),
) -> Plain:
    """Return the card of a creation; with its slot also its score and the reasons that add up to it.

    `fields` are those of the subspace that its facts fill: `filled`.
    """
    return {
        "id": creation.id,
        "title": creation.title.text,
        "hook": creation.hook.text,
        "claims": [claim(c) for c in creation.claims],
        "blocks": [block(b) for b in creation.blocks],
        "title_facts": list(creation.title.facts),
        "hook_facts": list(creation.hook.facts),
        "cost": creation.cost,
        "score": None if slot is None else slot.score,
        "reasons": [] if slot is None else [reason(p) for p in slot.parts],
        "exploring": None if slot is None else slot.exploring,
        "inclusion": None if slot is None else slot.inclusion,
        "buddy": creation.buddy,
        "subspace": creation.subspace,
        "entity": creation.entity,
        "kind": creation.kind.value,
        "date": creation.date.isoformat(),
        "created_at": creation.created_at.isoformat(),
        "model": creation.model,
        "adapter": creation.adapter,
        "prompt": creation.prompt,
        "seed": creation.seed,
        "visibility": creation.visibility,
        "surprise": creation.surprise,
        "authors": {
            "title": creation.title.author,
            "hook": creation.hook.author,
            "claims": [c.author for c in creation.claims],
        },
        "tried": creation.tried,
        "flags": [{"text": f.text, "reason": f.reason} for f in creation.flags],
        "usage": dataclasses.asdict(creation.usage),
        "acts": list(acts),
        "fields": list(fields),
    }


def filled(
    fields: Sequence[CardField], facts: Mapping[FactId, Fact], creation: Creation
) -> list[Plain]:
    """Return the fields of a card, each from the first fact it cites that can fill it (W15).

    Only facts about what the headline is about are taken, so that no number stands beside another's name.
    """
    said = (creation.title, creation.hook, *creation.claims)
    ids = dict.fromkeys(id for one in said for id in one.facts)
    told = [facts[id] for id in ids if id in facts]
    about = told[0].entity if told else creation.entity
    fits = ((one, _filling(one, [f for f in told if f.entity == about])) for one in fields)
    return [_field(one, *found) for one, found in fits if found is not None]


def _filling(field: CardField, facts: Sequence[Fact]) -> tuple[Fact, Quantity] | None:
    for fact in facts:
        for quantity in fact.quantities:
            if _is_of(fact, field) and quantity.name == field.quantity:
                return fact, quantity
    return None


def _field(field: CardField, fact: Fact, quantity: Quantity) -> Plain:
    return {
        "name": field.name,
        "label": field.label,
        "kind": field.kind,
        "value": quantity.value,
        "unit": quantity.unit,
        "text": quantity.text,
        "fact": fact.id,
        "date": fact.date.isoformat(),
    }


def _is_of(fact: Fact, field: CardField) -> bool:
    if field.predicate.endswith("*"):
        return fact.predicate.startswith(field.predicate[:-1])
    return fact.predicate == field.predicate


def claim(item: Claim) -> Plain:
    """Return a sentence with the ids of the facts it stands on."""
    return {"text": item.text, "facts": list(item.facts), "author": item.author}


def block(item: Block) -> Plain:
    """Return a typed block with dates as ISO text."""
    plain = dataclasses.asdict(item)
    if "dates" in plain:
        plain["dates"] = [d.isoformat() for d in plain["dates"]]
    return plain


def reason(part: Part) -> Plain:
    """Return one term of a score."""
    return {"kind": part.kind, "label": part.label, "value": part.value, "feedback": part.feedback}


def fact(item: Fact) -> Plain:
    """Return a fact with its numbers, its source and its date."""
    return {
        "id": item.id,
        "statement": item.statement,
        "subspace": item.subspace,
        "entity": item.entity,
        "predicate": item.predicate,
        "date": item.date.isoformat(),
        "numbers": [dataclasses.asdict(q) for q in item.quantities],
        "inputs": [dataclasses.asdict(q) for q in item.inputs],
        "direction": item.direction,
        "surprise": item.surprise,
        "source": dataclasses.asdict(item.source),
        "mentions": list(item.mentions),
        "series": None
        if item.series is None
        else {
            "title": item.series.title,
            "unit": item.series.unit,
            "dates": [d.isoformat() for d in item.series.dates],
            "values": list(item.series.values),
        },
    }


def sources(facts: Mapping[FactId, Fact], creation: Creation) -> list[Plain]:
    """Return every fact a creation cites, numbered from 1 in reading order."""
    order: dict[FactId, None] = {}
    for item in (creation.title, creation.hook, *creation.claims):
        order.update(dict.fromkeys(item.facts))
    return [
        {"number": n, **fact(facts[id])}
        for n, id in enumerate((i for i in order if i in facts), start=1)
    ]
