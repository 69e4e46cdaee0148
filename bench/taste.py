"""A taste and its slates: update, fold, explanation, choice with known chances, visibility, each beside bare NumPy.

    python bench/taste.py [--rows 1000 10000 100000] [--repeats 15] [--seed 7] [--json]

Creations are unit vectors around 24 random centres, one a Goal Buddy; nothing here measures anybody's real taste.
The bare side of a choice is the product with q and one partition: no chances, no cap, no reasons.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from functools import partial
from typing import Any

import numpy as np
from machine import machine, median_ms

from ammo_agents import geometry
from ammo_agents.aipp.explanation import largest, parts
from ammo_agents.aipp.feedback import Shown, act_named, feedback
from ammo_agents.aipp.preference import Event, begin, fold, update
from ammo_agents.records import BuddyId, CreationId, PersonId, SlateId, SubspaceId
from ammo_agents.user.rank import Candidates, Sitting, choose, visibility

BUDDIES, DIM, SLOTS, EPSILON = 24, 384, 8, 0.15
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YOU, COIN = PersonId("you"), SubspaceId("coin")


def pool_of(n: int, rng: np.random.Generator) -> Candidates:
    """Return `n` candidates around the centres of their buddies."""
    centres = rng.standard_normal((BUDDIES, DIM), dtype=np.float32)
    buddies = rng.integers(0, BUDDIES, n)
    rows = geometry.unit_rows(
        centres[buddies] + rng.standard_normal((n, DIM), dtype=np.float32) + 1
    )
    return Candidates(
        ids=tuple(CreationId(f"c_{i:07d}") for i in range(n)),
        rows=geometry.features(rows, geometry.fit_basis(rows[:2_000])),
        buddies=tuple(BuddyId(f"coin/{b}") for b in buddies),
    )


def acts_on(pool: Candidates, count: int) -> list[Event]:
    """Return `count` acts on the first candidates, three likes to a dislike."""
    events = []
    for i in range(count):
        shown = Shown(person=YOU, subspace=COIN, creation=pool.ids[i], slate=SlateId("s"))
        act = act_named("dislike" if i % 4 == 3 else "like")
        said = feedback(act, shown, key=str(i), at=NOW, day=i // 5)
        events.append(Event(feedback=said, row=pool.rows[i], title=f"card {i}"))
    return events


def learning(pool: Candidates, repeats: int) -> dict[str, float]:
    """Measure one update and a fold of 500 acts beside one bare 99 × 99 solve."""
    nobody, events = begin(YOU, COIN, basis="b"), acts_on(pool, 500)
    known = fold(nobody, events)
    row, said = events[0].row, events[0].feedback
    state = known.q.nbytes + known.precision.nbytes + known.information.nbytes
    score = float(pool.rows[600] @ known.q)
    total = sum(p.value for p in parts(known, events, pool.rows[600]))
    return {
        "bare_solve_ms": median_ms(
            lambda: np.linalg.solve(known.precision, known.information), repeats
        ),
        "update_ms": median_ms(lambda: update(known, row, said), repeats),
        "fold_500_ms": median_ms(lambda: fold(nobody, events), max(3, repeats // 5)),
        "explain_500_ms": median_ms(lambda: parts(known, events, row), repeats),
        "explanation_error": abs(total - score),
        "state_kb": state / 1e3,
    }


def choosing(pool: Candidates, repeats: int) -> dict[str, float]:
    """Measure a slate, somebody known and nobody known, beside the bare product and partition."""
    nobody, events = begin(YOU, COIN, basis="b"), acts_on(pool, 20)
    known = fold(nobody, events)
    sittings = iter(range(1_000_000))

    def sit(preference: Any) -> Any:
        sitting = Sitting(at=NOW, seed=next(sittings), slots=SLOTS, exploration=EPSILON)
        return choose(
            pool, preference, sitting, explain=lambda row: largest(parts(known, events, row))
        )

    bare = median_ms(lambda: np.argpartition(pool.rows @ known.q, -SLOTS)[-SLOTS:], repeats)
    slates = [sit(known) for _ in range(repeats)]
    return {
        "bare_ms": bare,
        "slate_ms": median_ms(lambda: sit(known), repeats),
        "first_slate_ms": median_ms(
            lambda: choose(pool, nobody, Sitting(at=NOW, seed=next(sittings), slots=SLOTS)), 3
        ),
        "visibility_ms": median_ms(
            lambda: visibility(pool.rows[0], pool, [known], n=SLOTS, tau=slates[0].tau), repeats
        ),
        "tau": slates[0].tau,
        "share_stated": slates[0].exploration,
        "share_drawn": float(np.mean([s.exploring for one in slates for s in one.slots])),
    }


def chances(rng: np.random.Generator) -> list[dict[str, float]]:
    """Measure exact and closed inclusion against 100,000 draws on the cells of the design."""
    found = []
    cells = [(50, 5, 0.2, 0.15), (200, 5, 0.1, 0.15), (200, 5, 0.005, 0.08), (50, 5, 0.01, 0.08)]
    for size, n, tau, spread in cells:
        scores = rng.normal(0, spread, size)
        exact = geometry.inclusion(scores, n, tau)
        count = np.zeros(size)
        for _ in range(100):
            keys = scores / tau + rng.gumbel(size=(1_000, size))
            np.add.at(count, np.argpartition(-keys, n - 1, axis=1)[:, :n].ravel(), 1)
        closed = geometry.inclusion_closed(scores, n, tau)
        found.append({
            "candidates": size,
            "slots": n,
            "tau": tau,
            "exact_error": float(np.abs(exact - count / 1e5).max()),
            "closed_error": float(np.abs(closed - exact).max()),
            "sum_error": abs(float(exact.sum()) - n),
            "exact_ms": median_ms(partial(geometry.inclusion, scores, n, tau), 9),
        })
    return found


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return every figure."""
    rng = np.random.default_rng(options.seed)
    found: dict[str, Any] = {"machine": machine("numpy"), "seed": options.seed}
    found["learning"] = learning(pool_of(1_000, rng), options.repeats)
    found["choosing"] = {str(n): choosing(pool_of(n, rng), options.repeats) for n in options.rows}
    found["chances"] = chances(rng)
    return found


def show(found: dict[str, Any]) -> None:
    """Print the figures as text."""
    print(" · ".join(f"{k} {v}" for k, v in found["machine"].items()), f"· seed {found['seed']}")
    one = found["learning"]
    print("\nlearning, d = 99, median ms")
    print(f"  bare solve {one['bare_solve_ms']:.3f} · update {one['update_ms']:.3f}")
    print(
        f"  fold of 500 acts {one['fold_500_ms']:.1f} · exact sum of 500 {one['explain_500_ms']:.2f}"
    )
    print(
        f"  sum differs from score by {one['explanation_error']:.1e} · {one['state_kb']:.0f} kB a person"
    )
    print(
        f"\na slate of {SLOTS} at a share of {EPSILON}, {BUDDIES} buddies, with reasons, median ms"
    )
    for n, row in found["choosing"].items():
        print(
            f"  {int(n):>7,} candidates: bare {row['bare_ms']:7.2f} · slate {row['slate_ms']:7.2f}"
            f" · first slate {row['first_slate_ms']:6.1f} · visibility {row['visibility_ms']:6.2f}"
            f" · share stated {row['share_stated']:.3f}, drawn {row['share_drawn']:.3f}"
        )
    print("\nP(e in S) against 100,000 draws, largest error over candidates")
    for cell in found["chances"]:
        print(
            f"  C {cell['candidates']:>3}, N {cell['slots']}, tau {cell['tau']:<5}: exact {cell['exact_error']:.4f}"
            f" · closed form {cell['closed_error']:.4f} · sum off by {cell['sum_error']:.0e} · {cell['exact_ms']:.1f} ms"
        )


def main() -> None:
    """Read the options, measure, print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    reader.add_argument("--repeats", type=int, default=15)
    reader.add_argument("--seed", type=int, default=7)
    reader.add_argument("--json", action="store_true")
    options = reader.parse_args()
    found = measure(options)
    print(json.dumps(found, indent=2)) if options.json else show(found)


if __name__ == "__main__":
    main()
