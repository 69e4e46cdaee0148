"""The public sets of bench/dpo.py: read, split by person, time and text, and what a film's rivals know.

The data are for tests and benchmarks and are not in this repository: ``preference/`` (pairs.jsonl, movie_pairs.jsonl)
and ``movie/`` (ml-latest-small/ratings.csv, movies.csv; wikipedia/movies_matched.jsonl) below the folder given.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ammo_agents.aipp.pairs import Pair, read

HEAD = re.compile(r"^(.*?) \((\d{4})\)\. ")
LIKED = re.compile(r"^A person liked: (.*?)\.(?: They disliked: .*?\.)? Write a short post")
TITLED = re.compile(r"^(.*) \((\d{4})\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """What is trained on and what is judged by, with what was left out between them."""

    train: list[Pair]
    test: list[Pair]
    left_out: dict[str, int]
    split: dict[str, str]
    """What the split goes by, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Films:
    """Who rated which film, and what films are called."""

    ids: dict[tuple[str, int], str]
    """(title, year) → movieId."""
    ratings: dict[str, dict[str, tuple[float, float]]]
    """Person → film → (rating, seconds since 1970)."""
    texts: dict[str, str] = field(default_factory=dict)
    """Film → title, year and the opening of its article."""

    def named(self, words: str) -> str:
        """Return the film of ``Title (1999)``, a year more or less allowed; "" = not known."""
        found = TITLED.match(words)
        if found is None:
            return ""
        title, year = _plain(found[1]), int(found[2])
        return next(
            (self.ids[title, y] for y in (year, year - 1, year + 1) if (title, y) in self.ids), ""
        )

    def of(self, text: str) -> str:
        """Return the film that a post is about; "" = not known."""
        found = HEAD.match(text)
        return "" if found is None else self.named(f"{found[1]} ({found[2]})")


def films(data: Path) -> Films:
    """Read ratings, titles and articles."""
    ids: dict[tuple[str, int], str] = {}
    texts: dict[str, str] = {}
    folder = data / "movie"
    for line in (folder / "wikipedia" / "movies_matched.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        ids[_plain(row["title"]), int(row["year"])] = str(row["movieId"])
        texts[str(row["movieId"])] = f"{row['title']} ({row['year']}). {row['extract']}"
    with (folder / "ml-latest-small" / "movies.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if found := TITLED.match(row["title"].strip()):
                ids.setdefault((_plain(found[1]), int(found[2])), row["movieId"])
    ratings: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    with (folder / "ml-latest-small" / "ratings.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ratings[row["userId"]][row["movieId"]] = float(row["rating"]), float(row["timestamp"])
    return Films(ids=ids, ratings=dict(ratings), texts=texts)


def movie_pairs(data: Path, known: Films) -> list[Pair]:
    """Return the pairs with the time at which the later of both films was rated, where it is known."""
    found = []
    for pair in read(data / "preference" / "movie_pairs.jsonl"):
        rated = known.ratings.get(pair.user, {})
        times = [rated[f][1] for f in map(known.of, pair.texts) if f in rated]
        at = dt.datetime.fromtimestamp(max(times), dt.UTC) if times else None
        found.append(replace(pair, at=at))
    return found


def by_person_time_text(pairs: Sequence[Pair], *, seed: int) -> Halves:
    """Split so that nobody, no text and no hour is on both sides: early people teach, late people judge.

    A person belongs to the side on which all of her pairs lie in time; who was there before and after the cut is left
    out. The cut is where both sides keep most; texts are then given to a side by a seeded local search that keeps
    as many pairs of the smaller side as it can.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        times[pair.user].append(pair.at.timestamp() if pair.at else float("nan"))
    spans = {
        u: (min(t), max(t))
        for u, t in times.items()
        if not np.isnan(t).all() and not np.isnan(t).any()
    }
    ends = sorted(high for _, high in spans.values())
    cut = max(ends, key=lambda t: min(_early(spans, t), _late(spans, t)))
    side = {
        u: "train" if high <= cut else "test" if low > cut else ""
        for u, (low, high) in spans.items()
    }
    named = [p for p in pairs if side.get(p.user)]
    texts = _texts(named, side, np.random.default_rng(seed))
    train = [
        p for p in named if side[p.user] == "train" and {texts[t] for t in p.texts} == {"train"}
    ]
    test = [p for p in named if side[p.user] == "test" and {texts[t] for t in p.texts} == {"test"}]
    return Halves(
        train=train,
        test=test,
        left_out={
            "person on both sides of the cut, or time not known": len(pairs) - len(named),
            "a text of the other side": len(named) - len(train) - len(test),
        },
        split={
            "person": "nobody on both sides",
            "time": f"trained on before {dt.datetime.fromtimestamp(cut, dt.UTC):%Y-%m-%d}, judged after",
            "text": "no text on both sides",
        },
    )


def by_text(pairs: Sequence[Pair], *, share: float, seed: int) -> Halves:
    """Split whole prompts, with every text written to them, by a seeded draw; nobody is named and no time is known."""
    prompts = sorted({p.asked for p in pairs})
    order = np.random.default_rng(seed).permutation(len(prompts)).tolist()
    held = {prompts[i] for i in order[: round(share * len(prompts))]}
    test = [p for p in pairs if p.asked in held]
    seen = {_plain(t) for p in test for t in p.texts}
    train = [p for p in pairs if p.asked not in held and not {_plain(t) for t in p.texts} & seen]
    return Halves(
        train=train,
        test=test,
        left_out={"a text of the other side": len(pairs) - len(train) - len(test)},
        split={
            "person": "nobody is named in this set: says nothing about people",
            "time": "no time is known in this set",
            "text": "no prompt and no text on both sides",
        },
    )


def liked(pair: Pair, known: Films) -> list[str]:
    """Return the films the prompt says the person liked, those that are known."""
    found = LIKED.match(pair.asked)
    names = found[1].split("; ") if found else []
    return [film for film in map(known.named, names) if film in known.texts]


def item_means(pairs: Sequence[Pair], known: Films, people: set[str] | None) -> np.ndarray:
    """Return what the others' mean rating says of both films of each pair, shape (n, 2); NaN = nobody else rated it.

    `people` are those whose ratings count, less the one judged; None = everybody else's.
    """
    total: defaultdict[str, float] = defaultdict(float)
    count: Counter[str] = Counter()
    for person, rated in known.ratings.items():
        if people is None or person in people:
            for film, (rating, _) in rated.items():
                total[film] += rating
                count[film] += 1

    def one(person: str, film: str) -> float:
        own = (
            known.ratings.get(person, {}).get(film) if people is None or person in people else None
        )
        n = count[film] - (own is not None)
        return (total[film] - (own[0] if own else 0.0)) / n if n > 0 else float("nan")

    return np.array(
        [[one(p.user, known.of(t)) for t in p.texts] for p in pairs], np.float64
    ).reshape(-1, 2)


def _texts(pairs: Sequence[Pair], side: dict[str, str], rng: np.random.Generator) -> dict[str, str]:
    """Return a side for every text; a text moves while that keeps more pairs (of the side that has fewer, if asked)."""
    names = sorted({t for p in pairs for t in p.texts})
    place = {t: rng.choice(["train", "test"]) for t in names}
    of: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for text in pair.texts:
            of[text].append(pair)

    def kept(text: str, to: str) -> int:
        return sum(
            side[p.user] == to and all(place[t] == to or t == text for t in p.texts)
            for p in of[text]
        )

    for _ in range(20):
        moved = 0
        for i in rng.permutation(len(names)).tolist():
            text = names[i]
            now = place[text]
            other = "test" if now == "train" else "train"
            if kept(text, other) > kept(text, now):
                place[text], moved = other, moved + 1
        if not moved:
            break
    return place


def _early(spans: dict[str, tuple[float, float]], cut: float) -> int:
    return sum(high <= cut for _, high in spans.values())


def _late(spans: dict[str, tuple[float, float]], cut: float) -> int:
    return sum(low > cut for low, _ in spans.values())


def _plain(text: str) -> str:
    """Return a title without its article, case and stray signs: ``Matrix, The`` is ``The Matrix``."""
    words = re.sub(r"\(.*?\)", " ", text.lower()).replace("–", "-")
    words = re.sub(r"^(.*), (the|a|an|les|la|le|el|das|der|die|il)\s*$", r"\2 \1", words.strip())
    return " ".join(re.sub(r"[^\w]+", " ", words).split())
