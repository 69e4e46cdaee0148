"""A small world of ratings: two kinds of films, people who like one kind, and films good for everybody."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ammo_agents.hooks import load_plugins
from ammo_agents.replay.log import RatingsLog
from ammo_agents.replay.method import Catalogue
from ammo_agents.replay.reading import read_log
from ammo_agents.settings import Settings

PEOPLE, FILMS, RATED = 40, 160, 110
Rating = tuple[int, int, float, int]


@pytest.fixture(autouse=True)
def _no_blocking_calls() -> None:
    """Let these tests read files: nothing here runs in an event loop."""
    return


def ratings(seed: int = 5) -> list[Rating]:
    """Return (person, film, rating, time): a film is liked for its kind and for its own goodness."""
    rng = np.random.default_rng(seed)
    goodness = rng.normal(0, 0.5, FILMS)
    found = []
    for person in range(PEOPLE):
        films = rng.permutation(FILMS)[:RATED]
        for turn, film in enumerate(films.tolist()):
            taste = 1.0 if film % 2 == person % 2 else -1.0
            raw = 3.2 + taste + goodness[film] + rng.normal(0, 0.3)
            rating = float(np.clip(np.round(raw * 2) / 2, 0.5, 5.0))
            found.append((person + 1, film + 1, rating, 1_000_000 * (person + 1) + 60 * turn))
    return found


def write(folder: Path, rows: list[Rating]) -> Path:
    """Write a MovieLens folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "movies.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["movieId", "title", "genres"])
        for film in range(1, FILMS + 1):
            kind = ("Western|Desert", "Opera|Music")[film % 2]
            out.writerow([film, f"Film, number {film} ({1950 + film % 60})", kind])
    with (folder / "ratings.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["userId", "movieId", "rating", "timestamp"])
        out.writerows(rows)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A MovieLens folder."""
    return write(tmp_path / "ml", ratings())


@pytest.fixture
def wrote(tmp_path: Path) -> Callable[[list[Rating]], Path]:
    """Write other ratings of the same films."""
    return lambda rows: write(tmp_path / "other", rows)


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> RatingsLog:
    """The log of that folder, read once."""
    return read_log(write(tmp_path_factory.mktemp("world") / "ml", ratings()))


@pytest.fixture(scope="session")
def catalogue(log: RatingsLog) -> Catalogue:
    """Its films with two-sided texts, and the implicit library."""
    rng = np.random.default_rng(1)
    rows = rng.normal(0, 0.3, (len(log.items), 8))
    rows[:, 0] += [1.0 if "Western" in item.brief else -1.0 for item in log.items]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    plugins = load_plugins(Settings(plugins=("implicit",)))
    return Catalogue(
        items=log.items,
        vectors=rows.astype(np.float32),
        factorisers={f.name: f for f in plugins.factors()},
    )
