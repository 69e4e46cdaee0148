"""What a subspace's wordings break: slots their facts lack, numbers of their own, sentences turned round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ammo_agents.ports import Wording
from ammo_agents.records import SLOT, Fact

PLAIN = frozenset(["name", "date", "year"])
"""Units of what is copied as it stands: a sentence with these alone is told in its own words."""


def wording_faults(wordings: Mapping[str, Wording], facts: Sequence[Fact]) -> Iterable[str]:
    """Yield what is wrong with each wording, given the facts that were seen."""
    slots: dict[str, set[str]] = {}
    example: dict[str, Fact] = {}
    for fact in facts:
        own = {q.name for q in fact.quantities}
        slots[fact.predicate] = slots.get(fact.predicate, own) & own
        example.setdefault(fact.predicate, fact)
    for predicate, wording in sorted(wordings.items()):
        for fault in _faults(wording, slots.get(predicate), example.get(predicate)):
            yield f"wording {predicate}: {fault}"


def _faults(wording: Wording, slots: set[str] | None, fact: Fact | None) -> Iterable[str]:
    for line in _lines(wording):
        yield from _line_faults(line, slots)
    for said, other in wording.examples:
        if set(SLOT.findall(said)) != set(SLOT.findall(other)):
            yield f"an example loses a slot: {(said, other)!r}"
        yield from turned(said, other)
    if fact is not None:
        for line in (*wording.frames, *wording.titles):
            yield from turned(fact.frame, line)
    unknown = set(wording.around) - (set(wording.around) if slots is None else slots)
    if unknown:
        yield f"'around' speaks of {sorted(unknown)}, which its facts lack"
    if any(word != word.lower() for word in wording.words):
        yield "its words must be in lower case"


def untaught(wordings: Mapping[str, Wording], facts: Sequence[Fact]) -> Iterable[str]:
    """Yield each predicate with numbers that no wording teaches."""
    seen: dict[str, Fact] = {}
    count: dict[str, int] = {}
    frames: dict[str, set[str]] = {}
    for fact in facts:
        count[fact.predicate] = count.get(fact.predicate, 0) + 1
        frames.setdefault(fact.predicate, set()).add(fact.frame)
        if any(q.unit not in PLAIN for q in fact.quantities):
            seen.setdefault(fact.predicate, fact)
    for predicate, fact in sorted(seen.items()):
        wording = wordings.get(predicate)
        if 1 < count[predicate] == len(frames[predicate]):
            continue  # each is a sentence of its own, which no wording could share
        if wording is None:
            yield f"wording {predicate}: there is none; its facts read {fact.frame!r}"
        elif not wording.examples or not wording.titles:
            missing = "examples" if not wording.examples else "titles"
            yield f"wording {predicate}: it has no {missing}; its facts read {fact.frame!r}"


def turned(said: str, other: str) -> Iterable[str]:
    """Yield where `other` swaps two slots behind the words that say which is which."""
    mine, theirs = _before(said), _before(other)
    both = sorted(mine.keys() & theirs.keys())
    for n, word in enumerate(both):
        for second in both[n + 1 :]:
            swapped = (mine[word], mine[second]) == (theirs[second], theirs[word])
            if swapped and mine[word] != mine[second]:
                yield (
                    f"{other!r} turns it round: '{word} {{{theirs[word]}}} … {second} {{{theirs[second]}}}' "
                    f"where the fact says '{word} {{{mine[word]}}} … {second} {{{mine[second]}}}'"
                )


def _before(frame: str) -> dict[str, str]:
    """Return word → the one slot that stands right behind it."""
    found: dict[str, set[str]] = {}
    for word, slot in re.findall(r"\b([A-Za-z]+) \{([a-z][a-z0-9_]*)\}", frame):
        found.setdefault(word.lower(), set()).add(slot)
    return {word: next(iter(slots)) for word, slots in found.items() if len(slots) == 1}


def _lines(wording: Wording) -> list[str]:
    return [*wording.frames, *wording.titles, *(side for pair in wording.examples for side in pair)]


def _line_faults(line: str, slots: set[str] | None) -> Iterable[str]:
    if re.search(r"\d", SLOT.sub("", line)):
        yield f"a digit stands outside the slots: {line!r}"
    missing = set() if slots is None else set(SLOT.findall(line)) - slots
    if missing:
        yield f"its facts have no {sorted(missing)}: {line!r}"
