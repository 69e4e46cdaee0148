"""How an evaluation looks in a terminal: one table per protocol, the bars, and what it was run on."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from ammo_agents.cli.paint import clean

Plain = Mapping[str, Any]
Column = tuple[str, str]
"""Heading and key; every key has its ``_interval`` beside it, where there is one."""
WIDE = 120
"""Columns on a pipe: the widest table, with its intervals, in lines that are not folded."""
FULL: tuple[Column, ...] = (
    ("NDCG@10", "ndcg_at_10"),
    ("Recall@10", "recall_at_10"),
    ("coverage", "coverage"),
    ("less EASE", "ndcg_at_10_less_ease"),
)
REPLAY: tuple[Column, ...] = (
    ("regret share", "regret_share_of_random"),
    ("worst decile", "worst_decile"),
    ("best missed share", "best_missed_share"),
    ("less EASE", "regret_share_less_ease"),
)
NEW: tuple[Column, ...] = (("NDCG@10", "new_items_ndcg_at_10"),)


def show(report: Plain) -> None:
    """Paint the whole report."""
    out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    for protocol, title, columns in (
        ("full", "Full ranking", FULL),
        ("replay", "Replay of slates", REPLAY),
        ("new", "New items", NEW),
    ):
        if protocol in report["protocols"]:
            _table(out, title, report["methods"], columns)
            _say(out, report["protocols"][protocol])
    if "replay" in report["protocols"]:
        _nested(
            out,
            "Regret share with few known people",
            report["methods"],
            "communities",
            "regret_share_of_random",
        )
    if "questions" in report["protocols"]:
        _nested(
            out,
            "Top-5 regret after so many answers",
            report["methods"],
            "question_regret",
            "regret",
        )
        _say(out, report["protocols"]["questions"])
    _bars(out, report["bars"])
    _origin(out, report)


def _table(out: Console, title: str, methods: Sequence[Plain], columns: Sequence[Column]) -> None:
    table = _empty(title, ["method", *(heading for heading, _ in columns)])
    for method in methods:
        if any(method[key] is not None for _, key in columns):
            table.add_row(_named(method), *(_cell(method, key) for _, key in columns))
    out.print(table)


def _nested(out: Console, title: str, methods: Sequence[Plain], group: str, key: str) -> None:
    """Paint one figure under several counts: a column for each."""
    some = [method for method in methods if method[group]]
    if not some:
        return
    counts = list(some[0][group])
    table = _empty(title, ["method", *counts])
    for method in some:
        table.add_row(_named(method), *(_number(method[group][count][key]) for count in counts))
    out.print(table)


def _bars(out: Console, bars: Sequence[Plain]) -> None:
    table = _empty("Quality bars", ["bar", "must be", "is", "met"])
    for bar in bars:
        met = {None: "[dim]not measured[/dim]", True: "[green]yes[/green]", False: "[red]no[/red]"}
        must = f"{bar['must']} (aim)" if bar["aim"] else bar["must"]
        table.add_row(clean(bar["bar"]), clean(must), _number(bar["value"]), met[bar["met"]])
    out.print(table)


def _origin(out: Console, report: Plain) -> None:
    machine, data = report["machine"], report["data"]
    notes = "".join(f"; {note}" for note in data["notes"])
    for note in report["notes"]:
        _say(out, note)
    _say(out, f"{report['folds']}. Intervals: {report['intervals']}.")
    _say(
        out,
        f"{data['people']} people, {data['items']} items, {data['ratings']} ratings (hash {data['hash']}){notes}.",
    )
    _say(
        out,
        f"Seed {report['seed']} · {report['embedder']} · {machine['cpu']}, {machine['cores']} cores · "
        f"Python {machine['python']}, NumPy {machine['numpy']} · {report['leaks']['inspected']} hand-overs inspected, no leak.",
    )


def _empty(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(
            clean(column),
            justify="right" if number else "left",
            no_wrap=number > 0 and not sys.stdout.isatty(),
        )
    return table


def _named(method: Plain) -> str:
    name = clean(method["name"])
    return f"[bold]{name}[/bold]" if method["own"] else name


def _cell(method: Plain, key: str) -> str:
    interval = method.get(f"{key}_interval")
    shown = _number(method[key])
    if not interval:
        return shown
    return f"{shown} [dim]\\[{_short(interval[0], 3)}, {_short(interval[1], 3)}][/dim]"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return _short(value, 4) if isinstance(value, float) else str(value)


def _short(value: float, digits: int) -> str:
    """Return a number as tables of scores print it: .127, -.013, 1.002."""
    return f"{value:.{digits}f}".replace("-0.", "-.").removeprefix("0")


def _say(out: Console, text: str) -> None:
    out.print(f"[dim]{clean(text)}[/dim]\n", soft_wrap=True)
