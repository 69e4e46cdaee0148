"""Rounds without a person: ``ammo run``."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import signal
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ammo_agents.app import opened
from ammo_agents.cli.options import FLAGS
from ammo_agents.errors import BadInputError
from ammo_agents.records import BuddyId, Usage
from ammo_agents.round import Report
from ammo_agents.runtime import Runtime
from ammo_agents.settings import load


def run(  # noqa: PLR0913 - one parameter per flag
    *,
    rounds: int,
    subspace: str | None,
    seed: int | None,
    start: str | None,
    cards: int | None,
    per_round: int,
    live: bool,
    as_json: bool,
) -> None:
    """Play rounds, then print what was published, refused and spent."""
    loaded = load({**FLAGS, "subspace": subspace, "seed": seed, "live": live or None})
    tally = Tally()

    async def main() -> dict[str, Any]:
        async with opened(loaded, access="write") as app:
            world = await app.world(subspace, start=day_of(start))
            runtime = Runtime(world=world, index=await app.index(), per_round=per_round)
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, runtime.stop)
            with shown(quiet=as_json or not sys.stderr.isatty()) as bar:
                task = bar.add_task("rounds", total=rounds, step="")

                def progress(buddy: BuddyId, step: str) -> None:
                    bar.update(task, step=f"{buddy}: {step}")

                def report(one: Report) -> None:
                    tally.add(one)
                    bar.update(
                        task, completed=tally.rounds, step=f"{one.date}: {len(tally.cards)} cards"
                    )
                    if cards is not None and len(tally.cards) >= cards:
                        runtime.stop()

                runtime.progress, runtime.on_report = progress, report
                await runtime.run(rounds=rounds)
            return {
                **tally.plain(),
                "subspace": world.id,
                "day": world.triggers.day().isoformat(),
                "state": runtime.state,
                "fault": runtime.fault,
            }

    answer = asyncio.run(main())
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        paint(answer)


class Tally:
    """What several rounds came to."""

    def __init__(self) -> None:
        self.rounds = 0
        self.cards: list[dict[str, str]] = []
        self.reasons: dict[str, int] = {}
        self.usage = Usage()
        self.faults: dict[str, str] = {}

    def add(self, report: Report) -> None:
        """Add one round."""
        self.rounds += 1
        self.usage += report.usage
        self.faults = {str(buddy): why for buddy, why in report.faults}
        self.cards += [
            {"id": c.id, "buddy": c.buddy, "title": c.title.text, "kind": c.kind.value}
            for c in report.published
        ]
        for refusal in report.rejected:
            name = f"{refusal.stage}: {refusal.reason}"
            self.reasons[name] = self.reasons.get(name, 0) + 1

    def plain(self) -> dict[str, Any]:
        """Return the sums as plain data."""
        return {
            "rounds": self.rounds,
            "published": len(self.cards),
            "rejected": sum(self.reasons.values()),
            "tokens_in": self.usage.tokens_in,
            "tokens_out": self.usage.tokens_out,
            "seconds": round(self.usage.seconds, 2),
            "money": self.usage.money,
            "cards": self.cards,
            "reasons": self.reasons,
            "faults": self.faults,
        }


def day_of(text: str | None) -> dt.date | None:
    """Return the day of ``--from``; raises `BadInputError` for anything but YYYY-MM-DD."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(
            f"--from {text!r} is no date", hint="Write it as YYYY-MM-DD: --from 2020-03-09"
        ) from error


def shown(*, quiet: bool) -> Progress:
    """Return the progress bar of a run, on stderr; silent on a pipe."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[step]}"),
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )


def paint(answer: dict[str, Any]) -> None:
    """Print what a run came to."""
    out = Console(highlight=False)
    for card in answer["cards"]:
        out.print(
            f"{card['id']}  [dim]@{card['buddy']} {card['kind']}[/dim]  {card['title']}",
            soft_wrap=True,
        )
    out.print(
        f"{answer['rounds']} rounds to {answer['day']}: {answer['published']} published, {answer['rejected']} refused, "
        f"{answer['tokens_out']} tokens written in {answer['seconds']} s of model time, ${answer['money']:.4f}"
    )
    for reason, count in sorted(answer["reasons"].items(), key=lambda item: -item[1])[:5]:
        out.print(f"  [dim]{count} times {reason}[/dim]")
    for buddy, why in answer["faults"].items():
        out.print(f"[yellow]{escape(buddy)}: {escape(why)}[/yellow]")
    if answer["fault"]:
        out.print(f"[yellow]last fault: {answer['fault']}[/yellow]")
    out.print("[dim]See them ranked for you: ammo feed[/dim]")
