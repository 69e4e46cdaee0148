"""What other people teach: tables, a prior, nothing of the taught person, and nothing of too few."""

from dataclasses import replace

import numpy as np
import pytest
from villages import ENTITIES, KIND, NAMES, D, people, school

from ammo_agents.aipp.archive import packed, unpacked
from ammo_agents.aipp.community import (
    ANONYMOUS,
    COMPANY,
    Community,
    Known,
    _cross_fitted,
    learned,
)
from ammo_agents.aipp.preference import FIXED
from ammo_agents.errors import BadInputError, DamagedError, VectorError
from ammo_agents.geometry import SIZE, TABLE, fit_basis, unit_rows


def taught(count: int = 40, **more: object) -> Community:
    found = learned(people(count), school(**more))
    assert found is not None
    return found


def test_fewer_than_five_people_are_no_community() -> None:
    assert learned(people(4), school()) is None
    assert learned([], school()) is None
    assert learned(people(5), school()) is not None


def test_fewer_than_ten_people_teach_tables_and_no_prior() -> None:
    found = taught(9)
    assert found.prior == replace(FIXED, company=COMPANY)
    assert found.prior.mean.tolist() == FIXED.mean.tolist()
    assert found.likelihood == ()
    assert found.tables.index


def test_ten_people_teach_a_prior() -> None:
    found = taught(10)
    assert len(found.likelihood) == 25
    assert (found.prior.mean[3:] == 0).all()
    assert 0.3 < found.prior.mean[0] < 0.8


def test_the_likelihood_never_falls() -> None:
    told = taught().likelihood
    assert np.diff(told).min() >= -1e-7 * abs(told[-1])


def test_what_was_liked_together_scores_together() -> None:
    found = taught()
    rows = found.tables.of(NAMES, school().vectors)[:, TABLE:]
    near = rows @ rows.T
    same = np.equal.outer(KIND, KIND) & ~np.eye(ENTITIES, dtype=bool)
    assert near[same].mean() > near[~np.equal.outer(KIND, KIND)].mean() + 0.01


def test_a_well_liked_entity_stands_above_another() -> None:
    some = [
        replace(one, rewards=np.where(one.entities == 7, 1.0, np.minimum(one.rewards, 0.8)))
        for one in people()
    ]
    found = learned(some, school())
    assert found is not None
    table = found.tables.of(NAMES, school().vectors)
    assert int(np.argmax(table[:, 0])) == 7


def test_nobodys_own_ratings_are_in_their_own_rows() -> None:
    known = people(13)
    for place in (0, 4, 12):
        other = known[place]
        turned = [*known]
        turned[place] = replace(other, rewards=1.0 - other.rewards)
        order = [p for group in range(5) for p in range(group, 13, 5)]
        at = order.index(place)
        before, after = _cross_fitted(known, school())[at], _cross_fitted(turned, school())[at]
        assert before[0].tobytes() == after[0].tobytes()
        assert before[1].tolist() != after[1].tolist()


def test_a_persons_ratings_are_in_the_rows_of_others() -> None:
    known = people(13)
    turned = [replace(known[0], rewards=1.0 - known[0].rewards), *known[1:]]
    before, after = _cross_fitted(known, school()), _cross_fitted(turned, school())
    assert before[-1][0].tobytes() != after[-1][0].tobytes()


def test_an_entity_nobody_met_is_placed_by_its_text() -> None:
    some = [
        Known(person=one.person, entities=one.entities[keep], rewards=one.rewards[keep])
        for one in people()
        for keep in [one.entities != 5]
    ]
    found = learned(some, school())
    assert found is not None
    assert NAMES[5] not in found.tables.index
    row = found.tables.of([NAMES[5]], school().vectors[5:6])[0]
    assert np.isfinite(row).all()
    assert row.any()


def test_an_entity_fewer_than_k_spoke_of_has_no_row_of_its_own() -> None:
    rare = 3
    some, met = [], 0
    for one in people(20):
        keep = (one.entities != rare) | (met < ANONYMOUS - 1)
        met += bool((one.entities[keep] == rare).any())
        some.append(
            Known(person=one.person, entities=one.entities[keep], rewards=one.rewards[keep])
        )
    assert met == ANONYMOUS - 1
    hidden = learned(some, school(anonymous=ANONYMOUS))
    public = learned(some, school())
    assert hidden is not None
    assert public is not None
    assert NAMES[rare] not in hidden.tables.index
    assert NAMES[rare] in public.tables.index


def test_the_order_of_people_makes_no_difference() -> None:
    there = learned(people(12), school())
    back = learned(people(12)[::-1], school())
    assert there is not None
    assert back is not None
    assert packed(there) == packed(back)


def test_somebody_without_ratings_and_one_who_met_everything_are_taken() -> None:
    rng = np.random.default_rng(8)
    silent = Known(person="zz0", entities=np.empty(0, np.intp), rewards=np.empty(0))
    eager = Known(person="zz1", entities=np.arange(ENTITIES), rewards=rng.random(ENTITIES))
    found = learned([*people(12), silent, eager], school())
    assert found is not None
    assert np.isfinite(found.tables.values).all()
    assert np.isfinite(found.prior.mean).all()


def test_a_hundred_thousand_ratings_of_one_person_are_taken() -> None:
    size = 100_000
    rng = np.random.default_rng(3)
    vectors = unit_rows(rng.normal(0, 1, (size, D)).astype(np.float32))
    names = [f"film/{number}" for number in range(size)]
    eager = Known(person="zz", entities=np.arange(size), rewards=rng.random(size))
    wide = school(entities=names, vectors=vectors, basis=fit_basis(vectors[:100]), company=False)
    found = learned([*people(5), eager], wide)
    assert found is not None
    assert len(found.tables.index) == size
    assert np.isfinite(found.tables.values).all()


@pytest.mark.parametrize("reward", [np.nan, np.inf, 1.5, -0.1])
def test_a_reward_that_is_none_is_refused(reward: float) -> None:
    odd = Known(person="odd", entities=np.array([1, 2]), rewards=np.array([0.5, reward]))
    with pytest.raises(VectorError, match="odd"):
        learned([*people(6), odd], school())


@pytest.mark.parametrize("entities", [[1, 1], [0, ENTITIES], [-1, 0], [0, 1, 2]])
def test_a_repeated_or_unknown_entity_is_refused(entities: list[int]) -> None:
    odd = Known(person="odd", entities=np.array(entities), rewards=np.array([0.5, 0.7]))
    with pytest.raises(BadInputError, match="odd"):
        learned([*people(6), odd], school())


def test_a_community_survives_as_bytes() -> None:
    found = taught(circles=True)
    blob = packed(found)
    back = unpacked(blob)
    assert back == found
    assert back.fingerprint == found.fingerprint
    assert packed(back) == blob
    assert back.tables.values.tobytes() == found.tables.values.tobytes()
    assert back.circles is not None
    assert found.circles is not None
    assert back.circles.landmarks == found.circles.landmarks
    assert [one.liked for one in back.circles.circles] == [
        one.liked for one in found.circles.circles
    ]


def test_a_community_of_nine_without_circles_survives_as_bytes() -> None:
    found = taught(9)
    assert unpacked(packed(found)) == found


def test_the_same_people_have_the_same_bytes() -> None:
    assert packed(taught(12, circles=True)) == packed(taught(12, circles=True))


@pytest.mark.parametrize("place", [0, 5, 40, -900, -1])
def test_bytes_that_were_changed_are_not_served(place: int) -> None:
    blob = bytearray(packed(taught(12, circles=True)))
    blob[place] ^= 0x15
    with pytest.raises(DamagedError, match="cannot be read"):
        unpacked(bytes(blob))


@pytest.mark.parametrize("blob", [b"", b"{}\n", b"[]\n", b"no json\n", b'{"format": 1}\nabc'])
def test_bytes_of_something_else_are_not_served(blob: bytes) -> None:
    with pytest.raises(DamagedError):
        unpacked(blob)


def test_bytes_that_are_cut_off_are_not_served() -> None:
    blob = packed(taught(12))
    for length in (10, len(blob) // 2, len(blob) - 8):
        with pytest.raises(DamagedError):
            unpacked(blob[:length])


def test_phi_of_a_community_has_company_behind_it() -> None:
    assert taught().tables.width > SIZE
    assert taught(company=False).tables.width == SIZE
