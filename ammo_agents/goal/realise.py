"""The deterministic realiser: the labelled last resort where no model wrote a passing line."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from ammo_agents.goal.plan import Line
from ammo_agents.ports import Wording
from ammo_agents.records import SLOT, Claim, Entity, EntityId, Fact


def realised(
    line: Line, wording: Wording | None, *, seed: int, taken: Collection[str] = ()
) -> list[Claim]:
    """Return licensed wordings of a line, best first, each labelled as the realiser's.

    `taken` are texts (lower case) not to repeat; those come last.
    """
    wording = wording or Wording()
    rng = np.random.default_rng([seed & 0xFFFFFFFF, len(line.key)])
    frames = list(wording.titles if line.role == "title" else (line.fact.frame, *wording.frames))
    frames = [frames[i] for i in rng.permutation(len(frames))]
    known = {q.name for q in line.fact.quantities}
    texts = [fill(f, line.fact) for f in frames if set(SLOT.findall(f)) <= known]
    fresh = sorted(texts, key=lambda t: t.lower() in taken)
    return [Claim(text=t, facts=(line.fact.id,), author="realiser") for t in fresh]


def dated(claim: Claim, fact: Fact) -> Claim:
    """Return a headline that also tells the fact's day, so that it differs from other days' ones."""
    day = next((q.text for q in fact.quantities if q.unit == "date"), "")
    text = claim.text if not day or day in claim.text else f"{claim.text} on {day}"
    return Claim(text=text, facts=claim.facts, author=claim.author)


def plain_titles(fact: Fact, entities: Mapping[EntityId, Entity]) -> list[Claim]:
    """Return headlines for a fact without free title frames: a short statement itself, or whom it is about."""
    entity = entities.get(fact.entity)
    words = fact.statement.rstrip(".").split()
    texts = [" ".join(words)] if len(words) <= 12 else []
    if entity is not None and (not texts or all(q.unit == "name" for q in fact.quantities)):
        texts.append(f"About {entity.name}")
    return [Claim(text=t, facts=(fact.id,), author="realiser") for t in texts]


def fill(frame: str, fact: Fact) -> str:
    """Return a frame with its slots filled and its first letter a capital."""
    words = {q.name: q.text for q in fact.quantities}
    text = SLOT.sub(lambda m: words[m.group(1)], frame)
    return text[:1].upper() + text[1:]
