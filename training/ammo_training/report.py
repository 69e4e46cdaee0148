"""The report of a run: everything measured put together, what may be said of it, and its files (training.md 4.2)."""

from __future__ import annotations

import datetime as dt
import importlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ammo_agents.aipp.pairs import Taught
from ammo_agents.durable import write_json, write_text
from ammo_agents.errors import BadInputError
from ammo_training import card, gate, intervals
from ammo_training.files import read_json, sha256_of_json
from ammo_training.heldout import check, kind_of, overlap
from ammo_training.run import Run

FORMAT = 1
JSON, CARD = "report.json", "report.md"
SEEDS = 3
"""Seeds before anything may be called better."""
ORDER = ("human", "simulated", "rule")
"""Whose choices count first: the gate reads one kind, and never a mixture."""
Report = dict[str, Any]


def primary(found: Mapping[str, Any]) -> str:
    """Return the kind of choice that the gate reads: people's where there are any."""
    return next((kind for kind in ORDER if kind in found), "")


def data(
    trained: Sequence[Taught], held: Sequence[Taught], *, counts: Mapping[str, Any], personal: bool
) -> dict[str, Any]:
    """Return where the rows come from, and that none of them was trained on.

    Raises:
        LeakError: some were.
    """
    people = {p.user for p in held if p.user}
    return {
        "train": len(trained),
        "test": len(held),
        "sources": dict(Counter(p.source for p in held)),
        "kinds": dict(Counter(kind_of(p.source) for p in held)),
        "people": len(people),
        "personal": personal,
        "says": _says(len(people), personal=personal),
        "overlap": check(trained, held),
        "counts": dict(counts),
        "train_sha256": rows_sha256(trained),
        "test_sha256": rows_sha256(held),
    }


def rows_sha256(pairs: Sequence[Taught]) -> str:
    """Return the hash of rows, whatever their order."""
    return sha256_of_json(sorted(pair.id for pair in pairs))


def assembled(head: Mapping[str, Any], parts: Mapping[str, Any]) -> Report:
    """Return the whole report with its gate and what may be said of it.

    `head` says what and how (run, adapter, hashes, seed, cost); `parts` are those `evaluation` measured.
    """
    found: Report = {
        "format": FORMAT,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        **head,
        **parts,
    }
    found["primary"] = primary(found.get("preference", {}))
    judged = gate.judge(found)
    found["gate"] = judged.plain()
    found["verdict"] = verdict([found])
    return found


def verdict(reports: Sequence[Report]) -> dict[str, Any]:
    """Return what may be said: ``better`` needs three seeds, the same data, and every gate passed."""
    seeds = sorted({int(r.get("seed", 0)) for r in reports})
    failed = sorted({c["name"] for r in reports for c in r["gate"]["checks"] if not c["passed"]})
    passed = all(r["gate"]["passed"] for r in reports)
    if not passed:
        return {"word": "not better", "seeds": seeds, "why": "not cleared: " + "; ".join(failed)}
    if len(seeds) < SEEDS:
        why = f"every bar is cleared with {len(seeds)} seed(s); {SEEDS} are needed to say more"
        return {"word": "not shown", "seeds": seeds, "why": why}
    return {
        "word": "better",
        "seeds": seeds,
        "why": f"every bar is cleared with {len(seeds)} seeds",
    }


def together(reports: Sequence[Report]) -> Report:
    """Return several seeds' reports as one: each figure's mean over seeds with Student's interval, and the verdict.

    Raises:
        BadInputError: they are not the same experiment: other held-out rows, base or settings; or a seed twice.
    """
    first = reports[0]
    for name, values in (
        ("held-out rows", {r["data"]["test_sha256"] for r in reports}),
        ("base", {r["hashes"]["base"] for r in reports}),
        ("settings", {r["hashes"].get("asked", "") for r in reports}),
    ):
        if len(values) > 1:
            raise BadInputError(
                f"these reports do not have the same {name}: no mean is taken over them",
                hint="Repeat one run with other seeds: ammo train run … --set seed=8",
            )
    seeds = [int(r["seed"]) for r in reports]
    if len(set(seeds)) < len(seeds):
        raise BadInputError(
            f"seeds {seeds} name one twice: the same run counted again is no second seed",
            hint="Repeat it with another seed: --set seed=8",
        )
    flat = [figures(r) for r in reports]
    shared = [name for name in flat[0] if all(name in one for one in flat)]
    return {
        "format": FORMAT,
        "runs": [r.get("run", "") for r in reports],
        "adapters": [r.get("adapter", "") for r in reports],
        "seeds": seeds,
        "figures": {n: intervals.across([one[n] for one in flat]).plain() for n in shared},
        "gates": [{"seed": r["seed"], **r["gate"]} for r in reports],
        "gate": {"passed": all(r["gate"]["passed"] for r in reports)},
        "verdict": verdict(reports),
        "data": first["data"],
        "hashes": {k: v for k, v in first["hashes"].items() if k in {"base", "asked"}},
    }


def figures(report: Mapping[str, Any], path: str = "") -> dict[str, float]:
    """Return every figure's value by its place: ``preference.human.accuracy.macro``."""
    found: dict[str, float] = {}
    for name, inner in report.items():
        where = f"{path}.{name}" if path else name
        if isinstance(inner, Mapping):
            if isinstance(inner.get("value"), int | float) and "over" in inner:
                found[where] = float(inner["value"])
            else:
                found |= figures(inner, where)
    return found


def write(run: Run, *, at: Callable[[str], None] | None = None) -> Report:
    """Measure a trained run and keep its report; blocking, and heavy: base and adapter are loaded.

    `at` hears how far it is.

    Raises:
        LeakError: what is to judge was trained on. BadInputError: nothing is held out, or a figure is no number.
    """
    module = importlib.import_module("ammo_training.run_report")
    found: Report = module.write(run) if at is None else module.write(run, at=at)
    return found


def keep(report: Report, folder: Path) -> Report:
    """Write ``report.json`` and ``report.md``, each whole, and return the report."""
    write_json(folder / JSON, report)
    write_text(folder / CARD, card.card(report))
    return report


def read(folder: Path) -> Report:
    """Return the report of a run's folder; raises `DamagedError` where there is none."""
    return read_json(folder / JSON)


def seen_before(trained: Sequence[Taught], held: Sequence[Taught]) -> dict[str, int]:
    """Return how much of what is to be judged by was trained on, for `ammo train eval`, which tells and goes on."""
    return overlap(trained, held)


def _says(people: int, *, personal: bool) -> str:
    if personal:
        return "One person: says nothing about others."
    if not people:
        return "Nobody is named in these rows: says nothing about people."
    return f"{people} people it has never seen."
