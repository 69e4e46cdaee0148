"""Numbers → SVG, each with the same numbers as a table beside it.

No style attribute and no script: the page's own classes colour it, so it follows the theme and the CSP. A
drawing stretches to its place; strokes keep their width. Every text is escaped by `Markup.format`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

WIDE, HIGH = 600.0, 140.0
"""The view box of a chart; it is stretched to the width of its column."""
MARGIN = 6.0
"""Units kept free above and below, so that a line is not cut at its extremes."""
MOST_ROWS = 400
"""Rows of a chart's table; beyond, every k-th number and the last one."""
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def chart_block(block: Mapping[str, Any]) -> Markup:
    """Return the figure of a chart block (`title`, `unit`, `dates` as ISO text, `values`): line, ends, table.

    Numbers that are not finite are left out. Dates beyond the numbers (or the other way round) are dropped.
    """
    title, unit = str(block.get("title", "")), str(block.get("unit", ""))
    pairs = [
        (str(day), float(value))
        for day, value in zip(block.get("dates", ()), block.get("values", ()), strict=False)
        if math.isfinite(value)
    ]
    if not pairs:
        return Markup('<p class="soft">{}: no numbers to draw.</p>').format(title or "A chart")
    values = [value for _, value in pairs]
    days = [spoken(day) for day, _ in pairs]
    told = description(days, values, unit)
    return Markup('<figure class="chart"><figcaption>{}</figcaption>{}{}{}</figure>').format(
        title,
        _line(title, told, values),
        _ends(days, values, unit),
        _numbers(title, days, values, unit),
    )


def curves(block: Mapping[str, Any]) -> Markup:
    """Return the figure of curves over steps: `title`, `series` of {`name`, `points` [(step, value)]}, and a `rule`.

    All series share both axes; the second and later ones are dashed. A `rule` is a value that is marked, when it
    lies inside. Its numbers stand in a table that the page gives once for all of a run's curves.
    """
    title = str(block.get("title", ""))
    series = [
        (str(one.get("name", "")), _finite(one.get("points", ())))
        for one in block.get("series", ())
    ]
    kept = [(name, points) for name, points in series if points]
    if not kept:
        empty = Markup(
            '<figure class="chart curve"><figcaption>{}</figcaption><p class="soft small">{}</p></figure>'
        )
        return empty.format(title, block.get("empty") or "No numbers yet.")
    every = [point for _, points in kept for point in points]
    frame = _Frame.around(every, block.get("rule"))
    drawn = Markup("").join(_curve(frame, points, k) for k, (_, points) in enumerate(kept))
    told = " ".join(_told(name, points) for name, points in kept)
    return Markup(
        '<figure class="chart curve"><figcaption>{} {}</figcaption><svg class="chart-plot" role="img" '
        'viewBox="0 0 {:g} {:g}" width="{:g}" height="{:g}" preserveAspectRatio="none"><title>{}</title>'
        "<desc>{}</desc>{}{}</svg>{}</figure>"
    ).format(
        Markup('<strong class="curve-title">{}</strong>').format(title),
        Markup(" ").join(_key(name, points, k, len(kept)) for k, (name, points) in enumerate(kept)),
        WIDE, HIGH, WIDE, HIGH, title, told, frame.rule(), drawn, frame.ends(),
    )  # fmt: skip


def interval(low: float, value: float, high: float, *, rule: float | None = None) -> Markup:
    """Return a value on its interval, on a scale of [0, 1] or of the interval itself when it lies beyond; numbers beside it say the same."""
    if not all(map(math.isfinite, (low, value, high))):
        return Markup("")
    least = min(0.0, low, value)
    span = max(1.0, high, value) - least
    at = [100 * (number - least) / span for number in (low, value, high)]
    mark = Markup("") if rule is None or not least <= rule <= least + span else Markup(
        '<rect class="rule" x="{:.2f}" y="0" width="0.6" height="10"/>'
    ).format(min(99.4, 100 * (rule - least) / span))  # fmt: skip
    return Markup(
        '<svg class="bar interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '{}<rect class="range" x="{:.2f}" y="3.5" width="{:.2f}" height="3"/>'
        '<rect x="{:.2f}" y="1" width="1.4" height="8"/></svg>'
    ).format(mark, at[0], max(0.6, at[2] - at[0]), max(0.0, min(98.6, at[1] - 0.7)))


def sparkline(values: Sequence[float], label: str = "") -> Markup:
    """Return a line of one word's height; its name says its ends and extremes."""
    kept = [float(v) for v in values if math.isfinite(v)]
    if not kept:
        return Markup("")
    told = f"{label}: " if label else ""
    told += f"{len(kept)} numbers from {shown(kept[0])} to {shown(kept[-1])}, {shown(min(kept))} to {shown(max(kept))}"
    path = _path(_points(kept, 80.0, 20.0, 3.0))
    return Markup(
        '<svg class="spark" role="img" width="80" height="20" viewBox="0 0 80 20" preserveAspectRatio="none">'
        '<title>{}</title><path class="chart-line" d="{}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'stroke-linejoin="round" stroke-linecap="round" vector-effect="non-scaling-stroke"/></svg>'
    ).format(told, path)


def bars(rows: Sequence[Mapping[str, Any]], caption: str = "") -> Markup:
    """Return a table with a bar in each row: rows have `label`, `value` and, optionally, `text` for the value.

    Values may be negative; all bars share one scale, with zero where it belongs.
    """
    kept = [row for row in rows if math.isfinite(float(row["value"]))]
    low = min([0.0, *(float(row["value"]) for row in kept)])
    high = max([0.0, *(float(row["value"]) for row in kept)])
    span = (high - low) or 1.0
    lines = [_bar_row(row, low, span) for row in kept]
    head = Markup("<caption>{}</caption>").format(caption) if caption else Markup("")
    return Markup(
        '<div class="table-wrap"><table class="bars">{}<tbody>{}</tbody></table></div>'
    ).format(head, Markup("").join(lines))


def description(days: Sequence[str], values: Sequence[float], unit: str) -> str:
    """Return in one sentence what a line shows."""
    low, high = values.index(min(values)), values.index(max(values))
    if len(values) == 1:
        return f"One number: {shown(values[0], unit)} on {days[0]}."
    return (
        f"{len(values)} numbers from {shown(values[0], unit)} on {days[0]} to {shown(values[-1], unit)} on {days[-1]}; "
        f"lowest {shown(values[low], unit)} on {days[low]}, highest {shown(values[high], unit)} on {days[high]}."
    )


def shown(value: float, unit: str = "") -> str:
    """Return a number as a person reads it: six digits at most, thousands apart, with its unit."""
    digits = max(0, 5 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{min(digits, 10)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if unit in SIGNS:
        return f"-{SIGNS[unit]}{text[1:]}" if text.startswith("-") else SIGNS[unit] + text
    return text + (unit if unit == "%" else f" {unit}" if unit else "")


def number(value: float, digits: int = 4) -> str:
    """Return a number with so many digits that count."""
    return shown(float(f"{value:.{digits}g}"))


def spoken(day: str) -> str:
    """Return an ISO date as ``8 March 2020``; any other text as it is."""
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return day
    return f"{date.day} {date:%B %Y}"


@dataclass(frozen=True, slots=True)
class _Frame:
    """The axes that the curves of one figure share: steps from left to right, values upwards."""

    first: float
    last: float
    low: float
    high: float
    marked: float | None

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]], marked: object) -> _Frame:
        """Return the frame of these points; a marked value near them is taken in."""
        steps, values = [x for x, _ in points], [y for _, y in points]
        low, high = min(values), max(values)
        if isinstance(marked, int | float):
            reach = max(high - low, abs(high), abs(low)) or 1.0
            if low - reach <= marked <= high + reach:
                low, high = min(low, marked), max(high, marked)
        return cls(
            min(steps),
            max(steps),
            low,
            high,
            float(marked) if isinstance(marked, int | float) else None,
        )

    def at(self, step: float, value: float) -> tuple[float, float]:
        """Return where a point lies in the view box."""
        wide, high = self.last - self.first, self.high - self.low
        across = (step - self.first) / wide if wide else 0.5
        up = (value - self.low) / high if high else 0.5
        inside = HIGH - 2 * MARGIN
        return round(MARGIN + (WIDE - 2 * MARGIN) * across, 2), round(MARGIN + inside * (1 - up), 2)

    def rule(self) -> Markup:
        """Return the line of the marked value, if it lies inside."""
        if self.marked is None or not self.low <= self.marked <= self.high:
            return Markup("")
        y = self.at(self.first, self.marked)[1]
        return Markup(
            '<path class="chart-rule" d="M0 {:g}H{:g}" fill="none" stroke="currentColor" stroke-width="1" '
            'stroke-dasharray="2 4" vector-effect="non-scaling-stroke"/>'
        ).format(y, WIDE)

    def ends(self) -> Markup:
        """Return what stands under the curves: steps and values, in words."""
        return Markup(
            '<p class="chart-ends small soft" aria-hidden="true"><span>step {:g}</span> <span>{} to {}</span> '
            "<span>step {:g}</span></p>"
        ).format(self.first, number(self.low), number(self.high), self.last)


def _finite(points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Return the points whose numbers are finite, thinned to what a drawing can show."""
    kept = [(float(x), float(y)) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    step = max(1, math.ceil(len(kept) / MOST_ROWS))
    return kept[:-1:step] + kept[-1:]


def _curve(frame: _Frame, points: Sequence[tuple[float, float]], order: int) -> Markup:
    path = _path([frame.at(*point) for point in points])
    x, y = frame.at(*points[-1])
    dash = Markup(' stroke-dasharray="6 5"') if order else Markup("")
    return Markup(
        '<path class="chart-line{}" d="{}" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" '
        'stroke-linecap="round" vector-effect="non-scaling-stroke"{}/>'
        '<path class="chart-dot{}" d="M{:g} {:g}h0.01" fill="none" stroke="currentColor" stroke-width="7" '
        'stroke-linecap="round" vector-effect="non-scaling-stroke"/>'
    ).format(" second" if order else "", path, dash, " second" if order else "", x, y)


def _key(name: str, points: Sequence[tuple[float, float]], order: int, count: int) -> Markup:
    """Return the name of a series with its last number, marked as its line is."""
    mark = Markup(
        '<svg class="curve-key{}" width="18" height="8" viewBox="0 0 18 8" aria-hidden="true" focusable="false">'
        '<path d="M1 4H17" stroke="currentColor" stroke-width="2"{}/></svg>'
    ).format(" second" if order else "", Markup(' stroke-dasharray="4 3"') if order else Markup(""))
    words = f"{name} {number(points[-1][1])}" if count > 1 or name else number(points[-1][1])
    return Markup('<span class="curve-last">{}{}</span>').format(mark, words)


def _told(name: str, points: Sequence[tuple[float, float]]) -> str:
    """Return in one sentence what a series shows."""
    values = [value for _, value in points]
    begin = f"{name or 'it'}: {len(points)} points"
    if len(points) == 1:
        return f"{begin}, {number(values[0])} at step {points[0][0]:g}."
    return (
        f"{begin} from {number(values[0])} at step {points[0][0]:g} to {number(values[-1])} at step "
        f"{points[-1][0]:g}; lowest {number(min(values))}, highest {number(max(values))}."
    )


def _line(title: str, told: str, values: Sequence[float]) -> Markup:
    points = _points(values, WIDE, HIGH, MARGIN)
    path = _path(points)
    (first_x, _), (last_x, last_y) = points[0], points[-1]
    area = f"{path}V{HIGH:g}H{first_x:g}Z" if len(points) > 1 else ""
    return Markup(
        '<svg class="chart-plot" role="img" viewBox="0 0 {:g} {:g}" width="{:g}" height="{:g}" '
        'preserveAspectRatio="none"><title>{}</title><desc>{}</desc>'
        '<path class="chart-area" d="{}" fill="currentColor" fill-opacity="0.1"/>'
        '<path class="chart-line" d="{}" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linejoin="round" stroke-linecap="round" vector-effect="non-scaling-stroke"/>'
        '<path class="chart-dot" d="M{:g} {:g}h0.01" fill="none" stroke="currentColor" stroke-width="7" '
        'stroke-linecap="round" vector-effect="non-scaling-stroke"/></svg>'
    ).format(WIDE, HIGH, WIDE, HIGH, title, told, area, path, last_x, last_y)


def _ends(days: Sequence[str], values: Sequence[float], unit: str) -> Markup:
    """Return what stands under a line: first, extremes and last, in words."""
    first = f"{days[0]}: {shown(values[0], unit)}"
    if len(values) == 1:
        return Markup(
            '<p class="chart-ends small soft" aria-hidden="true"><span>{}</span></p>'
        ).format(first)
    between = f"{shown(min(values), unit)} to {shown(max(values), unit)}"
    return Markup(
        '<p class="chart-ends small soft" aria-hidden="true"><span>{}</span> <span>{}</span> <span>{}</span></p>'
    ).format(first, between, f"{days[-1]}: {shown(values[-1], unit)}")


def _numbers(title: str, days: Sequence[str], values: Sequence[float], unit: str) -> Markup:
    step = max(1, math.ceil(len(values) / MOST_ROWS))
    chosen = [*range(0, len(values) - 1, step), len(values) - 1]
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td class="num">{}</td></tr>').format(
            days[i], shown(values[i], unit)
        )
        for i in chosen
    )
    return Markup(
        '<details class="chart-numbers"><summary class="small soft">The same {} numbers as a table</summary>'
        '<div class="table-wrap" tabindex="0" role="region" aria-label="{}"><table><caption class="visually-hidden">{}'
        '</caption><thead><tr><th scope="col">day</th><th scope="col" class="num">{}</th></tr></thead>'
        "<tbody>{}</tbody></table></div></details>"
    ).format(len(values), f"Numbers of {title or 'the chart'}", title, unit or "value", rows)


def _bar_row(row: Mapping[str, Any], low: float, span: float) -> Markup:
    value = float(row["value"])
    left, right = min(value, 0.0), max(value, 0.0)
    return Markup(
        '<tr><th scope="row">{}</th><td class="bar-cell"><svg class="bar {}" viewBox="0 0 100 10" '
        'preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect x="{:.2f}" y="1" width="{:.2f}" '
        'height="8"/><rect class="rule" x="{:.2f}" y="0" width="0.6" height="10"/></svg></td>'
        '<td class="num">{}</td></tr>'
    ).format(
        str(row["label"]),
        "down" if value < 0 else "up",
        100 * (left - low) / span,
        100 * (right - left) / span,
        min(99.4, 100 * -low / span),
        str(row.get("text") or shown(value)),
    )


def _points(
    values: Sequence[float], wide: float, high: float, margin: float
) -> list[tuple[float, float]]:
    """Return a point per value, left to right, the largest on top; one value or a flat line lies in the middle."""
    low, span = min(values), max(values) - min(values)
    step = (wide - 2 * margin) / max(1, len(values) - 1)
    inside = high - 2 * margin
    return [
        (
            round(margin + i * step if len(values) > 1 else wide / 2, 2),
            round(margin + inside * (1 - (v - low) / span if span else 0.5), 2),
        )
        for i, v in enumerate(values)
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = points
    return f"M{x:g} {y:g}" + "".join(f"L{x:g} {y:g}" for x, y in rest) + ("" if rest else "h0.01")
