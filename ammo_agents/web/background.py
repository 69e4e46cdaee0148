"""Chores that chat clients send beside a person's words: titles, tags, follow-ups, search terms, completions.

They come from the client, not from the person: they are answered by rules, no model is asked, nothing is learned.
Open WebUI names them in a header; its prompts and LibreChat's are also known by their shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal

Chore = Literal["title", "tags", "follow_ups", "queries", "completion", "emoji", "other"]
HEADER = "x-openwebui-task"
TASKS: Mapping[str, Chore] = {
    "title_generation": "title",
    "tags_generation": "tags",
    "follow_up_generation": "follow_ups",
    "query_generation": "queries",
    "autocomplete_generation": "completion",
    "emoji_generation": "emoji",
}
"""Open WebUI's names; any other task is a chore without a name here."""
TASK = re.compile(r"^\s*#{2,3}\s*Task:\s", re.IGNORECASE)
SHAPES: tuple[tuple[re.Pattern[str], Chore], ...] = (
    (re.compile(r"autocompletion system", re.IGNORECASE), "completion"),
    (re.compile(r"follow-?up questions?", re.IGNORECASE), "follow_ups"),
    (re.compile(r"broad tags", re.IGNORECASE), "tags"),
    (re.compile(r"search quer(y|ies)", re.IGNORECASE), "queries"),
    (re.compile(r"\btitle\b", re.IGNORECASE), "title"),
    (re.compile(r"\bemoji\b", re.IGNORECASE), "emoji"),
)
"""What a prompt under “### Task:” asks for; first match wins, since a title prompt may speak of emojis too."""
TITLES = (
    re.compile(
        r"^\s*(please )?(provide|generate|write) an? (concise|short|brief)[^.\n]{0,60}\btitle\b",
        re.IGNORECASE,
    ),
    re.compile(r"^\s*detect user language and write .{0,60}\btitle\b", re.IGNORECASE),
    re.compile(
        r"^\s*analyze this conversation and provide:.{0,120}\btitle\b", re.IGNORECASE | re.DOTALL
    ),
)
"""LibreChat's title prompts, from their first words."""
FIRST = re.compile(r"(?:^|\n)\s*(?:\|\|>)?\s*(?:USER|Human|User)\s*:\s*\n?\s*\"?([^\n\"]+)")
QUOTED = re.compile(r"<chat_history>(.*?)</chat_history>", re.DOTALL)
WORDS = 5
EMOJI = "💬"


def chore(headers: Mapping[str, str], texts: Sequence[str]) -> Chore | None:
    """Return which chore a request is; None = a person speaks.

    `texts` are the messages' texts, oldest first. Only the first and the last can make a request a
    chore: clients put their prompt there, and what a buddy said in between decides nothing.
    """
    task = headers.get(HEADER, "").strip().lower()
    if task:
        return TASKS.get(task, "other")
    for text in dict.fromkeys((*texts[:1], *texts[-1:])):
        if TASK.match(text):
            head = text[:400]
            return next((kind for shape, kind in SHAPES if shape.search(head)), "other")
        if any(shape.search(text) for shape in TITLES):
            return "title"
    return None


def done(kind: Chore, texts: Sequence[str]) -> str:
    """Return a chore's answer in the shape its client reads."""
    prompt = texts[-1] if texts else ""
    bare = not any(TASK.match(text) for text in texts)
    if kind == "title":
        title = _title(texts)
        return title if bare else json.dumps({"title": title}, ensure_ascii=False)
    answers: dict[Chore, str] = {
        "tags": '{"tags": ["General"]}',
        "follow_ups": '{"follow_ups": []}',
        "queries": '{"queries": []}',
        "completion": '{"text": ""}',
        "emoji": EMOJI,
    }
    return answers.get(kind, "") if prompt or kind != "other" else ""


def _title(texts: Sequence[str]) -> str:
    """Return the first five words that the person said, as the prompt quotes them."""
    whole = "\n".join(texts)
    history = QUOTED.search(whole)
    said = FIRST.search(history.group(1) if history else whole)
    words = re.findall(r"[\w@'’-]+", said.group(1) if said else "")
    return " ".join(words[:WORDS]) or "AMMO"
