"""Goal Buddies a person does not want to hear: left out of every draw, until it is taken back (W15)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ammo_agents.aipp.feedback import HIDE_BUDDY
from ammo_agents.aipp.preference import Event
from ammo_agents.ports import Ledger
from ammo_agents.records import BuddyId
from ammo_agents.user.rank import Candidates


async def hidden(ledger: Ledger, events: Sequence[Event]) -> frozenset[BuddyId]:
    """Return the buddies of the cards whose buddy was hidden, by the standing acts."""
    cards = {e.feedback.creation for e in events if e.feedback.act == HIDE_BUDDY}
    return frozenset([(await ledger.creation(id)).buddy for id in sorted(cards)])


async def not_hidden(pool: Candidates, ledger: Ledger, events: Sequence[Event]) -> Candidates:
    """Return the candidates of buddies that were not hidden."""
    silent = await hidden(ledger, events)
    if not silent:
        return pool
    return pool.only(np.array([i for i, b in enumerate(pool.buddies) if b not in silent], np.intp))
