"""How a rehearsal looks in a terminal: each card with its sources and its price, or why it would not go out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from ammo_agents.app import opened
from ammo_agents.cli import session
from ammo_agents.cli.options import FLAGS
from ammo_agents.cli.paint import clean, console
from ammo_agents.errors import AmmoError
from ammo_agents.settings import load

Plain = Mapping[str, Any]


def run(verb: str, asked: Plain, *, subspace: str | None, as_json: bool) -> None:
    """Try a buddy and show what came of it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"Writing up to {asked['cards']} cards; nothing is published …\n")
    given = asked if subspace is None else {**asked, "subspace": subspace}
    loaded = load({**FLAGS, "subspace": subspace})
    answer = asyncio.run(session.answered(loaded, verb, given))
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        PAINTERS[verb](console(), answer)


def names(incomplete: str) -> list[str]:
    """Return ids of buddies that begin with what was typed, of the subspace of the settings."""

    async def found() -> list[str]:
        async with opened(load(), access="read") as app:
            ids = [buddy.id for buddy in await app.buddies(app.subspace())]
        return [id for id in ids if incomplete.removeprefix("@") in id]

    try:
        return asyncio.run(found())
    except AmmoError:
        return []


def cards(out: Console, answer: Plain) -> None:
    """Paint each attempt: the card with its sources, or why it was refused."""
    head(out, answer)
    for number, take in enumerate(answer["cards"], start=1):
        price = f"{take['tokens']} tokens, ${take['money']:.4f}, {take['seconds']:.2f} s"
        when = f"{take['kind']} of {take['date']}"
        if "card" not in take:
            said = (
                f"[bold]{number}. Refused[/bold] at {clean(take['stage'])}: {clean(take['reason'])}"
            )
            out.print(f"{said} [dim]{when}, {price}[/dim]")
        else:
            painted(out, number, take["card"], f"{when}, {price}")
        for flag in take["flags"][:5]:
            out.print(
                f"   [yellow]×[/yellow] {clean(flag['text'])} [dim]{clean(flag['reason'])}[/dim]"
            )
    if answer["silent"]:
        out.print("It had nothing to say: no fact it may cite, or a budget of 0.")
    out.print(
        f"{answer['passed']} of {len(answer['cards'])} would go out. [dim]{answer['note']}[/dim]"
    )


def painted(out: Console, number: int, card: Plain, price: str) -> None:
    """Paint one card with the statement and the source under each sentence."""
    out.print(f"[bold]{number}. {clean(card['title'])}[/bold]")
    for sentence in card["sentences"]:
        by = "" if sentence["author"] == "model" else " [dim](realised)[/dim]"
        out.print(f"   {clean(sentence['text'])}{by}")
        for source in sentence["sources"]:
            told = f"{clean(source['source'])}: {clean(source['statement'])}"
            out.print(f"     [dim]← {told}[/dim]")
    out.print(
        f"   [dim]cost {card['cost']:.2f} · P(seen) {card['visibility']:.3f} · {clean(card['model'])} · {price}[/dim]"
    )


def preview(out: Console, answer: Plain) -> None:
    """Paint what the cards may expect, each number with n and its interval."""
    head(out, answer)
    row(out, "would go out", answer["cards"])
    row(out, "sentences that stand", answer["grounding"])
    cost = answer["cost"]
    row(out, "Cost(e), misinformation", cost["misinformation"])
    row(out, "tokens a card", cost["tokens"], "{:.0f}")
    row(out, "dollars a card", cost["money"], "{:.4f}")
    row(out, "seconds a card", cost["seconds"], "{:.2f}")
    for who, people in answer["people"].items():
        row(out, f"P(seen), {who} people", people["visibility"])
        row(out, f"slots of {answer['slots']} it takes, {who}", people["slots_taken"])
        for loser in people["from"]:
            out.print(f"     [dim]{loser['share']:.0%} of them from {clean(loser['buddy'])}[/dim]")
    repeats = answer["repeats"]
    near = sum(cosine >= repeats["near"] for cosine in (*repeats["living"], *repeats["own"]))
    most = max((*repeats["living"], *repeats["own"]), default=0.0)
    out.print(f"  near-duplicates: {near} of {repeats['n']}, nearest cosine {most:.3f}")
    for broken in answer["principles"]:
        told = f"broken {broken['broken']} times in {broken['n']} cards"
        out.print(f"  {broken['scope']} principle “{clean(broken['principle'])}”: {told}")
    for refused in answer["refused"]:
        out.print(f"  [dim]refused at {clean(refused['stage'])}: {clean(refused['reason'])}[/dim]")
    out.print(f"[dim]{answer['note']}[/dim]")


def head(out: Console, answer: Plain) -> None:
    """Paint who it is and what limits it."""
    buddy = answer["buddy"]
    limits = f"{buddy['budget']} cards a day, λ {buddy['cost_weight']:g}"
    out.print(f"[bold]{clean(buddy['name'])}[/bold] {clean(buddy['id'])} [dim]{limits}[/dim]")
    if buddy["fault"]:
        out.print(f"[yellow]{clean(buddy['fault'])}[/yellow]")


def row(out: Console, label: str, estimate: Plain, form: str = "{:.3f}") -> None:
    """Paint one estimate with its interval and n."""
    if estimate["mean"] is None:
        out.print(f"  {label}: nothing to count")
        return
    ends = [estimate["low"], estimate["high"]]
    shown = " to ".join("?" if end is None else form.format(end) for end in ends)
    out.print(
        f"  {label}: {form.format(estimate['mean'])} [dim]({shown}, n = {estimate['n']})[/dim]"
    )


PAINTERS = {"buddy_test": cards, "buddy_preview": preview}
