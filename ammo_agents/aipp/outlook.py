"""Looking through a whole catalogue: what would this person pick, of everything there is (W11, W12).

How much somebody will like a card on the table and what they would reach for among thousands are two
questions. People reach for what goes with what they liked, so for the second one company and the texts they
liked count more. It stays one dot product per thing, and one number per event.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ammo_agents.aipp.preference import FIXED, Event, Prior, liking, once
from ammo_agents.geometry import SIZE, TEXT_BLOCK
from ammo_agents.records import Preference, Wide

WIDER = 12.0
"""How many times more company counts than for a card on the table (docs/taste.md)."""
ALIKE = 0.05
"""Score per unit of T·T that a full Like adds (docs/taste.md)."""
FAMOUS = 1.0
"""Weight of p, how well known a thing is, where no company is known that tells it better."""
KNOWN_COLUMN = 2


def outlook(preference: Preference, events: Sequence[Event], *, prior: Prior = FIXED) -> Wide:
    """Return the vector that a whole catalogue is ranked by, shape of q.

    `events` are the standing acts the preference was folded from. Measured on full rankings against the
    preference itself; for slates of cards people judge, the preference is better (docs/taste.md).
    """
    q = preference.q.copy()
    q[SIZE:] *= WIDER
    if len(q) == SIZE:
        q[KNOWN_COLUMN] += FAMOUS
    for event in once(events):
        age = max(0, preference.day - event.feedback.day)
        weight = event.feedback.weight * liking(event.feedback.reward) * prior.forgetting**age
        if weight > 0:
            q[TEXT_BLOCK] += ALIKE * weight * event.row[TEXT_BLOCK]
    return np.asarray(q, np.float64)
