"""Questions at cold start: half of what a person rated may be asked, the other half is ranked (P3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents.geometry import slate_regret
from ammo_agents.records import Wide
from ammo_agents.replay.folds import Fold
from ammo_agents.replay.leak import Sealed
from ammo_agents.replay.log import History, Item, Rows
from ammo_agents.replay.ranking import Step, best, tie_order
from ammo_agents.replay.slates import ENOUGH, SLOTS, choose

ANSWERS = (0, 1, 3, 5, 8, 12)
"""After so many answers the person's slate is looked at."""
HALVINGS = 3
"""Ways each person's items are halved; the regret is their mean: one alone moves it by a hundredth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Top-5 regret per person after 0, 1, 3, 5, 8 and 12 answers, shape (people, 6)."""

    people: tuple[str, ...]
    regret: Wide = field(compare=False)


def questions(
    method: Sealed,
    folds: Sequence[Fold],
    items: Sequence[Item],
    *,
    seed: int,
    step: Step = lambda _: None,
) -> Asked:
    """Judge one method by P3; a method that does not ask by itself asks about what it predicts highest."""
    ties = tie_order(items)
    rows: dict[str, Wide] = {}
    for fold in folds:
        method.learn(fold.known, fold.judged)
        for person in fold.judged:
            if len(person) >= ENOUGH:
                told = [_interview(method, person, ties, (seed, way)) for way in range(HALVINGS)]
                rows[person.person] = np.mean(told, axis=0)
            step(1)
    people = tuple(sorted(rows))
    regret = np.array([rows[person] for person in people]).reshape(-1, len(ANSWERS))
    return Asked(people=people, regret=regret)


def halves(person: History, *, seed: int, way: int = 0) -> tuple[Rows, Rows]:
    """Return the positions that may be asked and those that are ranked: a random half each."""
    hat = np.random.default_rng([seed, way, 3, int.from_bytes(person.person.encode(), "big")])
    drawn = hat.permutation(len(person))
    middle = len(person) // 2
    return np.sort(drawn[:middle]), np.sort(drawn[middle:])


def _interview(method: Sealed, person: History, ties: Rows, hat: tuple[int, int]) -> Wide:
    """Return the regret of the slate after each number of answers, shape (6,)."""
    seed, way = hat
    rng = np.random.default_rng([seed, way, 5, int.from_bytes(person.person.encode(), "big")])
    askable, rest = halves(person, seed=seed, way=way)
    ranked = person.at(rest)
    where = {int(person.items[position]): int(position) for position in askable}
    truth = dict(zip(ranked.items.tolist(), ranked.rewards.tolist(), strict=True))
    answered: list[int] = []
    found = np.zeros(len(ANSWERS))
    for count in range(ANSWERS[-1] + 1):
        past = _answers(person, answered)
        if count in ANSWERS:
            slate = choose(method, past, ranked.items, ties, rng)
            shown = [truth[item] for item in slate.tolist()]
            found[ANSWERS.index(count)] = slate_regret(ranked.rewards, shown, SLOTS)
        if count == ANSWERS[-1]:
            break
        open_still = np.array([i for i, p in where.items() if p not in answered], np.intp)
        asked = method.question(past, open_still, ranked.items, rng)
        if asked is None:
            hidden = np.concatenate([open_still, ranked.items])
            asked = int(best(method.scores(past, hidden), open_still, ties, 1)[0])
        answered.append(where[asked])
    return found


def _answers(person: History, positions: list[int]) -> History:
    """Return the answers in the order they were given, with the order as their time."""
    past = person.at(np.array(positions, np.intp))
    return History(
        person=past.person,
        items=past.items,
        ratings=past.ratings,
        times=np.arange(len(past), dtype=np.float64),
    )
