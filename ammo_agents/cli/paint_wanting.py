"""How the discovery chain of a stated interest looks in a terminal, step by step."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from ammo_agents.cli import session
from ammo_agents.cli.paint import card, clean, console
from ammo_agents.settings import load

Plain = Mapping[str, Any]


def run(flags: Plain, given: Plain, *, as_json: bool) -> None:
    """Go the whole chain and show it."""
    answer = asyncio.run(session.answered(load(flags), "want", given))
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        want(console(), answer)


def want(out: Console, answer: Plain) -> None:
    """Paint each step: how it was read, what is near, the cards, and who could write more."""
    read, spaces, buddies, slate, missing = answer["steps"]
    out.print(f"[bold]1 Understood:[/bold] more of “{clean(read['topic'])}”")
    out.print("[bold]2 Subspaces[/bold]")
    for one in spaces["subspaces"]:
        out.print(f"  {one['cosine']:.2f}  {clean(one['title'])} [dim]by {clean(one['by'])}[/dim]")
    out.print("[bold]3 Buddies[/bold]")
    for one in buddies["buddies"]:
        about = clean(str(one["about"])[:80])
        out.print(f"  {one['cosine']:.2f}  {clean(one['name'])} [dim]{about}[/dim]")
    out.print("[bold]4 A first slate[/bold]")
    for number, item in enumerate(slate["cards"], start=1):
        out.print(card(item, number=number))
    for told in (slate["note"], slate["receipt"]):
        if told:
            out.print(f"[dim]{clean(told)}[/dim]")
    out.print(f"[bold]5 What is missing[/bold] [dim]{clean(missing['note'])}[/dim]")
    for offer in missing["offers"]:
        out.print(f"  {clean(offer['command'])}")
