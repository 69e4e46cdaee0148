"""Which of two texts people who were never trained on would rather read: judges by their own choices, both orders asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.records import Matrix, Wide
from ammo_training import intervals

RIDGE = 8.0
"""λ of the shared direction, in units of one choice."""
OWN_RIDGE = 4.0
"""λ that holds one person's direction at the shared one."""
FOLDS = 5
SLACK = 1e-9


class Judge(Protocol):
    """Says how likely a person prefers the first of two texts to the second, in [0, 1]."""

    def prefers(self, person: str, first: Wide, second: Wide) -> float:
        """Return P(first over second) for the person; the texts come as rows of the MetaSpace."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tastes:
    """Preference vectors of held-out people, learned from their own held-out choices."""

    name: str
    shared: Wide
    own: dict[str, Wide]

    def prefers(self, person: str, first: Wide, second: Wide) -> float:
        """Return 1, 0.5 or 0 by the sign of the person's score; of somebody unknown by the shared one."""
        gap = float((np.asarray(first, np.float64) - second) @ self.own.get(person, self.shared))
        return 0.5 if abs(gap) <= SLACK else float(gap > 0)


def learned(gaps: Matrix, people: Sequence[str], *, name: str = "tastes") -> Tastes:
    """Return the tastes that explain `gaps`, shape (n, D): chosen less rejected row of each choice.

    A shared direction is fitted to everybody's choices by ridge regression of +1, then each person's own, held at
    it by another ridge: with eight choices a person says little alone.
    """
    rows = np.asarray(gaps, np.float64)
    shared = _ridge(rows, np.ones(len(rows)), RIDGE)
    own: dict[str, Wide] = {}
    for person in sorted(set(people) - {""}):
        mine = rows[[p == person for p in people]]
        own[person] = shared + _ridge(mine, 1 - mine @ shared, OWN_RIDGE)
    return Tastes(name=name, shared=shared, own=own)


def reliability(gaps: Matrix, people: Sequence[str], *, seed: int) -> Wide:
    """Return 1, 0.5 or 0 for each choice by a judge that has not seen it, in folds.

    Where people are named, folds cut through each person's choices (a judge of a person knows the others of hers);
    choices of one prompt should be given as one person's where nobody is named.
    """
    rng = np.random.default_rng([seed, 5])
    fold = rng.permutation(len(people)) % FOLDS
    found = np.full(len(people), 0.5)
    for k in range(FOLDS):
        seen, new = (np.flatnonzero(at).tolist() for at in (fold != k, fold == k))
        if not len(seen) or not len(new):
            continue
        judge = learned(gaps[seen], [people[i] for i in seen])
        nothing = np.zeros(gaps.shape[1])
        found[new] = [judge.prefers(people[i], gaps[i].astype(np.float64), nothing) for i in new]
    return found


def win_rate(
    judge: Judge,
    people: Sequence[str],
    ours: Matrix,
    theirs: Matrix,
    prompts: Sequence[str],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return how often people would rather read ours, each asked in both orders.

    `people` are asked about every text, or, where as many as texts, each about their own prompt's.

    Raises:
        BadInputError: the two sides do not stand in pairs.
    """
    if not len(ours) == len(theirs) == len(prompts) == len(people):
        raise BadInputError(
            f"{len(ours)} texts against {len(theirs)} for {len(prompts)} prompts of {len(people)} people",
            hint="Give one text of each side, one prompt and one person a row.",
        )
    first = np.array(
        [judge.prefers(p, a, b) for p, a, b in zip(people, ours, theirs, strict=True)], np.float64
    )
    second = np.array(
        [1 - judge.prefers(p, b, a) for p, a, b in zip(people, ours, theirs, strict=True)],
        np.float64,
    )
    both = (first + second) / 2
    torn = float((np.sign(first - 0.5) != np.sign(second - 0.5)).mean()) if len(both) else 0.0
    return {
        "n": len(both),
        "rate": intervals.mean(both, prompts, over="prompts", seed=seed).plain(),
        "order_changed": torn,
        "ties": int((both == 0.5).sum()),
    }


def judged(
    win: dict[str, Any], reliable: Wide, people: Sequence[str], *, seed: int
) -> dict[str, Any]:
    """Return a win rate with how far its judge may be believed: one that cannot tell people's own choices says nothing."""
    named = [p or str(i) for i, p in enumerate(people)]
    share = intervals.mean(reliable, named, over="people", seed=seed)
    qualified = share.n > 1 and share.low > 0.5 and win["order_changed"] <= 0.1
    return {**win, "judge_accuracy": share.plain(), "judge_qualified": bool(qualified)}


def _ridge(rows: Wide, wanted: Wide, weight: float) -> Wide:
    """Return argmin |rows w - wanted|² + weight |w|², by the smaller of the two systems."""
    n, d = rows.shape
    if n <= d:
        found: Wide = (rows.T @ np.linalg.solve(rows @ rows.T + weight * np.eye(n), wanted)).astype(
            np.float64
        )
        return found
    solved: Wide = np.linalg.solve(rows.T @ rows + weight * np.eye(d), rows.T @ wanted).astype(
        np.float64
    )
    return solved
