"""Whether sentences and cards keep their principles: the closed vocabulary by rules, free words by checkers (W23).

A principle of the subspace is collective, one of the buddy individual; both hold, the stricter one decides.
Cost(e) counts a sentence that breaks either like an unsupported one. What is only too much (`at most N words`)
is left out at no cost: it misleads nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ammo_agents.goal.aside import Failed, aside
from ammo_agents.goal.lexicon import MONTHS, NUMBER_WORDS, base
from ammo_agents.goal.words import (
    ADVICE,
    FORECAST,
    GIVEN_NAMES,
    IMPERATIVES,
    NO_SUPERLATIVES,
    SUPERLATIVES,
)
from ammo_agents.ports import PrincipleJudge
from ammo_agents.records import Claim, Entity, EntityId, Fact, FactId, Principle

DOUBT = 0.5
"""A judge's probability under which a free principle is broken."""
JUDGED_S = 20.0
"""Seconds a judge has for one sentence."""
WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?<!\w)@\w{3,}|\+\d[\d ()/-]{7,}\d")
TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Madam)\b\.? ([A-Z][\w’'-]+)")
PERSON = re.compile(r"(?=\b(([A-Z][\w’'-]+) (?:[A-Z]\. )?[A-Z][\w’'-]+))")
DATE = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}(?:st|nd|rd|th)? (?:{'|'.join(MONTHS)})\b(?: \d{{4}})?"
    rf"|\b(?:{'|'.join(MONTHS)}) \d{{1,2}}\b(?:,? \d{{4}})?|\b(?:1[5-9]|20)\d\d\b",
    re.IGNORECASE,
)
HEAD = re.compile(r"(?:^|[:;.!?]\s+|[–—]\s*)[\"'“(]*([A-Za-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence, and what may be asked about it."""

    text: str
    title: bool
    facts: tuple[Fact, ...]
    """The facts it cites."""
    entities: Mapping[EntityId, Entity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """The principles that hold for one card: those of its subspace and those of its buddy."""

    collective: tuple[Principle, ...] = ()
    individual: tuple[Principle, ...] = ()
    judges: Sequence[PrincipleJudge] = field(default=(), compare=False)

    @property
    def all(self) -> tuple[Principle, ...]:
        """Every principle, the subspace's first, each once."""
        return tuple(dict.fromkeys((*self.collective, *self.individual)))

    async def fault(self, said: Said) -> str | None:
        """Return which principle a sentence breaks and why, or None."""
        for one in self.all:
            check = SENTENCE.get(one.kind)
            why = check(one, said) if check is not None else None
            if why is None and one.kind == "free":
                why = await self._judged(one, said)
            if why is not None:
                return broken(one, why)
        return None

    def fitting(self, title: Claim, hook: Claim, claims: Sequence[Claim]) -> list[Claim]:
        """Return the first claims that `at most N words` leaves room for: at least one, if there is one."""
        limits = [one.number for one in self.all if one.kind == "words"]
        room = min(limits, default=10**9) - _words(title.text) - _words(hook.text)
        kept: list[Claim] = []
        for claim in claims:
            room -= _words(claim.text)
            if kept and room < 0:
                break
            kept.append(claim)
        return kept

    def whole(self, claims: Sequence[Claim], facts: Mapping[FactId, Fact]) -> str | None:
        """Return which principle a whole card breaks, or None; `claims` begin with title and hook."""
        cited = {id: facts[id] for claim in claims for id in claim.facts if id in facts}
        for one in self.all:
            check = CARD.get(one.kind)
            if check is not None and (why := check(one, claims, cited)) is not None:
                return broken(one, why)
        return None

    async def _judged(self, one: Principle, said: Said) -> str | None:
        """Return why no judge finds a free principle kept; one that fails keeps nothing."""
        able = [judge for judge in self.judges if judge.weighs(one.text)]
        for judge in able:
            chance = await aside(judge.keeps(one.text, said.text), seconds=JUDGED_S)
            if isinstance(chance, Failed):
                return f"{judge.name} {chance.reason}"
            if not isinstance(chance, int | float) or not chance >= DOUBT:
                return f"{judge.name} gives it {chance!r}"
        return None if able else "nothing here can check it"


def broken(principle: Principle, why: str) -> str:
    """Return the reason as it is kept: the principle named, then why."""
    return f"breaks the principle {principle.text!r} ({why})"


def named_in(reason: str) -> str:
    """Return the principle that a reason names; empty = it names none."""
    found = re.search(r"breaks the principle (['\"])(.*)\1 \(", reason)
    return found[2] if found else ""


def no_advice(_: Principle, said: Said) -> str | None:
    """Whether it tells the reader to do something."""
    for head in HEAD.findall(said.text):
        if head.lower() in IMPERATIVES:
            return f"{head!r} tells the reader what to do"
    found = ADVICE.search(said.text)
    return f"{found.group()!r} is advice" if found else None


def no_forecasts(_: Principle, said: Said) -> str | None:
    """Whether it speaks of what will or may come."""
    found = FORECAST.search(said.text)
    return f"{found.group()!r} speaks of what may come" if found else None


def superlatives(_: Principle, said: Said) -> str | None:
    """Whether a superlative stands without a number."""
    words = [w.lower() for w in WORD.findall(said.text)]
    found = next((w for w in words if _superlative(w)), None)
    if found is None:
        return None
    numbers = {q.text for f in said.facts for q in f.quantities if q.unit not in {"name", "date"}}
    counted = any(text in said.text for text in numbers) or any(w in NUMBER_WORDS for w in words)
    if counted or re.search(r"\d", DATE.sub("", said.text)):
        return None
    return f"{found!r} without a number"


def both_sides(_: Principle, said: Said) -> str | None:
    """Whether it leaves out somebody whom its facts name."""
    if said.title:
        return None
    for fact in said.facts:
        ids = dict.fromkeys((fact.entity, *fact.mentions))
        sides = [_names(said.entities[id]) for id in ids if id in said.entities]
        sides = [side for side in sides if any(name in fact.statement for name in side)]
        for side in sides if len(sides) > 1 else ():
            if not any(name in said.text for name in side):
                return f"{side[0]!r} is not named"
    return None


def private_names(_: Principle, said: Said) -> str | None:
    """Whether it names somebody who is no entity of the graph, or how to reach them."""
    if found := CONTACT.search(said.text):
        return f"{found.group()!r} is somebody's address"
    public = {name for entity in said.entities.values() for name in _names(entity)}
    known = {word for name in public for word in name.split()}
    for titled in TITLED.finditer(said.text):
        if titled[1] not in known:
            return f"{titled.group()!r} is no entity of the graph"
    for name, given in PERSON.findall(said.text):
        if given in GIVEN_NAMES and not any(name in other for other in public):
            return f"{name!r} is no entity of the graph"
    return None


def sentence_words(one: Principle, said: Said) -> str | None:
    """Whether a sentence is too long."""
    count = _words(said.text)
    return f"{count} words" if count > one.number else None


def avoided(one: Principle, said: Said) -> str | None:
    """Whether it has a word that is to be avoided, in any of its forms."""
    words = [w.lower() for w in WORD.findall(said.text)]
    stems = {_stem(w) for w in words}
    line = f" {' '.join(words)} "
    for word in one.words:
        parts = [w.lower() for w in WORD.findall(word)]
        if (len(parts) == 1 and _stem(parts[0]) in stems) or f" {' '.join(parts)} " in line:
            return f"says {word!r}"
    return None


def say_the_date(_: Principle, claims: Sequence[Claim], facts: Mapping[FactId, Fact]) -> str | None:
    """Whether no sentence says a date of a fact it cites."""
    for claim in claims:
        for fact in (facts[id] for id in claim.facts if id in facts):
            day = fact.date
            said = {q.text for q in fact.quantities if q.unit == "date"}
            said |= {day.isoformat(), f"{day.day} {day:%B %Y}", f"{day:%B} {day.day}, {day.year}"}
            if any(text in claim.text for text in said):
                return None
    return "no sentence says a date of its facts"


def card_words(one: Principle, claims: Sequence[Claim], _: Mapping[FactId, Fact]) -> str | None:
    """Whether the card is too long."""
    count = sum(_words(claim.text) for claim in claims)
    return f"{count} words" if count > one.number else None


def enough_facts(one: Principle, _: Sequence[Claim], facts: Mapping[FactId, Fact]) -> str | None:
    """Whether it stands on too few facts."""
    return f"cites {len(facts)}" if len(facts) < one.number else None


def enough_sources(one: Principle, _: Sequence[Claim], facts: Mapping[FactId, Fact]) -> str | None:
    """Whether it stands on too few sources."""
    names = {fact.source.name for fact in facts.values()}
    return f"cites {len(names)}" if len(names) < one.number else None


SENTENCE: Mapping[str, Callable[[Principle, Said], str | None]] = {
    "no advice": no_advice,
    "no forecasts": no_forecasts,
    "no superlatives without a number": superlatives,
    "name both sides": both_sides,
    "no names of private persons": private_names,
    "sentence words": sentence_words,
    "avoid": avoided,
}
CARD: Mapping[str, Callable[[Principle, Sequence[Claim], Mapping[FactId, Fact]], str | None]] = {
    "say the date": say_the_date,
    "words": card_words,
    "facts": enough_facts,
    "sources": enough_sources,
}
"""By kind; `free` is for the judges."""


def _superlative(word: str) -> bool:
    return word in SUPERLATIVES or (
        word.endswith("est") and len(word) > 4 and word not in NO_SUPERLATIVES
    )


def _names(entity: Entity) -> tuple[str, ...]:
    return (entity.name, *entity.aliases)


def _words(text: str) -> int:
    return len(text.split())


def _stem(word: str) -> str:
    stem = base(word)
    return word if stem.startswith("(") else stem
