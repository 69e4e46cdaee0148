"""Circles: the right people together, and no number that fewer than five people caused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from villages import KIND, NAMES, people, school

from ammo_agents.aipp.circles import LEAST, Circles, Heard, _own, grouped
from ammo_agents.aipp.community import ANONYMOUS, LIKED, Community, Known, learned
from ammo_agents.geometry import SIZE, features
from ammo_agents.records import Wide


def taught(known: list[Known], **more: object) -> tuple[Community, Circles]:
    found = learned(known, school(circles=True, **more))
    assert found is not None
    assert found.circles is not None
    return found, found.circles


def test_two_tastes_are_two_kinds_of_circles() -> None:
    _, circles = taught(people(40))
    assert sum(one.people for one in circles.circles) == 40
    for one in circles.circles:
        kinds = {int(KIND[NAMES.index(name)]) for name, _ in one.favourites(8)}
        assert len(kinds) == 1


@pytest.mark.parametrize("taste", [0, 1])
@pytest.mark.parametrize("likes", [3, 12])
def test_somebody_new_comes_into_the_circle_of_their_taste(taste: int, likes: int) -> None:
    found, circles = taught(people(40))
    phi = _phi(found)
    own = np.flatnonzero(taste == KIND)[:likes]
    nearest = circles.nearest(_state(found, phi[own], np.ones(likes)), found.prior)
    assert nearest is not None
    near, likeness = nearest
    favourites = [int(KIND[NAMES.index(name)]) for name, _ in near.favourites(8)]
    assert favourites == [taste] * 8
    assert 0.3 < likeness <= 1.0


def test_somebody_who_said_nothing_is_alike_to_nobody() -> None:
    found, circles = taught(people(40))
    nothing = np.concatenate([found.prior.mean, np.zeros(found.tables.width - SIZE)])
    assert circles.nearest(nothing, found.prior) is None


def test_people_of_one_taste_are_taken_as_they_are() -> None:
    same = [replace(one, person=f"q{n}") for n, one in enumerate([people(1)[0]] * 30)]
    _, circles = taught(same)
    assert [one.people for one in circles.circles] == [30]


def test_too_few_people_or_entities_have_no_circles() -> None:
    few = learned(people(9), school(circles=True))
    assert few is not None
    assert few.circles is None
    narrow = [
        Known(person=one.person, entities=one.entities[keep], rewards=one.rewards[keep])
        for one in people(20)
        for keep in [one.entities < 15]
    ]
    found = learned(narrow, school(circles=True))
    assert found is not None
    assert found.circles is None


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(10, 60),
    rated=st.integers(6, 60),
    noise=st.floats(0.0, 0.6),
)
@settings(max_examples=25, deadline=None)
def test_no_number_is_caused_by_fewer_than_k_people(
    seed: int, count: int, rated: int, noise: float
) -> None:
    known = people(count, rated=rated, seed=seed, noise=noise)
    found = learned(known, school(circles=True))
    assert found is not None
    if found.circles is None:
        return
    likers = {
        name: sum(bool((one.rewards[one.entities == row] >= LIKED).any()) for one in known)
        for row, name in enumerate(NAMES)
    }
    met = {name: sum(row in one.entities for one in known) for row, name in enumerate(NAMES)}
    assert all(met[name] >= ANONYMOUS for name in found.circles.landmarks)
    assert sum(one.people for one in found.circles.circles) == count
    for one in found.circles.circles:
        assert one.people >= max(LEAST, ANONYMOUS)
        for name, how in one.liked.items():
            assert ANONYMOUS <= how.people <= min(one.people, likers[name])
            elsewhere = (how.people / one.people - how.more) * max(1, count - one.people)
            assert round(elsewhere, 6) == 0 or round(elsewhere, 6) >= ANONYMOUS


@given(seed=st.integers(0, 1000), count=st.integers(1, 90), least=st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_groups_are_everybody_once_and_large_enough(seed: int, count: int, least: int) -> None:
    points = np.random.default_rng(seed).normal(0, 1, (count, 5))
    groups = grouped(points, least)
    assert sorted(np.concatenate(groups).tolist()) == list(range(count))
    assert all(len(group) >= min(least, count) for group in groups)
    again = grouped(points, least)
    assert [g.tolist() for g in again] == [g.tolist() for g in groups]


def test_two_heaps_are_cut_between_them_not_in_the_middle() -> None:
    points = np.repeat([[0.0, 0.0], [5.0, 1.0]], [12, 30], axis=0)
    points += np.random.default_rng(0).normal(0, 0.01, points.shape)
    first = [set(group.tolist()) for group in grouped(points, 10)]
    assert set(range(12)) in first


def _phi(found: Community) -> Wide:
    where = school()
    return features(where.vectors, where.basis, found.tables.of(NAMES, where.vectors))


def _state(found: Community, rows: Wide, rewards: Wide) -> Wide:
    own = _own(Heard(rows, rewards, np.empty(0, np.intp)), found.prior)
    return own + np.concatenate([found.prior.mean, np.zeros(len(own) - SIZE)])
