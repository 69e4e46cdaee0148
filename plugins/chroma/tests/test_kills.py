"""A process that publishes into the ledger and the Chroma index is killed, again and again."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ammo_chroma.plugin import ChromaStores

from ammo_agents.ledger import SqliteLedger
from ammo_agents.metaspace.index import Index

WRITER = """
import asyncio, datetime as dt, sys
from pathlib import Path
from ammo_agents.ledger import SqliteLedger
from ammo_agents.metaspace.index import Index
from ammo_agents.records import *
from ammo_agents.testing.stores import unit_matrix
from ammo_chroma.plugin import ChromaStores

async def main(root, start):
    ledger = await SqliteLedger.open(root / "ledger.db", free_space_mb=0)
    index = await Index.open(ledger, ChromaStores(), root / "index", dim=16, space="s")
    await index.settled()
    assert index.health()["state"] == "ok", index.health()
    for i, row in enumerate(unit_matrix(5000, seed=start), start):
        claim = Claim(text=f"Card {i}", facts=())
        creation = Creation(
            id=CreationId(f"c_{i:08d}"), idea=IdeaId(f"i_{i}"), kind=IdeaKind.SIGNAL,
            buddy=BuddyId("coin/a"), subspace=SubspaceId("coin"), entity=EntityId("coin/a"),
            date=dt.date(2024, 1, 1), created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            title=claim, hook=claim, claims=(), blocks=(), cost=0.0, visibility=0.5,
            surprise=1.0, model="m", prompt="", seed=i)
        await ledger.publish(f"k{i}", Placed(creation=creation, vector=row, space="s"), [])
        await index.catch_up()
        print(i, flush=True)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


def killed_after(root: Path, start: int, cards: int) -> list[int]:
    """Run a writer until it has acknowledged `cards`, kill it, and return what it acknowledged."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(start)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    said = [int(writer.stdout.readline()) for _ in range(cards)]
    writer.send_signal(signal.SIGKILL)
    said += [int(line) for line in writer.stdout.read().split()]
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    return said


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_after_kills_the_index_holds_just_what_the_ledger_holds(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    acknowledged: set[str] = set()
    for turn in range(3):
        cards = int(rng.integers(5, 30))
        said = await asyncio.to_thread(killed_after, tmp_path, 10_000 * (turn + 1), cards)
        acknowledged |= {f"c_{i:08d}" for i in said}
    ledger = await SqliteLedger.open(tmp_path / "ledger.db", free_space_mb=0)
    index = await Index.open(ledger, ChromaStores(), tmp_path / "index", dim=16, space="s")
    await index.settled()
    found = await index.verify()
    kept = {row.id for row in await ledger.index_rows("creations")}
    assert acknowledged <= kept
    assert (index.health()["state"], found["wrong"], found["rows"]) == ("ok", 0, len(kept))
    await index.close()
    await ledger.close()
