"""Checks a plugin and shows what was found: a table for people, JSON for a CI, an exit code for both."""

from __future__ import annotations

import asyncio
import json
import sys

from rich.console import Console
from rich.text import Text

from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import BadInputError
from ammo_agents.settings import load
from ammo_agents.testing.checking import check, reached
from ammo_agents.testing.report import MARKS, Checked, Report
from ammo_agents.testing.rules import Tier

STYLES = {"pass": "green", "fail": "bold red", "exempt": "dim", "unchecked": "yellow"}
NOT_REACHED = 2


def run(said: str, *, tier: str, as_json: bool, seconds: float, days: int) -> None:
    """Check what `said` names; the exit code is 0 when `tier` is reached, else 2.

    Raises:
        NotFoundError, BadInputError: there is no such plugin, folder, wheel or tier.
    """
    wanted = tier_of(tier)
    settings = load(FLAGS).settings
    err = Console(stderr=True)
    with err.status(f"looking at {said}") as status:
        told = status.update if err.is_terminal else lambda _: None
        report = asyncio.run(
            check(
                said, settings, seconds=seconds, days=days, progress=lambda r: told(f"{said}: {r}")
            )
        )
    if as_json:
        plain = {**report.plain(), "wanted": wanted.word, "reached": reached(report, wanted)}
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2) + "\n")
    else:
        show(report, wanted)
    if not reached(report, wanted):
        sys.exit(NOT_REACHED)


def tier_of(word: str) -> Tier:
    """Return the tier that a word names; raises `BadInputError` for any other word."""
    found = {tier.word: tier for tier in Tier if tier}
    if word.lower() not in found:
        raise BadInputError(f"no tier {word!r}", hint=f"There are {', '.join(found)}.")
    return found[word.lower()]


def show(report: Report, wanted: Tier) -> None:
    """Print the report: a line per rule, then what is broken with its way out."""
    console = Console(highlight=False)
    console.print(Text(f"{report.name}  ({report.where})", style="bold"))
    for tier in list(Tier)[1:]:
        rows = [c for c in report.checked if c.rule.tier is tier]
        kept = sum(c.state in {"pass", "exempt"} for c in rows)
        console.print(Text(f"\n{tier.word.title()}: {kept} of {len(rows)}", style="bold"))
        for row in rows:
            console.print(_line(row), soft_wrap=True)
    for row in sorted(report.broken, key=lambda c: c.rule.tier):
        console.print()
        console.print(Text(plain(row.message)), soft_wrap=True)
    console.print()
    steps = ", ".join(c.rule.id for c in report.next_steps())
    tail = f"  Next: {steps}" if steps else ""
    style = "bold green" if reached(report, wanted) else "bold red"
    console.print(Text(f"Tier: {report.tier.word}.{tail}", style=style), soft_wrap=True)


def _line(row: Checked) -> Text:
    said = row.rule.says if row.state in {"pass", "fail"} else (row.reasons or ("",))[0]
    line = Text(f"  {MARKS[row.state]:>4}  ", style=STYLES[row.state])
    return line.append(f"{row.rule.id:18}  {plain(said)}", style="" if row.state != "exempt" else "dim")  # fmt: skip


def plain(text: str) -> str:
    """Return foreign text without control characters: a plugin's names reach the terminal here."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
