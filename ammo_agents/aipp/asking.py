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
from ammo_agents.records import Preference, Wide

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
    *,
    n: int = OPENING,
    prior: Prior = FIXED,
) -> Indices:
    """Return which questions to ask somebody new, in order, at most `n`.

    `questions` (m, d) are rows of things; `familiar` (m,) how likely people know and like them. The
    4n most familiar compete; each next one is that which, after the answers to those before it,
    takes most variance from the others: nobody is asked five times about the same.
    """
    short = top_k(familiar, max(0, n) * PER_QUESTION)
    rows, precision = questions[short], preference.precision.copy()
    size, left = len(precision), list(range(len(short)))
    found: list[int] = []
    while left and len(found) < n:
        fall = asking.variance_fall(precision, rows[left], rows, prior.noise)
        # Equal to a hair means copies or strangers: the more familiar one then comes first.
        best = left[int(np.flatnonzero(fall >= fall.max() * (1 - 1e-9))[0])]
        x = rows[best][:size]
        precision += np.outer(x, x) / prior.noise
        left.remove(best)
        found.append(int(short[best]))
    return np.array(found, np.intp)


def further(
    preference: Preference, questions: Wide, pool: Wide, *, slots: int, prior: Prior = FIXED
) -> Worth | None:
    """Return the question that is expected to save most regret, or None if no question is worth a slot.

    `questions` (m, d) are what could be asked about, `pool` (C, d) what the next slate is chosen from.
    """
    if not len(questions) or not len(pool):
        return None
    q, precision, noise = preference.q, preference.precision, prior.noise
    pool = pool[top_k(pool @ q, CONTENDERS)]
    drops = asking.regret_drop(precision, q, questions, pool, n=slots, noise=noise)
    nats = asking.information(precision, questions, noise)
    best = int(asking.order(drops, nats)[0])
    slot = asking.slot_value(pool @ q, min(slots, len(pool)))
    if not asking.worth_asking(float(drops[best]), slot):
        return None
    return Worth(place=best, drop=float(drops[best]), slot=slot, information=float(nats[best]))


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
