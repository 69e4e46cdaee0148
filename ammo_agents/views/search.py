"""Searching the MetaSpace: the cards and the facts that lie nearest to some words (W1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.geometry import unit
from ammo_agents.records import Matrix, Vector
from ammo_agents.views.cards import fact as fact_of

Plain = dict[str, Any]
LONGEST = 2000
"""Characters of a search."""
MOST = 50
"""Answers of each kind, at most."""


async def search(app: App, *, words: str, n: int = 8, subspace: str | None = None) -> Plain:
    """Give the living cards and the kept facts nearest to `words`, each with its cosine in [-1, 1].

    Nothing is recorded: to be found by a search is not to be shown in the feed.

    Raises:
        BadInputError: no words, too many, or an `n` outside 1 to 50.
    """
    sought = spoken(words)
    if not 1 <= n <= MOST:
        raise BadInputError(f"{n} answers are asked for", hint=f"Ask for 1 to {MOST}.")
    space = app.subspace(subspace)
    row = unit(await app.place(sought), name="the search")
    living = (await app.companion(subspace)).living
    cards = []
    for at, score in nearest(living.matrix, row, n):
        creation = await app.ledger.creation(living.about[at].id)
        cards.append({
            "id": creation.id,
            "title": creation.title.text,
            "hook": creation.hook.text,
            "buddy": creation.buddy,
            "date": creation.date.isoformat(),
            "score": score,
        })
    ids, rows = await app.ledger.fact_vectors(space.id)
    found = nearest(rows, row, n)
    facts = await app.ledger.facts(ids=[ids[at] for at, _ in found])
    return {
        "words": sought,
        "subspace": space.id,
        "cards": cards,
        "facts": [
            {**fact_of(fact), "score": score} for fact, (_, score) in zip(facts, found, strict=True)
        ],
    }


def spoken(words: str) -> str:
    """Return words that can be placed: stripped, not empty, of at most 2,000 characters, valid Unicode."""
    clean = words.strip()
    if not clean or len(clean) > LONGEST:
        raise BadInputError(
            f"a search of {len(clean)} characters cannot be placed",
            hint=f"Give 1 to {LONGEST} characters.",
        )
    try:
        clean.encode()
    except UnicodeEncodeError as error:
        raise BadInputError(
            "the words hold half a character (a lone surrogate)", hint="Send valid Unicode."
        ) from error
    return clean


def nearest(rows: Matrix, row: Vector, n: int) -> list[tuple[int, float]]:
    """Return the places of the `n` unit rows nearest to a unit row with their cosines, best first."""
    if not len(rows):
        return []
    scores = rows @ row  # (n,)
    best = np.argsort(-scores, kind="stable")[:n]
    return [(int(at), float(scores[at])) for at in best]
