"""φ and its basis: layout, deterministic signs, few texts, bytes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from ammo_agents import geometry
from ammo_agents.errors import DamagedError, SpaceMismatchError, VectorError
from ammo_agents.geometry import FACTORS, SIZE, TEXT, TEXT_BLOCK, Basis, Tables


def rows(n: int, dim: int = 96, seed: int = 0) -> np.ndarray:
    return geometry.unit_rows(np.random.default_rng(seed).normal(size=(n, dim)) + 0.5)


@pytest.mark.parametrize("n", [1, 2, 10, 65, 200])
def test_any_number_of_texts_gives_a_basis_and_missing_directions_are_zero(n: int) -> None:
    basis = geometry.fit_basis(rows(n))
    assert basis.rows.shape == (TEXT, 96)
    lengths = np.linalg.norm(basis.rows, axis=1)
    real = min(n - 1, TEXT)
    np.testing.assert_allclose(lengths[:real], 1.0, atol=1e-9)
    assert not lengths[real:].any()
    np.testing.assert_allclose(basis.rows[:real] @ basis.rows[:real].T, np.eye(real), atol=1e-7)


def test_few_and_many_texts_find_the_same_directions_with_the_same_sign() -> None:
    tall, wide = rows(90, dim=80), rows(90, dim=80)
    assert geometry.fit_basis(tall).fingerprint == geometry.fit_basis(wide).fingerprint
    padded = np.hstack([tall, np.zeros((90, 40), np.float32)])
    a, b = geometry.fit_basis(tall), geometry.fit_basis(padded)
    np.testing.assert_allclose(a.rows[:20], b.rows[:20, :80], atol=1e-6)


def test_phi_is_one_three_b_p_text_and_factors() -> None:
    vectors = rows(100)
    basis = geometry.fit_basis(vectors)
    known = np.zeros((100, 2 + FACTORS))
    known[:, 0], known[:, 1], known[:, 2:] = 0.5, 0.25, 2.0
    phi = geometry.features(vectors, basis, known)
    assert phi.shape == (100, SIZE) == (100, 99)
    assert phi.dtype == np.float64
    assert phi[0, :3].tolist() == [1.0, 1.5, 0.25]
    np.testing.assert_allclose(np.linalg.norm(phi[:, TEXT_BLOCK], axis=1), 1.0, atol=1e-9)
    assert (phi[:, 3 + TEXT :] == 2.0).all()
    assert not geometry.features(vectors, basis)[:, 1:3].any()


def test_a_text_at_the_mean_has_no_direction_and_no_nan() -> None:
    vectors = rows(1)
    phi = geometry.features(vectors, geometry.fit_basis(vectors))
    assert phi[0].tolist() == [1.0] + [0.0] * 98


def test_tables_know_their_entities_and_guess_all_others_from_their_text() -> None:
    vectors = rows(3)
    guess = np.zeros((vectors.shape[1] + 1, 34))
    guess[-1, 1] = 0.25
    tables = Tables(
        index={"movie/a": 0, "movie/b": 1},
        values=np.arange(68.0).reshape(2, 34),
        guess=guess,
        mean=np.zeros(vectors.shape[1]),
    )
    found = tables.of(["movie/b", "movie/new", "movie/a"], vectors)
    assert found[0, 0] == 34.0
    assert found[1].tolist() == [0.0, 0.25] + [0.0] * 32
    assert found[2, 1] == 1.0
    assert len(tables.fingerprint) == 16


def test_a_basis_is_kept_as_the_same_bytes_and_read_back_whole() -> None:
    basis = geometry.fit_basis(rows(80), tables="t")
    again = Basis.from_bytes(basis.to_bytes())
    assert again.fingerprint == basis.fingerprint
    assert again.to_bytes() == basis.to_bytes()
    assert geometry.fit_basis(rows(80)).fingerprint != basis.fingerprint
    for blob in (b"", b"{}\n", b"x", basis.to_bytes()[:-8]):
        with pytest.raises(DamagedError):
            Basis.from_bytes(blob)


def test_rows_that_do_not_fit_are_refused() -> None:
    basis = geometry.fit_basis(rows(10))
    with pytest.raises(SpaceMismatchError, match="D = 96"):
        geometry.features(rows(3, dim=5), basis)
    with pytest.raises(VectorError, match="NaN"):
        geometry.features(np.full((1, 96), np.nan, np.float32), basis)
    with pytest.raises(VectorError, match="needs rows"):
        geometry.fit_basis(np.empty((0, 96), np.float32))
