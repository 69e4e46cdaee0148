"""A community and the people it serves: the prior by EM, one update, a slate of 10,000, and all people at once.

    python bench/community.py [--people 500] [--entities 10000] [--repeats 40] [--seed 7] [--json]

People rate what a planted taste tells them; the numbers are about time and memory, not about anybody's taste
(`ammo eval taste` measures that on real ratings). The floor of the blocked product is NumPy's own product of the
same matrices, in the same blocks, with nothing kept. Run it with OPENBLAS_NUM_THREADS=1 for one core.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import statistics
import time
from typing import Any

import numpy as np
from machine import machine, median_ms

from ammo_agents import geometry
from ammo_agents.aipp.community import Community, Known, School, learned
from ammo_agents.aipp.feedback import Shown, act_named, feedback
from ammo_agents.aipp.preference import Event, begin, fold, learn
from ammo_agents.geometry.many import CREATIONS, PEOPLE
from ammo_agents.hooks import load_plugins
from ammo_agents.records import BuddyId, CreationId, PersonId, Preference, SlateId, SubspaceId
from ammo_agents.settings import Settings
from ammo_agents.user.rank import Candidates, Sitting, choose

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YOU, SPACE = PersonId("you"), SubspaceId("movie")
DIM, RATED, BUDDIES, SLOTS, EPSILON = 384, 170, 60, 8, 0.15


def planted(people: int, entities: int, rng: np.random.Generator) -> tuple[list[Known], School]:
    """Return people whose rewards follow a taste over the texts, and what teaching needs."""
    vectors = geometry.unit_rows(rng.standard_normal((entities, DIM), dtype=np.float32))
    tastes = rng.standard_normal((people, DIM)) * 0.6
    fame = rng.pareto(1.2, entities) + 0.05
    known = []
    for n in range(people):
        met = rng.choice(entities, RATED, replace=False, p=fame / fame.sum())
        liked = vectors[met] @ tastes[n] + 0.65 + rng.normal(0, 0.15, RATED)
        rewards = np.clip(np.round(liked * 9) / 9, 0, 1)
        known.append(Known(person=f"p{n}", entities=met, rewards=rewards))
    factorisers = {f.name: f for f in load_plugins(Settings()).factors()}
    school = School(
        entities=[f"movie/{n:05d}" for n in range(entities)],
        vectors=vectors,
        basis=geometry.fit_basis(vectors[:2_000]),
        factoriser=factorisers.get("implicit/als"),
    )
    return known, school


def teaching(known: list[Known], school: School) -> tuple[Community, dict[str, float]]:
    """Measure one learning of tables and prior, and the EM inside it alone."""
    start = time.perf_counter()
    community = learned(known, school)
    whole = time.perf_counter() - start
    if community is None:
        raise SystemExit("too few people for a community")
    size = len(community.prior.mean)
    phi = geometry.features(
        school.vectors, school.basis, community.tables.of(school.entities, school.vectors)
    )[:, :size]
    sums = geometry.sums([(phi[one.entities], one.rewards) for one in known])
    first = geometry.Learned(mean=np.zeros(size), variance=np.full(size, 0.01), noise=0.03)
    blocks = [slice(0, 3), slice(3, size)]
    start = time.perf_counter()
    geometry.learn(sums, first=first, blocks=blocks, free=3)
    return community, {"community_s": whole, "em_s": time.perf_counter() - start}


def serving(
    community: Community, school: School, repeats: int, rng: np.random.Generator
) -> dict[str, float]:
    """Measure one update and one slate of all entities for one person, with company and without."""
    rows = geometry.features(
        school.vectors, school.basis, community.tables.of(school.entities, school.vectors)
    )
    found: dict[str, float] = {"width": rows.shape[1]}
    for name, width, prior in (("", rows.shape[1], community.prior), ("alone_", 99, None)):
        wide = np.ascontiguousarray(rows[:, :width])
        asked = {} if prior is None else {"prior": prior}
        nobody = begin(YOU, SPACE, basis="b", width=width, **asked)
        events = []
        for n, place in enumerate(rng.choice(len(rows), 20, replace=False).tolist()):
            shown = Shown(
                person=YOU, subspace=SPACE, creation=CreationId(f"c_{n}"), slate=SlateId("s")
            )
            said = feedback(act_named("like"), shown, key=str(n), at=NOW, day=0)
            events.append(Event(feedback=said, row=wide[place]))
        known: Preference = fold(nobody, events, **asked)
        pool = Candidates(
            ids=tuple(CreationId(f"c_{n:06d}") for n in range(len(wide))),
            rows=wide,
            buddies=tuple(BuddyId(f"movie/{n % BUDDIES}") for n in range(len(wide))),
        )
        seeds = iter(range(1_000_000))

        def sit(pool: Candidates = pool, known: Preference = known, seeds: Any = seeds) -> object:
            sitting = Sitting(at=NOW, seed=next(seeds), slots=SLOTS, exploration=EPSILON)
            return choose(pool, known, sitting)

        arrays = (known.q, known.precision, known.information)
        found |= {
            f"{name}update_ms": median_ms(
                lambda k=known, e=events[0], a=asked: learn(k, e, **a), repeats
            ),
            f"{name}state_kb": sum(a.nbytes for a in arrays) / 1e3,
            f"{name}slate_ms": median_ms(sit, repeats),
            f"{name}product_ms": median_ms(lambda w=wide, k=known: w @ k.q, repeats),
        }
    return found


def everybody(width: int, repeats: int, rng: np.random.Generator) -> dict[str, float]:
    """Measure 10,000 people x 10,000 creations, the 8 best kept, beside the bare product in the same blocks."""
    q = rng.standard_normal((10_000, width), dtype=np.float32)
    phi = rng.standard_normal((10_000, width), dtype=np.float32)

    def bare() -> None:
        for start in range(0, len(q), PEOPLE):
            for column in range(0, len(phi), CREATIONS):
                q[start : start + PEOPLE] @ phi[column : column + CREATIONS].T

    pairs = [
        (median_ms(bare, 1), median_ms(lambda: geometry.best_for_many(q, phi, SLOTS), 1))
        for _ in range(max(3, repeats // 8))
    ]
    return {
        "floor_ms": statistics.median(a for a, _ in pairs),
        "best_ms": statistics.median(b for _, b in pairs),
        "ratio": statistics.median(b / a for a, b in pairs),
    }


def main() -> None:
    """Read the options, measure, print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--people", type=int, default=500)
    reader.add_argument("--entities", type=int, default=10_000)
    reader.add_argument("--repeats", type=int, default=40)
    reader.add_argument("--seed", type=int, default=7)
    reader.add_argument("--json", action="store_true")
    options = reader.parse_args()
    rng = np.random.default_rng(options.seed)
    known, school = planted(options.people, options.entities, rng)
    community, taught = teaching(known, school)
    found = {
        "machine": machine("numpy"),
        "seed": options.seed,
        "teaching": taught,
        "serving": serving(community, school, options.repeats, rng),
        "everybody": everybody(community.tables.width, options.repeats, rng),
        "everybody_alone": everybody(99, options.repeats, rng),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(" · ".join(f"{k} {v}" for k, v in found["machine"].items()), f"· seed {options.seed}")
    print(f"{options.people} people, {options.entities:,} entities, {RATED} rewards a person")
    for part in ("teaching", "serving", "everybody", "everybody_alone"):
        print(f"{part}: " + " · ".join(f"{k} {v:.3f}" for k, v in found[part].items()))
    print(f"peak memory {found['peak_mb']:.0f} MB")


if __name__ == "__main__":
    main()
