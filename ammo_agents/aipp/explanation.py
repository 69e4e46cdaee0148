"""Why a score is what it is: exact sums over a person's own acts, and what is believed about them (W3).

φ·q = φ·m + Σ_k c_k (φ·L⁻¹x_k)(y_k - x_k·m): one number per event, and they add up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ammo_agents import geometry
from ammo_agents.aipp.feedback import PAST, SAID
from ammo_agents.aipp.preference import FIXED, Event, Prior, choices, once, weights
from ammo_agents.errors import BadInputError
from ammo_agents.geometry import Belief
from ammo_agents.geometry.pick import Term
from ammo_agents.records import FeedbackId, Part, Preference, Wide, content_id

CLOSE = 1e-9
"""Parts and score differ by less, or the events are not those the preference was folded from."""
START = "where every card starts"
LIKED = "well liked by others"
KNOWN = "well known"
OTHER = "other expectations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One act behind a belief, with its own number."""

    event: Event
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is believed about a person's liking of one entity, and the acts it comes from."""

    entity: str
    strength: float
    """What all they said adds to the score of a card like those they met of it."""
    told: tuple[Told, ...]
    """Their own acts on it, strongest first; the rest of the strength comes from acts on others."""

    @property
    def id(self) -> str:
        """Name of the line, for taking it back: ``l_`` and letters."""
        return content_id("l", self.entity)


def parts(
    preference: Preference,
    events: Sequence[Event],
    row: Wide,
    *,
    prior: Prior = FIXED,
    chosen: Mapping[int, Term] | None = None,
) -> tuple[Part, ...]:
    """Return every term of φ·q: the prior's by block, then one per event, largest first.

    `events` are the standing acts the preference was folded from; `row` is φ, shape (d,). `chosen` is
    `choices` of the same preference and events: worth giving where many rows are explained.

    Raises:
        BadInputError: the parts do not add up: the preference was folded from other events.
    """
    events = once(events)
    if chosen is None:
        chosen = choices(preference, events, prior=prior)
    values = _per_event(preference, events, row, prior, chosen)
    found = _prior_parts(row, prior)
    order = sorted(range(len(events)), key=lambda k: (-abs(values[k]), events[k].feedback.id))
    found += [
        Part(
            kind="event",
            label=words(events[k]),
            value=float(values[k]),
            feedback=events[k].feedback.id,
        )
        for k in order
        if events[k].feedback.weight > 0
    ]
    total, score = sum(part.value for part in found), float(row @ preference.q)
    if abs(total - score) > CLOSE * max(1.0, abs(score)):
        raise BadInputError(
            f"the parts add up to {total:.6f}, the score is {score:.6f}",
            hint="The preference was not folded from these events: fold it again.",
        )
    return tuple(found)


def largest(found: Sequence[Part], most: int = 3) -> tuple[Part, ...]:
    """Return the prior's parts, the `most` largest events and one part for the others: same sum."""
    kept = [part for part in found if part.kind != "event"]
    events = [part for part in found if part.kind == "event"]
    rest = events[most:]
    kept += events[:most]
    if rest:
        count = f"{len(rest)} other act{'s' if len(rest) > 1 else ''} of yours"
        kept.append(Part(kind="event", label=count, value=sum(part.value for part in rest)))
    return tuple(kept)


def difference(
    preference: Preference, events: Sequence[Event], this: Wide, that: Wide, *, prior: Prior = FIXED
) -> tuple[Part, ...]:
    """Return why `this` row scores higher than `that`: the same sum with φ - φ'."""
    return parts(preference, events, this - that, prior=prior)


def without(
    preference: Preference, events: Sequence[Event], row: Wide, *, prior: Prior = FIXED
) -> dict[FeedbackId, float]:
    """Return what the score of `row` would lose if an act were taken back, for each act.

    A share is not an effect: these numbers do not add up, and this is what an undo button shows.
    Exact by folding the rest again, except that later choices then start from another preference.
    """
    events = once(events)
    folded = weights(preference, events, prior=prior)
    lost = geometry.effects(preference.precision, preference.q, row, folded)
    state = Belief(preference.precision, preference.information)
    for k, term in choices(preference, events, prior=prior).items():
        rest = Belief(*(all_ - own for all_, own in zip(state, term.belief, strict=True)))
        lost[k] = row @ (preference.q - geometry.solve(rest))
    return {e.feedback.id: float(v) for e, v in zip(events, lost, strict=True)}


def beliefs(
    preference: Preference, events: Sequence[Event], *, prior: Prior = FIXED
) -> tuple[Held, ...]:
    """Return what is believed per entity the person has met, strongest first, with the acts behind it."""
    events = once(events)
    chosen = choices(preference, events, prior=prior)
    by_entity: dict[str, list[int]] = defaultdict(list)
    for k, event in enumerate(events):
        if event.feedback.weight > 0:
            by_entity[event.entity].append(k)
    found = []
    for entity, places in by_entity.items():
        row = np.mean([events[k].row for k in places], axis=0)
        values = _per_event(preference, events, row, prior, chosen)
        told = sorted(
            (Told(event=events[k], value=float(values[k])) for k in places),
            key=lambda t: (-abs(t.value), t.event.feedback.id),
        )
        size = len(prior.mean)
        strength = float(row @ preference.q - row[:size] @ prior.mean)
        found.append(Held(entity=entity, strength=strength, told=tuple(told)))
    return tuple(sorted(found, key=lambda held: (-abs(held.strength), held.entity)))


def words(event: Event) -> str:
    """Return an act in words: ``you liked “Bitcoin fell 12%”``, ``you asked for less “price talk”``."""
    said = event.feedback
    spoken = SAID if said.subject is not None else PAST
    what = (
        f"{spoken.get(said.act, f'you said “{said.act}” about')} “{event.title or said.creation}”"
    )
    return f"{what} over “{event.over}”" if event.over else what


def _per_event(
    preference: Preference,
    events: Sequence[Event],
    row: Wide,
    prior: Prior,
    chosen: Mapping[int, Term],
) -> Wide:
    if not events:
        return np.zeros(0)
    folded = weights(preference, events, prior=prior)
    values = geometry.shares(preference.precision, row, folded, prior.mean)
    if chosen:
        reach = np.asarray(
            np.linalg.solve(preference.precision, row[: len(prior.mean)]), np.float64
        )
        for k, term in chosen.items():
            values[k] = term.share(reach, row, prior.mean)
    return values


def _prior_parts(row: Wide, prior: Prior) -> list[Part]:
    terms = row[: len(prior.mean)] * prior.mean
    named = [
        (START, float(terms[0])),
        (LIKED, float(terms[1])),
        (KNOWN, float(terms[2])),
        (OTHER, float(terms[3:].sum())),
    ]
    return [
        Part(kind="prior", label=label, value=value)
        for place, (label, value) in enumerate(named)
        if place == 0 or value
    ]
