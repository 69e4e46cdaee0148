"""How the inbox looks in a terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping

from rich.console import Console

from ammo_agents.cli import session
from ammo_agents.cli.paint import Plain, card, clean, console
from ammo_agents.cli.paint import show as show_plainly
from ammo_agents.settings import load

LISTED = 12
"""Messages held back that are listed; the JSON has all of the day."""


def perform(
    verb: str, *, flags: Mapping[str, object], as_json: bool, arguments: Mapping[str, object]
) -> None:
    """Run `verb` and show its answer on stdout."""
    answer = asyncio.run(session.answered(load(flags), verb, arguments))
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    elif verb in PAINTERS:
        PAINTERS[verb](console(), answer)
    else:
        show_plainly(verb, answer)


def inbox(out: Console, answer: Plain) -> None:
    """Paint the messages, what was held back, the rules and the channels."""
    out.print(f"[bold]{clean(answer['line'])}[/bold]")
    for one in answer["messages"]:
        message(out, one)
    held = answer["held_back"]
    if held:
        out.print(f"[dim]{answer['held_back_count']} not sent today, and why:[/dim]")
    for one in held[:LISTED]:
        out.print(f"[dim]  {clean(one['title'])}: {clean(one['reason'])}[/dim]")
    if answer["earlier"]:
        out.print(f"[dim]{len(answer['earlier'])} folded away unread[/dim]")
    rules(out, answer)
    for one in answer["channels"]:
        channel(out, one)
    if answer["messages"]:
        first = answer["messages"][0]["number"]
        words = "|".join(clean(word) for word in answer["answers"])
        out.print(
            f"[dim]Answer: ammo inbox answer {first} {words}; its card: ammo inbox open {first}[/dim]"
        )


def message(out: Console, one: Plain) -> None:
    """Paint one message with every gate it passed."""
    mark = "[cyan]●[/cyan]" if one["unread"] else " "
    out.print(
        f"{mark} [bold]{one['number']}. {clean(one['title'])}[/bold]  [dim]{clean(one['when'])}[/dim]"
    )
    out.print(f"  {clean(one['text'])}")
    why = "; ".join(clean(gate["words"]) for gate in one["gates"])
    out.print(f"  [dim]{clean(one['buddy_name'] or 'AMMO')} · why now: {why}[/dim]")
    if one["answers"]:
        out.print(f"  [dim]you said: {clean(', '.join(one['answers']))}[/dim]")
    for sent in one["channels"]:
        if sent["error"]:
            out.print(
                f"  [red]{clean(sent['name'])}: {clean(sent['error'])}, tried again later[/red]"
            )


def rules(out: Console, answer: Plain) -> None:
    """Paint when buddies may write first."""
    found, names = answer["rules"], answer.get("names", {})
    if not found["proactive"]:
        out.print("[dim]Switched off: no buddy writes first. On again: ammo inbox set --on[/dim]")
        return
    quiet = f"{found['quiet_from']} to {found['quiet_to']} ({clean(found['zone'])})"
    words = [f"at most {found['most_a_day']} a day", f"quiet {quiet}"]
    words += [f"never at {hour}:00" for hour in found["never_hours"]]
    words += [f"{clean(names.get(buddy, buddy))} is muted" for buddy in found["muted"]]
    out.print(f"[dim]{'; '.join(words)}. Change: ammo inbox set --quiet 22-8 --max 3[/dim]")


def channels(out: Console, answer: Plain) -> None:
    """Paint the channels, or how to add one."""
    for one in answer["channels"]:
        channel(out, one)
    if not answer["channels"]:
        out.print("Nowhere else: messages stay in the inbox. Add one: ammo inbox channel add phone")


def channel(out: Console, one: Plain) -> None:
    """Paint one channel with its last error."""
    state = "" if one["on"] else "  (off)"
    out.print(
        f"→ {clean(one['name'])}  [dim]{clean(one['address'])} {clean(', '.join(one['events']))}{state}[/dim]"
    )
    if one["error"]:
        out.print(
            f"  [red]last error: {clean(one['error'])}[/red]  {one['waiting']} waiting, sent later"
        )


def receipt(out: Console, answer: Plain) -> None:
    """Paint what an answer came to."""
    again = " (said before)" if answer["repeated"] else ""
    out.print(f"{clean(answer['receipt'])}{again}")


def opened(out: Console, answer: Plain) -> None:
    """Paint a message's card."""
    message(out, answer)
    if answer["open_card"] is not None:
        out.print(card(answer["open_card"]))


def added(out: Console, answer: Plain) -> None:
    """Paint a channel that was kept, and a webhook's secret, this once."""
    out.print(
        f"{clean(answer['name'])} is kept. Try it: ammo inbox channel test {clean(answer['name'])}"
    )
    if answer["secret"]:
        out.print(f"Calls are signed with this secret, shown this once:\n{clean(answer['secret'])}")


def tested(out: Console, answer: Plain) -> None:
    """Paint how a test went."""
    name = clean(answer["name"])
    if answer["delivered"]:
        out.print(f"[green]The test reached {name}.[/green]")
    else:
        out.print(f"[red]The test did not reach {name}: {clean(answer['error'])}[/red]")


PAINTERS: Mapping[str, Callable[[Console, Plain], None]] = {
    "inbox": inbox,
    "inbox_answer": receipt,
    "inbox_open": opened,
    "inbox_set": rules,
    "inbox_channels": channels,
    "inbox_channel_add": added,
    "inbox_channel_test": tested,
}
