"""Fills few attention slots: scores, a stated share of exploration, one card per buddy, exact chances (W11, W13, W14)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ammo_agents import geometry
from ammo_agents.errors import BadInputError
from ammo_agents.geometry import TEXT_BLOCK, Groups, Indices
from ammo_agents.records import (
    BuddyId,
    CreationId,
    Part,
    Preference,
    Slate,
    SlateId,
    Slot,
    Wide,
    content_id,
)

CONTENDERS = 384
"""Of more candidates than this, the best of each buddy and the best of all are in the draw."""
NEWCOMER_CONTENDERS = 200
"""Candidates among which a first slate, drawn for variety, is chosen."""
NEWCOMER_TAU = 0.05
"""Temperature of that draw."""
KAPPA = 0.5
"""Weight of relevance against variety in that draw."""
SIMULATED = 2_000
"""Slates simulated for the inclusion probabilities of a draw that has no formula."""
FLAT = 1e-12
"""Scores that differ by less say nothing: nobody is known yet."""

Explain = Callable[[Wide], tuple[Part, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """C: every creation that could be shown to this person now, in id order."""

    ids: tuple[CreationId, ...]
    """Strictly ascending: ties go to the smaller content hash."""
    rows: Wide = field(compare=False)
    """φ per creation, shape (C, d): `geometry.features`."""
    buddies: tuple[BuddyId, ...]
    seats: Groups | None = field(default=None, compare=False, repr=False)
    """At most one card per seat (`user.seats`), shape (C,), integers; None = at most one per buddy."""
    groups: Groups = field(init=False, compare=False, repr=False)
    """The buddies, or the seats where those are given, as integers from 0, shape (C,)."""

    def __post_init__(self) -> None:
        if not len(self.ids) == len(self.rows) == len(self.buddies):
            raise BadInputError(
                f"{len(self.ids)} ids, {len(self.rows)} rows, {len(self.buddies)} buddies",
                hint="Each candidate has one of each.",
            )
        if any(a >= b for a, b in zip(self.ids, self.ids[1:], strict=False)):
            raise BadInputError(
                "candidates are not in id order", hint="Sort them by id, once each."
            )
        numbers: dict[object, int] = {}
        named = self.buddies if self.seats is None else self.seats.tolist()
        groups = [numbers.setdefault(name, len(numbers)) for name in named]
        object.__setattr__(self, "groups", np.array(groups, np.intp))

    def only(self, places: Indices) -> Candidates:
        """Return the candidates at these indices (in any order)."""
        places = np.sort(places)
        return Candidates(
            ids=tuple(self.ids[i] for i in places),
            rows=self.rows[places],
            buddies=tuple(self.buddies[i] for i in places),
            seats=None if self.seats is None else self.seats[places],
        )

    def without(self, ids: set[CreationId]) -> Candidates:
        """Return the candidates that are not in `ids`: what a person has not seen."""
        kept = [i for i, id in enumerate(self.ids) if id not in ids]
        return self if len(kept) == len(self.ids) else self.only(np.array(kept, np.intp))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """How one slate is to be chosen."""

    at: dt.datetime
    seed: int
    """The draw follows from it: the same seed, candidates and preference give the same slate."""
    slots: int = 8
    """N."""
    exploration: float = 0.15
    """ε, in [0, 1): the expected share of cards a greedy buddy would not show."""


@dataclass(frozen=True, slots=True)
class _Choice:
    pool: Indices
    """Candidates in the draw, ascending."""
    scores: Wide
    """φ·q over the pool."""
    cards: Indices
    """Chosen, in order, as indices into the pool."""
    chances: Wide
    pi: Wide
    """π of the cards chosen and of the greedy ones; 0 elsewhere in the pool."""
    tau: float
    greedy: Indices
    """The greedy slate, as indices into the pool."""


def choose(
    candidates: Candidates,
    preference: Preference,
    sitting: Sitting,
    *,
    explain: Explain | None = None,
) -> Slate:
    """Return the slate: at most N cards, at most one per Goal Buddy, with the chances of the draw.

    Somebody known: Gumbel noise on the scores at the τ that gives ε; π and p_k are exact. Nobody
    known (all scores equal): drawn card by card for variety; p_k is exact, π counted over 2,000
    simulated slates. `explain` gives the parts of a row's score for the cards that are shown.

    Raises:
        BadInputError: N or ε out of range.
        VectorError: a score is not finite.
    """
    if sitting.slots < 0 or not 0 <= sitting.exploration < 1:
        raise BadInputError(
            f"{sitting.slots} slots and a share of {sitting.exploration} cannot be chosen for",
            hint="N is at least 0, the share of exploration in [0, 1).",
        )
    scores = geometry.finite(geometry.scores(candidates.rows, preference.q), name="the scores")
    n = min(sitting.slots, len(candidates.ids))
    rng = np.random.default_rng(sitting.seed)
    if n == 0:
        nothing = np.empty(0, np.intp)
        made = _Choice(nothing, scores[:0], nothing, scores[:0], scores[:0], 0.0, nothing)
    elif float(np.ptp(scores)) <= FLAT and len(scores) > 1:
        made = _varied(candidates, scores, n, rng)
    else:
        made = _noisy(candidates, scores, n, rng, sitting.exploration)
    return _slate(candidates, preference, sitting, made, explain)


def foreseen(
    candidates: Candidates, preference: Preference, sitting: Sitting
) -> tuple[CreationId, ...]:
    """Return the cards that `choose` would choose, in order, without their chances: a preview.

    Raises:
        BadInputError: N or ε out of range.
        VectorError: a score is not finite.
    """
    scores: Wide = geometry.finite(
        geometry.scores(candidates.rows, preference.q), name="the scores"
    )
    n = min(sitting.slots, len(candidates.ids))
    if n <= 0 or float(np.ptp(scores)) <= FLAT:
        return tuple(slot.creation for slot in choose(candidates, preference, sitting).slots)
    rng = np.random.default_rng(sitting.seed)
    made = _drawn(candidates, scores, n, rng, sitting.exploration)
    return tuple(candidates.ids[made.pool[card]] for card in made.cards.tolist())


def is_newcomer(slate: Slate) -> bool:
    """Return whether the slate was drawn for variety because nothing was known about the person."""
    return len(slate.scores) > 1 and max(slate.scores) - min(slate.scores) <= FLAT


def visibility(
    row: Wide,
    candidates: Candidates,
    people: Sequence[Preference],
    *,
    n: int,
    tau: float,
    buddy: BuddyId | None = None,
) -> float:
    """Return P(e ∈ S) of a creation that is not published yet, over a sample of people, in [0, 1].

    `row` is its φ, shape (d,). The closed form is used: a plan, never a reported figure. With
    `buddy`, it competes inside its buddy's own creations for that buddy's one place. Where a person
    scores everything alike, every buddy has the same chance.

    Raises:
        VectorError: a score is not finite.
    """
    if not people or n <= 0:
        return 0.0
    q = np.stack([person.q for person in people], axis=1)  # (d, M)
    own_score = (row @ q)[:, None]
    scores = np.hstack([(candidates.rows @ q).T, own_score])  # (M, C + 1)
    scores = geometry.finite(scores, name="the scores")
    fresh = int(candidates.groups.max(initial=-1)) + 1
    own = fresh if buddy is None else _group_of(candidates, buddy, fresh)
    groups = np.append(candidates.groups, own)
    if tau > 0:
        pi = geometry.inclusion_closed(scores, n, tau, groups=groups)
        return float(pi[:, -1].mean())
    return float(np.mean([_greedy_chance(s, n, groups) for s in scores]))


def _greedy_chance(scores: Wide, n: int, groups: Groups) -> float:
    if float(np.ptp(scores)) <= FLAT:
        kinds, sizes = np.unique(groups, return_counts=True)
        own = float(sizes[kinds == groups[-1]][0])
        return min(1.0, n / len(kinds)) / own
    return float(len(scores) - 1 in geometry.first_of_groups(scores, n, groups))


def _group_of(candidates: Candidates, buddy: BuddyId, fresh: int) -> int:
    return (
        int(candidates.groups[candidates.buddies.index(buddy)])
        if buddy in candidates.buddies
        else fresh
    )


@dataclass(frozen=True, slots=True)
class _Draw:
    pool: Indices
    inside: Wide
    """φ·q over the pool."""
    groups: Groups
    n: int
    tau: float
    cards: Indices
    """Chosen, in order, as indices into the pool."""


def _noisy(
    candidates: Candidates, scores: Wide, n: int, rng: np.random.Generator, epsilon: float
) -> _Choice:
    made = _drawn(candidates, scores, n, rng, epsilon)
    inside, groups, tau = made.inside, made.groups, made.tau
    greedy = geometry.first_of_groups(inside, made.n, groups)
    pi = np.zeros(len(made.pool))
    if tau > 0:
        looked_at = np.union1d(made.cards, greedy)  # nobody asks for the others' chances
        pi[looked_at] = geometry.inclusion(inside, made.n, tau, groups=groups, of=looked_at)
    else:
        pi[greedy] = 1.0
    chances = geometry.propensities(inside, made.cards, tau, groups=groups)
    return _Choice(made.pool, inside, made.cards, chances, pi, tau, greedy)


def _drawn(
    candidates: Candidates, scores: Wide, n: int, rng: np.random.Generator, epsilon: float
) -> _Draw:
    noise = rng.gumbel(
        size=len(scores)
    )  # for every candidate: the draw does not depend on the pool
    pool = _contenders(scores, candidates.groups, CONTENDERS)
    inside, groups = scores[pool], candidates.groups[pool]
    _, groups = np.unique(groups, return_inverse=True)
    n = min(n, int(groups.max()) + 1)
    tau = geometry.tau_for(inside, n, epsilon, groups=groups)
    keys = inside / tau + noise[pool] if tau > 0 else inside
    return _Draw(pool, inside, groups, n, tau, geometry.first_of_groups(keys, n, groups))


def _varied(candidates: Candidates, scores: Wide, n: int, rng: np.random.Generator) -> _Choice:
    pool = np.sort(rng.permutation(len(scores))[:NEWCOMER_CONTENDERS])
    _, groups = np.unique(candidates.groups[pool], return_inverse=True)
    text = candidates.rows[pool][:, TEXT_BLOCK]
    likeness = text @ text.T
    push = (1.0 - KAPPA) / NEWCOMER_TAU * likeness  # the scores are all alike and pull nowhere
    drawn = geometry.draw_varied(
        np.zeros(len(pool)), push, n, rng, groups=groups, times=SIMULATED + 1
    )
    # The first slate is shown, the others are the simulation; counting all keeps every shown π above 0.
    pi = np.bincount(drawn.cards.ravel(), minlength=len(pool)) / (SIMULATED + 1)
    cards = drawn.cards[0]
    return _Choice(pool, scores[pool], cards, drawn.chances[0], pi, NEWCOMER_TAU, cards)


def _contenders(scores: Wide, groups: Groups, most: int) -> Indices:
    """Return who is in the draw: all, or the best of each buddy and the best of all."""
    if len(scores) <= most:
        return np.arange(len(scores))
    best = np.full(int(groups.max()) + 1, -np.inf)
    np.maximum.at(best, groups, scores)
    leaders = np.flatnonzero(scores == best[groups])
    return np.union1d(geometry.top_k(scores, most), leaders)


def _slate(
    candidates: Candidates,
    preference: Preference,
    sitting: Sitting,
    made: _Choice,
    explain: Explain | None,
) -> Slate:
    greedy = set(made.greedy.tolist())
    ids = [candidates.ids[i] for i in made.pool]
    slots = tuple(
        Slot(
            creation=ids[card],
            position=k,
            score=float(made.scores[card]),
            propensity=min(1.0, float(made.chances[k])),
            inclusion=min(1.0, float(made.pi[card])),
            exploring=card not in greedy,
            parts=() if explain is None else explain(candidates.rows[made.pool[card]]),
        )
        for k, card in enumerate(made.cards.tolist())
    )
    shown = {slot.creation for slot in slots}
    share = float(made.pi[made.greedy].mean()) if len(made.greedy) else 1.0
    named = [preference.person, preference.subspace, preference.version, preference.basis]
    return Slate(
        id=SlateId(content_id("s", [*named, sitting.at, sitting.seed, ids, sorted(shown)])),
        person=preference.person,
        subspace=preference.subspace,
        at=sitting.at,
        slots=slots,
        tau=made.tau,
        exploration=max(0.0, 1.0 - share) if math.isfinite(share) else 0.0,
        seed=sitting.seed,
        basis=preference.basis,
        preference_version=preference.version,
        candidates=tuple(ids),
        scores=tuple(made.scores.tolist()),
        displaced=tuple(ids[i] for i in made.greedy.tolist() if ids[i] not in shown),
    )
