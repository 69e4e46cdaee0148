"""Sixty made-up pairs for `ammo tutorial train`: a short answer with its source against a long one without (labelled ``rule:tutorial``)."""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources

import numpy as np

from ammo_agents.aipp.pairs import Pair
from ammo_agents.records import digest

READERS = 12
"""Made-up people: nine are learned from, three test."""
DAYS = 60
FIRST = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
LONG = (
    "That is a wonderful question, and many people ask it! {fact} There is so much more one could say about {topic}.",
    "Well, when it comes to {topic}, opinions differ, as everybody knows. {fact} Let me know if you want to hear more!",
    "Great that you ask about {topic}! In short, and without going into every detail of it: {fact} I hope that this helps.",
)


def tutorial_pairs(*, seed: int = 7) -> tuple[Pair, ...]:
    """Return sixty pairs of twelve made-up people over sixty days, the last fifteen days to test with."""
    body = resources.files("ammo_training").joinpath("tutorial.json").read_text(encoding="utf-8")
    facts: list[dict[str, str]] = json.loads(body)
    rng = np.random.default_rng(seed)
    order = [facts[i] for i in rng.permutation(len(facts)).tolist()]
    return tuple(_pair(n, one, rng) for n, one in enumerate(order))


def _pair(n: int, one: dict[str, str], rng: np.random.Generator) -> Pair:
    tested = n >= 3 * DAYS // 4
    people = range(9, READERS) if tested else range(9)
    reader = people[int(rng.integers(len(people)))]
    return Pair(
        prompt=f"Tell me something about {one['topic']}.",
        chosen=f"{one['fact']} [1]",
        rejected=LONG[int(rng.integers(len(LONG)))].format(**one),
        source="rule:tutorial",
        signal="label",
        user=digest(f"tutorial/{reader}")[:16],
        at=FIRST + dt.timedelta(days=n),
        split="test" if tested else "train",
    )
