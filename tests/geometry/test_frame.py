"""The frame of φ: the text of the creation itself, and what others thought of the entity behind it."""

from dataclasses import replace

import numpy as np
import pytest

from ammo_agents.errors import SpaceMismatchError
from ammo_agents.geometry import SIZE, TABLE, TEXT_BLOCK, Frame, Tables, fit_basis, unit_rows
from ammo_agents.records import Matrix

D, TAIL = 8, 5


def texts(count: int = 30, seed: int = 4) -> Matrix:
    return unit_rows(np.random.default_rng(seed).normal(0, 1, (count, D)).astype(np.float32))


BARE = Frame(basis=fit_basis(texts()))
TABLES = Tables(
    index={"m/known": 0, "m/other": 1},
    values=np.vstack([np.linspace(0.1, 0.9, TABLE + TAIL), np.zeros(TABLE + TAIL)]),
    guess=np.random.default_rng(5).normal(0, 0.1, (D + 1, TABLE + TAIL)),
    mean=BARE.basis.mean,
)
FULL = Frame(basis=replace(BARE.basis, tables=TABLES.fingerprint), tables=TABLES)


def test_without_a_community_only_the_text_speaks() -> None:
    rows = BARE.rows(texts(3), ["m/known", "m/other", "m/new"])
    assert rows.shape == (3, SIZE) == (3, BARE.width)
    assert (rows[:, 0] == 1).all()
    assert (rows[:, 1:3] == 0).all()
    assert (rows[:, TEXT_BLOCK.stop :] == 0).all()


def test_a_known_entity_brings_its_own_numbers_whatever_the_card_says() -> None:
    one, two = FULL.rows(texts(2), ["m/known", "m/known"])
    values = TABLES.values[0]
    for row in (one, two):
        assert row[1] == pytest.approx(3 * values[0])
        assert row[2] == values[1]
        assert row[TEXT_BLOCK.stop : SIZE].tolist() == values[2:TABLE].tolist()
        assert row[SIZE:].tolist() == values[TABLE:].tolist()
    assert not np.array_equal(one[TEXT_BLOCK], two[TEXT_BLOCK])


def test_an_unknown_entity_is_guessed_from_the_cards_text() -> None:
    alone = FULL.rows(texts(1), ["m/new"])[0]
    beside = FULL.rows(texts(2), ["m/known", "m/new"])[1]
    assert alone[SIZE:].any()
    assert alone.shape == beside.shape == (FULL.width,) == (SIZE + TAIL,)


def test_text_columns_do_not_depend_on_the_community() -> None:
    names = ["m/known", "m/new"]
    full, bare = FULL.rows(texts(2), names), BARE.rows(texts(2), names)
    assert full[:, TEXT_BLOCK].tobytes() == bare[:, TEXT_BLOCK].tobytes()


def test_another_community_is_another_frame() -> None:
    other = replace(TABLES, values=TABLES.values + 1e-9)
    changed = replace(BARE.basis, tables=other.fingerprint)
    assert len({BARE.fingerprint, FULL.fingerprint, changed.fingerprint}) == 3


def test_no_card_has_no_row() -> None:
    assert FULL.rows(np.empty((0, D), np.float32), []).shape == (0, SIZE + TAIL)


def test_rows_of_another_space_are_refused() -> None:
    with pytest.raises(SpaceMismatchError):
        FULL.rows(np.ones((1, D + 1), np.float32), ["m/known"])
