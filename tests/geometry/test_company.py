"""Company: one vector per entity gives the scores that EASE^R gives, up to the shared scale."""

import numpy as np
import pytest

from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.geometry import fit_company
from ammo_agents.geometry.company import WIDTH
from ammo_agents.records import Wide

RIDGE = 4.0


def likes(people: int = 30, entities: int = 18, seed: int = 2) -> Wide:
    rng = np.random.default_rng(seed)
    kind = rng.random((people, 3)) @ rng.random((3, entities))
    return np.where(rng.random((people, entities)) < kind / kind.max(), rng.random(kind.shape), 0.0)


def test_scores_of_unseen_entities_are_those_of_ease() -> None:
    z = likes()
    inverse = np.linalg.inv(z.T @ z + RIDGE * np.eye(z.shape[1]))  # Steck 2019, the direct form
    room = np.diag(inverse)
    direct = -inverse / room[None, :]
    np.fill_diagonal(direct, 0.0)
    e = fit_company(z, ridge=RIDGE, width=z.shape[1])
    pairs = e @ e.T * np.sqrt(room[:, None] / room[None, :])  # d is not shared here
    np.fill_diagonal(pairs, 0.0)
    somebody = np.where(np.arange(z.shape[1]) % 3 == 0, 1.0, 0.0)
    unseen = somebody == 0
    assert (somebody @ pairs)[unseen] == pytest.approx((somebody @ direct)[unseen], abs=1e-10)


def test_what_is_liked_together_goes_together() -> None:
    z = np.kron(np.eye(2), np.ones((12, 4)))
    e = fit_company(z)
    assert (e @ e.T)[0, 1] > 0.05
    assert abs((e @ e.T)[0, 5]) < 1e-9


def test_an_entity_nobody_liked_keeps_no_company() -> None:
    z = likes()
    z[:, 3] = 0.0
    assert np.abs(fit_company(z)[3]).max() < 1e-9


def test_fewer_directions_than_people_and_than_the_width() -> None:
    assert fit_company(likes(people=5)).shape == (18, 5)
    assert fit_company(likes(), width=4).shape == (18, 4)
    assert WIDTH == 256


def test_nobody_liked_anything() -> None:
    assert fit_company(np.zeros((6, 4))).shape == (4, 0)


def test_the_same_likes_have_the_same_bits() -> None:
    assert fit_company(likes()).tobytes() == fit_company(likes()).tobytes()


def test_a_ridge_that_regularises_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="regularises nothing"):
        fit_company(likes(), ridge=0.0)


def test_a_like_that_is_no_number_is_refused() -> None:
    z = likes()
    z[0, 0] = np.inf
    with pytest.raises(VectorError):
        fit_company(z)
