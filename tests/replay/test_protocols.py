"""The four protocols on a world whose answers are known."""

from collections.abc import Sequence

import numpy as np
import pytest

from ammo_agents.errors import BadInputError
from ammo_agents.records import Wide
from ammo_agents.replay.folds import folds, some, split
from ammo_agents.replay.leak import Sealed
from ammo_agents.replay.log import History, RatingsLog, Rows
from ammo_agents.replay.method import Catalogue
from ammo_agents.replay.plain import ItemMean, Popularity, Random, Rocchio
from ammo_agents.replay.questions import ANSWERS, halves, questions
from ammo_agents.replay.ranking import (
    best,
    full_ranking,
    gains,
    hidden_items,
    new_items,
    tie_order,
)
from ammo_agents.replay.slates import chance, replay
from ammo_agents.replay.together import Ease


class Oracle:
    """Knows everybody's ratings."""

    name = "oracle"

    def __init__(self, log: RatingsLog) -> None:
        self._log = log

    def learn(self, known: Sequence[History]) -> None:
        pass

    def scores(self, past: History) -> Wide:
        truth = next(person for person in self._log.people if person.person == past.person)
        found = np.zeros(len(self._log.items))
        found[truth.items] = truth.ratings
        return found


class Guessing(Oracle):
    """The oracle, choosing slates by itself, worst first."""

    name = "guessing"

    def slate(self, past: History, candidates: Rows, slots: int, rng: np.random.Generator) -> Rows:
        return candidates[np.argsort(self.scores(past)[candidates], kind="stable")[:slots]]


def test_gains_are_what_a_hand_computes() -> None:
    top = np.array([4, 7, 9])
    discount = 1 / np.log2([2, 3, 4])
    assert gains(top, np.array([7])) == pytest.approx((discount[1], 1.0))
    assert gains(top, np.array([4, 9, 100])) == pytest.approx((
        (discount[0] + discount[2]) / discount.sum(),
        2 / 3,
    ))


def test_the_oracle_is_perfect_in_every_protocol(log: RatingsLog) -> None:
    ranked = full_ranking(Sealed(Oracle(log)), folds(log), log.items)
    assert len(ranked.people) == 40
    assert ranked.ndcg == pytest.approx(np.ones(40))
    played = replay(Sealed(Oracle(log)), folds(log), log.items, seed=1)
    assert played.regret.shape == (40, 10)
    assert played.regret == pytest.approx(np.zeros((40, 10)))
    assert questions(Sealed(Oracle(log)), folds(log), log.items, seed=1).regret.max() < 1e-12
    hidden = hidden_items(log.people, seed=1)
    assert new_items(Sealed(Oracle(log)), folds(log), log.items, hidden=hidden).ndcg.min() > 0.999


def test_a_methods_own_slate_is_what_is_judged(log: RatingsLog, catalogue: Catalogue) -> None:
    worst = replay(Sealed(Guessing(log)), folds(log), log.items, seed=1)
    random = chance(lambda s: Sealed(Random(catalogue)), folds(log), log.items, seed=1)
    assert worst.regret.sum() > 1.5 * random.regret.sum()


def test_taste_beats_goodness_beats_chance(log: RatingsLog, catalogue: Catalogue) -> None:
    found = {
        kind.name: replay(Sealed(kind(catalogue)), folds(log), log.items, seed=1).regret.mean()
        for kind in (Random, ItemMean, Rocchio)
    }
    assert found["rocchio"] < found["item_mean"] < found["random"]


def test_only_relevant_tested_people_are_counted(log: RatingsLog, catalogue: Catalogue) -> None:
    person = log.people[0]
    cut = split(person)
    assert len(cut.past) == 88
    assert len(cut.tested) == 22
    held_back = split(person, "validation")
    assert len(held_back.past) == 77
    assert held_back.tested.items.tolist() == person.items[77:88].tolist()
    alone = full_ranking(Sealed(Popularity(catalogue)), folds(log, ["1", "2"]), log.items)
    assert alone.people == ("1", "2")


def test_five_folds_go_by_the_place_in_the_order_of_ids(log: RatingsLog) -> None:
    found = folds(log)
    assert [len(fold.judged) for fold in found] == [8] * 5
    assert [person.person for person in found[1].judged][:3] == ["2", "7", "12"]
    assert all(len(fold.known) == 32 for fold in found)
    named = folds(log, ["3", "4"])
    assert [person.person for person in named[0].judged] == ["3", "4"]
    assert len(named[0].known) == 38


def test_a_log_of_one_person_is_refused(log: RatingsLog) -> None:
    lonely = RatingsLog(items=log.items, people=log.people[:1], fingerprint="x")
    with pytest.raises(BadInputError, match="one person only"):
        folds(lonely)


def test_a_community_is_the_same_for_every_method() -> None:
    empty = np.empty(0)
    known = [
        History(person=str(n), items=empty.astype(np.intp), ratings=empty, times=empty)
        for n in range(50)
    ]
    first = some(known, 10, seed=3)
    assert len(first) == 10
    assert first == some(known, 10, seed=3)
    assert first != some(known, 10, seed=4)
    assert some(known, None, seed=3) == tuple(known)
    assert some(known, 99, seed=3) == tuple(known)


def test_equal_scores_are_not_ranked_by_the_order_of_the_file(log: RatingsLog) -> None:
    ties = tie_order(log.items)
    assert sorted(ties.tolist()) == list(range(160))
    top = best(np.zeros(160), np.arange(160), ties, 10)
    assert top.tolist() == np.argsort(ties)[:10].tolist()
    assert top.tolist() != list(range(10))
    assert best(np.arange(160.0), np.array([5, 3, 9]), ties, 2).tolist() == [9, 5]


def test_the_same_seed_gives_the_same_and_another_one_another(
    log: RatingsLog, catalogue: Catalogue
) -> None:
    def once(seed: int) -> Wide:
        return chance(lambda s: Sealed(Random(catalogue)), folds(log), log.items, seed=seed).regret

    assert np.array_equal(once(1), once(1))
    assert halves(log.people[0], seed=1)[0].tolist() == halves(log.people[0], seed=1)[0].tolist()
    assert halves(log.people[0], seed=1)[0].tolist() != halves(log.people[0], seed=2)[0].tolist()
    first, second = (hidden_items(log.people, seed=seed)[0] for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_answers_help_a_method_that_listens(log: RatingsLog, catalogue: Catalogue) -> None:
    deaf = questions(Sealed(ItemMean(catalogue)), folds(log), log.items, seed=2).regret
    assert deaf.shape == (40, len(ANSWERS))
    assert np.array_equal(deaf[:, 0], deaf[:, -1])
    heard = questions(Sealed(Ease(catalogue)), folds(log), log.items, seed=2).regret
    assert heard[:, -1].mean() < heard[:, 0].mean() - 0.05


def test_a_fifth_of_the_rated_items_is_new_and_only_they_are_ranked(
    log: RatingsLog, catalogue: Catalogue
) -> None:
    hidden = hidden_items(log.people, seed=1)
    assert [len(part) for part in hidden] == [32] * 5
    assert sorted(np.concatenate(hidden).tolist()) == list(range(160))
    texts = new_items(Sealed(Rocchio(catalogue)), folds(log), log.items, hidden=hidden)
    random = new_items(Sealed(Random(catalogue)), folds(log), log.items, hidden=hidden)
    assert texts.ndcg.mean() > random.ndcg.mean() + 0.2
    assert 0 < texts.coverage <= 1
