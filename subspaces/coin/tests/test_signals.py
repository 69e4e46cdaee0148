"""Every signal against numbers worked out by hand."""

import math

import numpy as np
import pytest
from ammo_subspace_coin import signals

NAN = np.nan


def test_a_change_needs_both_of_its_ends() -> None:
    series = np.array([100.0, 110.0, NAN, 99.0, 108.9])
    assert signals.change(series) == pytest.approx([NAN, 0.1, NAN, NAN, 0.1], nan_ok=True)
    assert signals.change(series, 3) == pytest.approx([NAN, NAN, NAN, -0.01, -0.01], nan_ok=True)


def test_a_rolling_mean_skips_missing_days_and_wants_enough_of_the_others() -> None:
    series = np.array([1.0, 2.0, NAN, 6.0])
    found = signals.rolling_mean(series, 3, least=2)
    assert found == pytest.approx([NAN, 1.5, 1.5, 4.0], nan_ok=True)


def test_a_rolling_deviation_is_that_of_its_window() -> None:
    found = signals.rolling_std(np.array([9.0, 1.0, 3.0]), 2, least=2)
    assert found == pytest.approx([NAN, 4.0, 1.0], nan_ok=True)


def test_series_that_move_alike_correlate_fully_and_opposite_ones_fully_negatively() -> None:
    a = np.array([1.0, 2.0, 4.0, 3.0])
    same = signals.rolling_correlation(a, 3 * a + 1, 4, least=4)
    opposite = signals.rolling_correlation(a, -a, 4, least=4)
    assert same[-1] == pytest.approx(1.0)
    assert opposite[-1] == pytest.approx(-1.0)
    assert np.isnan(same[:3]).all()


def test_a_constant_series_has_no_correlation() -> None:
    found = signals.rolling_correlation(np.ones(4), np.arange(4.0), 4, least=4)
    assert np.isnan(found).all()


def test_surprise_counts_how_often_the_own_past_was_as_large() -> None:
    series = np.array([1.0, 5.0, 3.0, 5.0, 9.0])
    found = signals.tail_surprise(series, 10, least=2)
    # 3 after (1, 5): one of two was as large; 5 after (1, 5, 3): one of three; 9: none of four.
    wanted = [NAN, NAN, math.log(3 / 2), math.log(4 / 2), math.log(5 / 1)]
    assert found == pytest.approx(wanted, nan_ok=True)


def test_surprise_forgets_what_lies_before_its_window() -> None:
    series = np.array([9.0, 1.0, 2.0, 8.0])
    assert signals.tail_surprise(series, 2, least=2)[-1] == pytest.approx(math.log(3))


def test_surprise_is_unknown_for_a_missing_day_and_does_not_count_it_later() -> None:
    series = np.array([1.0, NAN, 2.0, NAN, 3.0])
    found = signals.tail_surprise(series, 4, least=2)
    assert found == pytest.approx([NAN, NAN, NAN, NAN, math.log(3)], nan_ok=True)


def test_days_unbeaten_count_back_to_the_last_value_as_high() -> None:
    series = np.array([5.0, 3.0, 4.0, NAN, 5.0, 6.0])
    assert signals.days_unbeaten(series).tolist() == [1, 1, 2, 0, 4, 6]


def test_the_peak_is_the_first_of_equal_highs() -> None:
    series = np.array([NAN, 2.0, 3.0, 3.0, 1.0, 4.0])
    assert signals.peak_so_far(series).tolist() == [-1, 1, 2, 2, 2, 5]


def test_a_depth_is_new_once_until_the_next_peak() -> None:
    tenth = np.array([0, 2, 3, 2, 3, 0, 2])
    peak = np.array([0, 0, 0, 0, 0, 5, 5])
    found = signals.deeper(tenth, peak).tolist()
    assert found == [False, True, True, False, False, False, True]


def test_a_streak_breaks_at_a_turn_a_pause_and_a_gap() -> None:
    moves = np.array([0.1, 0.2, -0.1, -0.1, 0.0, 0.3, NAN, 0.1])
    assert signals.streak(moves).tolist() == [1, 2, -1, -2, 0, 1, 0, 1]


def test_first_in_is_quiet_after_it_fired() -> None:
    fires = np.array([True, True, False, True, False, False, True])
    assert signals.first_in(fires, 2).tolist() == [True, False, False, False, False, False, True]
