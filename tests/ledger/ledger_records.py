"""Small, valid records for the ledger's tests."""

from __future__ import annotations

import datetime as dt

import numpy as np

from ammo_agents.records import (
    BuddyId,
    Claim,
    ClaimBlock,
    Creation,
    CreationId,
    EntityId,
    Fact,
    Feedback,
    FeedbackId,
    Idea,
    IdeaId,
    IdeaKind,
    PersonId,
    Placed,
    Preference,
    Quantity,
    Rejected,
    Series,
    Slate,
    SlateId,
    Slot,
    Source,
    SubspaceId,
    Usage,
    Vector,
    content_id,
    fact_id,
)

DIM = 8
NOW = dt.datetime(2026, 1, 2, 12, 30, tzinfo=dt.UTC)
DAY = dt.date(2021, 5, 19)
COIN = SubspaceId("coin")
YOU = PersonId("you")
SPACE = "hash-words-8"


def unit(number: int, dim: int = DIM) -> Vector:
    """Return a unit row drawn from a seed."""
    row = np.random.default_rng(number).standard_normal(dim)
    return (row / np.linalg.norm(row)).astype(np.float32)


def make_fact(number: int, *, day: dt.date = DAY) -> Fact:
    """Return a fact about one close of Bitcoin."""
    entity = EntityId("coin/bitcoin")
    close = Quantity(name="close", value=100.5 + number, unit="USD", text=f"${100.5 + number}")
    frame = "Bitcoin closed at {close}."
    return Fact(
        id=fact_id(
            entity=entity, predicate="coin.close", date=day, statement=f"{frame} {close.text}"
        ),
        subspace=COIN,
        entity=entity,
        predicate="coin.close",
        frame=frame,
        quantities=(close,),
        date=day,
        source=Source(name="Daily prices", licence="CC0-1.0"),
        direction="up",
        surprise=number / 7,
        series=Series(title="Close", unit="USD", dates=(DAY,), values=(0.1 + number,)),
    )


def make_placed(
    number: int,
    facts: tuple[Fact, ...] = (),
    *,
    dim: int = DIM,
    kind: IdeaKind = IdeaKind.SIGNAL,
    request: str = "",
    day: dt.date = DAY,
) -> Placed:
    """Return a placed card that cites `facts`."""
    claim = Claim(text=f"Card {number} speaks.", facts=tuple(fact.id for fact in facts))
    creation = Creation(
        id=CreationId(content_id("c", number)),
        idea=IdeaId(content_id("i", number)),
        kind=kind,
        buddy=BuddyId("coin/bitcoin"),
        subspace=COIN,
        entity=EntityId("coin/bitcoin"),
        date=day,
        created_at=NOW,
        title=claim,
        hook=claim,
        claims=(claim,),
        blocks=(ClaimBlock(claim=claim),),
        cost=0.25,
        visibility=0.5,
        surprise=1.0,
        model="scripted/model",
        prompt="0123456789ab",
        seed=number,
        usage=Usage(calls=1, tokens_in=10, tokens_out=5, seconds=0.5),
        request=request,
    )
    return Placed(creation=creation, vector=unit(number, dim), space=SPACE)


def make_slate(
    number: int, creations: list[CreationId], *, person: PersonId = YOU, at: dt.datetime = NOW
) -> Slate:
    """Return a slate that shows `creations`."""
    return Slate(
        id=SlateId(content_id("s", [person, number])),
        person=person,
        subspace=COIN,
        at=at,
        slots=tuple(
            Slot(
                creation=creation,
                position=place,
                score=0.5,
                propensity=0.25,
                inclusion=0.5,
                exploring=False,
            )
            for place, creation in enumerate(creations)
        ),
        tau=0.1,
        exploration=0.15,
        seed=number,
        basis="basis",
        preference_version=number,
        candidates=tuple(sorted(creations)),
        scores=tuple(0.5 for _ in creations),
    )


def make_feedback(
    key: str,
    creation: CreationId,
    slate: SlateId | None = None,
    *,
    person: PersonId = YOU,
    act: str = "like",
    note: str = "",
) -> Feedback:
    """Return an act under an idempotency key."""
    return Feedback(
        id=FeedbackId(content_id("b", key)),
        key=key,
        person=person,
        subspace=COIN,
        creation=creation,
        slate=slate,
        act=act,
        reward=1.0,
        weight=1.0,
        at=NOW,
        day=0,
        note=note,
    )


def make_preference(version: int, *, person: PersonId = YOU, size: int = 5) -> Preference:
    """Return a preference with a symmetric L."""
    generator = np.random.default_rng(version)
    half = generator.standard_normal((size, size))
    return Preference(
        person=person,
        subspace=COIN,
        basis="basis",
        version=version,
        day=version // 3,
        q=generator.standard_normal(size),
        precision=half @ half.T + np.eye(size),
        information=generator.standard_normal(size),
    )


def make_rejected(number: int, *, kind: IdeaKind = IdeaKind.SIGNAL, request: str = "") -> Rejected:
    """Return an idea that the gate refused."""
    idea = Idea(
        id=IdeaId(content_id("i", number)),
        kind=kind,
        buddy=BuddyId("coin/bitcoin"),
        subspace=COIN,
        entity=EntityId("coin/bitcoin"),
        date=DAY,
        facts=(make_fact(number),),
        request=request,
    )
    return Rejected(idea=idea, stage="ground", reason="every sentence was flagged", cost=1.0)
