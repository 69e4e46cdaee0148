"""A chart says in words and in a table what it draws, and carries no style or script."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.web.charts import bars, chart_block, curves, interval, number, shown, sparkline

BLOCK = {
    "kind": "chart",
    "title": "Bitcoin, close",
    "unit": "USD",
    "dates": ["2020-03-06", "2020-03-07", "2020-03-08"],
    "values": [9122.55, 8901.02, 8108.12],
}
FORBIDDEN = re.compile(r"\sstyle=|\son\w+=|<script|<style|javascript:|href=", re.IGNORECASE)


def test_a_chart_has_a_name_a_description_and_the_same_numbers_as_a_table() -> None:
    html = str(chart_block(BLOCK))
    assert 'role="img"' in html
    assert "<title>Bitcoin, close</title>" in html
    assert "lowest $8,108.12 on 8 March 2020, highest $9,122.55 on 6 March 2020" in html
    assert html.count("<tr>") == 4
    for text in ("$9,122.55", "$8,901.02", "$8,108.12"):
        assert f'<td class="num">{text}</td>' in html
    assert not FORBIDDEN.search(html)


def test_the_line_falls_where_the_numbers_fall() -> None:
    path = re.search(r'class="chart-line" d="M([^"]+)"', str(chart_block(BLOCK)))
    assert path is not None
    heights = [float(point.split()[1]) for point in path[1].split("L")]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1]


def test_text_from_a_card_is_escaped_everywhere() -> None:
    hostile = '<script>alert(1)</script>" onload="x'
    html = str(chart_block({**BLOCK, "title": hostile, "unit": hostile, "dates": [hostile] * 3}))
    html += str(bars([{"label": hostile, "value": 1.0, "text": hostile}], hostile))
    html += str(sparkline([1.0, 2.0], hostile))
    assert "<script" not in html
    assert '" onload' not in html


@pytest.mark.parametrize("values", [[], [math.nan, math.inf, -math.inf]])
def test_nothing_to_draw_is_said(values: list[float]) -> None:
    assert "no numbers" in chart_block({**BLOCK, "values": values})
    assert sparkline(values) == ""


def test_one_number_and_a_flat_line_are_drawn() -> None:
    assert "One number: $5" in chart_block({**BLOCK, "dates": ["2020-03-06"], "values": [5.0]})
    assert "L" in str(sparkline([3.0, 3.0]))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=0, max_size=60))
def test_any_numbers_give_finite_coordinates(values: list[float]) -> None:
    dates = ["2020-01-01"] * len(values)
    html = str(chart_block({**BLOCK, "dates": dates, "values": values})) + str(sparkline(values))
    for path in re.findall(r' d="([^"]*)"', html):
        assert "nan" not in path
        assert "inf" not in path
    assert str(bars([{"label": "x", "value": v} for v in values])).count("<tr>") == sum(
        map(math.isfinite, values)
    )


def test_bars_share_one_scale_with_zero_between_gains_and_losses() -> None:
    html = str(bars([{"label": "more", "value": 3.0}, {"label": "less", "value": -1.0}]))
    rects = re.findall(r'<rect x="([\d.]+)" y="1" width="([\d.]+)"', html)
    assert rects == [("25.00", "75.00"), ("0.00", "25.00")]
    assert 'class="bar down"' in html


def test_a_long_chart_keeps_its_table_short_and_its_last_number() -> None:
    dates = [f"2020-{1 + i % 12:02d}-01" for i in range(2_000)]
    html = str(chart_block({**BLOCK, "dates": dates, "values": [float(i) for i in range(2_000)]}))
    assert html.count("<tr>") <= 402
    assert '<td class="num">$1,999</td>' in html


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0, "", "0"),
        (21.782419, "USD", "$21.7824"),
        (-21.5, "USD", "-$21.5"),
        (0.002458, "USD", "$0.002458"),
        (1234567.0, "", "1,234,567"),
        (3.2, "%", "3.2%"),
        (7.0, "days", "7 days"),
    ],
)
def test_numbers_are_shown_as_a_person_reads_them(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


LOSS = {
    "title": "Loss",
    "rule": 0.5,
    "series": [
        {"name": "training", "points": [[1, 0.9], [2, 0.4], [3, 0.3]]},
        {"name": "held out", "points": [[2, 0.7]]},
    ],
}


def test_curves_share_their_axes_and_say_their_last_numbers() -> None:
    html = str(curves(LOSS))
    assert html.count('class="chart-line') == 2
    assert "training 0.3" in html
    assert "held out 0.7" in html
    assert (
        "training: 3 points from 0.9 at step 1 to 0.3 at step 3; lowest 0.3, highest 0.9." in html
    )
    assert "held out: 1 points, 0.7 at step 2." in html
    heights = [float(y) for y in re.findall(r'chart-dot[^"]*" d="M[\d.]+ ([\d.]+)h', html)]
    assert heights[0] > heights[1], "0.3 lies lower than 0.7 on the axis both share"
    assert 'class="chart-rule"' in html
    assert not FORBIDDEN.search(html)


def test_a_marked_value_far_away_does_not_flatten_the_curve() -> None:
    assert 'class="chart-rule"' not in str(curves({**LOSS, "rule": 50.0}))
    assert 'class="chart-rule"' not in str(curves({**LOSS, "rule": None}))


def test_curves_without_numbers_say_so_and_names_are_escaped() -> None:
    hostile = '<script>alert(1)</script>" onload="x'
    empty = {"title": hostile, "empty": hostile, "series": [{"name": hostile, "points": [[1, math.nan]]}]}  # fmt: skip
    full = {"title": hostile, "series": [{"name": hostile, "points": [[1, 2.0]]}]}
    for html in (str(curves(empty)), str(curves(full))):
        assert "<script" not in html
        assert '" onload' not in html
    assert "No numbers yet." in curves({"title": "x", "series": []})


@given(st.lists(st.tuples(st.floats(allow_nan=True, width=32), st.floats(allow_nan=True, width=32)), max_size=30))  # fmt: skip
def test_any_points_give_finite_curves(points: list[tuple[float, float]]) -> None:
    html = str(curves({"title": "x", "rule": 0.0, "series": [{"name": "a", "points": points}]}))
    for path in re.findall(r' d="([^"]*)"', html):
        assert "nan" not in path
        assert "inf" not in path


def test_thousands_of_steps_are_thinned_and_the_last_one_stays() -> None:
    points = [[float(i), float(i % 7)] for i in range(9_000)]
    html = str(curves({"title": "x", "series": [{"name": "", "points": points}]}))
    assert html.count("L") < 450
    assert "at step 8999" in html


@pytest.mark.parametrize(("value", "text"), [(0.123456, "0.1235"), (12345.6, "12,350"), (0.0, "0")])
def test_a_number_is_rounded_to_the_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


def test_an_interval_lies_between_its_ends_on_a_scale_from_nothing_to_all() -> None:
    html = str(interval(0.6, 0.7, 0.8, rule=0.5))
    assert '<rect class="range" x="60.00" y="3.5" width="20.00"' in html
    assert '<rect class="rule" x="50.00"' in html
    assert interval(0.0, math.inf, 1.0) == ""
    assert "rule" not in interval(0.1, 0.2, 0.3)
