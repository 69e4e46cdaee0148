"""Chroma and exact search, driven side by side: after every step they say the same."""

import asyncio
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

import pytest
from ammo_chroma.plugin import ChromaStores
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ammo_agents.metaspace.exact import ExactStore
from ammo_agents.ports import Clause, Row, Store
from ammo_agents.testing.stores import unit_matrix

DIM = 8
ROWS = unit_matrix(200, dim=DIM)
T = TypeVar("T")
ids = st.integers(0, 39)
places = st.integers(0, len(ROWS) - 1)
batches = st.dictionaries(ids, st.tuples(places, st.integers(0, 3)), max_size=12)


class Stores(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.temporary = tempfile.TemporaryDirectory()
        self.reopened = False
        self.exact: Store = ExactStore(DIM)
        self.chroma = self.opened()

    def run(self, awaited: Awaitable[T]) -> T:
        async def wait() -> T:
            return await awaited

        return self.loop.run(wait())

    def opened(self) -> Store:
        folder = Path(self.temporary.name)
        return self.run(ChromaStores().open(folder, dim=DIM, space="s"))

    @rule(batch=batches)
    def upsert(self, batch: dict[int, tuple[int, int]]) -> None:
        rows = [
            Row(id=f"c_{i}", vector=ROWS[place], tags={"group": group})
            for i, (place, group) in batch.items()
        ]
        for store in (self.exact, self.chroma):
            self.run(store.upsert("creations", rows))

    @rule(gone=st.sets(ids, max_size=6))
    def delete(self, gone: set[int]) -> None:
        for store in (self.exact, self.chroma):
            self.run(store.delete("creations", [f"c_{i}" for i in sorted(gone)]))

    @precondition(lambda self: not self.reopened)
    @rule()
    def reopen(self) -> None:
        self.reopened = True  # a child process looks at the folder: seconds, so once an example
        self.run(self.chroma.close())
        self.chroma = self.opened()

    @rule(place=places, k=st.integers(0, 12), group=st.integers(0, 3))
    def search(self, place: int, k: int, group: int) -> None:
        known = self.run(self.exact.count("creations")) > 0
        where = (Clause(tag="group", op="==", value=group),) if known and group else ()
        want = self.run(self.exact.search("creations", ROWS[place], k, where=where))
        have = self.run(self.chroma.search("creations", ROWS[place], k, where=where))
        assert have == want

    @invariant()
    def hold_the_same(self) -> None:
        want = self.run(self.exact.ids("creations"))
        assert self.run(self.chroma.ids("creations")) == want
        assert self.run(self.chroma.count("creations")) == len(want)
        kept = self.run(self.chroma.vectors("creations", want))
        truth = self.run(self.exact.vectors("creations", want))
        assert all((kept[id] == truth[id]).all() for id in want)

    def teardown(self) -> None:
        self.run(self.chroma.close())
        self.loop.close()
        self.temporary.cleanup()


Stores.TestCase.settings = settings(max_examples=5, stateful_step_count=15, deadline=None)
TestStores = pytest.mark.slow(Stores.TestCase)
