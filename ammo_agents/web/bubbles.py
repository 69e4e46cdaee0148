"""Turns of a talk as its templates need them: places on the page, texts with their chips, times in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Plain = dict[str, Any]
MARK = re.compile(r"\[(\d{1,2})\](?![(\[])")
STATES = {
    "stopped": "Stopped. What was said until then is kept.",
    "interrupted": "Interrupted: AMMO ended while this was being said. What was said is kept.",
    "failed": "No answer came.",
}


def place(thread: str) -> str:
    """Return the id of the element that a thread's turns stand in."""
    return "talk-" + re.sub(r"[^A-Za-z0-9_-]", "-", thread)


def blank(thread: str, run: str) -> Plain:
    """Return the placeholder of an answer that has just begun; what is there already stays."""
    return turn({
        "once": True,
        "run": run,
        "thread": thread,
        "said": [],
        "noted": [],
        "answers": [],
        "state": "live",
        "step": "",
        "fault": {},
        "retry": False,
        "other": False,
        "choice": None,
    })


def turn(plain: Mapping[str, Any]) -> Plain:
    """Return a turn with what its template needs beside the view's data."""
    return {
        "once": False,
        **plain,
        "into": place(plain["thread"]),
        "answers": [bubble(one) for one in plain["answers"]],
        "trouble": STATES.get(plain["state"], ""),
    }


def bubble(message: Mapping[str, Any]) -> Plain:
    """Return a message whose numbers in brackets lead to its sources."""
    count = len(message["sources"])
    return {**message, "chipped": chipped(message["text"], str(message["id"]), count)}


def chipped(text: str, id: str, count: int) -> str:
    """Return Markdown in which ``[1]`` to ``[count]`` are links to the sources of message `id`."""

    def link(match: re.Match[str]) -> str:
        number = int(match.group(1))
        if not 1 <= number <= count:
            return match.group(0)
        return f"[{number}](#src-{id}-{number})"

    return MARK.sub(link, text)
