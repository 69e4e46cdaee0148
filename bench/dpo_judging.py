"""Judges replies that were written on a machine without the embedder (``bench/dpo.py judge``)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ammo_training import report as reports
from ammo_training.behaviour import Reply
from ammo_training.evaluation import Written, shown
from ammo_training.heldout import prompt_id

from ammo_agents.aipp.pairs import read
from ammo_agents.ports import Embedder


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Replies that were written on a machine without the embedder, to be judged on this one."""

    writer: Any
    embedder: Embedder
    cache: Path
    seed: int


async def judged(
    folders: Sequence[Path], out: Path, embedder: Embedder
) -> AsyncIterator[tuple[Path, str]]:
    """Add win rates and spread to the report in each folder, judge it anew, and give the folder and its word."""
    for folder in folders:
        found = reports.read(folder)
        held = read(out / f"{folder.parent.name}.test.jsonl")
        ids = {row["id"] for row in json.loads((folder / "heldout.json").read_text("utf-8"))}
        held = [pair for pair in held if pair.id in ids]
        lines = (folder / "replies.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        sides = {
            side: tuple(
                Reply(**{k: v for k, v in row.items() if k != "side"})
                for row in rows
                if row["side"] == side
            )
            for side in ("before", "after")
        }
        of: dict[str, tuple[str, ...]] = {}
        for pair in held:
            of[prompt_id(pair)] = (
                *of.get(prompt_id(pair), ()),
                *([pair.user] if pair.user else []),
            )
        place = Elsewhere(
            writer=SimpleNamespace(name=found["behaviour"]["writer"]),
            embedder=embedder,
            cache=out / "cache",
            seed=found["seed"],
        )
        made = await shown(place, held, Written(asked=(), of=of, **sides))
        made["behaviour"]["whose"] = found["behaviour"]["whose"]
        skip = ("gate", "verdict", "primary", "format", "written")
        kept = {k: v for k, v in found.items() if k not in skip}
        reports.keep(reports.assembled(kept, made), folder)
        yield folder, reports.read(folder)["verdict"]["word"]
