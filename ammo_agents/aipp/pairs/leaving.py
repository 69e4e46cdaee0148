"""When a person's words leave: their rows go out of every run, and their words out of what was written about it (S5)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ammo_agents.aipp.pairs.files import put

GONE = "[forgotten]"
LEAST = 12
"""Letters from which on a text is somebody's own words, and not `Yes.`."""
TEXTS = ("chosen", "rejected", "completion")


def leave_runs(training: Path, events: Collection[str]) -> int:
    """Take what these events made out of the rows of every run, and their words out of reports and cards.

    A run that lost rows cannot go on: its rows are no longer those it was made with. Returns how many rows went.
    """
    wanted, total = frozenset(events), 0
    words: set[str] = set()
    for path in sorted(training.glob("runs/*/rows/*.jsonl")):
        kept, gone = _parted(path, wanted)
        if gone:
            put(path, "".join(f"{line}\n" for line in kept))
            total += len(gone)
            words |= {word for row in gone for word in _words(row)}
    for path in _about(training) if words else ():
        _scrub(path, words)
    return total


def _parted(path: Path, wanted: frozenset[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the lines that stay, and the rows that go; a line that is no row goes unread."""
    kept, gone = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
            mine = bool(wanted & set(row.get("events", ())))
        except (ValueError, TypeError, AttributeError):
            row, mine = {}, True
        if mine:
            gone.append(row)
        else:
            kept.append(line)
    return kept, gone


def _words(row: Mapping[str, Any]) -> Iterator[str]:
    prompt = row.get("prompt", "")
    turns = [str(turn.get("content", "")) for turn in prompt] if isinstance(prompt, list) else []
    yield from (*turns[-1:], *([prompt] if isinstance(prompt, str) else []))
    for name in TEXTS:
        yield str(row.get(name, ""))


def _about(training: Path) -> Iterator[Path]:
    """Return the files that are written about a run, and the cards of adapters."""
    for pattern in ("runs/*/*.json", "runs/*/*.jsonl", "runs/*/*.md", "adapters/*/README.md"):
        yield from sorted(training.glob(pattern))


def _scrub(path: Path, words: Collection[str]) -> None:
    """Replace the words, longest first: as they are, on one line, and as JSON says them."""
    said = before = path.read_text(encoding="utf-8")
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= LEAST:
            for form in (word, " ".join(word.split()), *_in_json(word)):
                said = said.replace(form, GONE)
    if said != before:
        put(path, said)


def _in_json(word: str) -> tuple[str, str]:
    return json.dumps(word, ensure_ascii=False)[1:-1], json.dumps(word)[1:-1]
