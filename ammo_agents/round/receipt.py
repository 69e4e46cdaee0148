"""The receipt of an act: what it came to, in numbers and in words (experience rule 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.aipp.explanation import words
from ammo_agents.aipp.feedback import Shown
from ammo_agents.aipp.preference import Event
from ammo_agents.errors import NotFoundError
from ammo_agents.records import CreationId, EntityId, FeedbackId, Wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How far one act moved what is like its card, and everything that lives."""

    before: float = 0.0
    """Score of the card (or of what is like it) under the preference before the act."""
    after: float = 0.0
    moved: Mapping[EntityId, float] = field(default_factory=dict)
    """Change of the mean score of each entity's living cards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one act (or taking one back) came to."""

    feedback: FeedbackId
    act: str
    creation: CreationId
    version: int
    """Acts folded into the preference now."""
    words: str
    following: tuple[CreationId, ...]
    """The next slate as it would be now."""
    repeated: bool = False
    change: Change = field(default_factory=Change)


def standing(events: Sequence[Event], act: str, shown: Shown) -> Event | None:
    """Return the same act on the same card of the same slate, if it stands: it counts once."""
    wanted = (act, shown.creation, shown.slate)
    same = (e for e in events if (e.feedback.act, e.feedback.creation, e.feedback.slate) == wanted)
    return next(same, None)


def newest(events: Sequence[Event], named: FeedbackId | CreationId | None) -> Event:
    """Return the newest standing act, or the newest of this id or on this card; raises `NotFoundError`."""
    for event in reversed(events):
        if named is None or named in {event.feedback.id, event.feedback.creation}:
            return event
    raise NotFoundError(
        "there is no act to take back" + (f" on {named}" if named else ""),
        hint="See your acts with: ammo you show",
    )


def told(
    event: Event, change: Change, now: Sequence[CreationId], then: Sequence[CreationId]
) -> str:
    """Return a receipt in words: what was said, and what it moved."""
    others = len(set(now) - set(then))
    next_ = f"{others} of the next {len(now)} cards are others" if now else "no new card waits yet"
    sentence = words(event)
    return (
        f"{sentence[:1].upper()}{sentence[1:]}: cards like it go from {change.before:.3f} to "
        f"{change.after:.3f}; {next_}."
    )


def moved(rows: Wide, entities: Sequence[EntityId], step: Wide) -> Mapping[EntityId, float]:
    """Return the mean of rows·step of each entity, shape of `rows` (n, d), of `step` (d,)."""
    found: dict[EntityId, list[float]] = defaultdict(list)
    for entity, value in zip(entities, rows @ step, strict=True):
        found[entity].append(float(value))
    return {entity: float(np.mean(values)) for entity, values in found.items()}
