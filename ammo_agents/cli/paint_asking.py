"""How questions, comparisons and statements look in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Console

from ammo_agents.cli.paint import Plain, card, clean, console
from ammo_agents.cli.paint import show as show_plainly

ENOUGH = "Nothing to ask: what I show you tells me more. Your cards: ammo feed"


def questions(out: Console, answer: Plain) -> None:
    """Paint what the buddy would ask, and how to answer."""
    if not answer["questions"]:
        out.print(ENOUGH)
        return
    for one in answer["questions"]:
        question(out, {"questions": [one]})
    first = answer["questions"][0]["entity"]
    words = "|".join(answer["answers"])
    out.print(f"[dim]Answer any of them, or none: ammo answer {clean(first)} {words}[/dim]")


def question(out: Console, answer: Plain) -> None:
    """Paint one question with its reason."""
    for one in answer["questions"]:
        out.print(f"[yellow]? {clean(one['question'])}[/yellow]  [dim]{clean(one['entity'])}[/dim]")
        if one["about"]:
            out.print(f"  {clean(one['about'])[:200]}")
        out.print(f"  [dim]asked because: {clean(one['why'])}[/dim]")


def wishes(out: Console, answer: Plain) -> None:
    """Paint how a statement was understood, and whether it counts yet."""
    for one in answer["wishes"]:
        id = f"  [dim]{clean(one['feedback'])}[/dim]" if "feedback" in one else ""
        out.print(f"{clean(one['direction'])} [bold]{clean(one['topic'])}[/bold]{id}")
    by = f"read by {clean(answer['read_by'])}; " if "read_by" in answer else ""
    if answer["kept"]:
        out.print(f"[dim]{by}kept. Take one back: ammo forget-belief ID[/dim]")
    else:
        keep = "+ keeps it, Enter drops it" if answer.get("asked") else "Keep it with --yes"
        out.print(f"[dim]{by}nothing counts yet. {keep}[/dim]")


def pair(out: Console, answer: Plain) -> None:
    """Paint two cards to compare."""
    for number, item in enumerate(answer["cards"], start=1):
        out.print(card(item, number=number))
    if answer["note"]:
        out.print(f"[dim]{clean(answer['note'])}[/dim]")
    else:
        first, second = (item["id"] for item in answer["cards"])
        out.print(f"[dim]Which of these? ammo choose {clean(first)} --over {clean(second)}[/dim]")


def show(verb: str, answer: Plain) -> None:
    """Paint the answer of a verb of asking; receipts look like those of any act."""
    if verb in PAINTERS:
        PAINTERS[verb](console(), answer)
    else:
        show_plainly(verb, answer)


PAINTERS: Mapping[str, Callable[[Console, Plain], None]] = {
    "questions": questions,
    "question": question,
    "compare": pair,
    "say": wishes,
    "believe": wishes,
}
