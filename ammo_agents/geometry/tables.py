"""What other people thought of entities: b, p, V and E by entity, and a guess from text for all others (W12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ammo_agents.geometry.basis import FACTORS, SIZE, TABLE
from ammo_agents.geometry.mapping import places
from ammo_agents.geometry.space import SMALLEST, Indices
from ammo_agents.records import Matrix, Wide, digest

SHRINK = 5.0
"""Rewards that weigh as much as what is believed of an entity, or a giver, nobody knows."""
SWEEPS = 4
"""Turns of the two-way effects; the next one changes b by less than a thousandth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """[b, p, V, E] per known entity, and the map that guesses them from a text for every other one."""

    index: Mapping[str, int]
    """Entity id → row."""
    values: Wide = field(compare=False)
    """[b, p, V, E], shape (entities, 34 + k)."""
    guess: Wide = field(compare=False)
    """W of `geometry.fit_map`, shape (D + 1, 34 + k)."""
    mean: Wide = field(compare=False)
    """ē that the map's places are centred by, shape (D,)."""

    @property
    def width(self) -> int:
        """The length of φ with these tables: d + k."""
        return SIZE + int(self.values.shape[1]) - TABLE

    @property
    def fingerprint(self) -> str:
        """Hash over ids and numbers."""
        numbers = [a.astype("<f8").tobytes().hex() for a in (self.values, self.guess, self.mean)]
        return digest([sorted(self.index.items()), *numbers])[:16]

    def of(self, entities: Sequence[str], vectors: Matrix) -> Wide:
        """Return [b, p, V, E] per creation, shape (n, 34 + k), from the entity it speaks of.

        Where that is not known, from the creation's own text: unit rows (n, D).
        """
        rows = np.array([self.index.get(entity, -1) for entity in entities], np.intp)
        found = np.empty((len(rows), self.values.shape[1]))
        known = rows >= 0
        found[known] = self.values[rows[known]]
        if not known.all():
            found[~known] = places(vectors[~known], self.mean) @ self.guess
        return found


class Opinions(NamedTuple):
    """What people thought of entities, each of shape (entities,)."""

    total: Wide
    """Sum of what each reward was above the mean of all and of its own giver."""
    heard: Wide
    """n: rewards."""
    known: Wide
    """p = ln(1 + n) / max ln(1 + n): how well known."""

    def shrunk(self, towards: Wide | float = 0.0) -> Wide:
        """Return b = (total + 5 x towards) / (n + 5): others' opinion, or what was expected where few have one."""
        return np.asarray((self.total + SHRINK * towards) / (self.heard + SHRINK), np.float64)


def opinions(person: Indices, entity: Indices, rewards: Wide, size: int) -> Opinions:
    """Return what is thought of `size` entities, from one person row, entity row and reward per act.

    Some give high marks to everything: a giver's own mean, shrunk like an entity's, is taken out first,
    by turns with b (two-way effects, SWEEPS rounds).
    """
    entity, person = entity.astype(np.intp), person.astype(np.intp)
    n = np.bincount(entity, minlength=size).astype(np.float64)
    given = np.bincount(person)
    surplus = rewards - (rewards.mean() if len(rewards) else 0.0)
    habit = np.zeros(len(given))
    for _ in range(SWEEPS):
        total = np.bincount(entity, weights=surplus - habit[person], minlength=size)
        b = total / (n + SHRINK)
        habit = np.bincount(person, weights=surplus - b[entity]) / (given + SHRINK)
    total = np.bincount(entity, weights=surplus - habit[person], minlength=size)
    log = np.log1p(n)
    return Opinions(
        np.asarray(total, np.float64), n, log / max(float(log.max(initial=0)), SMALLEST)
    )


def centred_factors(factors: Wide) -> Wide:
    """Return V: the factors centred, with RMS row length 1; shape (entities, 32), padded with zeros."""
    v = factors - factors.mean(axis=0)
    v /= max(float(np.sqrt((v**2).sum(axis=1).mean())), SMALLEST)
    return np.hstack([v, np.zeros((len(v), FACTORS - v.shape[1]))])
