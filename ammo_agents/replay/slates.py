"""Replay of slates: ten rounds of five slots on people the method never saw, every counterfactual known (P2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.geometry import best_missed, slate_regret
from ammo_agents.records import Wide
from ammo_agents.replay.folds import Fold, some
from ammo_agents.replay.leak import Sealed
from ammo_agents.replay.log import History, Item, Rows
from ammo_agents.replay.ranking import Step, best, tie_order

ROUNDS, SLOTS = 10, 5
ENOUGH = 100
"""Ratings a person needs to be replayed: fifty are shown, and there must be a choice to the end."""
HATS = 8
"""Draws of the random slates: one alone moves every share by a hundredth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a method's slates missed; arrays of shape (people, rounds)."""

    people: tuple[str, ...]
    regret: Wide = field(compare=False)
    """r_t: top-N slate regret, in [0, 1]."""
    missed: Wide = field(compare=False)
    """b_t: best-in-slate regret."""


def replay(
    method: Sealed,
    folds: Sequence[Fold],
    items: Sequence[Item],
    *,
    seed: int,
    known: int | None = None,
    step: Step = lambda _: None,
) -> Replayed:
    """Judge one method by P2: candidates are a person's own rated items not shown yet.

    After each slate the method hears the ratings of its cards. `known` limits how many people it
    learns from (the same ones for every method).
    """
    ties = tie_order(items)
    rows: dict[str, tuple[Wide, Wide]] = {}
    for number, fold in enumerate(folds):
        method.learn(some(fold.known, known, seed=seed + number), fold.judged)
        for person in fold.judged:
            if len(person) >= ENOUGH:
                rows[person.person] = _rounds(method, person, ties, _noise(seed, person))
            step(1)
    people = tuple(sorted(rows))
    both = np.array([rows[person] for person in people]).reshape(-1, 2, ROUNDS)
    return Replayed(people=people, regret=both[:, 0], missed=both[:, 1])


def chance(
    method_of: Callable[[int], Sealed],
    folds: Sequence[Fold],
    items: Sequence[Item],
    *,
    seed: int,
    step: Step = lambda _: None,
) -> Replayed:
    """Return the mean regret of random slates over several hats: what everybody is divided by."""
    drawn = [
        replay(method_of(seed + hat), folds, items, seed=seed, step=step) for hat in range(HATS)
    ]
    return Replayed(
        people=drawn[0].people,
        regret=np.mean([one.regret for one in drawn], axis=0),
        missed=np.mean([one.missed for one in drawn], axis=0),
    )


def _noise(seed: int, person: History) -> np.random.Generator:
    return np.random.default_rng([seed, int.from_bytes(person.person.encode(), "big")])


def _rounds(
    method: Sealed, person: History, ties: Rows, rng: np.random.Generator
) -> tuple[Wide, Wide]:
    """Return r and b of each round, shape (rounds,) each."""
    regret, missed = np.zeros(ROUNDS), np.zeros(ROUNDS)
    rewards = dict(zip(person.items.tolist(), person.rewards.tolist(), strict=True))
    where = {item: position for position, item in enumerate(person.items.tolist())}
    heard: list[int] = []
    for turn in range(ROUNDS):
        past = _heard(person, [where[item] for item in heard])
        candidates = np.setdiff1d(person.items, past.items)
        slate = choose(method, past, candidates, ties, rng)
        truth = [rewards[item] for item in candidates.tolist()]
        shown = [rewards[item] for item in slate.tolist()]
        regret[turn] = slate_regret(truth, shown, SLOTS)
        missed[turn] = best_missed(truth, shown, SLOTS)
        heard += slate.tolist()
    return regret, missed


def choose(
    method: Sealed, past: History, candidates: Rows, ties: Rows, rng: np.random.Generator
) -> Rows:
    """Return a slate: the method's own, or the best by its scores."""
    slate = method.slate(past, candidates, SLOTS, rng)
    if slate is not None:
        return slate
    return best(method.scores(past, candidates), candidates, ties, SLOTS)


def _heard(person: History, positions: list[int]) -> History:
    """Return what was rated so far in the order it was shown, with the order as its time."""
    past = person.at(np.array(positions, np.intp))
    return History(
        person=past.person,
        items=past.items,
        ratings=past.ratings,
        times=np.arange(len(past), dtype=np.float64),
    )
