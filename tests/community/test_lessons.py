"""From a log to entities: by id, by title and year, by name; who is served is left out."""

import numpy as np
import pytest

from ammo_agents.errors import RefusedError
from ammo_agents.ports import Subspace
from ammo_agents.records import Entity, EntityId, Knowledge, PersonId, SubspaceId
from ammo_agents.replay.lessons import Lesson, of_log
from ammo_agents.replay.log import Item, Rated, RatingsLog, build

M = SubspaceId("m")
COUNT = 30


def entity(number: int, kind: str = "film") -> Entity:
    return Entity(id=EntityId(f"m/{kind}-{number}"), subspace=M, name=f"Film {number}", kind=kind)


KNOWN = Knowledge(entities=(*map(entity, range(COUNT)), entity(1, "person")))
PLAIN = Subspace(id=M, title="M", knowledge=lambda: KNOWN)


def by_title(title: str, year: int | None) -> EntityId | None:
    return EntityId(f"m/film-{title.split()[1]}") if year == 1999 else None


MATCHING = Subspace(id=M, title="M", knowledge=lambda: KNOWN, match=by_title)


def log(ids: list[str], titles: list[str], year: int | None = None, people: int = 6) -> RatingsLog:
    items = [
        Item(id=id, title=title, year=year, brief=title, text=title)
        for id, title in zip(ids, titles, strict=True)
    ]
    rated = [
        Rated(person=f"p{p}", item=id, rating=1.0 + (n + p) % 4, time=float(n), where="here")
        for p in range(people)
        for n, id in enumerate(ids)
    ]
    return build(items, rated)


def lesson(found: RatingsLog, subspace: Subspace = PLAIN, served: str = "you") -> Lesson:
    return of_log(found, subspace, KNOWN, served=PersonId(served))


def test_items_that_are_entity_ids_are_those_entities() -> None:
    ids = [f"m/film-{n}" for n in range(COUNT)]
    found = lesson(log(ids, ids))
    assert found.spoken == COUNT
    assert [str(one.id) for one in found.entities] == ids
    assert found.notes == ()
    assert len(found.known) == 6


def test_items_are_found_by_the_subspaces_matcher() -> None:
    ids = [str(n) for n in range(COUNT)]
    titles = [f"Movie {n}" for n in range(COUNT)]
    assert lesson(log(ids, titles, 1999), MATCHING).spoken == COUNT
    with pytest.raises(RefusedError, match="0 items speak of 0 entities of M"):
        lesson(log(ids, titles, 1998), MATCHING)


def test_without_a_matcher_a_name_only_one_entity_has_is_enough() -> None:
    ids = [str(n) for n in range(COUNT)]
    found = lesson(log(ids, [f"FILM {n}" for n in range(COUNT)]))
    assert found.spoken == COUNT - 1  # a person is called Film 1, too
    assert found.notes == ("1 of 30 items are no entity of M, by title and year",)


def test_kinds_people_spoke_of_are_taught_whole_and_others_not() -> None:
    ids = [f"m/film-{n}" for n in range(22)]
    found = lesson(log(ids, ids))
    assert found.spoken == 22
    assert len(found.entities) == COUNT
    assert {one.kind for one in found.entities} == {"film"}


def test_of_two_items_that_are_one_entity_the_later_word_counts() -> None:
    ids = [str(n) for n in range(COUNT + 1)]
    titles = [f"Movie {n % COUNT}" for n in range(COUNT + 1)]
    found = lesson(log(ids, titles, 1999), MATCHING)
    one = found.known[0]
    assert len(set(one.entities.tolist())) == len(one.entities) == COUNT
    assert one.rewards[0] == pytest.approx((1.0 + 30 % 4 - 0.5) / 4.5)
    assert one.rewards[1] == pytest.approx((1.0 + 1 - 0.5) / 4.5)


def test_who_is_served_is_not_learned_from() -> None:
    ids = [f"m/film-{n}" for n in range(COUNT)]
    found = lesson(log(ids, ids), served="p3")
    assert [one.person for one in found.known] == ["p0", "p1", "p2", "p4", "p5"]
    assert "your own ratings" in found.notes[0]
    with pytest.raises(RefusedError, match="fewer than 5 people said something"):
        lesson(log(ids, ids, people=5), served="p3")


def test_rewards_are_numbers_between_nought_and_one() -> None:
    ids = [f"m/film-{n}" for n in range(COUNT)]
    for one in lesson(log(ids, ids)).known:
        assert np.isfinite(one.rewards).all()
        assert 0 <= one.rewards.min() <= one.rewards.max() <= 1
