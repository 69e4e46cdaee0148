"""Where a person at a terminal answers: questions one by one, two cards, a statement read back."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import typer

from ammo_agents.cli import paint_asking, session
from ammo_agents.cli.options import FLAGS
from ammo_agents.settings import Loaded, load

Plain = dict[str, Any]
REPLIES = {"l": "like", "n": "dislike", "d": "unknown"}
"""Enter skips: nothing is recorded."""
KEYS = "[l]ike, [n]ot for me, [d]on't know it, Enter = skip, q = enough"


def questions(*, n: int, subspace: str | None, as_json: bool) -> None:
    """Ask what the buddy wants to know; on a pipe or in JSON only show it."""
    loaded = _loaded(subspace)
    found = _call(loaded, "questions", n=n, subspace=subspace)
    if as_json or not sys.stdin.isatty() or not found["questions"]:
        _show("questions", found, as_json=as_json)
        return
    skipped: list[str] = []
    for left in range(n, 0, -1):
        # Asked one by one: what to ask next follows from the answer to the last.
        found = _call(loaded, "questions", n=left, skip=skipped, subspace=subspace)
        if not found["questions"] or not _put(loaded, found["questions"][0], skipped, subspace):
            return


def _put(loaded: Loaded, one: Plain, skipped: list[str], subspace: str | None) -> bool:
    """Put one question; return whether the person wants another."""
    paint_asking.show("question", {"questions": [one]})
    reply = str(typer.prompt(KEYS, default="", show_default=False)).strip().lower()[:1]
    if reply in REPLIES:
        said = REPLIES[reply]
        kept = _call(loaded, "answer", about=one["entity"], said=said, subspace=subspace)
        paint_asking.show("answer", kept)
    else:
        skipped.append(one["entity"])
    return reply != "q"


def compare(*, subspace: str | None, as_json: bool) -> None:
    """Show two cards and keep the choice; on a pipe or in JSON only show them."""
    loaded = _loaded(subspace)
    found = _call(loaded, "compare", subspace=subspace)
    _show("compare", found, as_json=as_json)
    if as_json or not sys.stdin.isatty() or not found["cards"]:
        return
    reply = typer.prompt("Which of these? 1, 2, Enter = skip", default="", show_default=False)
    if reply.strip() in {"1", "2"}:
        first = int(reply) - 1
        ids = [card["id"] for card in found["cards"]]
        kept = _call(loaded, "choose", card=ids[first], over=[ids[1 - first]])
        paint_asking.show("choose", kept)


def say(*, words: str, yes: bool, subspace: str | None, as_json: bool) -> None:
    """Read a statement back as wishes; keep them after a yes."""
    loaded = _loaded(subspace)
    found = _call(loaded, "say", words=words)
    if not yes:
        _show("say", found, as_json=as_json)
        if as_json or not sys.stdin.isatty():
            return
        if not typer.confirm("Is that what you mean?", default=True):
            return
    kept = _call(loaded, "believe", wishes=found["wishes"], subspace=subspace)
    _show("believe", {**found, **kept}, as_json=as_json)


def _loaded(subspace: str | None) -> Loaded:
    return load({**FLAGS, "subspace": subspace})


def _call(loaded: Loaded, verb: str, **arguments: object) -> Plain:
    given = {name: value for name, value in arguments.items() if value is not None}
    return asyncio.run(session.answered(loaded, verb, given))


def _show(verb: str, answer: Plain, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        paint_asking.show(verb, answer)
