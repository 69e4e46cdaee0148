"""docs/training.md defines exactly what is logged and reported: names are taken from the code that writes them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
from ammo_training import behaviour
from ammo_training.behaviour import Reply
from ammo_training.measures import Judged, LogProbs, preference

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
CODE = ROOT / "training" / "ammo_training"


def defined(after: str) -> set[str]:
    """Return the names in the first column of the first table after a text."""
    table = PAGE[PAGE.index(after) :].split("|---|---|\n", 1)[1].split("\n\n", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def logged() -> set[str]:
    """Return every name a line of ``metrics.jsonl`` can have, read from the code without running it."""
    watch = ast.parse((CODE / "watch.py").read_text(encoding="utf-8"))
    trainer = ast.parse((CODE / "trainer.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(watch):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NAMES":
            found |= set(ast.literal_eval(node.value).values())
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "self.journal.metrics":
            found |= keys(node.args[0])
    scores = next(
        n for n in ast.walk(trainer) if isinstance(n, ast.FunctionDef) and n.name == "_scores"
    )
    returned = next(n for n in ast.walk(scores) if isinstance(n, ast.Return))
    return found | keys(returned.value)


def keys(node: ast.AST | None) -> set[str]:
    assert isinstance(node, ast.Dict)
    return {k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}


def test_the_page_defines_every_logged_metric_and_no_other() -> None:
    names = logged()
    assert {"loss", "margin", "accuracy", "drift", "eval", "step", "lr"} <= names
    assert defined("## 4. What is logged") == names


def test_the_page_defines_every_preference_figure_and_no_other() -> None:
    pairs = [
        Judged(id=str(i), prompt=str(i % 3), chosen="a b", rejected="a b c", person=str(i % 2))
        for i in range(8)
    ]
    base = LogProbs(sums=np.full((8, 2), -3.0), tokens=np.full((8, 2), 3.0))
    tuned = LogProbs(sums=np.tile([-2.0, -4.0], (8, 1)), tokens=base.tokens)
    found = preference(pairs, base, tuned, seed=7)
    names = set(found) - {"accuracy"} | {f"accuracy.{name}" for name in found["accuracy"]}
    said = defined("**Preference**") | set(
        re.findall(r"`(displacement_alarm|best_baseline)`", PAGE)
    )
    assert names - {"majority"} == said - {"majority"}


def test_the_page_defines_every_measure_of_behaviour_and_no_other() -> None:
    before = [
        Reply(prompt=str(i), seed=s, text=f"Rain fell {i}.", finish="stop", supported=True)
        for i in range(3)
        for s in range(2)
    ]
    after = [
        Reply(
            prompt=r.prompt, seed=r.seed, text="Rain.", finish="stop", adapter="a", supported=True
        )
        for r in before
    ]
    found = behaviour.compare(before, after, seed=7)
    assert defined("**Behaviour**") == set(found["measures"])


def test_every_option_the_page_names_is_one() -> None:
    options = (CODE / "options.py").read_text(encoding="utf-8")
    for section, name in re.findall(
        r"`(?:--set )?(data|loss|lora|train|machine|report)\.(?!json|md)(\w+)", PAGE
    ):
        assert re.search(rf"^    {name}:", options, re.MULTILINE), f"{section}.{name}"
