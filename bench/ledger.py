"""Feedback events per second through the ledger, beside bare SQLite commits of the same durability.

    python bench/ledger.py [--seconds 4] [--dim 99] [--seed 7] [--json]

Both sides run in turn, several times, on one disk; the median of each counts. "One at a time" waits for
each answer before the next request. "Together" has many people asking at once, so that writes share commits;
its peer is still one bare commit an event, so both ratios are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from machine import machine

from ammo_agents.ledger import SqliteLedger
from ammo_agents.records import (
    BuddyId,
    Claim,
    Creation,
    CreationId,
    EntityId,
    Feedback,
    FeedbackId,
    IdeaId,
    IdeaKind,
    PersonId,
    Placed,
    Preference,
    SubspaceId,
)

COIN, NOW = SubspaceId("coin"), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CARD = CreationId("c_aaaaaaaaaaaa")
TURNS = 5


def preferences(size: int, seed: int) -> Preference:
    """Return a preference with d = `size` and a symmetric L."""
    generator = np.random.default_rng(seed)
    half = generator.standard_normal((size, size))
    return Preference(
        person=PersonId("p0"),
        subspace=COIN,
        basis="basis",
        version=1,
        day=0,
        q=generator.standard_normal(size),
        precision=half @ half.T,
        information=generator.standard_normal(size),
    )


def act(person: str, number: int) -> Feedback:
    """Return the act that a tap makes."""
    return Feedback(
        id=FeedbackId(f"b_{person}_{number}"),
        key=f"{person}-{number}",
        person=PersonId(person),
        subspace=COIN,
        creation=CARD,
        slate=None,
        act="like",
        reward=1.0,
        weight=1.0,
        at=NOW,
        day=0,
    )


def bare(folder: Path, seconds: float, blob: bytes) -> float:
    """Return bare commits a second: one INSERT of the same bytes, WAL + FULL."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, json TEXT, state BLOB)")
    text, count, start = "x" * 250, 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO events (json, state) VALUES (?, ?)", (text, blob))
        db.execute("COMMIT")
        count += 1
    db.close()
    return count / spent


async def through(
    ledger: SqliteLedger, seconds: float, state: Preference, people: Sequence[str], turn: int
) -> float:
    """Return recorded acts a second, with every person waiting for each own answer."""
    start, counts = time.perf_counter(), [0] * len(people)

    async def taps(index: int, person: str) -> None:
        mine = Preference(
            person=PersonId(person),
            subspace=COIN,
            basis=state.basis,
            version=1,
            day=0,
            q=state.q,
            precision=state.precision,
            information=state.information,
        )
        while time.perf_counter() - start < seconds:
            feedback = act(person, turn * 1_000_000 + counts[index])
            await ledger.record(feedback.key, feedback, mine)
            counts[index] += 1

    async with asyncio.TaskGroup() as group:
        for index, person in enumerate(people):
            group.create_task(taps(index, person))
    return sum(counts) / (time.perf_counter() - start)


async def publish(ledger: SqliteLedger) -> None:
    """Publish the one card that everybody taps."""
    claim = Claim(text="A card.", facts=())
    vector = np.zeros(8, np.float32)
    vector[0] = 1
    creation = Creation(
        id=CARD,
        idea=IdeaId("i_a"),
        kind=IdeaKind.SIGNAL,
        buddy=BuddyId("coin/bitcoin"),
        subspace=COIN,
        entity=EntityId("coin/bitcoin"),
        date=NOW.date(),
        created_at=NOW,
        title=claim,
        hook=claim,
        claims=(claim,),
        blocks=(),
        cost=0.0,
        visibility=0.5,
        surprise=0.0,
        model="none",
        prompt="",
        seed=0,
    )
    await ledger.publish("card", Placed(creation=creation, vector=vector, space="bench"), [])


async def measure(folder: Path, seconds: float, dim: int, seed: int) -> dict[str, list[float]]:
    """Return events a second of every turn, for each way."""
    state = preferences(dim, seed)
    ledger = await SqliteLedger.open(folder / "data" / "ledger.db")
    await publish(ledger)
    packed = bytes(dim * (dim + 1) // 2 * 8 + 2 * dim * 8)
    found: dict[str, list[float]] = {"bare_small": [], "bare": [], "one": [], "together": []}
    crowd = [f"p{number}" for number in range(32)]
    for turn in range(TURNS):
        found["bare_small"].append(bare(folder, seconds / TURNS, b""))
        found["one"].append(await through(ledger, seconds / TURNS, state, crowd[:1], 2 * turn))
        found["bare"].append(bare(folder, seconds / TURNS, packed))
        found["together"].append(await through(ledger, seconds / TURNS, state, crowd, 2 * turn + 1))
    await ledger.close()
    return found


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each of the four ways")
    parser.add_argument("--dim", type=int, default=99, help="d of the preference")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None, help="on which disk")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        found = asyncio.run(measure(Path(folder), options.seconds, options.dim, options.seed))
    per_s = {name: statistics.median(values) for name, values in found.items()}
    result = {
        "machine": machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "seed": options.seed,
        "d": options.dim,
        "events_per_s": per_s,
        "turns": found,
        "ratio_one_to_bare_same_bytes": per_s["one"] / per_s["bare"],
        "ratio_one_to_bare_small": per_s["one"] / per_s["bare_small"],
        "ratio_together_to_bare_same_bytes": per_s["together"] / per_s["bare"],
        "ratio_together_to_bare_small": per_s["together"] / per_s["bare_small"],
    }
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['machine']}; Python {result['python']}, SQLite {result['sqlite']}")
    print(f"seed {options.seed}, d = {options.dim}, WAL + FULL, median of {TURNS} turns")
    print(f"bare commit of a 250-byte row           {per_s['bare_small']:8.0f} /s")
    print(f"bare commit with the preference's bytes {per_s['bare']:8.0f} /s")
    print(f"ledger.record, one at a time            {per_s['one']:8.0f} /s")
    print(f"ledger.record, 32 people at once        {per_s['together']:8.0f} /s")
    for name, value in result.items():
        if name.startswith("ratio"):
            print(f"{name:40}{value:8.2f}")


if __name__ == "__main__":
    main()
