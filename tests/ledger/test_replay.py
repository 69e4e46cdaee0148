"""Whatever is sent again, in whatever order of repeats and restarts, happens once."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_records import (
    COIN,
    DAY,
    NOW,
    YOU,
    make_fact,
    make_feedback,
    make_placed,
    make_preference,
    make_rejected,
    make_slate,
    unit,
)

from ammo_agents.ledger import SqliteLedger
from ammo_agents.ports import BudgetLimits, Receipt, Spent
from ammo_agents.records import Usage

Step = Callable[[SqliteLedger], Awaitable[Receipt]]
CARDS = 4


def steps() -> list[Step]:
    """Return the writes of a short life, each under its own key."""
    found: list[Step] = []
    for number in range(CARDS):
        fact, placed = make_fact(number), make_placed(number, (make_fact(number),))
        slate = make_slate(number, [placed.creation.id])
        act = make_feedback(f"f{number}", placed.creation.id, slate.id)
        worst = Usage(tokens_in=10)
        found += [
            lambda to, n=number, w=worst: to.reserve(
                f"b{n}", "all", NOW, w, BudgetLimits(tokens=40)
            ),
            lambda to, n=number, p=placed, f=fact: to.publish(f"p{n}", p, [f], np.stack([unit(n)])),
            lambda to, n=number: to.settle(f"c{n}", f"b{n}", Usage(tokens_in=4)),
            lambda to, n=number: to.reject(f"r{n}", make_rejected(n), NOW),
            lambda to, n=number, s=slate: to.present(f"s{n}", s),
            lambda to, n=number, a=act: to.record(f"f{n}", a, make_preference(n)),
            lambda to, n=number: to.advance(f"d{n}", COIN, DAY),
        ]
    act_id = make_feedback("f0", make_placed(0).creation.id).id
    found.append(lambda to: to.undo("u", act_id, make_preference(9)))
    return found


async def live(place: Path, repeats: list[int], restarts: set[int]) -> None:
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    told: list[Receipt] = []
    try:
        for index, step in enumerate(steps()):
            if index in restarts:
                await ledger.close()
                ledger = await SqliteLedger.open(place, free_space_mb=0)
            told.append(await step(ledger))
            assert not told[-1].repeated
            for back in range(repeats[index]):
                earlier = max(index - back, 0)
                again = await steps()[earlier](ledger)
                assert again == Receipt(seq=told[earlier].seq, repeated=True)
        assert [receipt.seq for receipt in told] == sorted({receipt.seq for receipt in told})
        counts = await ledger.counts()
        assert counts["events"] == len(told)
        for table in ("creations", "facts", "attempts", "slates", "shown", "feedback"):
            assert counts[table] == CARDS, table
        acts = await ledger.feedback(YOU)
        assert [act.key for act in acts] == [f"f{n}" for n in range(1, CARDS)]
        kept = await ledger.preference(YOU, COIN)
        assert kept is not None
        assert kept.version == 9
        assert await ledger.spent("all", NOW.date()) == Spent(tokens=4 * CARDS)
    finally:
        await ledger.close()


@settings(max_examples=15)
@given(
    repeats=st.lists(st.integers(0, 4), min_size=29, max_size=29),
    restarts=st.sets(st.integers(0, 28), max_size=3),
)
def test_a_life_with_repeats_and_restarts_leaves_what_a_plain_one_leaves(
    repeats: list[int], restarts: set[int]
) -> None:
    assert len(steps()) == len(repeats)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder) / "ledger.db", repeats, restarts))
