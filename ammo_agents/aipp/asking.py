"""Which question to put to a person: for somebody new, between two slates, and between two cards (W13).

A shown card is the best question, so these are few: about well-known things at the start, later only
what is expected to save more regret than a slot is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ammo_agents.aipp.preference import FIXED, Prior
from ammo_agents.geometry import asking, top_k
from ammo_agents.geometry.pick import BETA, chances
from ammo_agents.geometry.space import Indices
from ammo_agents.records import CreationId, PersonId, Preference, Wide, digest

OPENING = 5
"""Questions to somebody new, at most."""
NEWCOMER = 10
"""With fewer acts than this a person is new."""
PER_QUESTION = 4
"""Well-known things that compete for one opening question."""
CONTENDERS = 256
"""Best candidates a question is weighed on: what is further down enters no next slate."""
PAIRED = 24
"""Best cards among which a pair is looked for."""


WEIGHED = 64
"""Highest predicted things among which the most telling question is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """How many questions to somebody new, for slates of how many."""

    most: int = OPENING
    slots: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """One question with what it is worth, both in reward per slot."""

    place: int
    """Which of the rows that could be asked about."""
    drop: float
    """By how much the answer is expected to lower the regret of each slate to come."""
    slot: float
    """What a slot is worth that the question would take."""
    information: float
    """Nats the answer tells."""


def opening(
    preference: Preference,
    questions: Wide,
    familiar: Wide,
    pool: Wide,
    how: Interview,
    *,
    prior: Prior = FIXED,
) -> Indices:
    """Return which questions to ask somebody new, in order, at most `how.most`.

    `questions` (m, d) are rows of things; `familiar` (m,) how likely people know and like them; `pool`
    (C, d) what slates are chosen from. The 4n most familiar compete. The first is that whose answer is
    expected to lower the next slate's regret most; each next one the same, as if the answers to those
    before it were known: nobody is asked five times about the same. On MovieLens this beats asking
    about the highest predicted, the best known and the most uncertain (docs/taste.md).
    """
    short = top_k(familiar, max(0, how.most) * PER_QUESTION)
    rows, precision = questions[short], preference.precision.copy()
    size, left = len(precision), list(range(len(short)))
    best_of = pool[top_k(pool @ preference.q, CONTENDERS)] if len(pool) else rows
    found: list[int] = []
    while left and len(found) < how.most:
        drops = asking.regret_drop(
            precision, preference.q, rows[left], best_of, n=how.slots, noise=prior.noise
        )
        # Equal to a hair means copies or strangers: the more familiar one then comes first.
        best = left[int(np.flatnonzero(drops >= drops.max() * (1 - 1e-9))[0])]
        x = rows[best][:size]
        precision += np.outer(x, x) / prior.noise
        left.remove(best)
        found.append(int(short[best]))
    return np.array(found, np.intp)


def most_telling(
    preference: Preference, questions: Wide, pool: Wide, *, slots: int, prior: Prior = FIXED
) -> Worth:
    """Return the question whose answer is expected to lower the next slate's regret most.

    `questions` (m, d), m ≥ 1, are what could be asked about, `pool` (C, d), C ≥ 1, what the next slate
    is chosen from. Of many questions the 64 highest predicted are weighed, on the 256 best candidates.
    """
    q, precision, noise = preference.q, preference.precision, prior.noise
    short = top_k(questions @ q, WEIGHED)
    rows, pool = questions[short], pool[top_k(pool @ q, CONTENDERS)]
    drops = asking.regret_drop(precision, q, rows, pool, n=slots, noise=noise)
    nats = asking.information(precision, rows, noise)
    best = int(asking.order(drops, nats)[0])
    return Worth(
        place=int(short[best]),
        drop=float(drops[best]),
        slot=asking.slot_value(pool @ q, min(slots, len(pool))),
        information=float(nats[best]),
    )


def further(
    preference: Preference, questions: Wide, pool: Wide, *, slots: int, prior: Prior = FIXED
) -> Worth | None:
    """Return the most telling question, or None if it is not expected to save more than a slot is worth."""
    if not len(questions) or not len(pool):
        return None
    found = most_telling(preference, questions, pool, slots=slots, prior=prior)
    return found if asking.worth_asking(found.drop, found.slot) else None


def stands_first(person: PersonId, one: CreationId, other: CreationId) -> bool:
    """Return whether `one` is shown before `other` when a person is asked which of the two.

    Drawn by a hash of who is asked about what: each stands first with P = 1/2, and whoever reads the answer
    later knows the order without a log.
    """
    return (int(digest([person, *sorted((one, other))]), 16) % 2 == 0) == (one < other)


def pair(preference: Preference, pool: Wide) -> tuple[int, int] | None:
    """Return the two rows of the best 24 whose comparison tells most, or None without two different.

    Information of a choice: ½ ln(1 + β² p(1 - p) δ·Cδ) for the difference δ of two rows: close in
    score (p near ½) and unlike in what is unknown.
    """
    size = len(preference.precision)
    best = np.sort(top_k(pool @ preference.q, PAIRED))
    rows = pool[best]
    first, second = np.triu_indices(len(best), 1)
    if not len(first):
        return None
    delta = (rows[first] - rows[second])[:, :size]
    reach = np.linalg.solve(preference.precision, delta.T)
    unknown = np.einsum("md,dm->m", delta, reach)
    p = np.array([
        chances(rows[[i, j]], preference.q)[0] for i, j in zip(first, second, strict=True)
    ])
    told = 0.5 * np.log1p(BETA**2 * p * (1 - p) * unknown)
    at = int(np.argmax(told))
    if told[at] <= 0:
        return None
    return int(best[first[at]]), int(best[second[at]])
