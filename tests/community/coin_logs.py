"""Ratings logs of the coins: two tastes, by turns."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from ammo_subspace_coin.plugin import coin

NAMES = tuple(sorted(entity.name for entity in coin.knowledge().entities if entity.kind == "coin"))
"""Every other one is of one kind."""


def taste(name: str) -> int:
    """Return which of the two tastes a coin is for."""
    return NAMES.index(name) % 2


def rows(people: int = 40, seed: int = 3) -> list[tuple[int, int, float, int]]:
    """Return (person, item, rating, time): people like every other coin; a few coins are well known."""
    rng = np.random.default_rng(seed)
    found = []
    for person in range(people):
        for item, name in enumerate(NAMES):
            if rng.random() > 0.75:
                continue
            raw = 2.75 + (1.75 if taste(name) == person % 2 else -1.75) + rng.normal(0, 0.4)
            rating = float(np.clip(np.round(raw * 2) / 2, 0.5, 5.0))
            found.append((person + 1, item + 1, rating, 1_000_000 + person * 1000 + item))
    return found


def write(
    folder: Path, ratings: Iterable[tuple[object, ...]], titles: Iterable[str] = NAMES
) -> Path:
    """Write a MovieLens folder whose items are called by these titles."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, head, lines in (
        ("movies.csv", "movieId title genres", ((n, t, "x") for n, t in enumerate(titles, 1))),
        ("ratings.csv", "userId movieId rating timestamp", ratings),
    ):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(head.split())
            out.writerows(lines)
    return folder
