"""Why a Goal Buddy writes: facts chosen by arithmetic, for all five kinds of idea (W7, W9)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ammo_agents.goal.lexicon import base, content
from ammo_agents.records import (
    EntityId,
    Fact,
    FactId,
    GoalBuddy,
    Idea,
    IdeaKind,
    Shift,
    content_id,
)
from ammo_agents.records.ids import IdeaId

FACTS = 3
"""Facts an idea stands on before retrieval."""
ORDINARY = 0.5
"""Nats given to every fact, so that ordinary ones can be told where nothing surprising is."""
USED = 0.05
"""Novelty of a fact this buddy's living creations already tell."""
OVERLAP = 0.3
"""What is left of a fact's worth when a chosen one already tells half of its numbers."""
HALF_LIFE = 5.0
"""Days after which a dated fact is worth half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """What wakes a buddy."""

    kind: IdeaKind
    date: dt.date
    shift: Shift | None = None
    """For SIGNAL and SCHEDULE: what happened, or what the calendar asks for."""
    entity: EntityId | None = None
    """Whom it is about; None = the buddy's own entity."""
    request: str = ""
    """The words of a person (REQUEST) or of the system (QUERY). Data, never instructions."""
    seed: int = 0


def ideate(
    buddy: GoalBuddy, stimulus: Stimulus, known: Sequence[Fact], recent: set[FactId]
) -> Idea | None:
    """Return a reason to write with the facts worth the most, or None where there is nothing new to say.

    Worth of a fact = (surprise + ½ nat) x novelty x nearness in time x fit to the request. Facts are
    taken greedily; one that repeats the numbers of a chosen fact loses most of its worth. New facts that name
    a topic of the buddy come before all others; a source it may not cite gives none.
    """
    about = stimulus.entity or buddy.entity
    offered = citable(buddy, _offered(stimulus, about, known))
    worth = {f.id: _worth(f, stimulus, about, recent) for f in offered}
    topical = {f.id for f in offered if f.id not in recent and names_topic(buddy.topics, f)}
    chosen: list[Fact] = []
    while len(chosen) < FACTS:
        best = max(
            (f for f in offered if f not in chosen),
            key=lambda f: (f.id in topical, worth[f.id] * _apart(f, chosen), f.id),
            default=None,
        )
        if best is None or worth[best.id] * _apart(best, chosen) <= 0:
            break
        chosen.append(best)
    if not chosen or (_autonomous(stimulus) and chosen[0].id in recent):
        return None
    return Idea(
        id=IdeaId(
            content_id(
                "i",
                [buddy.id, stimulus.kind, stimulus.date, stimulus.request, [f.id for f in chosen]],
            )
        ),
        kind=stimulus.kind,
        buddy=buddy.id,
        subspace=buddy.subspace,
        entity=about,
        date=stimulus.date,
        facts=tuple(chosen),
        surprise=max(f.surprise for f in chosen),
        request=stimulus.request,
        seed=stimulus.seed,
    )


def retrieve(
    idea: Idea,
    known: Sequence[Fact],
    recent: set[FactId],
    *,
    most: int,
    topics: Sequence[str] = (),
) -> Idea:
    """Return the idea with up to `most` facts: others of the entity, then neighbours of the same day.

    Among them, those that name one of `topics` come first.
    """
    chosen = list(idea.facts)
    pool = [f for f in known if f.date <= idea.date and f not in chosen]
    ranked = sorted(
        pool, key=lambda f: (not names_topic(topics, f), -_context(f, idea, recent), f.id)
    )
    for fact in ranked:
        if len(chosen) >= most:
            break
        if _context(fact, idea, recent) > 0 and _apart(fact, chosen) == 1.0:
            chosen.append(fact)
    return Idea(**{**{n: getattr(idea, n) for n in idea.__slots__}, "facts": tuple(chosen)})


def citable(buddy: GoalBuddy, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts of the sources a buddy may cite: all, if it names none."""
    names = {name.strip().lower() for name in buddy.sources}
    return [f for f in facts if not names or f.source.name.strip().lower() in names]


def names_topic(topics: Sequence[str], fact: Fact) -> bool:
    """Return whether a fact names one of these topics: all words of one, in any form."""
    if not topics:
        return False
    said = _stems(f"{fact.statement} {fact.predicate}")
    return any(asked <= said for asked in map(_stems, topics) if asked)


def _offered(stimulus: Stimulus, about: EntityId, known: Sequence[Fact]) -> list[Fact]:
    """Return the facts an idea may start from: the shift's own, else what is known of the entity."""
    if stimulus.shift is not None and stimulus.shift.facts:
        return list(dict.fromkeys(stimulus.shift.facts))
    near = [
        f for f in known if (f.entity == about or about in f.mentions) and f.date <= stimulus.date
    ]
    if not near and not _autonomous(stimulus):
        near = [f for f in known if f.date <= stimulus.date]
    return list({f.id: f for f in near}.values())


def _worth(fact: Fact, stimulus: Stimulus, about: EntityId, recent: set[FactId]) -> float:
    novelty = USED if fact.id in recent else 1.0
    own = 1.0 if fact.entity == about else 0.5
    age = max(0, (stimulus.date - fact.date).days)
    nearness = 0.5 ** (age / HALF_LIFE) if fact.quantities else 0.6
    if stimulus.kind is IdeaKind.CURIOSITY and not fact.quantities:
        nearness = 1.5
    return (fact.surprise + ORDINARY) * novelty * own * nearness * _fit(fact, stimulus.request)


def _fit(fact: Fact, request: str) -> float:
    """Return 1 + the number of content words a request shares with a statement."""
    asked = set(content(re.findall(r"[a-z]+", request.lower())))
    return 1.0 + len(asked & set(content(re.findall(r"[a-z]+", fact.statement.lower()))))


def _stems(text: str) -> set[str]:
    return {base(word) for word in re.findall(r"[^\W_]+", text.lower())}


def _apart(fact: Fact, chosen: Sequence[Fact]) -> float:
    """Return `OVERLAP` for a fact whose telling numbers are half told already, else 1."""
    mine = _telling(fact)
    if not mine:
        return 1.0
    told = set().union(*(_telling(f) for f in chosen)) if chosen else set()
    return OVERLAP if len(mine & told) * 2 >= len(mine) else 1.0


def _telling(fact: Fact) -> set[str]:
    return {q.text for q in fact.quantities if q.unit not in {"name", "date", "days"}}


def _context(fact: Fact, idea: Idea, recent: set[FactId]) -> float:
    own = 1.0 if fact.entity == idea.entity else 0.4
    age = (idea.date - fact.date).days
    near = 1.0 / (1 + age) if fact.quantities else 0.5
    used = 0.2 if fact.id in recent else 1.0
    return own * near * used * (1 + fact.surprise) * _fit(fact, idea.request)


def _autonomous(stimulus: Stimulus) -> bool:
    return stimulus.kind is not IdeaKind.REQUEST
