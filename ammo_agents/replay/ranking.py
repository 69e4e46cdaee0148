"""Full ranking: all items are candidates, the ten best are judged (P1), or only items nobody rated (P4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.records import Wide
from ammo_agents.replay.folds import Fold, Part, Split, split
from ammo_agents.replay.leak import Sealed
from ammo_agents.replay.log import History, Item, Rows

CUT = 10
"""How many are looked at: NDCG@10, Recall@10."""
FIFTHS = 5
"""Parts of the rated items; one of them loses all ratings in P4."""
Step = Callable[[int], None]
"""Told how many more people are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """How one method ranked for each person."""

    people: tuple[str, ...]
    ndcg: Wide = field(compare=False)
    """NDCG@10 per person; the ideal list has min(10, relevant) hits."""
    recall: Wide = field(compare=False)
    """Share of the relevant items among the ten."""
    coverage: float
    """Share of the candidates that was in anybody's ten."""


def tie_order(items: Sequence[Item]) -> Rows:
    """Return each item's place among equals: by the hash of its id, so that no order of the file helps."""
    hashes = [hashlib.sha256(item.id.encode()).digest() for item in items]
    place = np.empty(len(items), np.intp)
    place[sorted(range(len(items)), key=lambda row: hashes[row])] = np.arange(len(items))
    return place


def best(scores: Wide, candidates: Rows, ties: Rows, k: int) -> Rows:
    """Return the `k` best candidates, best first; equals by `ties`."""
    mine = scores[candidates]
    if k < len(candidates):
        edge = np.partition(mine, len(mine) - k)[len(mine) - k]
        candidates, mine = candidates[mine >= edge], mine[mine >= edge]
    return candidates[np.lexsort((ties[candidates], -mine))[:k]]


def gains(top: Rows, relevant: Rows) -> tuple[float, float]:
    """Return NDCG@10 and Recall@10 of a ranking, given what is relevant (at least one item)."""
    discount = 1.0 / np.log2(np.arange(2, CUT + 2))
    hit = np.isin(top, relevant)
    ideal = discount[: min(CUT, len(relevant))].sum()
    return float((hit * discount[: len(top)]).sum() / ideal), float(hit.sum() / len(relevant))


def full_ranking(
    method: Sealed,
    folds: Sequence[Fold],
    items: Sequence[Item],
    *,
    part: Part = "test",
    step: Step = lambda _: None,
) -> Ranked:
    """Judge one method by P1: everything but the person's own past is a candidate.

    People without a past or without a relevant tested item (rated 4 or more) are not counted.
    """
    ties, everything = tie_order(items), np.arange(len(items))
    rows: dict[str, tuple[float, float]] = {}
    shown: set[int] = set()
    for fold in folds:
        method.learn(fold.known, fold.judged)
        for person in fold.judged:
            cut = split(person, part)
            if len(cut.past) and len(cut.tested.liked):
                top = ranked(method, cut, np.setdiff1d(everything, cut.past.items), ties)
                shown.update(top.tolist())
                rows[person.person] = gains(top, cut.tested.liked)
            step(1)
    return _ranked(rows, len(shown) / len(items))


def ranked(method: Sealed, cut: Split, candidates: Rows, ties: Rows) -> Rows:
    """Return the ten best candidates for one person, who is never shown what is tested."""
    scores = method.scores(cut.past, cut.tested.items, since=float(cut.tested.times[0]))
    if len(scores) != len(ties):
        raise BadInputError(
            f"{method.name} gives {len(scores)} scores for {len(ties)} items",
            hint="A method returns one finite number per item.",
        )
    return best(scores, candidates, ties, CUT)


def hidden_items(people: Collection[History], *, seed: int) -> tuple[Rows, ...]:
    """Return the fifths of the rated items that P4 makes new in turn, drawn by `seed`, each sorted."""
    rated = np.unique(np.concatenate([person.items for person in people]))
    drawn = np.random.default_rng([seed, 4]).permutation(rated)
    return tuple(np.sort(part) for part in np.array_split(drawn, FIFTHS))


def new_items(
    method: Sealed,
    folds: Sequence[Fold],
    items: Sequence[Item],
    *,
    hidden: Sequence[Rows],
    step: Step = lambda _: None,
) -> Ranked:
    """Judge one method by P4: hidden items lose all ratings, and only they are ranked.

    Each fold of people has another fifth hidden, so that no figure hangs on one draw. A person's past
    is all they rated besides; relevant is what they rated 4 or more among the hidden.
    """
    ties = tie_order(items)
    rows: dict[str, tuple[float, float]] = {}
    shown: set[int] = set()
    for number, fold in enumerate(folds):
        new = hidden[number % len(hidden)]
        method.learn([person.without(new) for person in fold.known], fold.judged)
        for person in fold.judged:
            past = person.without(new)
            relevant = np.intersect1d(person.liked, new)
            if len(past) and len(relevant):
                top = best(method.scores(past, new), new, ties, CUT)
                shown.update(top.tolist())
                rows[person.person] = gains(top, relevant)
            step(1)
    return _ranked(rows, len(shown) / max(1, sum(len(part) for part in hidden[: len(folds)])))


def _ranked(rows: dict[str, tuple[float, float]], coverage: float) -> Ranked:
    people = tuple(sorted(rows))
    both = np.array([rows[person] for person in people]).reshape(-1, 2)
    return Ranked(people=people, ndcg=both[:, 0], recall=both[:, 1], coverage=coverage)
