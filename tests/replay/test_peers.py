"""The peers are what they say they are."""

import numpy as np
import pytest

from ammo_agents.errors import BadInputError, MissingPartError
from ammo_agents.replay.counts import likes_matrix
from ammo_agents.replay.folds import folds
from ammo_agents.replay.leak import Sealed
from ammo_agents.replay.log import History, RatingsLog
from ammo_agents.replay.method import Catalogue
from ammo_agents.replay.plain import ItemMean, Popularity, Random, Rocchio
from ammo_agents.replay.ranking import full_ranking
from ammo_agents.replay.roster import ROSTER, entries, protocols
from ammo_agents.replay.together import EASE_RIDGE, Ease, Ials

NAMES = [entry.name for entry in ROSTER]


def past_of(person: History, count: int) -> History:
    return person.at(slice(0, count))


def test_ease_through_people_is_ease_through_items(log: RatingsLog, catalogue: Catalogue) -> None:
    known, person = log.people[1:], log.people[0]
    ease = Ease(catalogue)
    ease.learn(known)
    z = likes_matrix(known, len(log.items))
    inverse = np.linalg.inv(z.T @ z + EASE_RIDGE * np.eye(len(log.items)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    x = likes_matrix([person], len(log.items))[0]
    assert ease.scores(person) == pytest.approx(x @ weights, abs=1e-10)


def test_popularity_counts_likes_and_the_item_mean_shrinks(
    log: RatingsLog, catalogue: Catalogue
) -> None:
    known = log.people
    popular, mean = Popularity(catalogue), ItemMean(catalogue)
    popular.learn(known)
    mean.learn(known)
    film = 17
    said = [p.ratings[p.items == film][0] for p in known if film in p.items]
    assert popular.scores(known[0])[film] == sum(r >= 4 for r in said)
    everything = np.concatenate([p.rewards for p in known]).mean()
    by_hand = (sum((r - 0.5) / 4.5 for r in said) - len(said) * everything) / (len(said) + 5)
    assert mean.scores(known[0])[film] == pytest.approx(by_hand)


def test_rocchio_weighs_the_newest_like_most(log: RatingsLog, catalogue: Catalogue) -> None:
    rocchio = Rocchio(catalogue)
    rocchio.learn(log.people)
    person = log.people[0]
    rows = catalogue.vectors.astype(np.float64)
    rows -= rows.mean(axis=0)
    liked = person.liked[:2]
    two = person.at(np.flatnonzero(np.isin(person.items, liked)))
    half = 0.5 ** (1 / 20)
    taste = (half * rows[liked[0]] + rows[liked[1]]) / (1 + half)
    assert rocchio.scores(two) == pytest.approx(rows @ taste)


def test_an_unseen_persons_factors_are_those_training_would_give(
    log: RatingsLog, catalogue: Catalogue
) -> None:
    """Two people with one history: the one held out must be ranked like the one trained on."""
    ials = Ials(catalogue)
    ials.learn(log.people)
    mine, theirs = log.people[0], log.people[1]
    own = ials.scores(mine)
    assert own[mine.liked].mean() > own[theirs.liked].mean() + 0.1


@pytest.mark.parametrize("name", NAMES)
def test_every_peer_gives_finite_scores_from_the_first_moment_on(
    name: str, log: RatingsLog, catalogue: Catalogue
) -> None:
    method = entries([name])[0].make(catalogue)
    method.learn(log.people[1:])
    for count in (0, 1, 2, 50, 110):
        scores = method.scores(past_of(log.people[0], count))
        assert scores.shape == (160,)
        assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_peer_bears_a_community_that_likes_nothing(
    name: str, log: RatingsLog, catalogue: Catalogue
) -> None:
    nobody = [
        History(person="x", items=np.array([3]), ratings=np.array([1.0]), times=np.array([5.0]))
    ]
    method = entries([name])[0].make(catalogue)
    method.learn(nobody)
    assert np.isfinite(method.scores(log.people[0])).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_people_teach_the_same(name: str, log: RatingsLog, catalogue: Catalogue) -> None:
    first, second = (entries([name])[0].make(catalogue) for _ in range(2))
    first.learn(log.people[1:])
    second.learn(log.people[:20])
    second.learn(log.people[1:])
    past = past_of(log.people[0], 40)
    assert np.array_equal(first.scores(past), second.scores(past))


@pytest.mark.parametrize("name", ["rocchio", "ridge", "ials", "bpr", "ease"])
def test_every_personal_peer_finds_the_planted_taste(
    name: str, log: RatingsLog, catalogue: Catalogue
) -> None:
    ours = full_ranking(Sealed(entries([name])[0].make(catalogue)), folds(log), log.items)
    popular = full_ranking(Sealed(Popularity(catalogue)), folds(log), log.items)
    assert ours.ndcg.mean() > popular.ndcg.mean() + 0.02


def test_chance_is_a_new_draw_for_each_person_and_past(
    log: RatingsLog, catalogue: Catalogue
) -> None:
    random = Random(catalogue)
    one = random.scores(past_of(log.people[0], 5))
    assert not np.array_equal(one, random.scores(past_of(log.people[1], 5)))
    assert not np.array_equal(one, random.scores(past_of(log.people[0], 6)))


def test_names_nobody_has_are_refused_with_those_there_are() -> None:
    with pytest.raises(BadInputError, match="no method is called easy") as caught:
        entries(["easy", "ease"])
    assert "ease" in caught.value.hint
    with pytest.raises(BadInputError, match="no protocol is called p1"):
        protocols(["p1"])
    assert [entry.name for entry in entries(["ease", "random"])] == ["random", "ease"]


def test_a_factorisation_that_is_not_installed_is_named(log: RatingsLog) -> None:
    bare = Catalogue(items=log.items, vectors=np.eye(160, dtype=np.float32))
    with pytest.raises(MissingPartError, match="implicit/als") as caught:
        Ials(bare)
    assert "ammo-implicit" in caught.value.hint
