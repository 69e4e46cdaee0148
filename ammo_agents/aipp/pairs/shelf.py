"""What a pair is built with: cards and facts, fetched once, and whoever tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ammo_agents.aipp.pairs.consent import Consent
from ammo_agents.aipp.pairs.record import Side
from ammo_agents.errors import NotFoundError
from ammo_agents.ports import Ledger
from ammo_agents.records import Creation, CreationId, Fact, FactId, PersonId, Slot

BEFORE = "said before fine-tuning was allowed"
GONE = "its card or its facts are gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """A person whose feedback may be learned from, since when."""

    person: PersonId
    user: str
    consent: Consent
    source: str

    def may(self, at: dt.datetime) -> bool:
        """Return whether something said then may be learned from."""
        return self.consent.covers(at)

    def mark(self, at: dt.datetime, *events: str) -> dict[str, Any]:
        """Return what every pair and row of theirs carries."""
        return {
            "user": self.user,
            "source": self.source,
            "at": at,
            "events": events,
            "consent": self.consent.number,
        }


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Cards and facts of a ledger, each read once."""

    ledger: Ledger
    _cards: dict[str, Creation | None] = field(default_factory=dict)

    async def card(self, id: str) -> Creation | None:
        """Return a card by its whole id; None when it is gone."""
        if id not in self._cards:
            try:
                self._cards[id] = await self.ledger.creation(CreationId(id))
            except NotFoundError:
                self._cards[id] = None
        return self._cards[id]

    async def facts(self, ids: Sequence[str]) -> tuple[Fact, ...] | None:
        """Return facts in the order of their ids; None when one is gone."""
        found = {f.id: f for f in await self.ledger.facts(ids=[FactId(id) for id in ids])}
        if set(found) != set(ids):
            return None
        return tuple(found[FactId(id)] for id in ids)


def by_card(card: Creation, slot: Slot | None = None) -> Side:
    """Return how a card came to be, and where it stood."""
    return Side(
        creation=card.id,
        model=card.model,
        adapter=card.adapter,
        prompt=card.prompt,
        sampling={"seed": card.seed},
        slot=None if slot is None else slot.position,
        propensity=None if slot is None else slot.propensity,
    )
