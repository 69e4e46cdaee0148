"""How the map of subspaces looks in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Plain = Mapping[str, Any]
DONE = {
    "link": "is shown in {into} too",
    "unlink": "is shown in {into} no longer",
    "merge": "are one feed now: {into}",
    "split": "gives a feed of its own: {into}",
}
"""What each change says once it is made."""


def changed(console: Console, answer: Plain) -> None:
    """Show what a change does to the feeds."""
    gone = answer.get("taken_back")
    change = gone or answer["change"]
    said = f"{' and '.join(change['subspaces'])} {DONE[change['kind']].format(into=change['into'])}"
    words = f"Taken back: {said}" if gone else f"{said[:1].upper()}{said[1:]}"
    console.print(f"Would be: {words}" if answer["dry_run"] else f"{words}.", highlight=False)
    table = Table("feed", "shows", "cards before", "cards after", box=None)
    for row in answer["feeds"]:
        listed = "" if row["listed"] or row["cards_after"] is None else " (not listed)"
        numbers = [
            "–" if row[key] is None else str(row[key]) for key in ("cards_before", "cards_after")
        ]
        table.add_row(f"{row['id']}{listed}", "; ".join(row["shows"]) or "–", *numbers)
    console.print(table)
    if not answer["dry_run"] and not gone:
        console.print("Take it back with: ammo subspace undo", style="dim")


def atlas(console: Console, answer: Plain) -> None:
    """Show every feed and the changes that stand."""
    table = Table("feed", "title", "shows", "cards", box=None)
    for row in answer["feeds"]:
        name = row["id"] if row["listed"] else f"{row['id']} (not listed)"
        table.add_row(name, escape(row["title"]), "; ".join(row["shows"]), str(row["cards"]))
    console.print(table)
    for change in answer["changes"]:
        who = " and ".join(change["subspaces"])
        console.print(f"{change['kind']}: {who} → {change['into']}", style="dim", highlight=False)


PAINTERS: Mapping[str, Callable[[Console, Plain], None]] = {
    "subspace_link": changed,
    "subspace_unlink": changed,
    "subspace_merge": changed,
    "subspace_split": changed,
    "subspace_undo": changed,
    "subspace_map": atlas,
}
