"""No method learns from whom it is judged on: leaks are planted, and caught."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ammo_agents.errors import BadInputError, LeakError
from ammo_agents.records import Wide
from ammo_agents.replay import folds as cutting
from ammo_agents.replay.folds import Fold, Split, folds, split
from ammo_agents.replay.leak import Sealed
from ammo_agents.replay.log import History, RatingsLog, Rows
from ammo_agents.replay.method import Catalogue
from ammo_agents.replay.plain import Popularity
from ammo_agents.replay.ranking import full_ranking, new_items, ranked, tie_order
from ammo_agents.replay.roster import ROSTER
from ammo_agents.replay.slates import replay


class Curious:
    """A method that keeps everything it is handed."""

    name = "curious"

    def __init__(self, items: int) -> None:
        self._items = items
        self.known: list[list[History]] = []
        self.pasts: list[History] = []

    def learn(self, known: Sequence[History]) -> None:
        self.known.append(list(known))

    def scores(self, past: History) -> Wide:
        self.pasts.append(past)
        return np.arange(self._items, dtype=np.float64)


def test_a_judged_person_among_the_known_is_caught(log: RatingsLog, catalogue: Catalogue) -> None:
    one = folds(log)[0]
    planted = Fold(known=(*one.known, one.judged[3]), judged=one.judged)
    with pytest.raises(LeakError, match=f"judged on: {one.judged[3].person}"):
        full_ranking(Sealed(Popularity(catalogue)), [planted], log.items)
    with pytest.raises(LeakError, match="1 people would be learned from"):
        replay(Sealed(Popularity(catalogue)), [planted], log.items, seed=1)


def test_a_judged_person_under_another_name_is_caught(
    log: RatingsLog, catalogue: Catalogue
) -> None:
    one = folds(log)[0]
    double = replace(one.judged[0], person="somebody else")
    planted = Fold(known=(*one.known, double), judged=one.judged)
    with pytest.raises(LeakError, match="of the known person somebody else"):
        full_ranking(Sealed(Popularity(catalogue)), [planted], log.items)


def test_even_a_part_of_a_judged_person_is_caught(log: RatingsLog, catalogue: Catalogue) -> None:
    one = folds(log)[0]
    part = replace(one.judged[0].at(slice(90, None)), person="a part")
    with pytest.raises(LeakError, match="a part"):
        Sealed(Popularity(catalogue)).learn([*one.known, part], one.judged)


def test_a_past_that_holds_the_future_is_caught(log: RatingsLog, catalogue: Catalogue) -> None:
    one = folds(log)[0]
    method = Sealed(Popularity(catalogue))
    method.learn(one.known, one.judged)
    person = one.judged[0]
    honest = split(person)
    planted = Split(past=person.at(slice(0, len(honest.past) + 1)), tested=honest.tested)
    everything, ties = np.arange(len(log.items)), tie_order(log.items)
    assert len(ranked(method, honest, everything, ties)) == 10
    with pytest.raises(LeakError, match="1 items that are still to be judged"):
        ranked(method, planted, everything, ties)


def test_a_past_later_than_the_test_is_caught(log: RatingsLog, catalogue: Catalogue) -> None:
    one = folds(log)[0]
    method = Sealed(Popularity(catalogue))
    method.learn(one.known, one.judged)
    person = one.judged[0]
    swapped = Split(past=person.at(slice(30, None)), tested=person.at(slice(0, 30)))
    with pytest.raises(LeakError, match="beyond the first judged rating"):
        ranked(method, swapped, np.arange(len(log.items)), tie_order(log.items))


def test_a_harness_that_cuts_too_late_is_caught(
    log: RatingsLog, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(person: History, part: cutting.Part = "test") -> Split:
        honest = split(person, part)
        return Split(past=person, tested=honest.tested)

    monkeypatch.setattr("ammo_agents.replay.ranking.split", late)
    with pytest.raises(LeakError, match="still to be judged"):
        full_ranking(Sealed(Popularity(catalogue)), folds(log), log.items)


def test_what_is_handed_out_is_a_copy_and_nothing_of_the_judged(log: RatingsLog) -> None:
    curious = Curious(len(log.items))
    full_ranking(Sealed(curious), folds(log), log.items)
    for known, fold in zip(curious.known, folds(log), strict=True):
        assert {p.person for p in known} == {p.person for p in fold.known}
        assert not any(
            np.shares_memory(mine.items, theirs.items)
            for mine, theirs in zip(known, fold.known, strict=True)
        )
    people = {person.person: person for person in log.people}
    for past in curious.pasts:
        whole = people[past.person]
        assert past.items.tolist() == whole.items[: int(0.8 * len(whole))].tolist()


def test_in_a_replay_only_what_was_shown_is_heard(log: RatingsLog) -> None:
    curious = Curious(len(log.items))
    replay(Sealed(curious), folds(log)[:1], log.items, seed=3)
    lengths = [len(past) for past in curious.pasts]
    assert lengths == [5 * turn for _ in folds(log)[0].judged for turn in range(10)]
    first = next(past for past in curious.pasts if len(past) == 5)
    assert first.items.tolist() == sorted(log.people[0].items.tolist())[-5:][::-1]


def test_a_group_teaches_once_and_another_group_something_else(log: RatingsLog) -> None:
    made: list[Curious] = []

    def make() -> Curious:
        made.append(Curious(len(log.items)))
        return made[-1]

    method, groups = Sealed(make(), again=make), folds(log)
    for _ in range(2):
        for fold in groups:
            method.learn(fold.known, fold.judged)
            assert isinstance(method.method, Curious)
            taught = {person.person for person in method.method.known[0]}
            assert taught == {person.person for person in fold.known}
    assert [len(one.known) for one in made] == [0, 1, 1, 1, 1, 1]
    less = [person.at(slice(1, None)) for person in groups[0].known]
    method.learn(less, groups[0].judged)
    assert len(made) == 7
    with pytest.raises(LeakError):
        method.learn([*groups[0].known, groups[0].judged[0]], groups[0].judged)


def test_hidden_items_have_no_rating_anywhere(log: RatingsLog) -> None:
    curious, hidden = Curious(len(log.items)), [np.array([3, 40, 77])]
    new_items(Sealed(curious), folds(log), log.items, hidden=hidden)
    handed = [person for known in curious.known for person in known] + curious.pasts
    assert handed
    assert not any(np.isin(person.items, hidden).any() for person in handed)


class Broken:
    """A method that gives what it is told to give."""

    name = "broken"

    def __init__(self, given: Wide, chosen: Sequence[int] = ()) -> None:
        self._given, self._chosen = given, chosen

    def learn(self, known: Sequence[History]) -> None:
        pass

    def scores(self, past: History) -> Wide:
        return self._given

    def slate(self, past: History, candidates: Rows, slots: int, rng: np.random.Generator) -> Rows:
        return np.array(self._chosen, np.intp)

    def question(
        self, past: History, askable: Rows, candidates: Rows, rng: np.random.Generator
    ) -> int:
        return 10_000


@pytest.mark.parametrize(
    "given",
    [np.full(160, np.nan), np.ones((160, 2)), np.full(160, np.inf)],
    ids=["nan", "2d", "inf"],
)
def test_scores_that_are_none_are_refused(log: RatingsLog, given: Wide) -> None:
    with pytest.raises(BadInputError, match="broken gives scores of shape"):
        full_ranking(Sealed(Broken(given)), folds(log), log.items)


def test_too_few_scores_are_refused(log: RatingsLog) -> None:
    with pytest.raises(BadInputError, match="gives 159 scores for 160 items"):
        full_ranking(Sealed(Broken(np.ones(159))), folds(log), log.items)


@pytest.mark.parametrize("chosen", [[1, 1], [159, 0, 1, 2, 3, 4], [10_000]], ids=str)
def test_a_slate_that_is_none_is_refused(log: RatingsLog, chosen: list[int]) -> None:
    person = log.people[0]
    candidates = np.union1d(person.items[:20], [0, 1, 2, 3, 4, 159])
    with pytest.raises(BadInputError, match="which is no slate of 5 candidates"):
        Sealed(Broken(np.ones(160), chosen)).slate(
            person.at(slice(0, 0)), candidates, 5, np.random.default_rng(0)
        )


def test_a_question_about_something_else_is_refused(log: RatingsLog) -> None:
    person = log.people[0]
    method, rng = Sealed(Broken(np.ones(160))), np.random.default_rng(0)
    with pytest.raises(BadInputError, match="asks about 10000"):
        method.question(person.at(slice(0, 0)), person.items[:9], person.items[9:], rng)
    with pytest.raises(LeakError, match="still to be judged"):
        method.question(person.at(slice(0, 12)), person.items[20:], person.items[9:20], rng)


def test_every_method_of_the_roster_stands_behind_the_glass(
    log: RatingsLog, catalogue: Catalogue
) -> None:
    one = folds(log)[0]
    for entry in ROSTER:
        with pytest.raises(LeakError):
            Sealed(entry.make(catalogue)).learn([*one.known, one.judged[0]], one.judged)
