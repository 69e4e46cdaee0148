"""Numbers → SVG, each with the same numbers as a table beside it.

No style attribute and no script: the page's own classes colour it, so it follows the theme and the CSP. A
drawing stretches to its place; strokes keep their width. Every text is escaped by `Markup.format`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
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


def spoken(day: str) -> str:
    """Return an ISO date as ``8 March 2020``; any other text as it is."""
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return day
    return f"{date.day} {date:%B %Y}"


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
