"""Trivial rules on real human pairs come to what was measured before; position is seen, and put right by propensity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ammo_agents.aipp.pairs import Pair, Side, baselines, best, position, read
from ammo_agents.aipp.pairs.record import renamed

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "training" / "tests" / "data" / "pandalm_sample.jsonl"
PUBLIC = ROOT.parent / "shared" / "data" / "preference"
MEASURED = {
    "pandalm": (0.656, 659),
    "mtbench-human-majority": (0.686, 140),
    "llmbar-natural": (0.588, 80),
    "llmbar-adv": (0.175, 257),
    "qa-feedback": (0.510, 2012),
}


def longer(pairs: list[Pair]) -> tuple[float, int]:
    rule = baselines(pairs)[0]
    assert rule.name == "longer"
    return rule.accuracy, rule.n


def test_on_the_sample_of_pandalm_longer_wins_57_of_96() -> None:
    told = {rule.name: (rule.right, rule.ties, rule.n) for rule in baselines(read(SAMPLE))}
    assert told == {"longer": (57, 2, 96), "shorter": (37, 2, 96), "majority": (0, 96, 96)}
    assert best(baselines(read(SAMPLE))).name == "longer"


@pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the published preference sets are not on this machine"
)
def test_longer_wins_on_the_published_sets_as_often_as_was_measured() -> None:
    pairs = read(PUBLIC / "pairs.jsonl")
    for source, (share, n) in MEASURED.items():
        told = longer([p for p in pairs if p.source == source])
        assert (round(told[0], 3), told[1]) == (share, n)
    films = read(PUBLIC / "movie_pairs.jsonl")
    assert (round(longer(films)[0], 3), longer(films)[1]) == (0.501, 2851)
    assert len({p.user for p in films}) == 373


def test_the_majority_is_what_others_did_with_a_text() -> None:
    liked = [
        Pair(prompt="P", chosen="Film one", rejected="Film two", user=u) for u in ("a", "b", "c")
    ]
    against = Pair(prompt="P", chosen="Film two", rejected="Film one", user="d")
    rule = baselines([*liked, against])[2]
    assert (rule.right, rule.ties, rule.n) == (3, 0, 4)
    alone = baselines([liked[0]])[2]
    assert (alone.right, alone.ties, alone.fair) == (0, 1, 0.5)
    helped = baselines([liked[0]], known=[liked[1]])[2]
    assert helped.right == 1


def test_of_nothing_a_rule_is_never_right() -> None:
    assert [rule.accuracy for rule in baselines([])] == [0.0, 0.0, 0.0]


def test_a_place_that_was_chosen_is_seen_and_propensity_puts_it_right() -> None:
    """People choose the first place with 0.8 whatever stands there; a drawn order shows them equal texts."""
    rng = np.random.default_rng(6)
    found = []
    for n in range(4000):
        first = rng.random() < 0.8
        high = Side(slot=0, propensity=0.8 if first else 0.2)
        low = Side(slot=1, propensity=1.0)
        found.append(
            Pair(
                prompt=f"P{n}",
                chosen="A",
                rejected="B",
                chosen_by=high if first else low,
                rejected_by=low if first else high,
            )
        )
    told = position(found)
    assert told.n == 4000
    assert told.higher == pytest.approx(0.8, abs=0.02)
    assert told.weighted == pytest.approx(0.5, abs=0.03)
    assert told.is_fair
    bare = [
        renamed(p, chosen_by=Side(slot=p.chosen_by.slot), rejected_by=Side(slot=p.rejected_by.slot))
        for p in found
    ]
    assert position(bare).weighted is None
    assert not position(bare).is_fair


def test_without_known_places_nothing_is_said_of_them() -> None:
    told = position([Pair(prompt="P", chosen="A", rejected="B")])
    assert (told.n, told.weighted, told.is_fair) == (0, None, True)
