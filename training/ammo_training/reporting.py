"""Writes the report of a run: loads base and adapter, measures every part, judges, and keeps what was measured."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ammo_agents.aipp.pairs import Taught
from ammo_agents.durable import write_text
from ammo_training.evaluation import (
    Gates,
    Subject,
    Written,
    behaviours,
    frozen_sets,
    neutral,
    preferences,
    written,
)
from ammo_training.frozen import read_frozen
from ammo_training.hardware import here

REPLIES, ROWS, EACH = "replies.jsonl", "samples.jsonl", "heldout.json"
"""Every reply, the drawn samples, and each held-out pair's log-probs: what the figures can be computed from again."""


async def measured(
    subject: Subject,
    held: Sequence[Taught],
    *,
    gates: Gates | None = None,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Return every measured part of a report; replies are kept in `keep` for whoever reads them again."""
    frozen = await asyncio.to_thread(read_frozen)
    found = await asyncio.to_thread(preferences, subject, held)
    parts: dict[str, Any] = {"preference": found["kinds"], "too_long": found["too_long"]}
    if keep is not None:
        await asyncio.to_thread(_whole, keep / EACH, found["each"])
    parts["neutral"] = await asyncio.to_thread(neutral, subject, frozen)
    said = await written(subject, held, gates=gates)
    if keep is not None:
        await asyncio.to_thread(keep_replies, keep, said)
    parts |= await behaviours(subject, held, said)
    parts["frozen"] = await frozen_sets(subject, frozen)
    if keep is not None:
        await asyncio.to_thread(_lines, keep / ROWS, parts["samples"])
    return parts


def keep_replies(folder: Path, said: Written) -> None:
    """Write what was asked and answered, one line a reply; blocking."""
    sides = (("before", said.before), ("after", said.after), ("live", said.live))
    rows = [{"side": side, **asdict(reply)} for side, found in sides for reply in found]
    _lines(folder / REPLIES, rows)


def head(
    *,
    run: str,
    adapter: str,
    seed: int,
    hashes: Mapping[str, str],
    data: Mapping[str, Any],
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a report begins with: what was judged, by what, on what machine."""
    return {
        "run": run,
        "adapter": adapter,
        "seed": seed,
        "hashes": dict(hashes),
        "data": dict(data),
        "machine": here(Path.cwd()),
        **more,
    }


class Cost:
    """Counts what the report itself takes."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def plain(self) -> dict[str, float]:
        """Return seconds of wall and CPU time since it was made, and the most memory this process held, in MB."""
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "wall_s": round(time.monotonic() - self._wall, 1),
            "cpu_s": round(time.process_time() - self._cpu, 1),
            "peak_mb": round(most, 1),
        }


def _whole(path: Path, rows: object) -> None:
    write_text(path, json.dumps(rows) + "\n")


def _lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
