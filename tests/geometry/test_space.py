"""Unit rows, scores, the best: the algebra that everything ranks by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ammo_agents import geometry
from ammo_agents.errors import VectorError

ROWS = arrays(np.float64, (4, 6), elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3)))
SCORES = arrays(np.float64, st.integers(0, 40), elements=st.integers(-3, 3).map(float))


@given(ROWS, st.sampled_from([1e-150, 0.1, 10.0, 1e150]))
def test_scaling_the_embedders_output_changes_nothing(rows: np.ndarray, factor: float) -> None:
    rows[:, 0] = 1.0
    placed = geometry.unit_rows(rows)
    assert placed.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(placed, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(geometry.unit_rows(rows * factor), placed, atol=1e-6)


@pytest.mark.parametrize(
    ("row", "what"),
    [([0.0, 0.0], "is zero"), ([1.0, np.nan], "NaN"), ([np.inf, 1.0], "infinity")],
    ids=["zero", "nan", "infinite"],
)
def test_a_row_without_a_place_is_refused_with_its_id(row: list[float], what: str) -> None:
    with pytest.raises(VectorError, match=f"c_bad .*{what}"):
        geometry.unit_rows([[1.0, 2.0], row], names=["c_good", "c_bad"])
    with pytest.raises(VectorError, match="c_one"):
        geometry.unit(row, name="c_one")


def test_rows_that_are_no_matrix_are_refused_and_no_rows_are_fine() -> None:
    with pytest.raises(VectorError, match="shape"):
        geometry.unit_rows(np.ones((2, 2, 2)))
    assert geometry.unit_rows(np.empty((0, 8))).shape == (0, 8)


def test_scores_of_another_width_are_refused() -> None:
    with pytest.raises(VectorError, match="cannot be scored"):
        geometry.scores(np.ones((3, 4)), np.ones(5))


@given(SCORES, st.integers(0, 45))
def test_the_best_are_those_of_a_full_sort_and_ties_go_to_the_smaller_id(
    values: np.ndarray, k: int
) -> None:
    ids = [f"c_{(7 * i) % 41:02d}" for i in range(len(values))]
    expected = sorted(range(len(values)), key=lambda i: (-values[i], i))[:k]
    assert geometry.top_k(values, k).tolist() == expected
    by_id = sorted(range(len(values)), key=lambda i: (-values[i], ids[i]))[:k]
    assert geometry.top_k(values, k, ids=ids).tolist() == by_id


def test_a_score_that_is_no_number_is_refused() -> None:
    for place in range(3):
        values = np.array([3.0, 2.0, 1.0])
        values[place] = np.nan
        with pytest.raises(VectorError, match="NaN"):
            geometry.top_k(values, 1)


def test_novelty_and_near_duplicates_look_at_the_nearest_other() -> None:
    others = geometry.unit_rows([[1.0, 0.0], [0.0, 1.0]])
    near = geometry.unit([1.0, 0.1])
    assert geometry.novelty(near, others) == pytest.approx(0.005, abs=1e-3)
    assert geometry.novelty(near, others[:0]) == 1.0
    assert geometry.near_duplicate(near, others) == 0
    assert geometry.near_duplicate(geometry.unit([1.0, 1.0]), others) is None
    assert geometry.near_duplicate(near, others[:0]) is None
