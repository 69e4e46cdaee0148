"""How runs and adapters look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ammo_agents.cli.paint_sights import CONTROL

Plain = Mapping[str, Any]


def runs(out: Console, answer: Plain) -> None:
    """Paint every run with its adapter and its gate, then what writes for whom."""
    if answer["note"]:
        out.print(answer["note"])
    table = _table("run", "state", "steps", "adapter", "gate", "for")
    for one in answer["runs"]:
        live = ", ".join(one["live_for"])
        steps = f"{one['step']}/{one['steps']}" if one["steps"] else ""
        table.add_row(
            *map(
                _plain,
                (
                    one["name"] or one["id"],
                    f"{one['state']} {one['stage'] if one['state'] == 'running' else ''}".strip(),
                    steps,
                    one["adapter"],
                    _gate(one),
                    f"live: {live}" if live else one["target"],
                ),
            )
        )
    if answer["runs"]:
        out.print(table)
    for one in answer["live"]:
        said = f"{one['target']} writes with {one['adapter']}"
        why = f", but {one['fault']}: the base writes" if one["fault"] else ""
        out.print(_plain(said + why), soft_wrap=True)
    for one in answer["faults"]:
        out.print(
            _plain(f"not an adapter: {one['name']}: {one['why']}"), style="yellow", soft_wrap=True
        )


def stopped(out: Console, answer: Plain) -> None:
    """Paint that a run was asked to end."""
    out.print(_plain(answer["note"]), soft_wrap=True)


def run(out: Console, answer: Plain) -> None:
    """Paint one run: its state, its gate bar by bar, what it learned from, where it was live."""
    out.print(
        _plain(f"{answer['name'] or answer['id']}  ({answer['id']})"), style="bold", soft_wrap=True
    )
    out.print(_plain(f"{answer['state']}, {answer['kind']}, for {answer['target'] or 'nobody yet'}"), soft_wrap=True)  # fmt: skip
    for name in ("fault", "hint", "tainted"):
        if answer[name]:
            out.print(_plain(f"{name}: {answer[name]}"), style="yellow", soft_wrap=True)
    if answer["gate"] is None:
        return
    made = answer["made_of"]
    out.print(
        _plain(f"adapter {answer['adapter']} of {made['base']}, {made['lora']}"), soft_wrap=True
    )
    learned = f"{made['events']} events of {made['people']} people, sources {', '.join(made['sources']) or '-'}"
    out.print(
        _plain(f"learned from {learned}{', personal' if made['personal'] else ''}"), soft_wrap=True
    )
    table = _table("gate", "", "what was seen")
    for bar in answer["gate"]["checks"]:
        table.add_row(
            _plain(bar["name"]), "passed" if bar["passed"] else "FAILED", _plain(bar["said"])
        )
    out.print(table)
    if answer["gate"]["why"] and not answer["gate"]["checks"]:
        out.print(_plain(answer["gate"]["why"]), style="yellow", soft_wrap=True)
    for change in answer["history"]:
        out.print(_plain(_changed(change)), soft_wrap=True)


def compared(out: Console, answer: Plain) -> None:
    """Paint two runs side by side: options that differ, then each bar's figure."""
    names = [answer[side]["name"] or answer[side]["id"] for side in ("one", "two")]
    for title, rows in (("asked", answer["asked"]), ("gate", answer["figures"])):
        table = _table(title, *names)
        for row in rows:
            table.add_row(*map(_plain, (row["name"], _figure(row["one"]), _figure(row["two"]))))
        out.print(table if rows else f"[dim]{title}: nothing differs[/dim]")


def change(out: Console, answer: Plain) -> None:
    """Paint a promotion or a rollback."""
    out.print(_plain(_changed(answer)), soft_wrap=True)
    if answer.get("note"):
        out.print(_plain(answer["note"]), style="dim", soft_wrap=True)


def _changed(one: Plain) -> str:
    how = "promoted for" if one["act"] == "promote" else "rolled back for"
    why = f" ({one['reason']})" if one["reason"] else ""
    return f"{one['at']}  {one['adapter']} {how} {one['target']}, before it {one['was']}{why}"


def _gate(one: Plain) -> str:
    if one["tainted"]:
        return "tainted"
    if one["passed"] is None:
        return ""
    if not one["judged"]:
        return "no report"
    return "passed" if one["passed"] else "failed"


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "-" if value is None else str(value)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title_justify="left")
    for name in columns:
        table.add_column(_plain(name))
    return table


def _plain(text: object) -> Text:
    """Return text as it stands: no control character, no markup."""
    return Text(CONTROL.sub("", str(text)))
