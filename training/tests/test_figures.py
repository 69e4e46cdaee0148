"""Figures with intervals, accuracies with ties at a half, and what trivial rules reach: numbers checked by hand."""

import math

import numpy as np
import pytest
from ammo_training import intervals, measures, winrate
from ammo_training.measures import Judged, LogProbs

from ammo_agents.errors import BadInputError


def pair(n: int, chosen: str, rejected: str, *, person: str = "", kind: str = "human") -> Judged:
    return Judged(
        id=str(n),
        prompt=f"q{n}",
        chosen=chosen,
        rejected=rejected,
        person=person,
        kind=kind,  # type: ignore[arg-type]
    )


def logprobs(rows: list[tuple[float, float]], tokens: int = 4) -> LogProbs:
    sums = np.array(rows, np.float64)
    return LogProbs(sums=sums, tokens=np.full(sums.shape, float(tokens)))


def test_wilson_gives_the_textbook_interval_and_counts_a_tie_as_half() -> None:
    found = intervals.share([1.0] * 7 + [0.5] * 2 + [0.0] * 1)
    assert found.value == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert found.n == 10


def test_a_share_of_everything_or_nothing_still_has_width() -> None:
    assert intervals.share([1.0] * 20).low == pytest.approx(0.8389, abs=1e-4)
    assert intervals.share([]).plain() == {
        "value": 0.5, "low": 0.0, "high": 1.0, "n": 0, "over": "pairs",
    }  # fmt: skip


def test_one_talkative_person_widens_the_interval_over_people_and_counts_once_in_the_macro_mean() -> (
    None
):
    values = [1.0] * 50 + [0.0, 0.0, 0.0, 0.0]
    people = ["a"] * 50 + ["b", "c", "d", "e"]
    assert intervals.macro(values, people, over="people", seed=1).value == pytest.approx(0.2)
    clustered = intervals.mean(values, people, over="people", seed=1)
    plain = intervals.share(values)
    assert clustered.high - clustered.low > plain.high - plain.low
    assert clustered.n == 5


def test_one_group_says_nothing_about_others() -> None:
    found = intervals.mean([1.0, 0.0], ["a", "a"], over="people", seed=1)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert found.plain()["low"] is None


def test_student_over_three_seeds_and_no_interval_of_one() -> None:
    found = intervals.across([0.60, 0.62, 0.64])
    assert (found.low, found.high) == pytest.approx((0.5703, 0.6697), abs=1e-4)
    assert intervals.across([0.6]).plain()["high"] is None


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_no_figure_is_made_of_what_is_no_number(bad: float) -> None:
    with pytest.raises(BadInputError, match="no numbers"):
        intervals.share([1.0, bad])
    with pytest.raises(BadInputError, match="no numbers"):
        measures.wins(np.array([bad]))


def test_a_fresh_adapter_is_right_half_the_time_and_not_never() -> None:
    pairs = [pair(n, "a b", "c d") for n in range(6)]
    base = logprobs([(-1.0, -2.0)] * 6)
    found = measures.preference(pairs, base, base, seed=1)
    assert found["accuracy"]["with_reference"]["value"] == 0.5
    assert found["ties"] == 6
    assert found["displacement_alarm"] is False


def test_margins_drift_and_alarm_are_those_of_the_sums() -> None:
    pairs = [pair(n, "a b", "c d", person=f"p{n % 3}") for n in range(6)]
    base, tuned = logprobs([(-8.0, -8.0)] * 6), logprobs([(-10.0, -14.0)] * 6)
    found = measures.preference(pairs, base, tuned, seed=1)
    assert found["margin"]["value"] == pytest.approx(4.0)
    assert found["chosen_drift"]["value"] == pytest.approx(-0.5)
    assert found["rejected_drift"]["value"] == pytest.approx(-1.5)
    assert found["accuracy"]["with_reference"]["value"] == 1.0
    assert found["displacement_alarm"] is True
    assert found["people"] == 3


def test_the_length_rules_tie_at_equal_length() -> None:
    pairs = [pair(0, "abc", "a"), pair(1, "a", "abc"), pair(2, "ab", "cd"), pair(3, "abcd", "a")]
    found = measures.baselines(pairs, None)
    assert found["longer"].value == pytest.approx(2.5 / 4)
    assert found["shorter"].value == pytest.approx(1.5 / 4)
    assert "majority" not in found, "nobody is named, so nobody's others are known"


def test_the_majority_counts_everybody_but_the_person_judged() -> None:
    three = [pair(n, "liked", "other", person=f"p{n}") for n in range(3)]
    alone = pair(3, "never seen", "nor this", person="p3")
    found = measures.baselines([*three, alone], None)
    assert found["majority"].value == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert measures.baselines([three[0]], None)["majority"].value == 0.5


def test_kinds_are_never_mixed() -> None:
    pairs = [pair(0, "a", "b"), pair(1, "a", "b", kind="rule"), pair(2, "a", "b")]
    assert measures.kinds(pairs) == {"human": [0, 2], "rule": [1]}


def test_texts_cut_differently_are_not_compared() -> None:
    with pytest.raises(BadInputError, match="cut differently"):
        measures.preference(
            [pair(0, "a", "b")], logprobs([(-1, -2)]), logprobs([(-1, -2)], tokens=5), seed=1
        )


def rows(seed: int, n: int, dim: int = 12) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(n, dim))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_a_judge_that_knows_a_taste_is_believed_and_finds_the_better_side() -> None:
    taste = np.eye(12)[0]
    one, other = rows(1, 300), rows(2, 300)
    ahead = (one - other) @ taste > 0
    gaps = np.where(ahead[:, None], one - other, other - one)
    people = [f"p{n % 30}" for n in range(300)]
    right = winrate.reliability(gaps, people, seed=3)
    assert right.mean() > 0.8
    better, worse = np.tile(taste, (40, 1)), np.tile(-taste, (40, 1))
    prompts = [str(n) for n in range(40)]
    win = winrate.win_rate(
        winrate.learned(gaps, people), people[:40], better, worse, prompts, seed=3
    )
    found = winrate.judged(win, right, people, seed=3)
    assert found["judge_qualified"] is True
    assert found["rate"]["value"] == 1.0
    assert found["order_changed"] == 0.0


def test_a_judge_of_noise_is_not_believed() -> None:
    gaps, people = rows(4, 200), [f"p{n % 20}" for n in range(200)]
    right = winrate.reliability(
        gaps * np.random.default_rng(5).choice([-1, 1], (200, 1)), people, seed=3
    )
    win = winrate.win_rate(
        winrate.learned(gaps, people), [""] * 5, rows(6, 5), rows(7, 5), list("abcde"), seed=3
    )
    assert winrate.judged(win, right, people, seed=3)["judge_qualified"] is False


class First:
    """Likes whatever it reads first."""

    def prefers(self, person: str, first: np.ndarray, second: np.ndarray) -> float:
        return 1.0


def test_a_judge_that_takes_whatever_comes_first_gives_a_half_and_is_not_believed() -> None:
    win = winrate.win_rate(First(), [""] * 4, rows(1, 4), rows(2, 4), list("abcd"), seed=1)
    assert win["rate"]["value"] == 0.5
    assert win["order_changed"] == 1.0
    assert (
        winrate.judged(win, np.ones(40), [str(n) for n in range(40)], seed=1)["judge_qualified"]
        is False
    )


def test_sides_that_do_not_stand_in_pairs_are_refused() -> None:
    with pytest.raises(BadInputError, match="4 texts against 3"):
        winrate.win_rate(First(), [""] * 4, rows(1, 4), rows(2, 3), list("abcd"), seed=1)
