"""From a buddy's own words to a card written with an adapter and back, by the command, on the real small model.

Few texts and four steps: this shows that every stage hands on what the next one takes, and which way it moves.
How far it moves is measured by ``bench/onpolicy.py``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.testing.command import AmmoCommand

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
Plain = dict[str, Any]
PAGE = Path(__file__).parents[2] / "docs" / "training.md"
SMALL = (
    "train.steps=4 train.batch=2 data.most=8 train.warmup=0 train.learning_rate=1e-3 report.prompts=2 report.tokens=16 "
    "report.samples=2 machine.threads=1 machine.nice=0"
).split()


@pytest.fixture(scope="module")
def ammo(tmp_path_factory: pytest.TempPathFactory) -> AmmoCommand:
    """The command with the real writer; places come from hashes, which cost nothing."""
    parts = {
        "AMMO_PLUGIN_MODULES": "ammo_agents.testing.plugin",
        "AMMO_EMBEDDER": "scripted/hash",
        "AMMO_STORE": "exact",
        "AMMO_MODEL_THREADS": "1",
        "AMMO_MODEL_DEADLINE_S": "300",
        "AMMO_FREE_SPACE_MB": "0",
    }
    return AmmoCommand(tmp_path_factory.mktemp("way") / "home", parts, seconds=500)


@pytest.fixture(scope="module")
def sampled(ammo: AmmoCommand) -> Plain:
    return ammo.json(*"train sample @bitcoin --n 48 --k 6 --adapter base".split())


@pytest.fixture(scope="module")
def chosen(ammo: AmmoCommand, sampled: Plain) -> Plain:
    return ammo.json("train", "choose", sampled["path"])


@pytest.fixture(scope="module")
def trained(ammo: AmmoCommand, chosen: Plain) -> Plain:
    """A run up to its adapter, killed while its report is written: what was trained stands."""
    sets = [word for value in SMALL for word in ("--set", value)]
    line = ["train", "run", "--pairs", chosen["pairs"], "--for", "coin", "--yes", "--detach", *sets]
    folder = ammo.home / "data" / "training" / "runs" / ammo.json(*line)["id"]
    for _ in range(1400):
        run: Plain = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if run["stage"] == "evaluate" or run["state"] not in {"queued", "running"}:
            break
        time.sleep(0.2)  # noqa: TID251 - waits for a process
    assert run["stage"] == "evaluate", f"{run['state']}: {run['fault']}"
    os.kill(run["pid"], signal.SIGKILL)
    return run


def test_the_buddy_writes_alternatives_in_its_own_prompts(sampled: Plain) -> None:
    said = sampled["yield"]
    assert said["alternatives"] == 48
    assert 0 < said["supported"] < 48
    assert 0 < said["test_prompts"] < said["prompts"]
    lines = Path(sampled["path"]).read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["model"] for line in lines} == {"local/smollm2-135m"}


def test_readers_choose_supported_texts_only(chosen: Plain, sampled: Plain) -> None:
    rows = [json.loads(line) for line in Path(sampled["path"]).read_text("utf-8").splitlines()]
    fine = {
        (row["role"], alternative["text"])
        for row in rows
        for alternative in row["alternatives"]
        if not alternative["fault"]
    }
    pairs = [json.loads(line) for line in Path(chosen["pairs"]).read_text("utf-8").splitlines()]
    assert len(pairs) == chosen["counts"]["pairs"] >= 4
    assert {(p["extra"]["role"], p["chosen"]) for p in pairs} <= fine
    assert {p["source"] for p in pairs} == {"simulated"}


def test_four_steps_move_the_adapter_and_log_what_the_page_defines(
    ammo: AmmoCommand, trained: Plain
) -> None:
    folder = ammo.home / "data" / "training" / "runs" / trained["id"]
    lines = [
        json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()
    ]
    steps = [line for line in lines if "eval" not in line]
    assert [line["step"] for line in steps] == [1, 2, 3, 4]
    assert steps[0]["margin"] == pytest.approx(0, abs=1e-3)
    assert steps[0]["accuracy"] == 0.5
    assert abs(steps[-1]["margin"]) > 0.01  # which way so few texts of two more move it is chance
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("## 4. What is logged") :].split("|---|---|\n", 1)[1].split("\n\n")[0]
    defined = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert {name for line in lines for name in line} <= defined


def test_it_is_promoted_writes_a_card_and_is_rolled_back(ammo: AmmoCommand, trained: Plain) -> None:
    adapter = trained["adapter"]
    refused = ammo("runs", "promote", adapter, "--target", "coin", code=3)
    assert "no report" in refused.stderr
    ammo("runs", "promote", adapter, "--target", "coin", "--anyway", "a test of the way")
    with_it = written(ammo)
    assert {card["adapter"] for card in with_it} == {adapter}
    ammo("runs", "rollback", "coin")
    after = [card for card in written(ammo) if card["id"] not in {c["id"] for c in with_it}]
    assert {card["adapter"] for card in after} == {""}


def written(ammo: AmmoCommand) -> list[Plain]:
    """Let one round be written, and return every card that a model wrote a word of."""
    ammo(*"run --rounds 2 --cards 1 --per-round 1".split())
    cards: list[Plain] = ammo.json("feed", "--all")["cards"]
    return [card for card in cards if card["model"] != "realiser"]
