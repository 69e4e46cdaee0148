"""Verbs of the inbox: what buddies wrote first, answers to it, its rules, and the channels out of it."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from ammo_agents.cli.options import FLAGS, Json, part
from ammo_agents.errors import BadInputError

inbox = typer.Typer(
    help="Messages buddies wrote first, and their rules.", invoke_without_command=True
)
channel = typer.Typer(help="Where else messages go: webhooks, ntfy, e-mail.", no_args_is_help=True)
inbox.add_typer(channel, name="channel")
Which = Annotated[str, typer.Argument(help="The message's number, or its id.")]
Name = Annotated[str, typer.Argument(help="What you call the channel.")]


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.add_typer(inbox, name="inbox")


@inbox.callback()
def listing(context: typer.Context, as_json: Json = False) -> None:
    """List messages, newest first, each with why it came now; what was held back today, and the rules."""
    if context.invoked_subcommand is None:
        _perform("inbox", json=as_json)


@inbox.command("answer")
def answer(
    which: Which,
    said: Annotated[str, typer.Argument(help="more, less, mute (its buddy), never (at this time)")],
    as_json: Json = False,
) -> None:
    """Answer a message: more and less are feedback on its card, mute and never change your rules."""
    _perform("inbox_answer", json=as_json, which=which, said=said)


@inbox.command("open")
def open_card(which: Which, as_json: Json = False) -> None:
    """Show a message's card; from then on it can be liked, skipped and asked about."""
    _perform("inbox_open", json=as_json, which=which)


@inbox.command("read")
def read(
    which: Annotated[str, typer.Argument(help="A message; without one, all of them.")] = "",
    as_json: Json = False,
) -> None:
    """Mark messages as read."""
    _perform("inbox_read", json=as_json, which=which)


@inbox.command("set")
def set_rules(  # noqa: PLR0913 - one option a rule
    quiet: Annotated[
        str, typer.Option("--quiet", help="Quiet hours: 22-8, or 22:30-7:15; 0-0 = none.")
    ] = "",
    most: Annotated[int | None, typer.Option("--max", help="Messages a day at most.")] = None,
    zone: Annotated[str, typer.Option("--zone", help="Your time zone: Europe/Berlin.")] = "",
    on: Annotated[
        bool | None, typer.Option("--on/--off", help="May buddies write first at all?")
    ] = None,
    unmute: Annotated[
        list[str] | None, typer.Option("--unmute", help="Let a muted buddy write again.")
    ] = None,
    open_hours: Annotated[
        list[int] | None, typer.Option("--open", help="Open an hour you closed, 0 to 23.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Choose when and how often buddies may write first."""
    choices: dict[str, object] = {"most_a_day": most, "zone": zone or None, "proactive": on}
    if quiet:
        choices |= dict(zip(("quiet_from", "quiet_to"), hours(quiet), strict=True))
    choices = {name: value for name, value in choices.items() if value is not None}
    allow = {"muted": unmute or [], "never_hours": open_hours or []}
    _perform("inbox_set", json=as_json, choices=choices, allow=allow)


@channel.command("add")
def add(
    name: Name,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", help="For a webhook: notice, card, feedback; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a channel; its address is asked for, or read from standard input, because it holds a password.

    https:// is a signed webhook; other lines are apprise's: ntfy://topic, mailtos://…, tgram://…
    """
    line = typer.prompt("Address", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    events = tuple(dict.fromkeys(event or ["notice"]))
    _perform(
        "inbox_channel_add",
        json=as_json,
        name=name,
        address=line.strip(),
        events=events,
        owner=True,
    )


@channel.command("list")
def channels(as_json: Json = False) -> None:
    """List the channels with the last error of each; addresses are not shown."""
    _perform("inbox_channels", json=as_json)


@channel.command("test")
def try_it(name: Name, as_json: Json = False) -> None:
    """Send one test message now."""
    _perform("inbox_channel_test", json=as_json, name=name)


@channel.command("remove")
def remove(name: Name, as_json: Json = False) -> None:
    """Switch a channel off and forget its address."""
    _perform("inbox_channel_remove", json=as_json, name=name)


def hours(text: str) -> tuple[str, str]:
    """Return the two clock times of ``22-8`` or ``22:30-7:15`` as HH:MM; raises `BadInputError`."""
    found = re.fullmatch(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?", text.strip(), re.ASCII)
    if found is None:
        raise BadInputError(f"{text!r} are no quiet hours", hint="Give them as in --quiet 22-8.")
    a, b, c, d = (int(part or 0) for part in found.groups())
    return f"{a:02}:{b:02}", f"{c:02}:{d:02}"


def _perform(verb: str, *, json: bool, **arguments: object) -> None:
    """Run one verb and show its answer."""
    part("cli.paint_inbox").perform(verb, flags=FLAGS, as_json=json, arguments=arguments)
