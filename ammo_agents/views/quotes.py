"""What a card stands on, beside its sentences: the quoted facts, numbered in reading order, and who is speaking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from ammo_agents.app import App
from ammo_agents.records import Fact, FactId
from ammo_agents.views.cards import fact as fact_of

Plain = dict[str, Any]
FRESH = dt.timedelta(minutes=15)
"""A card younger than this was made just now."""


async def quoted(app: App, cards: Sequence[Plain]) -> list[Plain]:
    """Return the cards, each with its sources, how many of its sentences have one, and names for its ids.

    `sources` are facts with a `number` from 1, `marks` leads from a fact's id to its number, `sentences`
    and `sourced` count the hook and the claims.
    """
    wanted = [FactId(id) for card in cards for id in _cited(card)]
    facts = {f.id: f for f in await app.ledger.facts(ids=wanted)} if wanted else {}
    names = await names_of(app, (id for card in cards for id in (card["buddy"], *_speakers(card))))
    return [_with_sources(app, card, facts, names) for card in cards]


def day(date: str) -> str:
    """Return an ISO date in words: ``10 May 2020``."""
    found = dt.date.fromisoformat(date)
    return f"{found.day} {found:%B %Y}"


def _with_sources(app: App, card: Plain, facts: dict[FactId, Fact], names: dict[str, str]) -> Plain:
    known = [facts[FactId(id)] for id in _cited(card) if id in facts]
    sources = [
        {"number": n, "day": day(f.date.isoformat()), **fact_of(f)}
        for n, f in enumerate(known, start=1)
    ]
    stands = [card["hook_facts"], *(claim["facts"] for claim in card["claims"])]
    spaces = {s.id: s.title for s in app.plugins.subspaces()}
    age = app.clock.now() - dt.datetime.fromisoformat(card["created_at"])
    return {
        **card,
        "sources": sources,
        "marks": {source["id"]: source["number"] for source in sources},
        "sentences": len(stands),
        "sourced": sum(any(id in facts for id in ids) for ids in stands),
        "buddy_name": names.get(card["buddy"], card["buddy"]),
        "names": {speaker: names.get(speaker, speaker) for speaker in _speakers(card)},
        "subspace_title": spaces.get(card["subspace"], card["subspace"]),
        "day": day(card["date"]),
        "fresh_words": "made just now" if dt.timedelta() <= age < FRESH else "",
    }


def _cited(card: Plain) -> list[str]:
    """Return the ids of the facts a card cites, each once, in reading order."""
    order: dict[str, None] = {}
    for ids in (
        card["title_facts"],
        card["hook_facts"],
        *(claim["facts"] for claim in card["claims"]),
    ):
        order.update(dict.fromkeys(ids))
    return list(order)


def _speakers(card: Plain) -> list[str]:
    return [
        turn["speaker"]
        for block in card["blocks"]
        if block["kind"] == "dialogue"
        for turn in block["turns"]
    ]


async def names_of(app: App, buddies: Iterable[str]) -> dict[str, str]:
    """Return what these buddies are called, by id; who is not there any more is left out."""
    wanted = {id for id in buddies if id}
    spaces = {str(s.id): s for s in app.plugins.subspaces()}
    found: dict[str, str] = {}
    for name in sorted({id.partition("/")[0] for id in wanted} & spaces.keys()):
        knowledge = await app.knowledge(spaces[name])
        found |= {e.id: f"{e.name} Buddy" for e in knowledge.entities if e.id in wanted}
        found |= {b.id: b.name for b in await app.buddies(spaces[name]) if b.id in wanted}
    return found
