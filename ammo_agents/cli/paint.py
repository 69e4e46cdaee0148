"""How answers look in a terminal; on a pipe there is no colour and no box."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ammo_agents.cli import (
    paint_accounts,
    paint_buddy,
    paint_installing,
    paint_mapping,
    paint_runs,
    paint_sights,
)

Plain = Mapping[str, Any]
BARS = "▁▂▃▄▅▆▇█"
TURNING = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
"""Invisible characters, and those that turn the reading direction around."""
CONTROL = dict.fromkeys([*range(32), *range(127, 160), *TURNING])
del CONTROL[ord("\n")]


def console() -> Console:
    """Return a console on stdout; narrow enough to read, without colour on a pipe."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 100)


def clean(text: object) -> str:
    """Return `text` without control characters and without markup: it may come from a model."""
    return escape(str(text).translate(CONTROL))


def show(verb: str, answer: Plain) -> None:
    """Paint the answer of a verb; verbs without a picture of their own are shown as a list."""
    PAINTERS.get(verb, listing)(console(), answer)


def slate(out: Console, answer: Plain) -> None:
    """Paint a slate: numbered cards, each with its reason."""
    if not answer["cards"]:
        out.print(
            answer.get("note")
            or "Nothing new passed your buddy's bar. Let buddies write: ammo run --rounds 3"
        )
        return
    if answer.get("note"):
        out.print(f"[dim]{clean(answer['note'])}[/dim]")
    for number, item in enumerate(answer["cards"], start=1):
        out.print(card(item, number=number))
    missed = answer.get("displaced", [])
    if missed:
        out.print(
            f"[dim]Left out by chance and caps: {clean(', '.join(m['title'] for m in missed[:3]))}[/dim]"
        )


def cards(out: Console, answer: Plain) -> None:
    """Paint every card, newest first."""
    for item in answer["cards"]:
        out.print(card(item))
    out.print(f"[dim]{answer['count']} cards[/dim]")


def card(item: Plain, *, number: int | None = None) -> Panel:
    """Return one card as a panel: sentences with source marks, chart, reasons, origin."""
    order: dict[str, int] = {}
    lines: list[Any] = [
        Text.from_markup(f"{clean(item['hook'])}{_marks(item['hook_facts'], order)}")
    ]
    lines += [
        Text.from_markup(f"{clean(c['text'])}{_marks(c['facts'], order)}") for c in item["claims"]
    ]
    lines += [shape for shape in (block(b) for b in item["blocks"]) if shape is not None]
    lines.append(Text.from_markup(_origin(item), style="dim"))
    if item.get("why"):
        lines.append(Text.from_markup(clean(item["why"]), style="cyan"))
    lines += [Text.from_markup(_way(way), style="magenta") for way in item.get("leads_to", ())]
    head = f"{'' if number is None else f'{number}. '}{clean(item['title'])}"
    return Panel(
        Group(*lines),
        title=f"[bold]{head}[/bold]",
        title_align="left",
        subtitle=clean(item["id"]),
        subtitle_align="right",
    )


def _way(way: Plain) -> str:
    """Return where a card leads, in one line."""
    there = "" if way["card"] is None else f": “{clean(way['card']['title'])}” {way['card']['id']}"
    return f"→ {clean(way['why'])} ({clean(way['subspace_title'])}){there}"


def block(item: Plain) -> Any:
    """Return a block as rich shows it; claims stand in the text already."""
    match item["kind"]:
        case "text":
            return Text(str(item["text"]).translate(CONTROL))
        case "chart":
            values = item["values"]
            ends = f"{item['dates'][0]} … {item['dates'][-1]}"
            return Text.from_markup(
                f"[green]{spark(values)}[/green] [dim]{clean(item['title'])}, {ends}[/dim]"
            )
        case "table":
            return _grid(item["title"], item["columns"], item["rows"])
        case "question":
            options = " / ".join(clean(o) for o in item["options"])
            return Text.from_markup(f"[yellow]? {clean(item['question'])}[/yellow] {options}")
        case "dialogue":
            turns = [
                f"[bold]{clean(t['speaker'])}[/bold] {clean(t['claim']['text'])}"
                for t in item["turns"]
            ]
            return Text.from_markup("\n".join(turns))
        case "action":
            return Text.from_markup(
                f"[yellow]→ {clean(item['label'])}[/yellow] ({clean(item['target'])}), if you confirm"
            )
        case _:
            return None


def spark(values: list[float]) -> str:
    """Return a line of bars, one per value."""
    low, high = min(values), max(values)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((v - low) * scale)] for v in values)


def why(out: Console, answer: Plain) -> None:
    """Paint a card, the sum behind its score and the facts it stands on."""
    out.print(card(answer["card"]))
    rows = [(item["label"], f"{item['value']:+.4f}") for item in answer["parts"]]
    rows.append(("score: the sum of the parts", f"{answer['score']:+.4f}"))
    out.print(_grid("Why it is here", ("part", "adds"), rows))
    out.print(clean(answer["choice"]))
    for remark in answer.get("remarks", ()):
        out.print(f"[cyan]{clean(remark[:1].upper() + remark[1:])}.[/cyan]")
    for source in answer["sources"]:
        where = source["source"]
        out.print(
            f"[cyan]\\[{source['number']}][/cyan] {clean(source['statement'])} "
            f"[dim]{clean(where['name'])}, {source['date']}, {clean(source['id'])}[/dim]"
        )


def receipt(out: Console, answer: Plain) -> None:
    """Paint what an act changed."""
    back = answer.get("feedback") if answer.get("act") and not answer.get("taken_back") else None
    again = f" [dim]Undo: ammo undo {clean(back)}[/dim]" if back else ""
    out.print(f"{clean(answer['receipt'])}{again}")
    if answer.get("next"):
        out.print(f"[dim]next would be: {clean(' · '.join(answer['next']))}[/dim]")


def you(out: Console, answer: Plain) -> None:
    """Paint what is believed, each line with its acts."""
    if not answer["beliefs"]:
        out.print("I know nothing about you yet. Like or skip a few cards: ammo feed")
    for belief in answer["beliefs"]:
        sign = "more" if belief["strength"] > 0 else "less"
        acts = ", ".join(f"{a['words']} ({a['feedback']})" for a in belief["events"][:3])
        out.print(
            f"{clean(belief['id'])}  {sign} [bold]{clean(belief['about'])}[/bold] "
            f"{belief['strength']:+.3f}  [dim]{clean(acts)}[/dim]"
        )
    out.print(
        f"[dim]{answer['events']} acts kept. Take a line back: ammo forget-belief l_…; "
        "one act: ammo undo b_…[/dim]"
    )


def talk(out: Console, answer: Plain) -> None:
    """Paint an answer with the facts it cites."""
    out.print(clean(answer["answer"]))
    for source in answer["sources"]:
        out.print(
            f"[cyan]\\[{source['number']}][/cyan] [dim]{clean(source['statement'])} ({clean(source['id'])})[/dim]"
        )


def written(out: Console, answer: Plain) -> None:
    """Paint a card that was asked for, or why there is none."""
    if answer["card"] is None:
        out.print(f"No card: {clean(answer['rejected'])}", soft_wrap=True)
    else:
        out.print(card(answer["card"]))


def checks(out: Console, answer: Plain) -> None:
    """Paint the doctor's list."""
    marks = {"ok": "[green]ok[/green]", "warn": "[yellow]warn[/yellow]", "bad": "[red]bad[/red]"}
    for check in answer["checks"]:
        out.print(
            f"{marks[check['state']]:>20}  [bold]{clean(check['name'])}[/bold]  {clean(check['detail'])}"
        )
        if check.get("fix"):
            out.print(f"          [dim]fix: {clean(check['fix'])}[/dim]")
    out.print("\n[dim]To paste into an issue:[/dim]")
    out.print(clean(answer["paste"]))


def listing(out: Console, answer: Plain) -> None:
    """Paint any answer: its rows as a table, its other values as lines; what is long or nested is left to JSON."""
    for name, value in answer.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            columns = COLUMNS.get(name) or tuple(
                k for k in value[0] if not isinstance(value[0][k], list | Mapping)
            )
            rows = [tuple("" if row[k] is None else str(row[k]) for k in columns) for row in value]
            out.print(_grid(name, columns, rows))
        elif isinstance(value, Mapping):
            words = ", ".join(f"{k} {v}" for k, v in value.items())
            out.print(f"[bold]{clean(name)}[/bold] {clean(words)}")
        elif isinstance(value, list):
            out.print(f"[bold]{clean(name)}[/bold] {clean(', '.join(map(str, value)) or 'none')}")
        elif name not in {"exit", "subspace"}:
            out.print(f"[bold]{clean(name)}[/bold] {clean(value)}", soft_wrap=True)


def drafted(out: Console, answer: Plain) -> None:
    """Paint a buddy that was written: where its file lies and what to do next, a line each."""
    out.print(
        f"[bold]{clean(answer['name'])}[/bold] {clean(answer['id'])}: {clean(answer['file'])}"
    )
    if answer["replaces"]:
        out.print("It takes the place of the buddy that was born of this entity.")
    for line in answer["next"]:
        out.print(f"  {clean(line)}", soft_wrap=True)


def imported(out: Console, answer: Plain) -> None:
    """Paint an imported buddy: its state, where it came from, and its whole text, which is what one decides about."""
    if answer.get("from") != "imported" or "text" not in answer:
        listing(out, answer)
        return
    state = clean(answer["state"])
    out.print(f"[bold]{clean(answer['name'])}[/bold] [dim]{clean(answer['id'])}[/dim]  {state}")
    if answer["reason"]:
        out.print(f"[red]{clean(answer['reason'])}[/red]", soft_wrap=True)
    words = ", ".join(f"{k} {v}" for k, v in answer["origin"].items() if v)
    out.print(f"[dim]{clean(words)}[/dim]", soft_wrap=True)
    out.print(Panel(Text(str(answer["text"]).translate(CONTROL)), title=clean(answer["where"])))
    out.print(f"[dim]sha256 {clean(answer['sha256'])}[/dim]", soft_wrap=True)
    for line in answer["next"]:
        out.print(f"Next: {clean(line)}", soft_wrap=True)


def fact(out: Console, answer: Plain) -> None:
    """Paint a fact: what it states, its numbers, where it comes from."""
    out.print(f"[bold]{clean(answer['statement'])}[/bold]", soft_wrap=True)
    rows = [(q["name"], q["text"], str(q["value"]), q["unit"]) for q in answer["numbers"]]
    if rows:
        out.print(_grid("numbers", ("name", "as stated", "value", "unit"), rows))
    inputs = [(q["name"], str(q["value"]), q["unit"]) for q in answer["inputs"]]
    if inputs:
        out.print(_grid("computed from", ("name", "value", "unit"), inputs))
    if answer["series"]:
        series = answer["series"]
        ends = f"{series['dates'][0]} … {series['dates'][-1]}"
        out.print(
            f"[green]{spark(series['values'])}[/green] [dim]{clean(series['title'])}, {ends}[/dim]"
        )
    source = answer["source"]
    out.print(
        f"[dim]{answer['date']} · {clean(source['name'])} {clean(source['url'])} · {clean(source['licence'])} · "
        f"verified by {clean(source['verified_by']) or 'nobody named'}[/dim]",
        soft_wrap=True,
    )


def policies(out: Console, answer: Plain) -> None:
    """Paint what other policies would have been worth, or why nobody can say."""
    rows = []
    for row in answer["policies"]:
        cells = [
            "-" if row[name] is None else "{value:.3f} [{low:.3f}, {high:.3f}]".format(**row[name])
            for name in ("dr", "ips", "snips")
        ]
        rows.append((row["policy"], *cells, f"{row['effective_cards']:.0f}", row["refused"]))
    out.print(_grid("per slot", ("policy", "DR", "IPS", "SNIPS", "cards", "refused"), rows))
    first = answer["policies"][0]
    out.print(
        f"{first['slates']} of {answer['slates']} slates, {first['logged']:.3f} as they were. "
        f"[dim]{clean(answer['note'])}[/dim]"
    )


def _grid(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(
        title=clean(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD if sys.stdout.isatty() else None,
        pad_edge=False,
    )
    for column in columns:
        table.add_column(clean(column), overflow="fold")
    for row in rows:
        table.add_row(*(clean(cell) for cell in row))
    return table


def _marks(ids: list[str], order: dict[str, int]) -> str:
    numbers = [order.setdefault(id, len(order) + 1) for id in ids]
    return "".join(f" [cyan]\\[{n}][/cyan]" for n in numbers)


def _worn(item: Plain) -> str:
    return f" with {item['adapter']}" if item.get("adapter") else ""


def _origin(item: Plain) -> str:
    authors = [item["authors"]["title"], item["authors"]["hook"], *item["authors"]["claims"]]
    written = sum(a == "model" for a in authors)
    stated = len(item["claims"])
    by = (
        f"{item['model']}{_worn(item)} wrote {written} of {len(authors)} sentences"
        if written
        else "realised from facts, no model"
    )
    return clean(
        f"@{item['buddy']} · {item['kind']} · {item['date']} · {stated} claims, {stated} sourced · {by}"
    )


COLUMNS: dict[str, tuple[str, ...]] = {
    "buddies": ("id", "name", "neighbours", "cards", "refused", "from"),
    "waiting": ("id", "state", "name", "entity"),
    "broken": ("reason", "fix"),
    "models": ("id", "state", "capability", "size_mb", "memory_mb", "licence"),
    "subspaces": ("id", "entities", "edges", "facts", "buddies", "cards", "day"),
    "facts": ("id", "date", "entity", "statement"),
    "newest": ("buddy", "kind", "stage", "reason"),
}
"""Columns worth a terminal's width; everything is in ``--json``."""
PAINTERS: dict[str, Callable[[Console, Plain], None]] = {
    "slate": slate,
    "last_slate": slate,
    "cards": cards,
    "why": why,
    "follow": lambda console, answer: console.print(card(answer["card"])),
    "act": receipt,
    "undo": receipt,
    "preview": receipt,
    "answer": receipt,
    "choose": receipt,
    "forget_belief": receipt,
    "runs": paint_runs.runs,
    "runs_show": paint_runs.run,
    "runs_stop": paint_runs.stopped,
    "runs_compare": paint_runs.compared,
    "runs_promote": paint_runs.change,
    "runs_rollback": paint_runs.change,
    "you": you,
    "ask": talk,
    "buddy": lambda out, answer: (paint_buddy.buddy if "cards" in answer else imported)(
        out, answer
    ),
    "buddy_import": imported,
    "buddy_new": drafted,
    "buddy_allow": imported,
    "fact": fact,
    "write": written,
    "sees": paint_sights.sees,
    "doctor": checks,
    "policies": policies,
    "token_show": paint_accounts.secret,
    "token_new": paint_accounts.secret,
    **paint_installing.PAINTERS,
    **paint_mapping.PAINTERS,
}
