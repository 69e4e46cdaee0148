"""Studio, Data, label mode: which of two is better? What `pairs.label_next` says, and how far the person has come."""

from __future__ import annotations

from typing import Any

from ammo_agents.aipp.pairs.label import labels
from ammo_agents.app import App
from ammo_agents.round import profile
from ammo_agents.views import pairs

Plain = dict[str, Any]
NEEDED = 50
"""Pairs from which a first run makes sense; the gate of a promotion wants 200 held-out ones."""
SECONDS = 18
"""What one label takes a person who reads both texts, about."""
AT_ONCE = 10
"""Labels a person is asked for in one sitting."""
WORDS = {
    "a": "Kept: the first is better.",
    "b": "Kept: the second is better.",
    "equal": "Kept: they are equal. It is counted and makes no pair.",
    "neither": "Kept: neither is good. It is counted and makes no pair.",
}
"""What each choice says back."""


async def standing(app: App, *, target: str = "") -> Plain:
    """Return what the person is asked next, and how far they have come."""
    return await _told(app, await pairs.label_next(app, target=target))


async def label(app: App, *, offer: str, said: str, target: str = "") -> Plain:
    """Keep what the person says of two texts, and return what is asked next.

    Raises:
        NotFoundError: nobody is offered this any more.
        BadInputError: a word that is no choice.
    """
    found = await pairs.label_say(app, offer=offer, said=said, target=target)
    return await _told(app, found, WORDS[said])


async def undo(app: App, *, target: str = "") -> Plain:
    """Take back the newest label; it is asked about again at once.

    Raises:
        BadInputError: there is none.
    """
    found = await pairs.label_undo(app, target=target)
    return await _told(app, found, "Taken back; here it is again.")


async def _told(app: App, found: Plain, words: str = "") -> Plain:
    kept = await labels(app.ledger.diary, app.person)
    chosen = await profile.read(app.ledger.diary, app.person, app.settings)
    now = min(AT_ONCE, found["left"])
    return {
        **found,
        "pairs": sum(entry.body["said"] in {"a", "b"} for entry in kept),
        "needed": NEEDED,
        "now": now,
        "minutes": max(1, round(now * SECONDS / 60)),
        "consent": chosen.train,
        "words": words,
    }
