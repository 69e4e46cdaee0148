"""Off-policy values: right on average, tighter with predictions, refused where the log is mute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ammo_agents import geometry
from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.geometry.offpolicy import CLIP, LoggedSlate, policy_value
from ammo_agents.records import Wide

POOL, SLOTS = 30, 4


def draw(
    rng: np.random.Generator, scores: Wide, tau: float, target: Wide, truth: Wide, person: str
) -> LoggedSlate:
    pi = geometry.inclusion(scores, SLOTS, tau)
    shown = geometry.first_of_groups(geometry.gumbel_keys(scores, tau, rng), SLOTS)
    reward = (rng.random(SLOTS) < truth[shown]).astype(np.float64)
    return LoggedSlate(
        person=person,
        shown=shown,
        reward=reward,
        inclusion=pi,
        target=target,
        baseline=np.clip(scores, 0, 1),
    )


def log(
    seed: int, slates: int, *, tau: float = 0.1, people: int = 40
) -> tuple[list[LoggedSlate], float]:
    """A log drawn at `tau`, and the true value per slot of the policy that shows the four best."""
    rng = np.random.default_rng(seed)
    kept, values = [], []
    for t in range(slates):
        truth = rng.uniform(0.1, 0.9, POOL)
        scores = np.clip(truth + 0.05 * rng.normal(size=POOL), 0, 1)
        target = geometry.inclusion(scores, SLOTS, 0.04)
        values.append(float(target @ truth) / SLOTS)
        kept.append(draw(rng, scores, tau, target, truth, f"person {t % people}"))
    return kept, float(np.mean(values))


def test_all_three_find_the_truth_within_their_interval_and_dr_is_the_tightest() -> None:
    slates, truth = log(0, 800)
    found = policy_value(slates, seed=1)
    assert found.refused == ""
    assert found.ips is not None
    assert found.snips is not None
    assert found.dr is not None
    for estimate in (found.ips, found.snips, found.dr):
        assert estimate.low < truth < estimate.high
        assert estimate.low < estimate.value < estimate.high
    widths = [e.high - e.low for e in (found.ips, found.dr)]
    assert widths[1] < widths[0]
    assert found.logged < truth
    assert (found.slates, found.people, found.unit) == (800, 40, "people")


def test_over_many_logs_the_estimates_have_no_bias_and_the_intervals_hold() -> None:
    misses, errors = 0, []
    for seed in range(25):
        slates, truth = log(seed, 120)
        found = policy_value(slates, seed=seed, resamples=300)
        assert found.dr is not None
        assert found.ips is not None
        errors.append([found.ips.value - truth, found.dr.value - truth])
        misses += not found.dr.low < truth < found.dr.high
    bias = np.mean(errors, axis=0)
    spread = np.std(errors, axis=0) / np.sqrt(len(errors))
    assert (np.abs(bias) < 4 * spread + 0.003).all()
    assert spread[1] < spread[0]
    assert misses <= 5


def test_the_policy_that_made_the_log_is_worth_what_the_log_says() -> None:
    slates, _ = log(2, 200)
    same = [replace(s, target=s.inclusion) for s in slates]
    found = policy_value(same, seed=0)
    assert found.ips is not None
    assert found.snips is not None
    assert found.ips.value == pytest.approx(found.logged)
    assert found.snips.value == pytest.approx(found.logged)
    assert found.effective == pytest.approx(800)


def test_a_greedy_log_is_refused_with_the_reason() -> None:
    slates, _ = log(0, 100)
    greedy = [
        replace(s, inclusion=np.isin(np.arange(POOL), s.shown).astype(np.float64)) for s in slates
    ]
    found = policy_value(greedy, seed=0)
    assert "not drawn by chance" in found.refused
    assert found.ips is found.snips is found.dr is None
    assert found.logged > 0


def test_cards_without_a_chance_and_too_small_a_log_are_refused() -> None:
    slates, _ = log(0, 100)
    blind = []
    for slate in slates:
        pi = slate.inclusion.copy()
        hidden = np.setdiff1d(np.argsort(-slate.target)[:8], slate.shown)
        pi[hidden] = 0.0
        blind.append(replace(slate, inclusion=pi))
    assert "next to no chance in the log" in policy_value(blind, seed=0).refused
    assert "a verdict needs 100" in policy_value(slates[:20], seed=0).refused
    assert policy_value([], seed=0).refused == "no slate with cards was kept"


def test_heavy_weights_are_cut_and_counted() -> None:
    slates, _ = log(3, 200, tau=0.1)
    rare = []
    for slate in slates:
        pi, target = slate.inclusion.copy(), slate.target.copy()
        pi[slate.shown[0]], target[slate.shown[0]] = 0.0004, 0.01
        rare.append(replace(slate, inclusion=pi, target=target))
    found = policy_value(rare, seed=0)
    assert found.clipped == pytest.approx(0.25)
    assert found.effective <= 4 * 200
    assert CLIP == 20


def test_one_person_is_resampled_by_slates_and_the_same_seed_gives_the_same_interval() -> None:
    slates, _ = log(4, 200, people=1)
    found = policy_value(slates, seed=5)
    assert (found.people, found.unit) == (1, "slates")
    assert found == policy_value(slates, seed=5)
    assert found != policy_value(slates, seed=6)


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    slates, _ = log(0, 1)
    one = slates[0]
    for wrong in (
        replace(one, reward=one.reward[:2]),
        replace(one, target=one.target[:-1]),
        replace(one, shown=np.array([0, 1, 2, POOL])),
        replace(one, target=one.target + 2),
        replace(one, inclusion=np.zeros(POOL)),
    ):
        with pytest.raises(BadInputError):
            policy_value([wrong], seed=0)
    with pytest.raises(VectorError, match="reward"):
        policy_value([replace(one, reward=one.reward * np.nan)], seed=0)
