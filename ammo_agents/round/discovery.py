"""“I want …”: from words to what is near them, and a first slate of it (W16)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ammo_agents.aipp.feedback import statement
from ammo_agents.aipp.preference import Event, learn
from ammo_agents.aipp.statement import FILLERS, LONGEST_TOPIC, WORD, Wish, by_rules, loosely, wish
from ammo_agents.errors import BadInputError
from ammo_agents.records import Entity, Slate, Subject, Vector
from ammo_agents.round.companion import Companion

NEAR = 48
"""Cards nearest to the words among which a first slate is chosen."""
MOST_PLACED = 64
"""Entities whose texts are placed to find the nearest; of more, those that share a word come first."""
GOAL = re.compile(
    r"^(?:to\s+)?(?:learn|know|read|hear|see|understand|find(?: out)?|explore|follow|get|discover)?\s*"
    r"(?:something|anything|more|everything|all)?\s*(?:about|on|of|into)?\s+",
    re.IGNORECASE,
)
"""How a stated interest begins after “I want”: what follows is the topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """How a stated interest was read."""

    wish: Wish
    by: str
    """``rules``, or ``plain words`` where the sentence has no form that they know."""


def understood(words: str) -> Understood:
    """Return the first thing that is wanted.

    Raises:
        BadInputError: the words want nothing.
    """
    said = words.strip()
    for found, by in ((by_rules(said), "rules"), (loosely(said), "plain words")):
        wanted = [one for one in found if one.direction == "more"]
        if wanted:
            return Understood(wish=wish("more", _bare(wanted[0].topic)), by=by)
        if found:
            break
    raise BadInputError(
        "this names nothing that is wanted",
        hint='Say it like: ammo want "to learn about stablecoins"',
    )


def _bare(topic: str) -> str:
    """Return a topic without “to learn about”, if anything telling is left."""
    rest = GOAL.sub("", f"{topic} ").strip()[:LONGEST_TOPIC]
    telling = any(word.lower() not in FILLERS for word in WORD.findall(rest))
    return rest if telling else topic[:LONGEST_TOPIC]


def worth_placing(entities: Sequence[Entity], topic: str) -> list[Entity]:
    """Return the entities whose texts are compared with the topic: all, or those that share a word first."""
    if len(entities) <= MOST_PLACED:
        return list(entities)
    wanted = {_stem(word) for word in WORD.findall(topic.lower())}

    def shared(entity: Entity) -> int:
        return len(wanted & {_stem(word) for word in WORD.findall(text_of(entity).lower())})

    return sorted(entities, key=lambda e: (-shared(e), e.id))[:MOST_PLACED]


def text_of(entity: Entity) -> str:
    """Return what places an entity: its name, what it is, and its keywords."""
    return " ".join([f"{entity.name}. {entity.summary}", *entity.keywords]).strip()[:400]


async def slate_of(companion: Companion, wanted: Wish, vector: Vector, n: int | None) -> Slate:
    """Return a slate of what is near the words, by the preference as it would be with the wish.

    It is the real update on a copy: the parts of each score tell the wish's own share. Nothing is
    recorded; the chances are exact for the candidates it names.
    """
    event = await _event(companion, wanted)
    known = companion.known(await companion.preference())
    kept = {(e.feedback.act, e.entity) for e in companion.events}
    if (event.feedback.act, event.entity) not in kept:
        after = learn(known.preference, event, prior=companion.prior)
        known = replace(known, preference=after, events=[*known.events, event])
    pool = await companion.recall(known.preference)
    rows = [companion.living.vector(id) for id in pool.ids]
    near = np.array([-2.0 if row is None else float(row @ vector) for row in rows])
    nearest = np.argsort(-near, kind="stable")[:NEAR]
    slate = await companion.draw.choose(known, pool.only(nearest), n)
    return _unkept(slate, event)


async def _event(companion: Companion, wanted: Wish) -> Event:
    subject = Subject(kind="topic", name=wanted.topic, text=wanted.topic)
    when = await companion.now("want")
    said = statement(wanted.direction, companion.person, companion.subspace, subject, when)
    placed = await companion.memory.placed(subject)
    return await companion.memory.event(replace(said, subject=placed))


def _unkept(slate: Slate, event: Event) -> Slate:
    """Return the slate with the wish's parts told as a wish: no act of this id is in the log."""
    label = f"you want “{event.title}”"
    slots = tuple(
        replace(
            slot,
            parts=tuple(
                replace(part, feedback=None, label=label)
                if part.feedback == event.feedback.id
                else part
                for part in slot.parts
            ),
        )
        for slot in slate.slots
    )
    return replace(slate, slots=slots)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
