"""New entities: tables guessed from texts."""

import numpy as np
import pytest

from ammo_agents.errors import SpaceMismatchError, VectorError
from ammo_agents.geometry import fit_map, places, unit_rows
from ammo_agents.records import Matrix

D = 6


def texts(count: int = 400, seed: int = 1) -> Matrix:
    return unit_rows(np.random.default_rng(seed).normal(0, 1, (count, D)).astype(np.float32))


def test_a_planted_map_is_found_and_carries_to_new_texts() -> None:
    rng = np.random.default_rng(9)
    truth = rng.normal(0, 1, (D + 1, 3))
    mean = np.full(D, 0.05)
    found = places(texts(), mean)
    guess = fit_map(found, found @ truth, np.full(len(found), 1000.0), ridge=1e-9)
    new = places(texts(50, seed=2), mean)
    assert new @ guess == pytest.approx(new @ truth, abs=1e-8)


def test_a_stronger_ridge_says_less() -> None:
    found = places(texts(), np.zeros(D))
    values, counts = found[:, :1], np.full(len(found), 5.0)
    weak, strong = fit_map(found, values, counts), fit_map(found, values, counts, ridge=300.0)
    assert np.linalg.norm(strong) < 0.5 * np.linalg.norm(weak)


def test_entities_many_rated_count_more() -> None:
    found = places(np.repeat(texts(1), 2, axis=0), np.zeros(D))
    guess = fit_map(found, np.array([[1.0], [0.0]]), np.array([1000.0, 1.0]), ridge=1e-6)
    assert float((found[0] @ guess)[0]) == pytest.approx(
        0.8566, abs=1e-3
    )  # 1/(1 + (1/6)/(1000/1005))


def test_a_place_is_centred_has_length_one_and_a_constant() -> None:
    mean = np.full(D, 0.1)
    rows = places(texts(5), mean)
    assert rows.shape == (5, D + 1)
    assert (rows[:, -1] == 1).all()
    assert np.linalg.norm(rows[:, :-1], axis=1) == pytest.approx(np.ones(5))


def test_a_text_right_at_the_mean_has_no_direction() -> None:
    rows = texts(1)
    assert places(rows, rows[0].astype(np.float64)).tolist() == [[0.0] * D + [1.0]]


def test_rows_of_another_space_are_refused() -> None:
    with pytest.raises(SpaceMismatchError):
        places(texts(), np.zeros(D + 1))


def test_rows_that_are_no_numbers_are_refused() -> None:
    rows = texts(2)
    rows[1, 1] = np.nan
    with pytest.raises(VectorError):
        places(rows, np.zeros(D))
