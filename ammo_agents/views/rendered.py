"""A session's rendering of a card as plain data, and back (W12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ammo_agents.app import App
from ammo_agents.records import Claim, Creation, Fact, FactId, TableBlock
from ammo_agents.round.rerender import Rendering
from ammo_agents.views.cards import block, claim
from ammo_agents.views.threads import KIND, numbered

Plain = dict[str, Any]


def plain(shown: Rendering, facts: Mapping[FactId, Fact]) -> Plain:
    """Return a rendering with its sources, numbered in reading order."""
    return {
        "card": shown.creation,
        "title": claim(shown.title),
        "hook": None if shown.hook is None else claim(shown.hook),
        "claims": [claim(one) for one in shown.claims],
        "numbers": None if shown.numbers is None else block(shown.numbers),
        "added": list(shown.added),
        "ways": list(shown.ways),
        "sources": numbered([facts[id] for id in shown.facts if id in facts]),
    }


async def current(app: App, creation: Creation) -> Rendering | None:
    """Return how this person's session shows a card now; None = as written."""
    entries = await app.ledger.diary.newest(app.person, kind=KIND, topic=creation.id, limit=200)
    kept = next((e.body["rendering"] for e in entries if "rendering" in e.body), None)
    return None if kept is None else _read(creation, kept)


def _read(creation: Creation, kept: Plain) -> Rendering:
    table = kept["numbers"]
    return Rendering(
        creation=creation.id,
        title=_claim(kept["title"]),
        hook=None if kept["hook"] is None else _claim(kept["hook"]),
        claims=tuple(_claim(one) for one in kept["claims"]),
        numbers=None
        if table is None
        else TableBlock(
            title=table["title"],
            columns=tuple(table["columns"]),
            rows=tuple(tuple(row) for row in table["rows"]),
            facts=tuple(FactId(i) for i in table["facts"]),
        ),
        added=tuple(FactId(i) for i in kept["added"]),
        ways=tuple(kept["ways"]),
    )


def _claim(kept: Plain) -> Claim:
    facts = tuple(FactId(i) for i in kept["facts"])
    return Claim(text=kept["text"], facts=facts, author=kept["author"])
