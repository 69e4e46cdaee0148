"""What other people teach about a newcomer: tables of entities and a prior over tastes (W3, W12).

A person who is served is never among those who are learned from. Where people were promised it, an entity
fewer than k of them spoke of is placed by its text alone: nothing is shown that fewer than k people caused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents import geometry
from ammo_agents.aipp.circles import LANDMARKS, Circles, Heard, gathered
from ammo_agents.aipp.preference import FIXED, Prior, liking
from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.geometry import FACTORS, SIZE, TABLE, Basis, Indices, Learned, Opinions, Tables
from ammo_agents.ports import Factoriser, Likes
from ammo_agents.records import Matrix, Wide, digest

ENOUGH = 10
"""People from whom on a prior is learned; with fewer the fixed one stands."""
ANONYMOUS = 5
"""k: fewer people are no community; and of a home's own people, fewer give an entity no row of its own."""
GROUPS = 5
"""Parts of the known people for cross-fitting: a person's rows come from the other parts' tables."""
LIKED = 0.75
"""A reward from here on is a like for the factorisation: four stars of five."""
COMPANY = 0.4
"""Score per unit of E·E that a full Like adds where people judge what they were shown (docs/taste.md)."""
BLOCKS = (slice(0, 1), slice(1, 2), slice(2, 3), slice(3, 67), slice(67, SIZE))
"""Coordinates that share a variance: 1, b, p, T, V."""
RIDGE, ALPHA, ITERATIONS = 10.0, 5.0, 10
"""Of the factorisation that V comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One person who may be learned from: a reward in [0, 1] per entity they met, each entity once."""

    person: str
    entities: Indices = field(compare=False)
    """Rows into the community's entities, shape (n,)."""
    rewards: Wide = field(compare=False)
    """Shape (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """What is known from other people, ready to serve somebody new."""

    tables: Tables
    prior: Prior
    people: int
    """How many it was learned from."""
    likelihood: tuple[float, ...] = ()
    """ln p of their rewards before each step of EM; empty = the fixed prior."""
    basis: str = ""
    """Fingerprint of the basis it was learned in: it says nothing in another."""
    circles: Circles | None = field(default=None, compare=False)
    """People of like taste in totals; None = not asked for, or too few."""

    @property
    def fingerprint(self) -> str:
        """Hash over tables and prior: part of the basis every state is folded with."""
        return digest([self.tables.fingerprint, self.prior.fingerprint])[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """What learning needs besides people: the entities, their texts, the frame, and who factorises."""

    entities: Sequence[str]
    vectors: Matrix = field(compare=False)
    """Unit rows of the entities' texts, shape (entities, D)."""
    basis: Basis
    factoriser: Factoriser | None
    """None = V stays 0: one vector of text and population terms, and company."""
    company: bool = True
    """Whether what is liked together is learned."""
    seed: int = 7
    anonymous: int = 1
    """k: people an entity needs to have a row of its own. 1 for a published log; `ANONYMOUS` where the
    people are those of this home, who were promised it."""
    circles: bool = False
    """Whether circles of like taste are gathered, too."""


def learned(known: Sequence[Known], school: School) -> Community | None:
    """Return what these people teach; None for fewer than `ANONYMOUS`, who would not be hidden in it.

    Raises:
        BadInputError: an entity row out of range, or two rewards of one person for one entity.
        VectorError: a reward outside [0, 1].
    """
    people = sorted(known, key=lambda one: one.person)
    for one in people:
        _check(one, len(school.entities))
    if len(people) < ANONYMOUS:
        return None
    tables, (prior, likelihood) = _tables(people, school), _prior(people, school)
    return Community(
        tables=tables,
        prior=prior,
        people=len(people),
        likelihood=likelihood,
        basis=school.basis.fingerprint,
        circles=_circles(people, school, tables, prior) if school.circles else None,
    )


def _prior(people: Sequence[Known], school: School) -> tuple[Prior, tuple[float, ...]]:
    """Return the prior these people teach, and EM's likelihoods; the fixed one for fewer than `ENOUGH`."""
    if len(people) < ENOUGH:
        return replace(FIXED, company=COMPANY), ()
    found = geometry.learn(
        geometry.sums(_cross_fitted(people, school)),
        first=Learned(mean=FIXED.mean, variance=FIXED.variance, noise=FIXED.noise),
        blocks=BLOCKS,
        free=3,
    )
    prior = Prior(
        mean=found.mean,
        variance=found.variance,
        noise=found.noise,
        forgetting=FIXED.forgetting,
        company=COMPANY,
    )
    return prior, found.likelihood


def _circles(
    people: Sequence[Known], school: School, tables: Tables, prior: Prior
) -> Circles | None:
    """Return circles of like taste; k holds for them whoever the people are."""
    k = max(ANONYMOUS, school.anonymous)
    known = tables.of(school.entities, school.vectors)
    phi = geometry.features(school.vectors, school.basis, known)
    counts = np.bincount(_entities(people), minlength=len(school.entities))
    famous = np.argsort(-counts, kind="stable")[:LANDMARKS]
    landmarks = [(school.entities[row], phi[row]) for row in famous.tolist() if counts[row] >= k]
    heard = [
        Heard(phi[one.entities], one.rewards, one.entities[one.rewards >= LIKED]) for one in people
    ]
    return gathered(heard, prior, landmarks, school.entities, k)


def _check(one: Known, size: int) -> None:
    if len(one.entities) != len(one.rewards) or len(set(one.entities.tolist())) < len(one.entities):
        raise BadInputError(
            f"{one.person} has {len(one.entities)} entities and {len(one.rewards)} rewards, or one twice",
            hint="One reward per entity: keep the newest.",
        )
    if len(one.entities) and not 0 <= one.entities.min() <= one.entities.max() < size:
        raise BadInputError(
            f"{one.person} speaks of an entity that is not among the {size}",
            hint="Rows count from 0 in the order of the entities.",
        )
    rewards = geometry.finite(one.rewards, name=f"the rewards of {one.person}")
    if len(rewards) and not 0 <= rewards.min() <= rewards.max() <= 1:
        raise VectorError(
            f"{one.person} has rewards outside [0, 1]", hint="Map ratings to [0, 1] first."
        )


def _cross_fitted(people: Sequence[Known], school: School) -> list[tuple[Wide, Wide]]:
    """Return (X, y) per person, with tables in which their own rewards have no part."""
    found = []
    for group in range(min(GROUPS, len(people))):
        others = [one for place, one in enumerate(people) if place % GROUPS != group]
        values, _ = _values(others, school)
        phi = geometry.features(school.vectors, school.basis, values)
        found += [(phi[one.entities], one.rewards) for one in people[group::GROUPS]]
    return found


def _tables(people: Sequence[Known], school: School) -> Tables:
    """Return the tables that are served: rows for entities enough people spoke of, the map for all others."""
    values, thought = _values(people, school)
    if school.company:
        values = np.hstack([values, geometry.fit_company(_liking(people, school))])
    found = geometry.places(school.vectors, school.basis.mean)
    rated = thought.heard > 0
    told = values[rated]
    told[:, 0] = thought.shrunk()[rated]  # not what its own text led to expect
    guess = geometry.fit_map(found[rated], told, thought.heard[rated])
    shown = np.flatnonzero(thought.heard >= school.anonymous)
    return Tables(
        index={school.entities[row]: place for place, row in enumerate(shown.tolist())},
        values=values[shown],
        guess=guess,
        mean=school.basis.mean,
    )


def _values(people: Sequence[Known], school: School) -> tuple[Wide, Opinions]:
    """Return [b, p, V] per entity, shape (entities, 34), and what b comes from."""
    size = len(school.entities)
    rewards = np.concatenate([one.rewards for one in people])
    thought = geometry.opinions(_givers(people), _entities(people), rewards, size)
    values = np.zeros((size, TABLE))
    values[:, 0], values[:, 1] = thought.shrunk(_expected(thought, school)), thought.known
    likes = _likes(people, size)
    if school.factoriser is not None and len(likes.person):
        factors = school.factoriser.factorise(
            likes,
            factors=FACTORS,
            regularisation=RIDGE,
            alpha=ALPHA,
            iterations=ITERATIONS,
            seed=school.seed,
        )
        values[:, 2:] = geometry.centred_factors(factors)
    return values, thought


def _expected(thought: Opinions, school: School) -> Wide:
    """Return what people would think of each entity by its text alone, shape (entities,)."""
    rated = thought.heard > 0
    found = geometry.places(school.vectors, school.basis.mean)
    mean = (thought.total[rated] / thought.heard[rated])[:, None]
    return (found @ geometry.fit_map(found[rated], mean, thought.heard[rated]))[:, 0]


def _likes(people: Sequence[Known], size: int) -> Likes:
    person, entity = _givers(people), _entities(people)
    liked = np.concatenate([one.rewards for one in people]) >= LIKED
    return Likes(
        people=len(people),
        entities=size,
        person=person[liked],
        entity=entity[liked],
        weight=np.ones(int(liked.sum())),
    )


def _liking(people: Sequence[Known], school: School) -> Wide:
    """Return how far each reward is above indifference, shape (people, entities), in [0, 1]."""
    graded = np.zeros((len(people), len(school.entities)))
    for row, one in zip(graded, people, strict=True):
        row[one.entities] = [liking(reward) for reward in one.rewards.tolist()]
    return graded


def _entities(people: Sequence[Known]) -> Indices:
    return np.concatenate([one.entities for one in people]).astype(np.intp)


def _givers(people: Sequence[Known]) -> Indices:
    rows = [np.full(len(one.entities), place) for place, one in enumerate(people)]
    return np.concatenate(rows).astype(np.intp)
