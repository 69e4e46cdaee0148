"""A data set in its folder: built, counted, hashed, refused when it was changed, and left by whoever is forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from town import town

from ammo_agents.aipp.pairs import Gathered, PairSet, Row, Rules, Side, Wanted, check, forget, made
from ammo_agents.aipp.pairs.record import renamed
from ammo_agents.errors import BadInputError, NotFoundError, TamperedError


def gathered(people: int = 8, each: int = 8) -> Gathered:
    told = Gathered(people=people, consenting=people)
    told.pairs = town(people, each)
    told.rows = [
        Row(prompt=p.prompt, completion=p.chosen, label=True, user=p.user, at=p.at, events=p.events)
        for p in town(people, 2, seed=8)
    ]
    told.events["choice"] = len(told.pairs)
    return told


def test_a_set_says_what_every_step_and_every_side_came_to() -> None:
    found = made(gathered(), Wanted(name="town"))
    about = found.about
    assert about["people"] == {"looked": 8, "consenting": 8}
    assert about["split"]["by"] == ["person", "time", "text"]
    sizes = about["split"]["sizes"]["pairs"]
    assert sum(sizes.values()) == len(found.pairs)
    assert {step["name"] for step in about["steps"]} >= {
        "contradictions",
        "near ties",
        "prompt too long",
    }
    assert about["baselines"]["human"]["train"][0]["n"] == sizes["train"]
    assert about["tokens"]["counted"] is False
    assert check(found.every)["train"] > 0
    assert not about["alone"]


def test_what_was_saved_is_loaded_the_same_and_a_changed_file_is_refused(tmp_path: Path) -> None:
    found = made(gathered(), Wanted(name="town"))
    folder = found.save(tmp_path / "town")
    again = PairSet.load(folder)
    assert (again.pairs, again.rows) == (found.pairs, found.rows)
    path = folder / "pairs.jsonl"
    path.write_text(path.read_text().replace("Tell", "Sell", 1))
    with pytest.raises(TamperedError, match=r"pairs\.jsonl is not the file"):
        PairSet.load(folder)
    with pytest.raises(NotFoundError, match="there is no data set"):
        PairSet.load(tmp_path / "nowhere")


def test_whoever_is_forgotten_leaves_every_set_and_the_rest_stays(tmp_path: Path) -> None:
    found = made(gathered(), Wanted(name="town"))
    found.save(tmp_path / "town")
    whose = found.of("train")[0].user
    events = {event for one in found.every if one.user == whose for event in one.events}
    theirs = sum(bool(set(one.events) & events) for one in found.every)
    assert forget(tmp_path, events) == {"town": theirs}
    left = PairSet.load(tmp_path / "town")
    assert len(left.every) == len(found.every) - theirs
    assert not left.events & events
    assert left.about["forgotten"] == theirs
    assert forget(tmp_path, events) == {}


def test_a_set_that_cannot_be_read_does_not_keep_anybody(tmp_path: Path) -> None:
    folder = made(gathered(), Wanted(name="town")).save(tmp_path / "town")
    (folder / "set.json").write_text("{")
    assert forget(tmp_path, {"b_1"})["town"] > 0
    assert list(folder.iterdir()) == []


def test_one_person_is_told_as_one(tmp_path: Path) -> None:
    told = Gathered(people=1, consenting=1)
    told.pairs = town(1, 40)
    about = made(told, Wanted(name="mine")).about
    assert about["alone"]
    assert about["notes"] == ["one person: says nothing about others; an adapter of it is personal"]


def test_human_and_simulated_are_measured_apart() -> None:
    told = gathered()
    told.pairs = [
        renamed(p, source="simulated" if n % 2 else "human") for n, p in enumerate(told.pairs)
    ]
    about = made(told, Wanted(name="both")).about
    assert set(about["baselines"]) == set(about["position"]) == {"human", "simulated"}
    assert "sources are measured apart; no figure mixes them" in about["notes"]


def test_nothing_left_says_what_went_where_and_the_way_out() -> None:
    with pytest.raises(BadInputError, match="nothing was said yet"):
        made(Gathered(people=2, consenting=1), Wanted(name="none"))
    told = Gathered(people=1)
    told.passed["no consent to fine-tuning"] = 7
    with pytest.raises(BadInputError, match="7 no consent to fine-tuning") as refused:
        made(told, Wanted(name="none"))
    assert "ammo train data allow" in refused.value.hint
    long = gathered()
    with pytest.raises(BadInputError, match="64 prompt too long"):
        made(
            Gathered(pairs=long.pairs, people=8, consenting=8),
            Wanted(name="n", rules=Rules(max_length=16)),
        )


@pytest.mark.parametrize("name", ["", "../up", "A b", "x" * 80, ".hidden"])
def test_a_name_that_is_no_slug_is_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="cannot be called"):
        Wanted(name=name)


def test_set_json_is_plain_json(tmp_path: Path) -> None:
    folder = made(gathered(), Wanted(name="town")).save(tmp_path / "town")
    told = json.loads((folder / "set.json").read_text())
    assert set(told["files"]) == {"pairs.jsonl", "kto.jsonl"}


def test_skip_above_chooses_the_lower_card_as_a_rule_and_is_measured_apart() -> None:
    told = gathered()
    low, high = Side(slot=2, propensity=0.5), Side(slot=0, propensity=0.5)
    told.pairs = [
        renamed(p, signal="above", chosen_by=low, rejected_by=high) if n % 2 else p
        for n, p in enumerate(told.pairs)
    ]
    about = made(told, Wanted(name="both")).about
    assert about["position"]["human"]["n"] == 0
    assert about["position"]["human, skip-above"]["higher"] == 0.0
    assert about["notes"] == []
