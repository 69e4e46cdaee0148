"""A slate of 8 from 100,000 creations: the exact path, the bare NumPy product, and two ANN libraries beside it.

    python bench/slate.py [--rows 100000] [--ann-rows 20000] [--queries 60] [--seed 7] [--json]

Rows are unit vectors around random centres (``--isotropic``: around none), no real texts. Every query runs on
both sides in turn; medians count. The ANN libraries are built over the first ``--ann-rows`` rows only, because
building a graph of 100,000 on two cores takes longer than the rest; their peers are measured on the same rows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

try:
    import hnswlib
except ImportError:
    raise SystemExit(
        "bench/slate.py measures hnswlib beside AMMO, and it has no wheel for this Python: use 3.11"
    ) from None
import numpy as np
from ammo_chroma.plugin import ChromaStores
from machine import machine

from ammo_agents.geometry import scores, top_k
from ammo_agents.metaspace.exact import ExactStore
from ammo_agents.ports import Row, Store
from ammo_agents.records import Matrix, Vector

SLOTS = 8
CENTRES = 400
SPREAD = 0.5
"""Length of the noise around a centre of length 1."""
BATCH = 1_000


def unit_rows(rng: np.random.Generator, n: int, dim: int, centres: Matrix | None) -> Matrix:
    """Return `n` unit rows around the centres, shape (n, dim), float32."""
    rows = rng.standard_normal((n, dim), dtype=np.float32)
    if centres is not None:
        rows *= SPREAD / np.sqrt(dim)
        rows += centres[rng.integers(0, len(centres), n)]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def bare(matrix: Matrix, q: Vector) -> list[int]:
    """Return the best 8 rows with what NumPy has, and nothing else."""
    values = matrix @ q
    best = np.argpartition(values, -SLOTS)[-SLOTS:]
    return [int(i) for i in best[np.argsort(-values[best])]]


def ours(matrix: Matrix, q: Vector) -> list[int]:
    """Return the best 8 rows the way a slate is ranked: checked shapes, NaN refused, ties by id."""
    return [int(i) for i in top_k(scores(matrix, q), SLOTS)]


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return milliseconds and result of one call."""
    start = time.perf_counter()
    found = call()
    return 1e3 * (time.perf_counter() - start), found


async def timed_async(call: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """Return milliseconds and result of one awaited call."""
    start = time.perf_counter()
    found = await call()
    return 1e3 * (time.perf_counter() - start), found


async def fill(store: Store, matrix: Matrix) -> float:
    """Write every row into a store; return the seconds it took."""
    start = time.perf_counter()
    for at in range(0, len(matrix), BATCH):
        rows = [
            Row(id=f"c_{i:06d}", vector=row) for i, row in enumerate(matrix[at : at + BATCH], at)
        ]
        await store.upsert("creations", rows)
    return time.perf_counter() - start


async def exact_side(matrix: Matrix, queries: Matrix) -> dict[str, Any]:
    """Measure the bare product, the ranking path and the exact store, query by query in turn."""
    store = ExactStore(matrix.shape[1])
    await fill(store, matrix)
    times: dict[str, list[float]] = {"bare": [], "ours": [], "store": []}
    for number, q in enumerate(queries):
        sides = [("bare", bare), ("ours", ours)]
        found = {}
        for name, side in sides if number % 2 else reversed(sides):
            spent, found[name] = timed(partial(side, matrix, q))
            times[name].append(spent)
        assert found["bare"] == found["ours"], "the two sides choose different slates"
        spent, hits = await timed_async(partial(store.search, "creations", q, SLOTS))
        times["store"].append(spent)
        assert [int(h.id[2:]) for h in hits] == found["bare"], "the store chooses another slate"
    medians = {f"{name}_ms": statistics.median(spent) for name, spent in times.items()}
    return {
        **medians,
        "ratio": medians["ours_ms"] / medians["bare_ms"],
        "store_ratio": medians["store_ms"] / medians["bare_ms"],
    }


async def ann_side(matrix: Matrix, queries: Matrix) -> dict[str, Any]:
    """Measure Chroma and hnswlib beside the exact path on the same rows: build, latency, recall@8."""
    with tempfile.TemporaryDirectory() as folder:
        chroma = await ChromaStores().open(Path(folder), dim=matrix.shape[1], space="bench")
        chroma_build = await fill(chroma, matrix)
        graph = hnswlib.Index(space="ip", dim=matrix.shape[1])
        graph.init_index(len(matrix), ef_construction=100, M=16)
        hnsw_build, _ = timed(partial(graph.add_items, matrix))
        graph.set_ef(100)
        times: dict[str, list[float]] = {"exact": [], "chroma": [], "hnswlib": []}
        hits: dict[str, int] = {"chroma": 0, "hnswlib": 0}
        for q in queries:
            spent, best = timed(partial(ours, matrix, q))
            times["exact"].append(spent)
            spent, found = await timed_async(partial(chroma.search, "creations", q, SLOTS))
            times["chroma"].append(spent)
            hits["chroma"] += len({int(h.id[2:]) for h in found} & set(best))
            spent, (labels, _) = timed(partial(graph.knn_query, q, k=SLOTS))
            times["hnswlib"].append(spent)
            hits["hnswlib"] += len({int(i) for i in labels[0]} & set(best))
        await chroma.close()
    return {
        "rows": len(matrix),
        **{f"{name}_ms": statistics.median(spent) for name, spent in times.items()},
        **{f"{name}_recall": n / (SLOTS * len(queries)) for name, n in hits.items()},
        "chroma_build_s": chroma_build,
        "hnswlib_build_s": hnsw_build / 1e3,
    }


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return every figure, by D."""
    figures: dict[str, Any] = {
        "machine": machine("numpy", "chromadb", "hnswlib"),
        "seed": options.seed,
        "rows": options.rows,
    }
    figures["isotropic"] = options.isotropic
    for dim in options.dims:
        rng = np.random.default_rng(options.seed)
        centres = None if options.isotropic else unit_rows(rng, CENTRES, dim, None)
        matrix = unit_rows(rng, options.rows, dim, centres)
        queries = unit_rows(rng, options.queries, dim, centres)
        figures[f"D={dim}"] = {"exact": await exact_side(matrix, queries)}
        if options.ann_rows:
            near = np.ascontiguousarray(matrix[: options.ann_rows])
            figures[f"D={dim}"]["ann"] = await ann_side(near, queries)
    return figures


def show(figures: dict[str, Any]) -> None:
    """Print the figures as text."""
    print(
        " · ".join(f"{k} {v}" for k, v in figures["machine"].items()), f"· seed {figures['seed']}"
    )
    kind = "isotropic rows" if figures["isotropic"] else "clustered rows"
    for name, sides in figures.items():
        if not name.startswith("D="):
            continue
        exact = sides["exact"]
        print(f"\n{name}, {figures['rows']:,} {kind}, slate of {SLOTS}, median ms")
        print(f"  bare product + argpartition  {exact['bare_ms']:8.2f}")
        print(
            f"  scores + top_k               {exact['ours_ms']:8.2f}   ratio {exact['ratio']:.3f}"
        )
        print(
            f"  ExactStore.search            {exact['store_ms']:8.2f}   ratio {exact['store_ratio']:.3f}"
        )
        if "ann" not in sides:
            continue
        ann = sides["ann"]
        print(f"  on {ann['rows']:,} rows: exact {ann['exact_ms']:.2f} ms, recall@8 1.000")
        for library in ("chroma", "hnswlib"):
            print(
                f"    {library:8} {ann[library + '_ms']:.2f} ms, recall@8 {ann[library + '_recall']:.3f}, "
                f"built in {ann[library + '_build_s']:.1f} s"
            )


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument(
        "--ann-rows", type=int, default=20_000, help="0 = leave the ANN libraries out"
    )
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--dims", type=int, nargs="+", default=[384, 1536])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--isotropic", action="store_true", help="no centres: the worst case for a graph"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    figures = asyncio.run(measure(options))
    if options.json:
        print(json.dumps(figures, indent=1))
    else:
        show(figures)


if __name__ == "__main__":
    main(sys.argv[1:])
