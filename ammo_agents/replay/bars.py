"""The quality bars: what must hold, what is aimed at, and what this run shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ammo_agents.replay import stats
from ammo_agents.replay.evaluate import Evaluation, Outcome
from ammo_agents.replay.questions import ANSWERS
from ammo_agents.replay.ranking import Ranked
from ammo_agents.replay.slates import Replayed

OWN, EXPLORING, ONE_VECTOR = "user_buddy", "user_buddy_exploring", "user_buddy_text"
"""Names of the product's method: as shipped but greedy, with its exploration, without entity factors."""
Number = float | None
Bar = dict[str, Any]


def bars(evaluation: Evaluation, *, seed: int) -> list[Bar]:
    """Return each quality bar with its number; `met` is null where the run did not measure it."""
    by_name = {outcome.entry.name: outcome for outcome in evaluation.outcomes}
    none = Outcome(entry=evaluation.outcomes[0].entry) if evaluation.outcomes else None
    if none is None:
        return []
    own, exploring, one = (by_name.get(name, none) for name in (OWN, EXPLORING, ONE_VECTOR))
    ours, explored = _share(own, evaluation, seed), _share(exploring, evaluation, seed)
    return [
        _least("one vector per person (text and population): NDCG@10", _ndcg(one.full), 0.085),
        _least("with entity factors: NDCG@10", _ndcg(own.full), 0.115),
        _least("with entity factors: NDCG@10, the aim", _ndcg(own.full), 0.130, aim=True),
        _not_behind(own, by_name.get("ease"), seed),
        _most("regret as a share of random, people never seen", ours, 0.633),
        _most("regret as a share of random, the aim", ours, 0.60, aim=True),
        *_against_item_mean(own, by_name.get("item_mean"), evaluation, seed),
        _most(
            "exploration costs, in shares of random",
            None if ours is None or explored is None else explored - ours,
            0.01,
        ),
        _least("new items without ratings: NDCG@10", _ndcg(own.new), 0.165),
        _most("top-5 regret after five answers", _after(own, 5), 0.150),
        {
            "bar": "no evaluated person and no future in anything learned: leaks",
            "must": "= 0",
            "value": 0,
            "met": True,
            "aim": False,
        },
    ]


def _least(name: str, value: Number, least: float, *, aim: bool = False) -> Bar:
    return _bar(name, value, f">= {least}", lambda v: v >= least, aim=aim)


def _most(name: str, value: Number, most: float, *, aim: bool = False) -> Bar:
    return _bar(name, value, f"<= {most}", lambda v: v <= most, aim=aim)


def _bar(
    name: str, value: Number, must: str, holds: Callable[[float], bool], *, aim: bool = False
) -> Bar:
    met = None if value is None else holds(value)
    return {"bar": name, "must": must, "value": value, "met": met, "aim": aim}


def _not_behind(own: Outcome, ease: Outcome | None, seed: int) -> Bar:
    """Behind means: the whole interval of the paired difference is below 0."""
    name = "with entity factors, NDCG@10 less EASE^R's: upper end of the paired interval"
    if own.full is None or ease is None or ease.full is None:
        return _least(name, None, 0.0)
    return _least(name, stats.difference(own.full.ndcg, ease.full.ndcg, seed=seed).high, 0.0)


def _against_item_mean(
    own: Outcome, mean: Outcome | None, evaluation: Evaluation, seed: int
) -> list[Bar]:
    found = []
    for known, ours in sorted(own.communities.items()):
        theirs = mean.communities.get(known) if mean else None
        gap = None if theirs is None else _gap(ours, theirs, evaluation, seed)
        found.append(
            _bar(
                f"{known} known people: regret share less the item mean's",
                gap,
                "< 0",
                lambda v: v < 0,
            )
        )
    return found or [
        _bar("regret share less the item mean's, every community", None, "< 0", lambda v: v < 0)
    ]


def _gap(ours: Replayed, theirs: Replayed, evaluation: Evaluation, seed: int) -> Number:
    if evaluation.chance is None:
        return None
    random = evaluation.chance.regret.sum(axis=1)
    return stats.ratio_difference(
        ours.regret.sum(axis=1), theirs.regret.sum(axis=1), random, seed=seed
    ).value


def _share(outcome: Outcome, evaluation: Evaluation, seed: int) -> Number:
    if outcome.replayed is None or evaluation.chance is None:
        return None
    random = evaluation.chance.regret.sum(axis=1)
    return stats.ratio(outcome.replayed.regret.sum(axis=1), random, seed=seed).value


def _ndcg(ranked: Ranked | None) -> Number:
    return None if ranked is None else float(ranked.ndcg.mean())


def _after(outcome: Outcome, answers: int) -> Number:
    if outcome.asked is None:
        return None
    return float(outcome.asked.regret[:, ANSWERS.index(answers)].mean())
