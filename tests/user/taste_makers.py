"""Small worlds for the tests of the User Buddy."""

from __future__ import annotations

import datetime as dt

import numpy as np

from ammo_agents import geometry
from ammo_agents.aipp.feedback import Shown, act_named, feedback
from ammo_agents.aipp.preference import Event, begin, fold
from ammo_agents.records import (
    BuddyId,
    Claim,
    Creation,
    CreationId,
    EntityId,
    Fact,
    FactId,
    IdeaId,
    IdeaKind,
    Matrix,
    PersonId,
    Preference,
    SlateId,
    Source,
    SubspaceId,
)
from ammo_agents.user.rank import Candidates, Sitting

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
YOU, COIN = PersonId("you"), SubspaceId("coin")


def vectors(n: int, *, buddies: int = 6, dim: int = 24, seed: int = 0) -> Matrix:
    """Return `n` unit rows in clusters, shape (n, dim)."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(buddies, dim))
    return geometry.unit_rows(
        centres[np.arange(n) % buddies] + 0.6 * rng.normal(size=(n, dim)) + 1.0
    )


def candidates(n: int, *, buddies: int = 6, seed: int = 0) -> Candidates:
    """`n` creations in clusters, one cluster a buddy."""
    rows = vectors(n, buddies=buddies, seed=seed)
    phi = geometry.features(rows, geometry.fit_basis(rows))
    return Candidates(
        ids=tuple(CreationId(f"c_{i:06d}") for i in range(n)),
        rows=phi,
        buddies=tuple(BuddyId(f"coin/b{i % buddies}") for i in range(n)),
    )


def newcomer() -> Preference:
    """Return the preference of somebody who has said nothing."""
    return begin(YOU, COIN, basis="basis")


def said(pool: Candidates, place: int, act: str = "like", *, day: int = 0, key: str = "") -> Event:
    """Return one act on the candidate at `place`."""
    shown = Shown(person=YOU, subspace=COIN, creation=pool.ids[place], slate=SlateId("s_one"))
    record = feedback(act_named(act), shown, key=key or f"{act}/{place}", at=NOW, day=day)
    return Event(
        feedback=record,
        row=pool.rows[place],
        title=f"title {place}",
        entity=pool.buddies[place],
    )


def taught(pool: Candidates, *acts: tuple[int, str]) -> tuple[Preference, list[Event]]:
    """Return a preference folded from acts, and the acts."""
    events = [said(pool, place, act) for place, act in acts]
    return fold(newcomer(), events), events


def sitting(*, slots: int = 5, exploration: float = 0.15, seed: int = 1) -> Sitting:
    """Return how to choose a slate."""
    return Sitting(at=NOW, seed=seed, slots=slots, exploration=exploration)


def creation(id: CreationId, buddy: BuddyId, title: str) -> Creation:
    """Return a creation with one sentence."""
    claim = Claim(text=title, facts=(FactId("f_one"),))
    return Creation(
        id=id,
        idea=IdeaId("i_one"),
        kind=IdeaKind.SIGNAL,
        buddy=buddy,
        subspace=COIN,
        entity=EntityId(buddy),
        date=dt.date(2020, 1, 1),
        created_at=NOW,
        title=claim,
        hook=claim,
        claims=(claim,),
        blocks=(),
        cost=0.0,
        visibility=0.1,
        surprise=1.0,
        model="realiser",
        prompt="",
        seed=0,
    )


def creations_of(pool: Candidates) -> dict[CreationId, Creation]:
    """Return a creation for each candidate."""
    return {
        id: creation(id, buddy, f"A tale of number {place}")
        for place, (id, buddy) in enumerate(zip(pool.ids, pool.buddies, strict=True))
    }


def fact(place: int | str, frame: str, *, entity: str = "coin/bitcoin") -> Fact:
    """Return a fact whose statement is `frame`."""
    return Fact(
        id=FactId(f"f_{place}"),
        subspace=COIN,
        entity=EntityId(entity),
        predicate="coin.close",
        frame=frame,
        quantities=(),
        date=dt.date(2020, 1, 1),
        source=Source(name="a table"),
    )
