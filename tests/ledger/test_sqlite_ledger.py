"""What the ledger promises to the rest of AMMO."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ledger_records import (
    COIN,
    DAY,
    DIM,
    NOW,
    YOU,
    make_fact,
    make_feedback,
    make_placed,
    make_preference,
    make_rejected,
    make_slate,
    unit,
)

from ammo_agents.errors import (
    BadInputError,
    BudgetError,
    ConflictError,
    DiskFullError,
    NotFoundError,
    RefusedError,
    SpaceMismatchError,
    VectorError,
)
from ammo_agents.ledger import SqliteLedger
from ammo_agents.ports import BudgetLimits, Ledger, Receipt, Spent
from ammo_agents.records import CreationId, FactId, FeedbackId, PersonId, SlateId, Subject, Usage


def rows(*numbers: int) -> Any:
    return np.stack([unit(number) for number in numbers])


async def publish(ledger: Ledger, number: int, **changes: Any) -> CreationId:
    fact = make_fact(number)
    placed = make_placed(number, (fact,), **changes)
    await ledger.publish(f"p{number}", placed, [fact], rows(number + 100))
    return placed.creation.id


async def test_a_published_creation_is_read_back_equal_with_its_vector_and_facts(
    ledger: SqliteLedger,
) -> None:
    fact, placed = make_fact(1), make_placed(1, (make_fact(1),))
    receipt = await ledger.publish("k", placed, [fact], rows(7))
    assert receipt == Receipt(seq=1)
    assert await ledger.creation(placed.creation.id) == placed.creation
    assert await ledger.fact(fact.id) == fact
    ids, matrix = await ledger.vectors()
    assert ids == [placed.creation.id]
    assert matrix.tobytes() == placed.vector.tobytes()
    assert (await ledger.fact_vectors(COIN))[1].tobytes() == unit(7).tobytes()


async def test_the_same_key_and_body_give_the_stored_receipt_and_change_nothing(
    ledger: SqliteLedger,
) -> None:
    placed = make_placed(1)
    first = await ledger.publish("k", placed, [])
    before = await ledger.canonical_hash()
    assert await ledger.publish("k", placed, []) == Receipt(seq=first.seq, repeated=True)
    assert await ledger.canonical_hash() == before


async def test_the_same_key_with_another_body_is_a_conflict(ledger: SqliteLedger) -> None:
    await ledger.publish("k", make_placed(1), [])
    with pytest.raises(ConflictError, match="'k'"):
        await ledger.publish("k", make_placed(2), [])
    with pytest.raises(ConflictError):
        await ledger.advance("k", COIN, DAY)
    assert (await ledger.counts())["creations"] == 1


async def test_a_retry_at_another_time_is_the_same_request(ledger: SqliteLedger) -> None:
    card = await publish(ledger, 1)
    await ledger.present("s1", make_slate(1, [card]))
    await ledger.present("s2", make_slate(2, [card]))
    first = make_feedback("f", card, make_slate(1, [card]).id)
    receipt = await ledger.record("f", first, make_preference(1))
    late = make_feedback("f", card, make_slate(2, [card]).id)
    again = await ledger.record("f", late, make_preference(2))
    assert again == Receipt(seq=receipt.seq, repeated=True)
    kept = await ledger.preference(YOU, COIN)
    assert kept is not None
    assert kept.version == 1


async def test_one_text_under_two_keys_is_one_creation(ledger: SqliteLedger) -> None:
    first = await ledger.publish("a", make_placed(1), [])
    assert await ledger.publish("b", make_placed(1), []) == Receipt(seq=first.seq, repeated=True)
    assert (await ledger.counts())["creations"] == 1


async def test_a_creation_that_cites_an_unknown_fact_leaves_no_trace(ledger: SqliteLedger) -> None:
    before = await ledger.canonical_hash()
    with pytest.raises(BadInputError, match="cites fact f_"):
        await ledger.publish("k", make_placed(1, (make_fact(1),)), [])
    assert await ledger.canonical_hash() == before
    await ledger.learn("l", [make_fact(1)], rows(1))
    await ledger.publish("k", make_placed(1, (make_fact(1),)), [])


@pytest.mark.parametrize("fault", ["nan", "zero", "long", "short"])
async def test_a_vector_that_is_no_unit_row_of_the_space_is_refused(
    ledger: SqliteLedger, fault: str
) -> None:
    await publish(ledger, 1)
    bad = {
        "nan": np.full(DIM, np.nan, np.float32),
        "zero": np.zeros(DIM, np.float32),
        "long": unit(1, DIM + 1),
        "short": unit(1) * np.float32(0.9),
    }[fault]
    placed = make_placed(2)
    object.__setattr__(placed, "vector", bad)
    with pytest.raises(VectorError):
        await ledger.publish("bad", placed, [])
    assert (await ledger.counts())["events"] == 1


async def test_the_vector_of_another_space_is_refused(ledger: SqliteLedger) -> None:
    await publish(ledger, 1)
    placed = make_placed(2)
    object.__setattr__(placed, "space", "another")
    with pytest.raises(SpaceMismatchError, match="hash-words-8"):
        await ledger.publish("bad", placed, [])


async def test_numbers_that_are_not_finite_are_refused(ledger: SqliteLedger) -> None:
    placed = make_placed(1)
    object.__setattr__(placed.creation, "surprise", float("nan"))
    with pytest.raises(BadInputError):
        await ledger.publish("k", placed, [])
    lone = make_feedback("f", placed.creation.id, note="\ud800")
    with pytest.raises(BadInputError):
        await ledger.record("f", lone, make_preference(1))


@pytest.mark.parametrize("key", ["", "x" * 513, "a\x00b", "a\nb"])
async def test_a_key_that_cannot_be_printed_is_refused(ledger: SqliteLedger, key: str) -> None:
    with pytest.raises(BadInputError, match="key"):
        await ledger.advance(key, COIN, DAY)


async def test_a_unique_prefix_of_four_letters_names_a_creation(ledger: SqliteLedger) -> None:
    card = await publish(ledger, 1)
    assert (await ledger.creation(CreationId(card[:6]))).id == card
    assert (await ledger.creation(CreationId(card[2:6]))).id == card
    with pytest.raises(NotFoundError):
        await ledger.creation(CreationId(card[:5]))
    with pytest.raises(NotFoundError):
        await ledger.creation(CreationId("c_%"))
    fact = make_fact(1).id
    assert (await ledger.fact(FactId(fact[:7]))).id == fact


async def test_creations_come_newest_first_and_filtered(ledger: SqliteLedger) -> None:
    old = await publish(ledger, 1, day=DAY - dt.timedelta(days=9))
    new = await publish(ledger, 2)
    assert [c.id for c in await ledger.creations()] == [new, old]
    assert [c.id for c in await ledger.creations(since=DAY)] == [new]
    assert [c.id for c in await ledger.creations(limit=1)] == [new]
    assert await ledger.creations(buddy=(await ledger.creation(new)).buddy, limit=0) == []
    assert (await ledger.vectors(since=DAY))[0] == [new]
    ids, matrix = await ledger.vectors(since=DAY + dt.timedelta(days=1))
    assert ids == []
    assert matrix.shape == (0, DIM)


async def test_facts_come_in_the_order_asked_or_newest_first(ledger: SqliteLedger) -> None:
    facts = [make_fact(number, day=DAY + dt.timedelta(days=number)) for number in range(3)]
    await ledger.learn("l", facts, rows(0, 1, 2))
    ids = [facts[1].id, facts[0].id]
    assert [fact.id for fact in await ledger.facts(ids=ids)] == ids
    newest = await ledger.facts(subspace=COIN, limit=2)
    assert [fact.id for fact in newest] == [facts[2].id, facts[1].id]
    with pytest.raises(NotFoundError):
        await ledger.facts(ids=[FactId("f_nobody")])


async def test_a_fact_gets_the_vector_that_it_first_came_without(ledger: SqliteLedger) -> None:
    fact = make_fact(1)
    await ledger.publish("k", make_placed(1, (fact,)), [fact])
    assert await ledger.index_rows("knowledge") == []
    await ledger.learn("l", [fact], rows(1))
    await ledger.learn("m", [fact, make_fact(2)], rows(2, 3))
    assert (await ledger.fact_vectors(COIN))[0] == sorted([fact.id, make_fact(2).id])
    row = (await ledger.index_rows("knowledge", [fact.id]))[0]
    assert row.vector.tobytes() == unit(1).tobytes()
    assert set(row.tags) == {"subspace", "entity", "predicate", "day"}


async def test_a_slate_that_shows_nothing_real_is_refused(ledger: SqliteLedger) -> None:
    with pytest.raises(NotFoundError):
        await ledger.present("s", make_slate(1, [CreationId("c_nobody")]))
    card = await publish(ledger, 1)
    with pytest.raises(BadInputError):
        await ledger.present("s", make_slate(1, [card, card]))
    assert (await ledger.counts())["slates"] == 0


async def test_what_was_shown_is_known(ledger: SqliteLedger) -> None:
    one, two = await publish(ledger, 1), await publish(ledger, 2)
    first, second = make_slate(1, [one]), make_slate(2, [one, two], at=NOW + dt.timedelta(days=1))
    await ledger.present("s1", first)
    await ledger.present("s2", second)
    assert await ledger.slate(first.id) == first
    assert await ledger.slates(YOU) == [second, first]
    assert await ledger.seen(YOU, COIN) == {one, two}
    assert await ledger.shown_in(YOU, one) == second.id
    assert await ledger.presented_days(YOU) == 2
    assert await ledger.seen(PersonId("eve"), COIN) == set()
    assert await ledger.shown_in(PersonId("eve"), one) is None


async def test_feedback_on_a_slate_of_somebody_else_is_as_unknown(ledger: SqliteLedger) -> None:
    card = await publish(ledger, 1)
    slate = make_slate(1, [card])
    await ledger.present("s", slate)
    eve = PersonId("eve")
    for foreign in (slate.id, SlateId("s_nobody")):
        act = make_feedback("f", card, foreign, person=eve)
        with pytest.raises(NotFoundError):
            await ledger.record("f", act, make_preference(1, person=eve))
    with pytest.raises(BadInputError):
        await ledger.record("f", make_feedback("f", card), make_preference(1, person=eve))


async def test_an_act_taken_back_stays_in_the_log_but_not_in_the_taste(
    ledger: SqliteLedger,
) -> None:
    card = await publish(ledger, 1)
    like, save = make_feedback("f1", card), make_feedback("f2", card, act="save")
    await ledger.record("f1", like, make_preference(1))
    await ledger.record("f2", save, make_preference(2))
    gone = await ledger.undo("u", like.id, make_preference(3))
    assert await ledger.feedback(YOU) == [save]
    assert await ledger.undo("u", like.id, make_preference(3)) == Receipt(
        seq=gone.seq, repeated=True
    )
    assert (await ledger.undo("v", like.id, make_preference(4))).repeated
    with pytest.raises(NotFoundError):
        await ledger.undo("w", save.id, make_preference(5, person=PersonId("eve")))
    with pytest.raises(NotFoundError):
        await ledger.undo("w", FeedbackId("b_nobody"), make_preference(5))


async def test_an_act_can_be_about_a_topic_and_a_choice_keeps_what_it_was_over(
    ledger: SqliteLedger,
) -> None:
    one, two = await publish(ledger, 1), await publish(ledger, 2)
    topic = Subject(
        kind="topic",
        name="price",
        text="price talk",
        space="s",
        place=(0.6, float(np.float32(0.8))),
    )
    wish = replace(make_feedback("f1", CreationId("")), act="less", subject=topic)
    choice = replace(make_feedback("f2", one), act="choose", over=(two,))
    await ledger.record("f1", wish, make_preference(1))
    await ledger.record("f2", choice, make_preference(2))
    assert await ledger.feedback(YOU) == [wish, choice]
    assert (await ledger.record("f1", wish, make_preference(1))).repeated
    with pytest.raises(ConflictError):
        await ledger.record("f2", replace(choice, over=(one,)), make_preference(2))
    await ledger.undo("u", wish.id, make_preference(3))
    assert await ledger.feedback(YOU) == [choice]
    for wrong in (
        replace(make_feedback("g", one), subject=topic),
        replace(make_feedback("g", one), over=(one,)),
    ):
        with pytest.raises(BadInputError):
            await ledger.record("g", wrong, make_preference(4))
    with pytest.raises(NotFoundError):
        await ledger.record(
            "g", replace(make_feedback("g", one), over=(CreationId("c_zz"),)), make_preference(4)
        )
    assert await ledger.forget(YOU)
    assert await ledger.feedback(YOU) == []


async def test_a_preference_keeps_every_bit(ledger: SqliteLedger) -> None:
    want = make_preference(4, size=99)
    await ledger.remember_preference("k", want)
    kept = await ledger.preference(YOU, COIN)
    assert kept == want
    for name in ("q", "precision", "information"):
        assert getattr(kept, name).tobytes() == getattr(want, name).tobytes()
    row = (await ledger.index_rows("preferences"))[0]
    assert (row.id, row.tags) == (
        "you/coin",
        {"person": "you", "subspace": "coin", "version": 4},
    )
    np.testing.assert_allclose(row.vector, want.q / np.linalg.norm(want.q), rtol=1e-6)
    assert row.vector.dtype == np.float32


async def test_attempts_keep_why(ledger: SqliteLedger) -> None:
    await ledger.reject("r1", make_rejected(1), NOW)
    await ledger.reject("r2", make_rejected(2), NOW)
    newest, oldest = await ledger.attempts()
    assert (newest.seq, oldest.seq) == (2, 1)
    assert (newest.stage, newest.reason, newest.at) == ("ground", "every sentence was flagged", NOW)


async def test_the_outbox_tells_every_change_in_order(ledger: SqliteLedger) -> None:
    card = await publish(ledger, 1)
    await ledger.record("f", make_feedback("f", card), make_preference(1))
    rows = await ledger.outbox(0)
    assert [(row.collection, row.op, row.id) for row in rows] == [
        ("knowledge", "upsert", make_fact(1).id),
        ("creations", "upsert", card),
        ("preferences", "upsert", "you/coin"),
    ]
    assert await ledger.outbox(rows[1].seq) == [rows[2]]
    assert await ledger.projected_seq("chroma") == 0
    await ledger.projected("chroma", rows[2].seq)
    assert await ledger.projected_seq("chroma") == rows[2].seq
    tags = (await ledger.index_rows("creations", [card, "c_nobody"]))[0].tags
    assert tags == {
        "subspace": "coin",
        "buddy": "coin/bitcoin",
        "entity": "coin/bitcoin",
        "kind": "signal",
        "day": DAY.toordinal(),
        "cost": 0.25,
    }


async def test_stamps_days_and_blobs_are_kept(ledger: SqliteLedger) -> None:
    await ledger.set_meta("space", "a")
    await ledger.set_meta("space", "b")
    assert await ledger.meta("space") == "b"
    assert await ledger.meta("nothing") is None
    assert await ledger.day(COIN) is None
    await ledger.advance("d1", COIN, DAY)
    assert await ledger.day(COIN) == DAY
    await ledger.save_blob("basis", b"\x00\x01")
    await ledger.save_blob("basis", b"\x00\x01")
    assert await ledger.blob("basis") == b"\x00\x01"
    with pytest.raises(ConflictError):
        await ledger.save_blob("basis", b"\x02")


async def test_an_effect_happens_once_even_when_asked_for_together(ledger: SqliteLedger) -> None:
    calls = []

    async def make() -> dict[str, object]:
        calls.append(1)
        await asyncio.sleep(0)
        return {"text": "hello", "n": [1, 2.5]}

    answers = await asyncio.gather(*(ledger.effect("k", make) for _ in range(5)))
    assert answers == [{"text": "hello", "n": [1, 2.5]}] * 5
    assert len(calls) == 1


async def test_thirty_two_spenders_of_one_budget_get_exactly_its_limit(
    ledger: SqliteLedger,
) -> None:
    limits = BudgetLimits(tokens=1000)
    worst = Usage(tokens_in=1)

    async def spend(task: int) -> int:
        made = 0
        for call in range(40):
            try:
                await ledger.reserve(f"{task}-{call}", "all", NOW, worst, limits)
            except BudgetError:
                continue
            made += 1
        return made

    made = await asyncio.gather(*(spend(task) for task in range(32)))
    assert sum(made) == 1000
    assert await ledger.spent("all", NOW.date()) == Spent(tokens=1000)


async def test_a_reservation_is_replaced_by_what_was_used(ledger: SqliteLedger) -> None:
    limits = BudgetLimits(creations=2, tokens=100, money=0.3)
    worst = Usage(tokens_in=30, tokens_out=20, money=0.1)
    for key in ("a", "b"):
        await ledger.reserve(key, f"buddy/{key}", NOW, worst, limits, creations=1)
    assert (await ledger.reserve("a", "buddy/a", NOW, worst, limits, creations=1)).repeated
    await ledger.settle("sa", "a", Usage(calls=1, tokens_in=10, money=0.02))
    await ledger.settle("sb", "b", None)
    assert await ledger.spent("buddy/a", NOW.date()) == Spent(
        creations=1, tokens=10, money=pytest.approx(0.02)
    )
    assert await ledger.spent("buddy/*", NOW.date()) == Spent(
        creations=2, tokens=60, money=pytest.approx(0.12)
    )
    assert await ledger.spent("buddy/*", DAY) == Spent()
    with pytest.raises(ConflictError):
        await ledger.settle("sc", "a", None)
    with pytest.raises(NotFoundError):
        await ledger.settle("sd", "nobody", None)
    with pytest.raises(BudgetError, match="tokens"):
        await ledger.reserve("c", "buddy/a", NOW, Usage(tokens_in=91), limits)


async def test_writes_that_wait_together_succeed_or_fail_each_for_itself(
    ledger: SqliteLedger,
) -> None:
    async def one(number: int) -> object:
        placed = make_placed(number, (make_fact(number),))
        given = [] if number % 3 == 0 else [make_fact(number)]
        try:
            return await ledger.publish(f"k{number}", placed, given)
        except BadInputError:
            return None

    answers = await asyncio.gather(*(one(number) for number in range(60)))
    assert [answer is None for answer in answers] == [number % 3 == 0 for number in range(60)]
    counts = await ledger.counts()
    assert (counts["creations"], counts["events"], counts["facts"]) == (40, 40, 40)


async def test_below_the_free_space_floor_writing_is_refused_and_reading_goes_on(
    place: Path,
) -> None:
    full = await SqliteLedger.open(place, free_space_mb=10**9)
    with pytest.raises(DiskFullError, match="floor"):
        await full.publish("k", make_placed(1), [])
    assert (await full.counts())["creations"] == 0
    await full.close()


async def test_a_reader_sees_what_a_writer_acknowledged_and_cannot_write(
    ledger: SqliteLedger, place: Path
) -> None:
    reader = await SqliteLedger.open(place, read_only=True)
    card = await publish(ledger, 1)
    assert (await reader.creation(card)).id == card
    with pytest.raises(RefusedError, match="reading"):
        await reader.advance("k", COIN, DAY)
    await reader.close()
    await reader.close()


async def test_a_closed_ledger_refuses(place: Path) -> None:
    ledger = await SqliteLedger.open(place)
    await ledger.close()
    await ledger.close()
    with pytest.raises(RefusedError):
        await ledger.counts()
    with pytest.raises(RefusedError):
        await ledger.advance("k", COIN, DAY)


async def test_the_ledger_is_a_ledger(ledger: SqliteLedger) -> None:
    port: Ledger = ledger
    assert (await port.counts())["events"] == 0
    health = await ledger.health()
    assert (health.integrity, health.schema) == ("ok", 4)


async def test_one_slate_under_two_keys_is_one_slate(ledger: SqliteLedger) -> None:
    one, two = await publish(ledger, 1), await publish(ledger, 2)
    first = await ledger.present("a", make_slate(1, [one]))
    again = await ledger.present("b", make_slate(1, [one], at=NOW + dt.timedelta(hours=1)))
    assert again == Receipt(seq=first.seq, repeated=True)
    with pytest.raises(ConflictError):
        await ledger.present("c", make_slate(1, [two]))
    assert (await ledger.counts())["slates"] == 1
