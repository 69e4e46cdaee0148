"""Reads what people said out of the ledger and the diary, as pairs and single rows with where each comes from.

Nothing is cleaned here but what has no right to be learned from: each event that makes no pair is counted with why.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ammo_agents.aipp.pairs import acts, words
from ammo_agents.aipp.pairs.consent import consent_of, hashed
from ammo_agents.aipp.pairs.record import Pair, Row
from ammo_agents.aipp.pairs.shelf import Shelf, Teller
from ammo_agents.aipp.pairs.task import ANSWER, CARD
from ammo_agents.ports import Ledger
from ammo_agents.records import PersonId
from ammo_agents.texts import text


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What was found, before anything is cleaned."""

    pairs: list[Pair] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    """Signal → how many events of it were met."""
    passed: Counter[str] = field(default_factory=Counter)
    """Why events made nothing → how many."""
    people: int = 0
    """People looked at."""
    consenting: int = 0
    """Of them, those who let their feedback be learned from."""

    def add(self, found: Sequence[Pair | Row]) -> None:
        """Add what one signal gave."""
        for one in found:
            if isinstance(one, Pair):
                self.pairs.append(one)
            else:
                self.rows.append(one)


async def gather(
    ledger: Ledger,
    people: Sequence[PersonId],
    key: bytes,
    *,
    subspace: str = "",
    buddy: str = "",
    simulated: frozenset[PersonId] = frozenset(),
) -> Gathered:
    """Return every pair and row that the people of a home gave, of one subspace or buddy if named.

    `key` is the home's secret that names are hashed with; what `simulated` people said is labelled so.
    """
    told = Gathered()
    for name in (CARD, ANSWER):  # read off the loop once; then they are cached
        await asyncio.to_thread(text, name)
    shelf = Shelf(ledger=ledger)
    for person in dict.fromkeys(people):
        told.people += 1
        consent = await consent_of(ledger.diary, person)
        if consent is None:
            told.passed["no consent to fine-tuning"] += await _events(ledger, person)
            continue
        told.consenting += 1
        source = "simulated" if person in simulated else "human"
        teller = Teller(person=person, user=hashed(person, key), consent=consent, source=source)
        await _of_person(told, shelf, teller)
    told.pairs = [p for p in told.pairs if _wanted(p, subspace, buddy)]
    told.rows = [r for r in told.rows if _wanted(r, subspace, buddy)]
    return told


async def events_of(ledger: Ledger, person: PersonId) -> frozenset[str]:
    """Return the ids of every event of a person that a pair may be made of: what a withdrawal taints.

    Ask before the person is forgotten; consent does not matter, for it may be gone already.
    """
    ids = {str(act.id) for act in await ledger.feedback(person)}
    for kind in words.KINDS:
        ids |= {words.event_id(entry) for entry in await ledger.diary.entries(person, kind=kind)}
    return frozenset(ids)


async def _of_person(told: Gathered, shelf: Shelf, teller: Teller) -> None:
    for signal, read in words.READERS.items():
        found: words.Found = await read(shelf, teller)
        told.add(found.made)
        told.events[signal] += found.met
        told.passed.update(found.passed)
    said = await acts.of_acts(shelf, teller)
    told.add(said.made)
    told.events.update(said.met)
    told.passed.update(said.passed)


async def _events(ledger: Ledger, person: PersonId) -> int:
    n = len(await ledger.feedback(person))
    for kind in words.MADE_OF:
        n += len(await ledger.diary.entries(person, kind=kind))
    return n


def _wanted(one: Any, subspace: str, buddy: str) -> bool:
    return (not subspace or one.subspace == subspace) and (not buddy or one.buddy == buddy)
