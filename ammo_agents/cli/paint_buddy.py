"""How one Goal Buddy looks in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ammo_agents.cli.paint_sights import CONTROL

Plain = Mapping[str, Any]
LISTED = 8
"""Cards, and refusals, that are listed; every one is in ``--json``."""


def buddy(out: Console, answer: Plain) -> None:
    """Paint who it is, what it was told, whom it knows, what it wrote and what was refused."""
    out.print(Text.assemble((_said(answer["name"]), "bold"), "  ", (_said(answer["id"]), "dim")))
    where = f" ({answer['where']})" if answer["where"] else ""
    _line(out, f"from {answer['from']}{where}", "dim")
    if answer["set"]["voice"]:
        _line(out, f"“{answer['set']['voice']}”", "italic")
    for name, value in _asked(answer["set"]):
        _line(out, f"{name}: {value}")
    works = answer["works_with"]
    how = [
        f"writes with {works['model']}" + (f", graph {works['graph']}" if works["graph"] else ""),
        f"at most {works['budget']} cards a day ({answer['budget']['spent_on_last_day']} on its last)",
        f"misinformation counts λ = {works['cost_weight']:g}",
    ]
    _line(out, " · ".join(how))
    for fault in works["faults"]:
        _line(out, fault, "yellow")
    _known(out, answer)
    cards = [(c["date"], c["kind"], c["title"], c["id"]) for c in answer["cards"][:LISTED]]
    told = f"{len(answer['cards'])} cards, mean Cost {answer['cost']:.2f}"
    _table(out, told, ("date", "kind", "title", "id"), cards)
    refused = [(a["kind"], a["stage"], a["reason"]) for a in answer["refused"][:LISTED]]
    _table(out, f"{len(answer['refused'])} refused", ("kind", "stage", "why"), refused)


def _asked(given: Plain) -> Iterator[tuple[str, str]]:
    """Yield what its author set, as words; what was left out is left out."""
    for name, value in given.items():
        if name == "voice" or value is None or value in ("", []):
            continue
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _known(out: Console, answer: Plain) -> None:
    """Paint its neighbours, each kind of edge in one line."""
    mine = {answer["id"], *_own(answer["edges"])}
    lines: dict[str, list[str]] = {}
    for edge in answer["edges"]:
        kind = str(edge["kind"]).replace("_", " ")
        if edge["source"] in mine:
            lines.setdefault(f"{kind} →", []).append(_short(edge["target"]))
        else:
            lines.setdefault(f"← {kind}", []).append(_short(edge["source"]))
    for kind, names in lines.items():
        _line(out, f"{kind} {', '.join(names)}", "dim")


def _own(edges: Sequence[Plain]) -> set[str]:
    """Return the entity that every edge has: whom the buddy speaks for, where its id says another."""
    ends = [{str(edge["source"]), str(edge["target"])} for edge in edges]
    return set.intersection(*ends) if ends else set()


def _short(id: str) -> str:
    return id.partition("/")[2] or id


def _said(text: object) -> str:
    return CONTROL.sub(" ", str(text))


def _line(out: Console, words: str, style: str = "") -> None:
    out.print(Text(_said(words)), style=style, soft_wrap=True)


def _table(
    out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    out.print()
    _line(out, title, "bold")
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD if out.is_terminal else None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in {"date", "id"})
    for row in rows:
        table.add_row(*(Text(_said(cell)) for cell in row))
    out.print(table)
