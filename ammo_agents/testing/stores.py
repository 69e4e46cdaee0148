"""The contract of a vector store, as checks that an author of a store runs: `check_store`.

``report = await check_store(MyStores(), tmp_path)``, then ``report.require()``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ammo_agents.errors import BadInputError, SpaceMismatchError, VectorError
from ammo_agents.ports import (
    Clause,
    Collection,
    IndexRow,
    OutboxRow,
    Row,
    Store,
    StoreProvider,
)
from ammo_agents.records import Matrix, Vector

DIM = 16
SPACE = "space-of-the-check"
LIMIT = 1e-5
"""Largest error of a score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReport:
    """Which rules a store keeps; a broken one says what was seen."""

    store: str
    kept: tuple[str, ...]
    broken: Mapping[str, str]

    def require(self) -> None:
        """Raise `AssertionError` with every broken rule."""
        lines = [f"{rule}: {seen}" for rule, seen in self.broken.items()]
        assert not lines, f"store {self.store!r} breaks the contract\n" + "\n".join(lines)


class RowsLedger:
    """The part of a ledger that an index reads, in memory: rows, an outbox, how far each index has come."""

    def __init__(self) -> None:
        self.rows: dict[Collection, dict[str, IndexRow]] = {
            "creations": {},
            "knowledge": {},
            "preferences": {},
        }
        self.changes: list[OutboxRow] = []
        self.heard: dict[str, int] = {}

    def put(self, collection: Collection, row: IndexRow) -> None:
        """Keep a row and tell the outbox."""
        self.rows[collection][row.id] = row
        seq = len(self.changes) + 1
        self.changes.append(OutboxRow(seq=seq, collection=collection, op="upsert", id=row.id))

    def drop(self, collection: Collection, id: str) -> None:
        """Remove a row and tell the outbox."""
        self.rows[collection].pop(id, None)
        seq = len(self.changes) + 1
        self.changes.append(OutboxRow(seq=seq, collection=collection, op="delete", id=id))

    async def outbox(self, after: int, limit: int = 500) -> list[OutboxRow]:
        """Return changes after `after`, oldest first."""
        return [row for row in self.changes if row.seq > after][:limit]

    async def index_rows(
        self, collection: Collection, ids: Sequence[str] | None = None
    ) -> list[IndexRow]:
        """Return the named ids that live, or all of a collection."""
        rows = self.rows[collection]
        return [rows[id] for id in (sorted(rows) if ids is None else ids) if id in rows]

    async def projected(self, index: str, seq: int) -> None:
        """Note how far an index has come."""
        self.heard[index] = seq

    async def projected_seq(self, index: str) -> int:
        """Return how far an index has come."""
        return self.heard.get(index, 0)


def unit_matrix(n: int, dim: int = DIM, seed: int = 7) -> Matrix:
    """Return `n` random unit rows, shape (n, dim)."""
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


async def check_store(provider: StoreProvider, folder: Path) -> StoreReport:
    """Return which rules of `ports.Store` a provider's stores keep; every rule gets a folder of its own."""
    kept, broken = [], {}
    for number, (rule, check) in enumerate(RULES.items()):
        opened = _Opened(provider, folder / f"{number:02d}")
        try:
            await check(opened)
            kept.append(rule)
        except AssertionError as error:
            broken[rule] = str(error)
        finally:
            await opened.close()
    return StoreReport(store=provider.name, kept=tuple(kept), broken=broken)


class _Opened:
    """A store under check, that can be closed and opened again."""

    def __init__(self, provider: StoreProvider, folder: Path) -> None:
        self.provider = provider
        self.folder = folder
        self._open: list[Store] = []

    async def store(self, *, dim: int = DIM, space: str = SPACE) -> Store:
        """Open the folder."""
        store = await self.provider.open(self.folder, dim=dim, space=space)
        self._open.append(store)
        return store

    async def close(self) -> None:
        """Close what is open."""
        for store in self._open:
            await store.close()
        self._open.clear()


def _rows(matrix: Matrix, *, start: int = 0) -> list[Row]:
    return [
        Row(
            id=f"c_{i:04d}",
            vector=vector,
            tags={"subspace": f"s{i % 3}", "day": i, "cost": i / 4, "odd": bool(i % 2)},
        )
        for i, vector in enumerate(matrix, start)
    ]


async def _refuses(kind: type[Exception], awaited: Awaitable[object], what: str) -> None:
    try:
        await awaited
    except kind:
        return
    raise AssertionError(f"{what} is taken, {kind.__name__} was expected")


async def _finds_the_best(opened: _Opened) -> None:
    store, matrix = await opened.store(), unit_matrix(60)
    await store.upsert("creations", _rows(matrix))
    for query in unit_matrix(5, seed=8):
        hits = await store.search("creations", query, 7)
        best = np.sort(matrix @ query)[::-1][:7]
        assert len(hits) == 7, f"{len(hits)} hits for k = 7"
        assert np.allclose([h.score for h in hits], best, atol=LIMIT), (
            "not the best, or out of order"
        )
        truth = {f"c_{i:04d}": s for i, s in enumerate(matrix @ query)}
        assert all(abs(truth[h.id] - h.score) < LIMIT for h in hits), "a score is not e·q"


async def _breaks_ties_by_id(opened: _Opened) -> None:
    store, vector = await opened.store(), unit_matrix(1)[0]
    await store.upsert("knowledge", [Row(id=id, vector=vector) for id in ("f_b", "f_c", "f_a")])
    found = [h.id for h in await store.search("knowledge", vector, 3)]
    assert found == ["f_a", "f_b", "f_c"], f"equal rows come as {found}"


async def _upserts_by_id(opened: _Opened) -> None:
    store, (old, new) = await opened.store(), unit_matrix(2)
    await store.upsert("creations", [Row(id="c_1", vector=old, tags={"n": 1})])
    await store.upsert("creations", [Row(id="c_1", vector=new, tags={"n": 2})])
    assert await store.count("creations") == 1, "a known id was added twice"
    kept = (await store.vectors("creations", ["c_1", "nobody"]))["c_1"]
    assert np.allclose(kept, new, atol=LIMIT), "the old vector is kept"
    hits = await store.search("creations", new, 1, where=(Clause(tag="n", op="==", value=2),))
    assert [h.id for h in hits] == ["c_1"], "the old tags are kept"


async def _deletes(opened: _Opened) -> None:
    store, matrix = await opened.store(), unit_matrix(8)
    await store.upsert("creations", _rows(matrix))
    await store.delete("creations", ["c_0003", "nobody"])
    assert "c_0003" not in await store.ids("creations"), "a deleted id is listed"
    assert all(h.id != "c_0003" for h in await store.search("creations", matrix[3], 8)), "and found"
    await store.delete("knowledge", ["nobody"])


async def _filters(opened: _Opened) -> None:
    store, matrix = await opened.store(), unit_matrix(40)
    await store.upsert("creations", _rows(matrix))
    cases: list[tuple[tuple[Clause, ...], Callable[[int], bool]]] = [
        ((Clause(tag="subspace", op="==", value="s1"),), lambda i: i % 3 == 1),
        ((Clause(tag="subspace", op="!=", value="s1"),), lambda i: i % 3 != 1),
        ((Clause(tag="subspace", op="in", value=("s0", "s2")),), lambda i: i % 3 != 1),
        ((Clause(tag="day", op=">=", value=30),), lambda i: i >= 30),
        ((Clause(tag="cost", op="<=", value=2.5),), lambda i: i <= 10),
        ((Clause(tag="odd", op="==", value=True),), lambda i: i % 2 == 1),
        ((Clause(tag="day", op="in", value=()),), lambda _: False),
        (
            (Clause(tag="day", op=">=", value=10), Clause(tag="odd", op="==", value=False)),
            lambda i: i >= 10 and i % 2 == 0,
        ),
    ]
    for where, holds in cases:
        hits = await store.search("creations", matrix[0], 40, where=where)
        want = {f"c_{i:04d}" for i in range(40) if holds(i)}
        assert {h.id for h in hits} == want, f"{where} gives {len(hits)} rows, not {len(want)}"


async def _keeps_apart(opened: _Opened) -> None:
    store, matrix = await opened.store(), unit_matrix(4)
    await store.upsert("creations", _rows(matrix))
    assert await store.search("knowledge", matrix[0], 3) == [], "collections leak into each other"
    assert await store.count("knowledge") == 0
    wide = unit_matrix(2, dim=3 * DIM)
    await store.upsert("preferences", [Row(id="you/coin", vector=wide[0], tags={"person": "you"})])
    hits = await store.search("preferences", wide[0], 1)
    assert [h.id for h in hits] == ["you/coin"], "preferences have a dim of their own"
    await _refuses(VectorError, store.search("preferences", matrix[0], 1), "a query of another dim")


async def _refuses_bad_vectors(opened: _Opened) -> None:
    store, good = await opened.store(), unit_matrix(1)[0]
    hole, endless = good.copy(), good.copy()
    hole[0], endless[0] = np.nan, np.inf
    bad: dict[str, Vector] = {
        "a NaN row": hole,
        "an infinite row": endless,
        "a zero row": np.zeros(DIM, np.float32),
        "a long row": 2 * good,
        "a row of another dim": unit_matrix(1, dim=DIM + 1)[0],
    }
    await store.upsert("creations", [Row(id="c_0", vector=good)])
    for what, vector in bad.items():
        rows = [Row(id="c_1", vector=good), Row(id="c_2", vector=vector)]
        await _refuses(VectorError, store.upsert("creations", rows), what)
        await _refuses(VectorError, store.search("creations", vector, 1), f"as a query, {what}")
    assert await store.ids("creations") == ["c_0"], "a refused call wrote something"


async def _keeps_limits(opened: _Opened) -> None:
    store, good = await opened.store(), unit_matrix(1)[0]
    await store.upsert("creations", [Row(id="c_0", vector=good, tags={"n": 1})])
    many = [Row(id=f"c_{i}", vector=good, tags={"n": i}) for i in range(1_001)]
    clause = Clause(tag="n", op="==", value=1)
    calls: dict[str, Awaitable[object]] = {
        "1,001 rows": store.upsert("creations", many),
        "one id twice": store.upsert("creations", [many[0], many[0]]),
        "501 ids to delete": store.delete("creations", [r.id for r in many[:501]]),
        "501 ids to read": store.vectors("creations", [r.id for r in many[:501]]),
        "k = 1,001": store.search("creations", good, 1_001),
        "k = -1": store.search("creations", good, -1),
        "65 clauses": store.search("creations", good, 1, where=(clause,) * 65),
        "10,000 clauses": store.search("creations", good, 1, where=(clause,) * 10_000),
        "an unknown tag": store.search(
            "creations", good, 1, where=(Clause(tag="x", op="==", value=1),)
        ),
        "a value of another type": store.search(
            "creations", good, 1, where=(Clause(tag="n", op="==", value="1"),)
        ),
        "other tags than the first row's": store.upsert(
            "creations", [Row(id="c_9", vector=good, tags={"m": 1})]
        ),
        "a lone surrogate": store.upsert(
            "creations", [Row(id="c_\ud800", vector=good, tags={"n": 1})]
        ),
        "NaN as a tag": store.upsert(
            "creations", [Row(id="c_9", vector=good, tags={"n": float("nan")})]
        ),
    }
    for what, call in calls.items():
        await _refuses(BadInputError, call, what)
    assert await store.ids("creations") == ["c_0"], "a refused call wrote something"


async def _answers_small_questions(opened: _Opened) -> None:
    store, matrix = await opened.store(), unit_matrix(3)
    assert await store.search("creations", matrix[0], 5) == [], "an empty store finds something"
    await store.upsert("creations", [])
    await store.upsert("creations", _rows(matrix))
    assert await store.search("creations", matrix[0], 0) == [], "k = 0 gives rows"
    assert len(await store.search("creations", matrix[0], 50)) == 3, "k over n does not give n rows"
    assert await store.vectors("creations", []) == {}
    assert store.dim == DIM


async def _survives_a_close(opened: _Opened) -> None:
    store, matrix = await opened.store(), unit_matrix(30)
    await store.upsert("creations", _rows(matrix))
    await store.upsert("preferences", [Row(id="you/coin", vector=unit_matrix(1, dim=40)[0])])
    await store.delete("creations", ["c_0007"])
    before = await store.search("creations", matrix[2], 5)
    await opened.close()
    await store.close()
    again = await opened.store()
    assert await again.count("creations") == 29, "rows are lost (or come back) over a close"
    assert await again.search("creations", matrix[2], 5) == before, "another answer after a close"
    assert await again.ids("preferences") == ["you/coin"]
    await again.upsert("creations", _rows(matrix[7:8], start=7))
    assert await again.count("creations") == 30


async def _belongs_to_one_space(opened: _Opened) -> None:
    await opened.store()
    await opened.close()
    await _refuses(SpaceMismatchError, opened.store(space="another"), "a folder of another space")
    await _refuses(SpaceMismatchError, opened.store(dim=DIM + 1), "a folder of another D")


RULES: Mapping[str, Callable[[_Opened], Awaitable[None]]] = {
    "a search gives the best inner products, in order": _finds_the_best,
    "equal scores come in id order": _breaks_ties_by_id,
    "an upsert replaces vector and tags": _upserts_by_id,
    "a delete removes, and ignores unknown ids": _deletes,
    "clauses filter by typed tags": _filters,
    "collections are apart, preferences have their own dim": _keeps_apart,
    "bad vectors are refused and nothing is written": _refuses_bad_vectors,
    "limits are kept and nothing is written": _keeps_limits,
    "empty questions have empty answers": _answers_small_questions,
    "rows survive a close": _survives_a_close,
    "a folder belongs to one space": _belongs_to_one_space,
}
