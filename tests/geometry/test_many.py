"""The best of many for many: the same as sorting everything."""

from __future__ import annotations

import numpy as np
import pytest

from ammo_agents.errors import BadInputError, SpaceMismatchError, VectorError
from ammo_agents.geometry import best_for_many


@pytest.mark.parametrize(("people", "rows", "n"), [(1, 3, 8), (40, 5_000, 8), (700, 300, 1)])
def test_it_is_the_same_as_sorting_every_score(people: int, rows: int, n: int) -> None:
    rng = np.random.default_rng([people, rows])
    q, phi = rng.normal(size=(people, 9)), rng.normal(size=(rows, 9))
    places, scores = best_for_many(q, phi, n)
    whole = q.astype(np.float32) @ phi.astype(np.float32).T
    order = np.argsort(-whole, axis=1, kind="stable")[:, : min(n, rows)]
    np.testing.assert_array_equal(places, order)
    np.testing.assert_allclose(scores, np.take_along_axis(whole, order, axis=1), rtol=1e-5)


def test_of_equal_scores_the_smaller_row_comes_first() -> None:
    places, _ = best_for_many(np.ones((3, 2)), np.ones((4_000, 2)), 5)
    np.testing.assert_array_equal(places, np.tile(np.arange(5), (3, 1)))


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(BadInputError):
        best_for_many(np.ones((1, 2)), np.ones((1, 2)), 0)
    with pytest.raises(SpaceMismatchError):
        best_for_many(np.ones((1, 2)), np.ones((1, 3)), 1)
    with pytest.raises(VectorError):
        best_for_many(np.full((1, 2), np.nan), np.ones((1, 2)), 1)
