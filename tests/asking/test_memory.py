"""Rows of topics and entities where a community is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from ammo_agents.aipp.explanation import parts
from ammo_agents.aipp.feedback import When, statement
from ammo_agents.aipp.preference import begin, fold
from ammo_agents.errors import MissingPartError
from ammo_agents.geometry import TABLE, Frame, Tables, fit_basis
from ammo_agents.ledger import SqliteLedger
from ammo_agents.records import EntityId, PersonId, Subject, SubspaceId, Vector
from ammo_agents.round.memory import Memory
from ammo_agents.testing.scripted import FixedClock, HashEmbedder

YOU, COIN, TAIL = PersonId("you"), SubspaceId("coin"), 4
WORDS = [f"card {n} on {kind}" for kind in ("price", "bridges", "code") for n in range(12)]


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[Memory]:
    embedder = HashEmbedder()
    vectors = await embedder.embed(WORDS)
    rng = np.random.default_rng(0)
    tables = Tables(
        index={"coin/bitcoin": 0},
        values=rng.normal(size=(1, TABLE + TAIL)),
        guess=rng.normal(size=(embedder.dim + 1, TABLE + TAIL)) * 0.1,
        mean=vectors.mean(axis=0).astype(np.float64),
    )
    ledger = await SqliteLedger.open(tmp_path / "ledger.db")
    await ledger.set_meta("space", embedder.fingerprint)

    async def place(text: str) -> Vector:
        return (await embedder.embed([text]))[0]

    frame = Frame(basis=fit_basis(vectors), tables=tables)
    yield Memory(ledger=ledger, frame=frame, place=place)
    await ledger.close()


async def test_a_wish_leaves_alone_how_much_somebody_likes_what_is_well_known(
    memory: Memory,
) -> None:
    topic = await memory.placed(Subject(kind="topic", name="bridges", text="bridges"))
    when = When(key="k", at=FixedClock().now(), day=0)
    event = await memory.event(statement("more", YOU, COIN, topic, when))
    assert event.row.shape == (memory.frame.width,)
    nobody = begin(YOU, COIN, basis="b", width=memory.frame.width)
    after = fold(nobody, [event])
    np.testing.assert_allclose(after.q[:3], nobody.q[:3], atol=1e-12)
    assert event.row @ after.q > event.row @ nobody.q
    found = parts(after, [event], event.row)
    assert sum(p.value for p in found) == pytest.approx(float(event.row @ after.q), abs=1e-9)


async def test_an_entity_has_the_tables_of_those_who_know_it(memory: Memory) -> None:
    text = "Bitcoin. The first of all coins."
    bitcoin = Subject(kind="entity", name="Bitcoin", text=text, entity=EntityId("coin/bitcoin"))
    row = await memory.subject_row(await memory.placed(bitcoin))
    assert memory.frame.tables is not None
    assert row[2] == memory.frame.tables.values[0, 1]
    rows = await memory.rows_of({"coin/bitcoin": text})
    np.testing.assert_array_equal(rows[0], row)


async def test_what_lies_in_another_space_is_placed_again_or_refused(memory: Memory) -> None:
    placed = await memory.placed(Subject(kind="topic", name="bridges", text="bridges"))
    row = await memory.subject_row(placed)
    await memory.ledger.set_meta("space", "another")
    np.testing.assert_allclose(await memory.subject_row(placed), row, atol=1e-6)
    lost = Memory(ledger=memory.ledger, frame=memory.frame)
    with pytest.raises(MissingPartError, match="bridges"):
        await lost.subject_row(placed)
