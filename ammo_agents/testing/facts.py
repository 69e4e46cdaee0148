"""What single facts and a knowledge graph break of their contract: pure looks at records, no world is walked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ammo_agents.ports import CardField, Subspace
from ammo_agents.records import SLOT, Edge, Entity, Fact, GoalBuddy, Knowledge, Quantity, fact_id

ENTITY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!]|javascript:|&#|\]\(")
ENTITIES, FACTS, LONGEST, NAME = 50_000, 200_000, 2_000, 200
"""What fits: entities, facts, characters of a text, characters of a name."""


def fact_faults(fact: Fact) -> list[str]:
    """Return what one fact breaks: slots, digits outside them, numbers, source, id, surprise."""
    return [*slot_faults(fact), *source_faults(fact), *id_faults(fact)]


def slot_faults(fact: Fact) -> list[str]:
    """Return what is wrong with its sentence, its slots and their numbers."""
    faults = []
    slots = SLOT.findall(fact.frame)
    names = [q.name for q in fact.quantities]
    if len(set(names)) != len(names):
        faults.append(f"two quantities share a name: {names}")
    if set(slots) != set(names):
        return [*faults, f"the frame has slots {sorted(set(slots))}, the quantities {names}"]
    bare = SLOT.sub("", fact.frame)
    if re.search(r"\d", bare):
        faults.append(f"a digit stands outside the slots: {bare!r}")
    faults += [message for broken, message in _sentence(fact) if broken]
    return faults + [fault for q in fact.quantities for fault in _quantity_faults(q)]


def source_faults(fact: Fact) -> list[str]:
    """Return what is missing of where it comes from."""
    missing = not fact.source.name or not fact.source.verified_by
    return ["its source lacks where it comes from or who verified it"] if missing else []


def id_faults(fact: Fact) -> list[str]:
    """Return whether its id follows from what it states; nothing where it states nothing readable."""
    if set(SLOT.findall(fact.frame)) != {q.name for q in fact.quantities}:
        return []
    own = fact_id(
        entity=fact.entity, predicate=fact.predicate, date=fact.date, statement=fact.statement
    )
    return [] if fact.id == own else ["its id does not follow from what it states (use fact_id)"]


def own_faults(subspace: Subspace, facts: Iterable[Fact], known: Knowledge) -> Iterable[str]:
    """Yield each fact that speaks of another subspace, or of an entity that the graph lacks."""
    entities = {entity.id for entity in known.entities}
    for fact in facts:
        if fact.subspace != subspace.id:
            yield f"fact {fact.id}: belongs to {fact.subspace!r}, not {subspace.id!r}"
        for entity in (fact.entity, *fact.mentions):
            if entity not in entities:
                yield (
                    f"fact {fact.id} ({fact.predicate}): names {entity!r}, which the graph lacks"
                )


def named(facts: Iterable[Fact], faults: Callable[[Fact], Sequence[str]]) -> Iterable[str]:
    """Yield what `faults` says of each fact, with the fact's name before it."""
    for fact in facts:
        found = faults(fact)
        for fault in found:
            yield f"fact {fact.id} ({fact.predicate}): {fault}"


def _sentence(fact: Fact) -> Iterable[tuple[bool, str]]:
    nats = math.isfinite(fact.surprise) and fact.surprise >= 0
    yield not nats, f"its surprise is {fact.surprise}, which is no number of nats"
    sentence = fact.statement.endswith((".", "!", "?"))
    yield not sentence, f"its statement is no sentence: {fact.statement!r}"
    series = fact.series
    uneven = series is not None and len(series.dates) != len(series.values)
    yield uneven, "its series has another number of dates than of values"


def _quantity_faults(quantity: Quantity) -> Iterable[str]:
    name, value, text, unit = quantity.name, quantity.value, quantity.text, quantity.unit
    if not text.strip():
        yield f"slot {name!r} has no words"
    if isinstance(value, str):
        if unit == "date" and not DAY.fullmatch(value):
            yield f"slot {name!r} is a date and holds {value!r}, which is no ISO date"
        if unit not in {"date", "name"}:
            yield f"slot {name!r} holds text with the unit {unit!r}"
        return
    shown = [float(number.replace(",", "")) for number in NUMBER.findall(text)]
    if not isinstance(value, float | int) or not math.isfinite(value):
        yield f"slot {name!r} holds {value!r}, which is no number"
    elif not any(math.isclose(number, abs(value), rel_tol=1e-9) for number in shown):
        yield f"slot {name!r} says {text!r} and holds {value!r}"


def entity_faults(subspace: Subspace, known: Knowledge) -> Iterable[str]:
    """Yield each entity that is there twice, has no name, or an id that is not its own."""
    seen: set[str] = set()
    for entity in known.entities:
        if entity.id in seen:
            yield f"entity {entity.id!r}: is there twice"
        seen.add(entity.id)
        head, _, slug = entity.id.partition("/")
        if head != subspace.id or not ENTITY.fullmatch(slug):
            yield f"entity {entity.id!r}: must be {subspace.id}/<slug of lower-case letters, digits, hyphens>"
        elif entity.subspace != subspace.id:
            yield f"entity {entity.id!r}: belongs to {entity.subspace!r}, not {subspace.id!r}"
        if not entity.name.strip():
            yield f"entity {entity.id!r}: has no name"


def edge_faults(known: Knowledge) -> Iterable[str]:
    """Yield each edge that leads to nowhere, or back to itself."""
    ids = {entity.id for entity in known.entities}
    for edge in known.edges:
        yield from _edge_faults(edge, ids)


def _edge_faults(edge: Edge, ids: Collection[str]) -> Iterable[str]:
    said = f"edge {edge.source} -{edge.kind}-> {edge.target}"
    for end in (edge.source, edge.target):
        if end not in ids:
            yield f"{said}: the graph lacks {end!r}"
    if edge.source == edge.target:
        yield f"{said}: leads back to itself"


def text_faults(known: Knowledge, facts: Iterable[Fact]) -> Iterable[str]:
    """Yield each text that holds control characters or markup: it goes to people and to models."""
    for entity in known.entities:
        for what, text in _texts_of(entity):
            if fault := hostile(text):
                yield f"entity {entity.id!r}: its {what} holds {fault}: {_short(text)}"
    for fact in facts:
        for text in (fact.frame, *(q.text for q in fact.quantities), fact.source.name):
            if fault := hostile(text):
                yield f"fact {fact.id} ({fact.predicate}): holds {fault}: {_short(text)}"


def _texts_of(entity: Entity) -> Iterable[tuple[str, str]]:
    yield "name", entity.name
    yield "kind", entity.kind
    yield "summary", entity.summary
    yield from (("alias", alias) for alias in entity.aliases)
    yield from (("keyword", keyword) for keyword in entity.keywords)


def hostile(text: str) -> str:
    """Return what makes a text unfit to be shown; empty = nothing."""
    odd = next((c for c in text if not c.isprintable() and c != "\n"), "")
    if odd:
        return f"the character U+{ord(odd):04X}"
    found = MARKUP.search(text)
    return f"markup ({found.group().strip()!r})" if found else ""


def size_faults(known: Knowledge) -> Iterable[str]:
    """Yield what is beyond what a home can hold and a person would read."""
    if len(known.entities) > ENTITIES:
        yield f"{len(known.entities):,} entities; at most {ENTITIES:,} fit"
    if len(known.facts) > FACTS:
        yield f"{len(known.facts):,} facts; at most {FACTS:,} fit"
    for entity in known.entities:
        if len(entity.name) > NAME:
            yield f"entity {entity.id[:80]!r}: its name has {len(entity.name):,} characters, at most {NAME} fit"
        if len(entity.summary) > LONGEST:
            yield f"entity {entity.id[:80]!r}: its summary has {len(entity.summary):,} characters, at most {LONGEST:,} fit"
    for fact in known.facts:
        if len(fact.frame) > LONGEST:
            yield f"fact {fact.id}: its frame has {len(fact.frame):,} characters, at most {LONGEST:,} fit"


def buddy_faults(buddies: Sequence[GoalBuddy], known: Knowledge) -> Iterable[str]:
    """Yield each buddy that shares an id, or is born of what the graph lacks."""
    ids = {entity.id for entity in known.entities}
    seen: set[str] = set()
    for buddy in buddies:
        if buddy.id in seen:
            yield f"buddy {buddy.id!r}: is there twice"
        seen.add(buddy.id)
        if buddy.entity not in ids or not set(buddy.neighbours) <= ids:
            yield f"buddy {buddy.id!r}: is born from, or next to, what the graph lacks"
        if buddy.budget is not None and buddy.budget < 0:
            yield f"buddy {buddy.id!r}: its budget is {buddy.budget}"


def action_faults(subspace: Subspace) -> Iterable[str]:
    """Yield each act whose reward or weight is out of range, or whose name is there twice."""
    names = [action.name for action in subspace.actions]
    for action in subspace.actions:
        if not ENTITY.fullmatch(action.name) or names.count(action.name) > 1:
            yield f"act {action.name!r}: must be a slug, and there once"
        if not 0.0 <= action.reward <= 1.0:
            yield f"act {action.name!r}: its reward is {action.reward}, it must lie in [0, 1]"
        if not 0.0 < action.weight <= 10.0:
            yield f"act {action.name!r}: its weight is {action.weight}, it must lie in (0, 10]"
        if not action.label.strip() or hostile(action.label):
            yield f"act {action.name!r}: its label is {action.label!r}"


def field_faults(fields: Sequence[CardField], facts: Iterable[Fact]) -> Iterable[str]:
    """Yield each card field that is no slug, is there twice, or is filled from what no fact has."""
    held: dict[str, set[str]] = {}
    for fact in facts:
        held.setdefault(fact.predicate, set()).update(q.name for q in fact.quantities)
    names = [field.name for field in fields]
    for field in fields:
        if names.count(field.name) > 1 or not ENTITY.fullmatch(field.name):
            yield f"card field {field.name!r}: must be a slug, and there once"
        if held and not _fills(field, held):
            yield f"card field {field.name!r}: no fact of {field.predicate!r} has a quantity {field.quantity!r}"


def _fills(field: CardField, held: Mapping[str, set[str]]) -> bool:
    every = field.predicate.endswith("*")
    head = field.predicate.rstrip("*")
    kinds = [p for p in held if (p.startswith(head) if every else p == head)]
    # A predicate that did not occur in the days walked through may still do so.
    return not kinds or any(field.quantity in held[p] for p in kinds)


def _short(text: str) -> str:
    return ascii(text if len(text) <= 60 else f"{text[:59]}…")
