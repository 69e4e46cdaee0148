"""``ammo eval taste`` as people type it, in a home that has nothing yet."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ammo_agents.replay import plot
from ammo_agents.testing.command import SCRIPTED, AmmoCommand

FEW = ("--methods", "random,item_mean,ease")
KEYS = {
    "ndcg_at_10",
    "recall_at_10",
    "coverage",
    "regret_share_of_random",
    "worst_decile",
    "best_missed_share",
    "new_items_ndcg_at_10",
}


@pytest.fixture
def ammo(tmp_path: Path) -> AmmoCommand:
    return AmmoCommand(tmp_path / "home", dict(SCRIPTED))


def test_the_report_has_every_number_with_its_interval_and_says_it_twice(
    ammo: AmmoCommand, folder: Path
) -> None:
    words = ("eval", "taste", "--data", str(folder), *FEW, "--seed", "5")
    first = ammo.json(*words)
    assert not (ammo.home / "data").exists()
    assert list((ammo.home / "cache" / "texts").glob("*.npz"))
    assert ammo.json(*words) == first
    assert set(first["protocols"]) == {"full", "replay", "questions", "new"}
    assert first["seed"] == 5
    assert {"cpu", "cores", "python", "numpy"} <= set(first["machine"])
    assert first["data"]["people"] == 40
    random, mean, ease = first["methods"]
    assert [m["name"] for m in first["methods"]] == ["random", "item_mean", "ease"]
    assert set(random) >= KEYS | {f"{key}_interval" for key in KEYS - {"coverage"}}
    assert random["regret_share_of_random"] == pytest.approx(1.0, abs=0.05)
    assert ease["regret_share_of_random"] < mean["regret_share_of_random"] < 1
    assert ease["ndcg_at_10_less_ease"] == 0
    low, high = ease["ndcg_at_10_interval"]
    assert low < ease["ndcg_at_10"] < high
    assert len(mean["regret_per_round"]) == 10
    assert set(mean["communities"]) == {"10", "30", "32"}
    assert set(ease["question_regret"]) == {"0", "1", "3", "5", "8", "12"}
    assert ease["new_items_ndcg_at_10"] is None
    assert random["new_items_ndcg_at_10"] >= 0
    assert first["leaks"]["found"] == 0 < first["leaks"]["inspected"]
    assert all({"bar", "must", "value", "met"} <= set(bar) for bar in first["bars"])


def test_named_people_are_judged_and_nobody_else(
    ammo: AmmoCommand, folder: Path, tmp_path: Path
) -> None:
    people, picture = tmp_path / "people.txt", tmp_path / "regret.svg"
    people.write_text("4\n5\n6\n", encoding="utf-8")
    words = ("eval", "taste", "--data", str(folder), *FEW, "--protocol", "full,replay")
    found = ammo.json(*words, "--people", str(people), "--plot", str(picture))
    assert found["folds"].startswith("3 named people")
    assert {m["people_ranked"] for m in found["methods"]} == {3}
    assert {m["people_replayed"] for m in found["methods"]} == {3}
    assert "questions" not in found["protocols"]
    text = "".join(ElementTree.fromstring(picture.read_text(encoding="utf-8")).itertext())
    assert "svg" in picture.read_text(encoding="utf-8")[:200]
    assert picture.stat().st_size > 5_000 or text


def test_a_log_of_few_short_histories_is_judged_as_far_as_it_goes(
    ammo: AmmoCommand, wrote: Callable[[list[tuple[int, int, float, int]]], Path]
) -> None:
    few = [
        (p, (3 * p + k) % 20 + 1, 1.0 + (k + p) % 5, 100 * k) for p in (1, 2, 3) for k in range(9)
    ]
    done = ammo("eval", "taste", "--data", str(wrote(few)), "--json")
    assert "NaN" not in done.stdout
    found = json.loads(done.stdout)
    assert found["notes"] == [
        "nobody judged has 100 ratings: no slates were replayed and no questions asked"
    ]
    for method in found["methods"]:
        assert method["regret_share_of_random"] is None
        assert method["question_regret"] is None
    assert any(method["ndcg_at_10"] is not None for method in found["methods"])


def test_the_tables_are_readable(ammo: AmmoCommand, folder: Path) -> None:
    done = ammo("eval", "taste", "--data", str(folder), *FEW)
    for title in ("Full ranking", "Replay of slates", "New items", "Quality bars"):
        assert title in done.stdout
    assert "item_mean" in done.stdout
    assert "not measured" in done.stdout
    assert "Seed 7" in done.stdout


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--methods", "magic"), "no method is called magic"),
        (("--protocol", "p1"), "no protocol is called p1"),
        (("--plot", "picture.gif"), ".gif"),
        (("--plot", "no/such/folder/a.png"), "there is no folder"),
        (("--people", "nobody.txt"), "nobody.txt"),
        (("--seed", "-1"), "seed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "says",
)
def test_nonsense_is_refused_before_anything_is_computed(
    ammo: AmmoCommand, folder: Path, more: tuple[str, ...], says: str
) -> None:
    done = ammo("eval", "taste", "--data", str(folder), *more, code=2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (ammo.home / "cache").exists()


def test_a_log_that_is_none_is_refused_as_json_too(ammo: AmmoCommand, tmp_path: Path) -> None:
    done = ammo("eval", "taste", "--data", str(tmp_path / "nowhere"), "--json", code=2)
    assert "nowhere" in json.loads(done.stdout or done.stderr)["error"]["message"]


def test_a_picture_has_a_line_for_each_method_that_was_replayed(tmp_path: Path) -> None:
    report = {
        "methods": [
            {
                "name": name,
                "own": name == "user_buddy",
                "regret_per_round": regret,
                "regret_share_of_random": 0.6,
                "people_replayed": 3,
            }
            for name, regret in (("user_buddy", [0.2] * 10), ("ease", [0.3] * 10), ("bpr", None))
        ]
    }
    for ending in (".svg", ".png"):
        plot.draw(report, tmp_path / f"a{ending}")
    first = (tmp_path / "a.svg").read_bytes()
    plot.draw(report, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == first
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
