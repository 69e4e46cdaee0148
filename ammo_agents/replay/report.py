"""The evaluation as plain data: one object per method, every number with its interval and its protocol."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ammo_agents import __version__
from ammo_agents.geometry import worst_decile
from ammo_agents.records import Wide
from ammo_agents.replay import stats
from ammo_agents.replay.bars import bars
from ammo_agents.replay.evaluate import Evaluation, Outcome, Plan
from ammo_agents.replay.log import RatingsLog
from ammo_agents.replay.questions import ANSWERS
from ammo_agents.replay.ranking import Ranked
from ammo_agents.replay.slates import ENOUGH, Replayed

Plain = dict[str, Any]
RIVAL = "ease"
"""The peer every method is compared with, person by person."""
SENTENCES = {
    "full": "Per person in time order: the first 80 % of the ratings are the past, the last 20 % are tested; relevant is a "
    "tested rating of 4 or more; candidates are all items but the past; ideal list min(10, relevant).",
    "replay": "People with at least 100 ratings; 10 rounds of 5 slots; candidates are the person's rated items not shown "
    "yet; reward (r - .5)/4.5 heard after each slate; regret is the mean of the 5 best candidates less the mean "
    "shown, as a share of that of random slates (ratio of means over people, 8 random runs).",
    "questions": "The same people; a random half of their items may be asked about, the other half is ranked (mean of 3 "
    "halvings); top-5 regret after so many answers; methods that do not ask by themselves ask about what they predict highest.",
    "new": "20 % of the rated items (another fifth in each fold) lose all ratings and are the only candidates; the past is everything else a person "
    "rated; relevant is a rating of 4 or more; texts are title and genres only.",
}


def report(log: RatingsLog, plan: Plan, evaluation: Evaluation, *, embedder: str) -> Plain:
    """Return one JSON-ready object for the whole run; the same log, plan and seed give the same numbers."""
    methods = [method(outcome, evaluation, seed=plan.seed) for outcome in evaluation.outcomes]
    how = (
        f"{len(plan.people)} named people are judged, everybody else is learned from"
        if plan.people
        else "five folds by position in sorted id; each is judged by what the other four teach"
    )
    return {
        "ammo": __version__,
        "machine": machine(),
        "seed": plan.seed,
        "embedder": embedder,
        "data": {
            "hash": log.fingerprint,
            "people": len(log.people),
            "items": len(log.items),
            "ratings": log.ratings,
            "notes": list(log.notes),
        },
        "part": plan.part,
        "folds": how,
        "protocols": {name: SENTENCES[name] for name in plan.protocols},
        "notes": _notes(log, plan),
        "intervals": "95 %, bootstrap over people, 2,000 resamples, seeded",
        "leaks": {"inspected": evaluation.looked, "found": 0},
        "methods": methods,
        "bars": bars(evaluation, seed=plan.seed),
    }


def _notes(log: RatingsLog, plan: Plan) -> list[str]:
    """Return what a reader of empty columns must know."""
    judged = [p for p in log.people if not plan.people or p.person in plan.people]
    enough = sum(len(person) >= ENOUGH for person in judged)
    if enough or not {"replay", "questions"} & set(plan.protocols):
        return []
    return [f"nobody judged has {ENOUGH} ratings: no slates were replayed and no questions asked"]


def machine() -> Plain:
    """Return what the numbers were computed on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def method(outcome: Outcome, evaluation: Evaluation, *, seed: int) -> Plain:
    """Return one method's numbers; what was not run, or does not suit it, is null."""
    rival = next((o for o in evaluation.outcomes if o.entry.name == RIVAL), None)
    return {
        "name": outcome.entry.name,
        "title": outcome.entry.title,
        "own": outcome.entry.own,
        **_full(outcome.full, rival.full if rival else None, seed),
        **_replayed(outcome.replayed, rival.replayed if rival else None, evaluation.chance, seed),
        "communities": _communities(outcome, evaluation.chance, seed),
        "question_regret": _asked(outcome, seed),
        **_new(outcome.new, seed=seed),
    }


def _full(full: Ranked | None, rival: Ranked | None, seed: int) -> Plain:
    if full is None:
        return {
            "people_ranked": None,
            **_estimated("ndcg_at_10", None),
            **_estimated("recall_at_10", None),
            "coverage": None,
            **_estimated("ndcg_at_10_less_ease", None),
        }
    paired = None if rival is None else stats.difference(full.ndcg, rival.ndcg, seed=seed)
    return {
        "people_ranked": len(full.people),
        **_estimated("ndcg_at_10", stats.mean(full.ndcg, seed=seed)),
        **_estimated("recall_at_10", stats.mean(full.recall, seed=seed)),
        "coverage": full.coverage,
        **_estimated("ndcg_at_10_less_ease", paired),
    }


def _new(new: Ranked | None, *, seed: int) -> Plain:
    ndcg = None if new is None else stats.mean(new.ndcg, seed=seed)
    return _estimated("new_items_ndcg_at_10", ndcg)


def _replayed(
    ours: Replayed | None, rival: Replayed | None, chance: Replayed | None, seed: int
) -> Plain:
    if ours is None or chance is None:
        names = ("regret_share_of_random", "worst_decile", "best_missed_share")
        nothing = {k: v for name in names for k, v in _estimated(name, None).items()}
        return {
            "people_replayed": None,
            **nothing,
            **_estimated("regret_share_less_ease", None),
            "regret_per_round": None,
            "regret_share_per_round": None,
        }
    paired = (
        None
        if rival is None
        else stats.ratio_difference(
            total(ours.regret), total(rival.regret), total(chance.regret), seed=seed
        )
    )
    return {
        "people_replayed": len(ours.people),
        **_estimated("regret_share_of_random", share(ours, chance, seed=seed)),
        **_estimated(
            "worst_decile", stats.resampled(ours.regret.mean(axis=1), worst_decile, seed=seed)
        ),
        **_estimated(
            "best_missed_share", stats.ratio(total(ours.missed), total(chance.missed), seed=seed)
        ),
        **_estimated("regret_share_less_ease", paired),
        "regret_per_round": ours.regret.mean(axis=0).tolist(),
        "regret_share_per_round": [
            stats.ratio(mine, theirs, seed=seed).value
            for mine, theirs in zip(ours.regret.T, chance.regret.T, strict=True)
        ],
    }


def share(ours: Replayed, chance: Replayed, *, seed: int) -> stats.Estimate:
    """Return the regret as a share of that of random slates."""
    return stats.ratio(total(ours.regret), total(chance.regret), seed=seed)


def total(per_round: Wide) -> Wide:
    """Return the sum over rounds, per person."""
    summed: Wide = per_round.sum(axis=1)
    return summed


def _communities(outcome: Outcome, chance: Replayed | None, seed: int) -> Plain | None:
    if not outcome.communities or chance is None:
        return None
    return {
        str(known): _estimated("regret_share_of_random", share(replayed, chance, seed=seed))
        for known, replayed in sorted(outcome.communities.items())
    }


def _asked(outcome: Outcome, seed: int) -> Plain | None:
    if outcome.asked is None:
        return None
    columns: Sequence[Wide] = list(outcome.asked.regret.T)
    return {
        str(count): _estimated("regret", stats.mean(column, seed=seed))
        for count, column in zip(ANSWERS, columns, strict=True)
    }


def _estimated(name: str, estimate: stats.Estimate | None) -> Plain:
    return {
        name: None if estimate is None else estimate.value,
        f"{name}_interval": None if estimate is None else estimate.interval,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
