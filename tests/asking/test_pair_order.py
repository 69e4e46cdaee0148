"""Which of two cards stands first when a person is asked: drawn, fair, and known afterwards."""

from __future__ import annotations

import itertools

from ammo_agents.aipp.asking import stands_first
from ammo_agents.records import CreationId, PersonId

CARDS = [CreationId(f"c_{n:04d}") for n in range(60)]


def test_one_of_two_stands_first_whoever_is_named_first() -> None:
    you = PersonId("you")
    for one, other in itertools.pairwise(CARDS):
        assert stands_first(you, one, other) is not stands_first(you, other, one)


def test_each_stands_first_half_of_the_time_and_people_see_other_orders() -> None:
    people = [PersonId(name) for name in ("ada", "bo", "cy")]
    orders = [[stands_first(who, a, b) for a in CARDS for b in CARDS if a < b] for who in people]
    for told in orders:
        assert 0.45 < sum(told) / len(told) < 0.55
    assert orders[0] != orders[1] != orders[2]
