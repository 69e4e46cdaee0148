"""A town that prefers: people, cards and days, made by seed, so that a split has something to keep apart."""

from __future__ import annotations

import datetime as dt

import numpy as np

from ammo_agents.aipp.pairs import Pair, Side

FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WORDS = """amber basin cedar delta ember fjord grove haven inlet jetty knoll lagoon meadow north orchard prairie quarry
ridge summit tundra upland valley willow yarrow zenith anchor beacon castle dagger engine falcon garnet hammer island
jacket kettle lantern mirror needle oyster pepper quartz ribbon saddle timber umbrella velvet window yellow zipper""".split()


def text(rng: np.random.Generator, n: int = 18) -> str:
    """Return words that no other text of the town has in this order."""
    return " ".join(rng.choice(WORDS, n)).capitalize() + "."


def town(people: int = 12, each: int = 10, seed: int = 3) -> list[Pair]:
    """Return pairs of `people`, `each` so many, with texts and cards of their own, a day after the other."""
    rng = np.random.default_rng(seed)
    found = []
    for turn in range(each):
        for who in range(people):
            n = turn * people + who
            found.append(
                Pair(
                    prompt=f"Tell me about {text(rng, 9)}",
                    chosen=text(rng),
                    rejected=text(rng, 24),
                    source="human",
                    signal="choice",
                    user=f"person{who:03d}",
                    at=FIRST + dt.timedelta(hours=7 * n),
                    events=(f"b_{n}",),
                    chosen_by=Side(creation=f"c_{n}a"),
                    rejected_by=Side(creation=f"c_{n}b"),
                    consent=1,
                )
            )
    return found
