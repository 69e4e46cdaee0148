"""What a fact lets a sentence say: its words, the place of each of its numbers, its direction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ammo_agents.goal.lexicon import FUNCTION, MOVED_DOWN, MOVED_UP, base
from ammo_agents.ports import Wording
from ammo_agents.records import SLOT, Entity, EntityId, Fact, Quantity

TOKEN = re.compile(r"\{[a-z][a-z0-9_]*\}|[^\W\d_]+(?:['’.-][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]")
"""A slot, a word, a number or one sign."""
EDGE = "^"
"""Stands before the first token."""
ENTITY = "entity_name"
"""Slot for the entity's own name where a frame writes it out."""


@dataclass(frozen=True, slots=True)
class Licence:
    """What one fact lets through, read from its own statement and its predicate's wording."""

    fact: Fact
    sentences: tuple[tuple[str, ...], ...]
    """Every licensed sentence as lower-case tokens, slots as ``{name}``; the statement first."""
    whole: tuple[tuple[str, ...], ...]
    """Those of them that are no headlines."""
    words: frozenset[str]
    """Lower-case words of the licensed sentences and those the wording adds."""
    stems: frozenset[str]
    """Their base forms."""
    quantities: tuple[Quantity, ...]
    """With the names of entities that the frame writes out."""
    around: Mapping[str, tuple[str, ...]]
    """What the wording says must stand before a slot."""
    keeps: tuple[frozenset[str], ...] = ()
    """Sets of words of each of which one must be said."""

    @property
    def least(self) -> tuple[frozenset[str], ...]:
        """Return the smallest sets of slots that make a licensed sentence."""
        return tuple(frozenset(t for t in s if t[0] == "{") for s in self.sentences)

    def before(self, slot: str) -> set[str]:
        """Return the tokens that may stand right before a slot."""
        return {s[i - 1] if i else EDGE for s in self.sentences for i in _at(s, slot)}

    def after(self, slot: str) -> set[str]:
        """Return the tokens that may stand right after a slot."""
        ends = [(*s, EDGE) for s in self.sentences]
        return {s[i + 1] for s in ends for i in _at(s, slot)}

    def places(self, slot: str) -> set[tuple[int, str, str]]:
        """Return (side, next token, base form of the nearest content word) on both sides of a slot."""
        found = set()
        for s in self.sentences:
            for i in _at(s, slot):
                found.add((-1, s[i - 1] if i else EDGE, anchor(s, i, -1)))
                found.add((1, s[i + 1] if i + 1 < len(s) else EDGE, anchor(s, i, 1)))
        return found


def licence(fact: Fact, wording: Wording | None, entities: Mapping[EntityId, Entity]) -> Licence:
    """Return what `fact` lets a sentence say."""
    extra = names_written_out(fact, entities)
    wording = wording or Wording()
    frames = [fact.frame, *wording.frames, *wording.titles]
    for source, said in wording.examples:
        frames += [unlettered(source, source, fact), unlettered(said, source, fact)]
    known = {q.name for q in fact.quantities}
    fitting = [f for f in frames if set(SLOT.findall(f)) <= known]
    sentences = tuple(dict.fromkeys(tokens(_masked_names(f, extra)) for f in fitting))
    headlines = {tokens(_masked_names(f, extra)) for f in wording.titles}
    words = {t for s in sentences for t in s if t[0].isalpha()} | set(wording.words)
    words |= _ways(words)
    return Licence(
        fact=fact,
        sentences=sentences,
        whole=tuple(s for s in sentences if s not in headlines),
        words=frozenset(words),
        stems=frozenset(base(word) for word in words),
        quantities=(*fact.quantities, *extra),
        around=wording.around,
        keeps=wording.keeps,
    )


def tokens(text: str) -> tuple[str, ...]:
    """Return the lower-case tokens of a slotted sentence."""
    return tuple(t.lower().replace("’", "'") for t in TOKEN.findall(text))


def anchor(sentence: tuple[str, ...], at: int, step: int) -> str:
    """Return the base form of the nearest content word before or after a place; ``^`` where there is none."""
    at += step
    while 0 <= at < len(sentence):
        token = sentence[at]
        if token[0].isalpha() and (token not in FUNCTION or token in MOVED_UP | MOVED_DOWN):
            return base(token)
        at += step
    return EDGE


def names_written_out(fact: Fact, entities: Mapping[EntityId, Entity]) -> tuple[Quantity, ...]:
    """Return slots for the entities whose names the frame writes out, longest name first."""
    found: list[Quantity] = []
    for n, id in enumerate((fact.entity, *fact.mentions)):
        entity = entities.get(id)
        if entity is not None and entity.name in fact.frame:
            slot = ENTITY if n == 0 else f"{ENTITY}_{n}"
            found.append(Quantity(name=slot, value=entity.name, unit="name", text=entity.name))
    return tuple(sorted(found, key=lambda q: -len(q.text)))


def lettered(frame: str, fact: Fact) -> tuple[str, dict[str, str]]:
    """Return a frame with ``[A]``, ``[B]`` … for its numbers and dates, and slot → letter."""
    kinds = {q.name: q.unit for q in fact.quantities}
    letters: dict[str, str] = {}
    for slot in SLOT.findall(frame):
        if kinds.get(slot) != "name" and slot not in letters:
            letters[slot] = f"[{chr(ord('A') + len(letters))}]"
    return SLOT.sub(lambda m: letters.get(m.group(1), m.group(0)), frame), letters


def unlettered(said: str, source: str, fact: Fact) -> str:
    """Return an example with slots of the fact's frame for ``[A]``, ``[B]`` … (or as it is, if it has slots)."""
    if "[" not in source:
        return said
    _, letters = lettered(fact.frame, fact)
    for slot, letter in letters.items():
        said = said.replace(letter, "{" + slot + "}")
    return said


def _at(sentence: tuple[str, ...], slot: str) -> Iterable[int]:
    return (i for i, token in enumerate(sentence) if token == "{" + slot + "}")


def _masked_names(frame: str, names: Iterable[Quantity]) -> str:
    for name in names:
        frame = frame.replace(name.text, "{" + name.name + "}")
    return frame


def _ways(words: set[str]) -> frozenset[str]:
    """Return the other words for a move the statement tells: who *rose* also *gained*."""
    ways: frozenset[str] = frozenset()
    if words & (MOVED_UP - {"up"}):
        ways |= MOVED_UP
    if words & (MOVED_DOWN - {"down"}):
        ways |= MOVED_DOWN
    return ways
