"""The contract of a subspace as a check: what every plugin's own tests should run.

::

    async def test_the_subspace_keeps_the_contract() -> None:
        report = await check_subspace(coin, days=40)
        assert report.faults == ()
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ammo_agents.ports import FeedOptions, Subspace, Triggers, Wording
from ammo_agents.records import SLOT, Edge, Entity, Fact, Knowledge, Shift, fact_id

ENTITY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubspaceReport:
    """What `check_subspace` found. A subspace keeps the contract when `faults` is empty."""

    faults: tuple[str, ...] = ()
    """Each names the thing, the rule, and what stands there instead."""
    entities: int = 0
    facts: Mapping[str, int] = field(default_factory=dict)
    """Facts seen of each predicate."""
    days: int = 0
    """Days of the world that were walked through."""
    shifts: int = 0


@dataclass(slots=True)
class _Seen:
    """What a walk through the world brought up."""

    days: list[dt.date] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    known: list[tuple[dt.date, tuple[str, ...]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def check_subspace(
    subspace: Subspace, *, start: dt.date | None = None, days: int = 30
) -> SubspaceReport:
    """Return what `subspace` breaks of its contract, walking `days` days of its world twice.

    The second walk must repeat the first (same start, same facts), a walk that starts later must
    find the same facts on the days they share, and no fact may be dated after its day.
    """
    known = await asyncio.to_thread(subspace.knowledge)
    faults = [*_graph_faults(subspace, known), *_buddy_faults(subspace, known)]
    facts = {str(fact.id): fact for fact in known.facts}
    seen = _Seen()
    if subspace.triggers is not None:
        options = FeedOptions(start=start)
        seen = await _walk(await asyncio.to_thread(subspace.triggers, options), days)
        again = await _walk(await asyncio.to_thread(subspace.triggers, options), days)
        faults += seen.faults
        if (seen.shifts, seen.known) != (again.shifts, again.known):
            faults.append("triggers: two walks from one start tell different facts")
        faults += await _later_faults(subspace, seen)
        facts |= seen.facts
    entities = {entity.id for entity in known.entities}
    for fact in facts.values():
        faults += [f"fact {fact.id} ({fact.predicate}): {fault}" for fault in fact_faults(fact)]
        if fact.subspace != subspace.id:
            faults.append(f"fact {fact.id}: belongs to {fact.subspace!r}, not {subspace.id!r}")
        faults += [
            f"fact {fact.id} ({fact.predicate}): names {entity!r}, which the graph lacks"
            for entity in (fact.entity, *fact.mentions)
            if entity not in entities
        ]
    faults += _wording_faults(subspace.wordings, list(facts.values()))
    faults += _field_faults(subspace)
    counts: dict[str, int] = {}
    for fact in facts.values():
        counts[fact.predicate] = counts.get(fact.predicate, 0) + 1
    return SubspaceReport(
        faults=tuple(dict.fromkeys(faults)),
        entities=len(known.entities),
        facts=dict(sorted(counts.items())),
        days=len(seen.days),
        shifts=len(seen.shifts),
    )


def fact_faults(fact: Fact) -> list[str]:
    """Return what one fact breaks: slots, digits outside them, numbers, source, id, surprise."""
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
    faults += [message for broken, message in _rules(fact) if broken]
    return faults + [fault for q in fact.quantities for fault in _quantity_faults(q.name, q)]


def _rules(fact: Fact) -> Iterable[tuple[bool, str]]:
    """Yield each rule of a whole fact as (is it broken, what to say)."""
    yield fact.id != _id_of(fact), "its id does not follow from what it states (use fact_id)"
    unsourced = not fact.source.name or not fact.source.verified_by
    yield unsourced, "its source lacks where it comes from or who verified it"
    nats = math.isfinite(fact.surprise) and fact.surprise >= 0
    yield not nats, f"its surprise is {fact.surprise}, which is no number of nats"
    sentence = fact.statement.endswith((".", "!", "?"))
    yield not sentence, f"its statement is no sentence: {fact.statement!r}"
    series = fact.series
    uneven = series is not None and len(series.dates) != len(series.values)
    yield uneven, "its series has another number of dates than of values"


def _quantity_faults(name: str, quantity: object) -> Iterable[str]:
    value, text = getattr(quantity, "value", None), str(getattr(quantity, "text", ""))
    unit = getattr(quantity, "unit", "")
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


def _id_of(fact: Fact) -> str:
    return fact_id(
        entity=fact.entity, predicate=fact.predicate, date=fact.date, statement=fact.statement
    )


def _graph_faults(subspace: Subspace, known: Knowledge) -> list[str]:
    faults = []
    ids = [entity.id for entity in known.entities]
    faults += [
        f"entity {id!r}: is there twice" for id in sorted({i for i in ids if ids.count(i) > 1})
    ]
    for entity in known.entities:
        faults += _entity_faults(subspace, entity)
    for edge in known.edges:
        faults += _edge_faults(edge, set(ids))
    return faults


def _entity_faults(subspace: Subspace, entity: Entity) -> Iterable[str]:
    head, _, slug = entity.id.partition("/")
    if head != subspace.id or not ENTITY.fullmatch(slug):
        yield f"entity {entity.id!r}: must be {subspace.id}/<slug of lower-case letters, digits, hyphens>"
    if not entity.name.strip():
        yield f"entity {entity.id!r}: has no name"


def _edge_faults(edge: Edge, ids: set[str]) -> Iterable[str]:
    for end in (edge.source, edge.target):
        if end not in ids:
            yield f"edge {edge.source} -{edge.kind}-> {edge.target}: the graph lacks {end!r}"
    if edge.source == edge.target:
        yield f"edge {edge.source} -{edge.kind}-> {edge.target}: leads back to itself"


def _buddy_faults(subspace: Subspace, known: Knowledge) -> Iterable[str]:
    ids = {entity.id for entity in known.entities}
    seen: set[str] = set()
    for buddy in subspace.buddies(known) if subspace.buddies is not None else ():
        if buddy.id in seen:
            yield f"buddy {buddy.id!r}: is there twice"
        seen.add(buddy.id)
        if buddy.entity not in ids or not set(buddy.neighbours) <= ids:
            yield f"buddy {buddy.id!r}: is born from, or next to, what the graph lacks"


async def _walk(world: Triggers, days: int) -> _Seen:
    seen = _Seen()
    for _ in range(days):
        before = world.day()
        happened = await world.advance()
        if happened is None:
            break
        today = world.day()
        if today <= before:
            seen.faults.append(f"triggers: the day went from {before} to {today}")
        planned = await world.scheduled()
        known = tuple(world.knowledge())
        shifts = [*happened, *planned]
        told = [*known, *(fact for shift in shifts for fact in shift.facts)]
        seen.faults += [
            f"fact {fact.id}: is of {fact.date} and was told on {today}"
            for fact in told
            if fact.date > today
        ]
        seen.faults += _shift_faults(happened)
        seen.days.append(today)
        seen.shifts += shifts
        seen.known.append((today, tuple(str(fact.id) for fact in known)))
        seen.facts |= {str(fact.id): fact for fact in told}
    return seen


def _shift_faults(shifts: Sequence[Shift]) -> Iterable[str]:
    if [s.surprise for s in shifts] != sorted((s.surprise for s in shifts), reverse=True):
        yield f"triggers: the shifts of {shifts[0].date} do not come most surprising first"
    for shift in shifts:
        if not shift.facts:
            yield f"shift of {shift.entity} on {shift.date}: holds no fact"
        if any(fact.entity != shift.entity for fact in shift.facts):
            yield f"shift of {shift.entity} on {shift.date}: holds a fact of another entity"


async def _later_faults(subspace: Subspace, seen: _Seen) -> Iterable[str]:
    """Enter the world in the middle: what is told of a day must not depend on where one began."""
    if subspace.triggers is None or len(seen.days) < 3:
        return ()
    middle = seen.days[len(seen.days) // 2]
    world = await asyncio.to_thread(subspace.triggers, FeedOptions(start=middle))
    late = await _walk(world, len(seen.days) - len(seen.days) // 2)
    wanted = [shift for shift in seen.shifts if shift.date >= middle]
    if late.shifts != wanted:
        return (f"triggers: a walk from {middle} tells other shifts than one from {seen.days[0]}",)
    return ()


def _field_faults(subspace: Subspace) -> Iterable[str]:
    names = [field.name for field in subspace.fields]
    for name in sorted({n for n in names if names.count(n) > 1 or not ENTITY.fullmatch(n)}):
        yield f"card field {name!r}: must be a slug, and there once"


def _wording_faults(wordings: Mapping[str, Wording], facts: Sequence[Fact]) -> Iterable[str]:
    slots: dict[str, set[str]] = {}
    for fact in facts:
        own = {q.name for q in fact.quantities}
        slots[fact.predicate] = slots.get(fact.predicate, own) & own
    for predicate, wording in sorted(wordings.items()):
        for line in _lines(wording):
            yield from _line_faults(predicate, line, slots.get(predicate))
        for pair in wording.examples:
            if set(SLOT.findall(pair[0])) != set(SLOT.findall(pair[1])):
                yield f"wording {predicate}: an example loses a slot: {pair!r}"
        unknown = set(wording.around) - slots.get(predicate, set(wording.around))
        if unknown:
            yield f"wording {predicate}: 'around' speaks of {sorted(unknown)}, which its facts lack"
        if any(word != word.lower() for word in wording.words):
            yield f"wording {predicate}: its words must be in lower case"


def _lines(wording: Wording) -> list[str]:
    return [*wording.frames, *wording.titles, *(side for pair in wording.examples for side in pair)]


def _line_faults(predicate: str, line: str, slots: set[str] | None) -> Iterable[str]:
    if re.search(r"\d", SLOT.sub("", line)):
        yield f"wording {predicate}: a digit stands outside the slots: {line!r}"
    missing = set() if slots is None else set(SLOT.findall(line)) - slots
    if missing:
        yield f"wording {predicate}: its facts have no {sorted(missing)}: {line!r}"
