"""How installing, switching and removing plugins look in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Plain = Mapping[str, Any]


def search(out: Console, answer: Plain) -> None:
    """Paint what the index has."""
    if not answer["plugins"]:
        out.print("Nothing in the index has all these words. Everything: ammo plugin search")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("plugin", "kind", "version", "here", "what it is"):
        table.add_column(column)
    for one in answer["plugins"]:
        asks = f" [dim]({escape('; '.join(one['asks']))})[/dim]" if one["asks"] else ""
        row = (one["name"], one["kind"], one["version"], one["installed"])
        table.add_row(*(escape(str(cell)) for cell in row), escape(one["summary"]) + asks)
    out.print(table)
    pinned = "pinned" if answer["pinned"] else "not pinned"
    out.print(
        f"[dim]index {escape(answer['index'])}, sha256 {answer['sha256'][:16]}…, {pinned}[/dim]"
    )


def accepted(out: Console, answer: Plain) -> None:
    """Paint a plugin that came."""
    if answer["state"] == "unchanged":
        out.print(f"{answer['name']} {answer['version']} is installed already, file by file.")
        return
    was = f" (before: {answer['was']})" if answer["was"] else ""
    out.print(
        f"{escape(answer['title'])} {answer['version']} is installed{was}: {answer['state']}."
    )
    for space in answer["subspaces"]:
        write = "" if answer["running"] else f"ammo run --subspace {space}, then "
        out.print(f"  its cards: {write}ammo feed --subspace {space}")
    if answer["running"]:
        out.print(
            "[dim]The running AMMO has it already; its buddies write once somebody looks.[/dim]"
        )


def switched(out: Console, answer: Plain) -> None:
    """Paint a plugin that was switched on or off."""
    spaces = f" ({', '.join(answer['subspaces'])})" if answer["subspaces"] else ""
    out.print(f"{escape(answer['name'])} is {answer['state']}{spaces}.")
    for part in answer["lasts"]:
        out.print(
            f"{escape(part)} is in use: the running process keeps it until it is started again."
        )


def removed(out: Console, answer: Plain) -> None:
    """Paint a plugin that went, and what stays of it."""
    out.print(f"{escape(answer['name'])} is removed.")
    for space, rows in answer["erased"].items():
        gone = ", ".join(f"{count} {table}" for table, count in rows.items() if count)
        out.print(f"  {space}: {gone or 'it had left nothing'} erased, the index begun anew")
    if answer["kept"]:
        spaces = ", ".join(answer["kept"])
        out.print(f"What {spaces} published is kept. Install it again, then erase: --erase")


PAINTERS: Mapping[str, Callable[[Console, Plain], None]] = {
    "plugin_search": search,
    "plugin_accept": accepted,
    "plugin_switch": switched,
    "plugin_remove": removed,
}
