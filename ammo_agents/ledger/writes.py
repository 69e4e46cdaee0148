"""The transactions: what each write checks and which rows it leaves behind."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from ammo_agents.errors import BadInputError, ConflictError, NotFoundError, SpaceMismatchError
from ammo_agents.ledger.codec import body_hash, encode, pack_unit, preference_columns
from ammo_agents.ledger.log import Request, append, stored, tell
from ammo_agents.ports import Receipt
from ammo_agents.records import (
    ChartBlock,
    Claim,
    ClaimBlock,
    Creation,
    DialogueBlock,
    Fact,
    FactId,
    Feedback,
    FeedbackId,
    Matrix,
    Placed,
    Preference,
    Rejected,
    Slate,
    SubspaceId,
    TableBlock,
    Usage,
)

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SPACE, DIM = "ledger.space", "ledger.dim"
"""Stamps of the one space that the ledger's vectors belong to, set by the first of them."""


def publish(
    db: sqlite3.Connection,
    key: str,
    placed: Placed,
    facts: Sequence[Fact],
    fact_vectors: Matrix | None,
) -> Receipt:
    """Write a creation, its vector, its facts and what the indexes must hear, or nothing."""
    creation = placed.creation
    # A repeated run writes the same card at another time, at another price and in a fuller space.
    said = replace(creation, created_at=EPOCH, usage=Usage(), visibility=0.0)
    request = Request(key=key, kind="publish", body=body_hash(_said(said), placed.space))
    if receipt := stored(db, request):
        return receipt
    known = db.execute("SELECT seq FROM creations WHERE id = ?", (creation.id,)).fetchone()
    if known is not None:
        append(db, request, answer=known[0])
        return Receipt(seq=known[0], repeated=True)
    _check_time(creation.created_at)
    _check_space(db, placed.space)
    vector = pack_unit(placed.vector, dim=_dim(db, len(placed.vector)))
    seq = append(db, request)
    _keep_facts(db, seq, facts, fact_vectors)
    db.execute(
        "INSERT INTO creations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            creation.id,
            seq,
            creation.subspace,
            creation.buddy,
            creation.entity,
            creation.kind.value,
            creation.date.toordinal(),
            creation.cost,
            placed.space,
            encode(creation),
            vector,
        ),
    )
    _cite(db, creation)
    for subspace in sorted(set(creation.also) - {creation.subspace}):
        db.execute("INSERT INTO memberships VALUES (?, ?)", (creation.id, subspace))
    tell(db, "creations", "upsert", creation.id)
    return Receipt(seq=seq)


def learn(db: sqlite3.Connection, key: str, facts: Sequence[Fact], vectors: Matrix) -> Receipt:
    """Write facts that are not known yet, with their vectors."""
    request = Request(key=key, kind="learn", body=body_hash([fact.id for fact in facts]))
    if receipt := stored(db, request):
        return receipt
    seq = append(db, request)
    _keep_facts(db, seq, facts, vectors)
    return Receipt(seq=seq)


def reject(db: sqlite3.Connection, key: str, rejected: Rejected, at: dt.datetime) -> Receipt:
    """Write why an idea stayed unpublished."""
    _check_time(at)
    said = replace(rejected, usage=Usage())
    request = Request(key=key, kind="reject", body=body_hash(said))
    if receipt := stored(db, request):
        return receipt
    seq = append(db, request)
    db.execute(
        "INSERT INTO attempts VALUES (?, ?, ?, ?)",
        (seq, at.isoformat(), rejected.idea.subspace, encode(rejected)),
    )
    return Receipt(seq=seq)


def present(db: sqlite3.Connection, key: str, slate: Slate) -> Receipt:
    """Write a slate and what it showed."""
    _check_time(slate.at)
    request = Request(
        key=key,
        kind="present",
        body=body_hash(replace(slate, at=EPOCH)),
        person=slate.person,
    )
    if receipt := stored(db, request):
        return receipt
    known = db.execute(
        "SELECT seq, body FROM events WHERE seq = (SELECT seq FROM slates WHERE id = ?)",
        (slate.id,),
    ).fetchone()
    if known is not None and known[1] == request.body:
        append(db, request, answer=known[0])
        return Receipt(seq=known[0], repeated=True)
    if known is not None:
        raise ConflictError(
            f"slate {slate.id} was presented before, with other cards",
            hint="Give each slate an id of its own.",
        )
    shown = [slot.creation for slot in slate.slots]
    for creation in shown:
        _check_creation(db, creation)
    if len(set(shown)) != len(shown):
        raise BadInputError(
            f"slate {slate.id} shows a creation twice", hint="Each slot holds another creation."
        )
    seq = append(db, request)
    day = slate.at.astimezone(dt.UTC).date().toordinal()
    db.execute(
        "INSERT INTO slates VALUES (?, ?, ?, ?, ?, ?)",
        (slate.id, seq, slate.person, slate.subspace, day, encode(slate)),
    )
    db.executemany(
        "INSERT INTO shown VALUES (?, ?, ?, ?)",
        [(slate.person, creation, slate.id, seq) for creation in shown],
    )
    return Receipt(seq=seq)


def record(db: sqlite3.Connection, key: str, feedback: Feedback, preference: Preference) -> Receipt:
    """Write an act and the preference it leads to."""
    _check_time(feedback.at)
    # The client says these; id, slate, time and day of use are looked up when the request arrives.
    said = (
        feedback.person,
        feedback.subspace,
        feedback.creation,
        feedback.act,
        feedback.reward,
        feedback.weight,
        feedback.note,
        *_said_beyond_a_card(feedback),
    )
    request = Request(key=key, kind="record", body=body_hash(said), person=feedback.person)
    if receipt := stored(db, request):
        return receipt
    if (preference.person, preference.subspace) != (feedback.person, feedback.subspace):
        raise BadInputError(
            f"feedback of {feedback.person}/{feedback.subspace} came with the preference of "
            f"{preference.person}/{preference.subspace}",
            hint="Fold the act into the preference of the person who acted.",
        )
    if db.execute("SELECT 1 FROM feedback WHERE id = ?", (feedback.id,)).fetchone():
        raise ConflictError(
            f"feedback {feedback.id} was recorded before, under another key",
            hint="Make the id from the request's key.",
        )
    _check_about(db, feedback)
    seq = append(db, request)
    db.execute(
        "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            feedback.id,
            seq,
            feedback.person,
            feedback.subspace,
            feedback.creation or None,
            feedback.slate,
            encode(feedback),
        ),
    )
    _keep_preference(db, preference)
    return Receipt(seq=seq)


def undo(db: sqlite3.Connection, key: str, feedback: FeedbackId, preference: Preference) -> Receipt:
    """Mark an act as taken back, and write the preference without it."""
    request = Request(key=key, kind="undo", body=body_hash(feedback), person=preference.person)
    if receipt := stored(db, request):
        return receipt
    row = db.execute(
        "SELECT undone FROM feedback WHERE id = ? AND person = ? AND subspace = ?",
        (feedback, preference.person, preference.subspace),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"no feedback {feedback}", hint="See what you said with: ammo you show")
    if row[0] is not None:
        append(db, request, answer=row[0])
        return Receipt(seq=row[0], repeated=True)
    seq = append(db, request)
    db.execute("UPDATE feedback SET undone = ? WHERE id = ?", (seq, feedback))
    _keep_preference(db, preference)
    return Receipt(seq=seq)


def remember_preference(db: sqlite3.Connection, key: str, preference: Preference) -> Receipt:
    """Write a state that was folded anew."""
    said = (preference.person, preference.subspace, preference.basis, preference.version)
    request = Request(key=key, kind="remember", body=body_hash(said), person=preference.person)
    if receipt := stored(db, request):
        return receipt
    seq = append(db, request)
    _keep_preference(db, preference)
    return Receipt(seq=seq)


def advance(db: sqlite3.Connection, key: str, subspace: SubspaceId, day: dt.date) -> Receipt:
    """Write how far a subspace's world has come."""
    request = Request(key=key, kind="advance", body=body_hash(subspace, day))
    if receipt := stored(db, request):
        return receipt
    seq = append(db, request)
    db.execute(
        "INSERT INTO worlds VALUES (?, ?) ON CONFLICT DO UPDATE SET day = excluded.day",
        (subspace, day.isoformat()),
    )
    return Receipt(seq=seq)


def cited(creation: Creation) -> list[FactId]:
    """Return the ids of every fact a creation stands on, sorted."""
    claims: list[Claim] = [creation.title, creation.hook, *creation.claims]
    found: set[FactId] = set()
    for block in creation.blocks:
        match block:
            case ClaimBlock():
                claims.append(block.claim)
            case DialogueBlock():
                claims.extend(turn.claim for turn in block.turns)
            case TableBlock() | ChartBlock():
                found.update(block.facts)
            case _:
                pass
    for claim in claims:
        found.update(claim.facts)
    return sorted(found)


def _said(creation: Creation) -> object:
    """Return what a creation says; fields that came later count only where they are filled, so old hashes hold."""
    if creation.also and creation.adapter:
        return creation
    plain = json.loads(encode(creation))
    for name in ("also", "adapter"):
        if not plain[name]:
            del plain[name]
    return plain


def _cite(db: sqlite3.Connection, creation: Creation) -> None:
    for fact in cited(creation):
        if db.execute("SELECT 1 FROM facts WHERE id = ?", (fact,)).fetchone() is None:
            raise BadInputError(
                f"creation {creation.id} cites fact {fact}, which nobody knows",
                hint="Publish a creation together with the facts it stands on.",
            )
        db.execute("INSERT INTO cited VALUES (?, ?)", (creation.id, fact))


def _keep_facts(
    db: sqlite3.Connection, seq: int, facts: Sequence[Fact], vectors: Matrix | None
) -> None:
    if vectors is not None and len(vectors) != len(facts):
        raise BadInputError(
            f"{len(facts)} facts came with {len(vectors)} vectors", hint="Give one row per fact."
        )
    for index, fact in enumerate(facts):
        vector = None
        if vectors is not None:
            vector = pack_unit(vectors[index], dim=_dim(db, len(vectors[index])))
        if not _is_news(db, fact.id, vector):
            continue
        db.execute(
            "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET vector = excluded.vector",
            (
                fact.id,
                seq,
                fact.subspace,
                fact.entity,
                fact.predicate,
                fact.date.toordinal(),
                encode(fact),
                vector,
            ),
        )
        if vector is not None:
            tell(db, "knowledge", "upsert", fact.id)


def _is_news(db: sqlite3.Connection, fact: FactId, vector: bytes | None) -> bool:
    """Is the fact unknown, or known so far without the vector that comes now?"""
    row = db.execute("SELECT vector IS NULL FROM facts WHERE id = ?", (fact,)).fetchone()
    return row is None or (bool(row[0]) and vector is not None)


def _keep_preference(db: sqlite3.Connection, preference: Preference) -> None:
    db.execute(
        "INSERT INTO preferences VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (person, subspace) DO UPDATE SET basis = excluded.basis, "
        "version = excluded.version, day = excluded.day, q = excluded.q, "
        "precision = excluded.precision, information = excluded.information",
        preference_columns(preference),
    )
    tell(db, "preferences", "upsert", f"{preference.person}/{preference.subspace}")


def _check_creation(db: sqlite3.Connection, creation: str) -> None:
    if db.execute("SELECT 1 FROM creations WHERE id = ?", (creation,)).fetchone() is None:
        raise NotFoundError(f"no creation {creation}", hint="List them with: ammo feed --all")


def _said_beyond_a_card(feedback: Feedback) -> tuple[object, ...]:
    """Return the subject and the choice set, if there are any: a plain act keeps the hash it always had."""
    subject = feedback.subject
    named = () if subject is None else ((subject.kind, subject.key, subject.text),)
    return (*named, *((feedback.over,) if feedback.over else ()))


def _check_about(db: sqlite3.Connection, feedback: Feedback) -> None:
    """Raise unless the act is about one thing: a creation that exists, or a subject."""
    if feedback.subject is not None:
        if feedback.creation or feedback.slate or feedback.over:
            raise BadInputError(
                f"feedback {feedback.id} is about {feedback.subject.key} and about a card",
                hint="Record two acts.",
            )
        return
    _check_creation(db, feedback.creation)
    for other in feedback.over:
        _check_creation(db, other)
    if feedback.creation in feedback.over:
        raise BadInputError(
            f"{feedback.creation} was chosen over itself", hint="A choice is between cards."
        )
    _check_shown(db, feedback)


def _check_shown(db: sqlite3.Connection, feedback: Feedback) -> None:
    if feedback.slate is None:
        return
    row = db.execute(
        "SELECT 1 FROM shown WHERE person = ? AND creation = ? AND slate = ?",
        (feedback.person, feedback.creation, feedback.slate),
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"slate {feedback.slate} did not show {feedback.creation} to {feedback.person}",
            hint="Answer a card of your own feed: ammo feed",
        )


def _check_time(at: dt.datetime) -> None:
    if at.tzinfo is None:
        raise BadInputError(f"the time {at} has no zone", hint="Times are aware, in UTC.")


def _check_space(db: sqlite3.Connection, space: str) -> None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (SPACE,)).fetchone()
    if row is None:
        db.execute("INSERT INTO meta VALUES (?, ?)", (SPACE, space))
    elif row[0] != space:
        raise SpaceMismatchError(
            f"the ledger's vectors belong to space {row[0]}, this one to {space}",
            hint="Use the embedder it was made with, or place everything anew: ammo reembed",
        )


def _dim(db: sqlite3.Connection, offered: int) -> int:
    """Return D of the ledger's vectors; the first one sets it."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (DIM,)).fetchone()
    if row is not None:
        return int(row[0])
    db.execute("INSERT INTO meta VALUES (?, ?)", (DIM, str(offered)))
    return offered
