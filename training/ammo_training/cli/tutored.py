"""How the tutorial's job is asked for, and what to read of its end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ammo_agents.aipp.pairs import write
from ammo_agents.cli.options import FLAGS
from ammo_agents.cli.paint import console
from ammo_agents.settings import load
from ammo_training.cli import jobbing
from ammo_training.folders import training_folders
from ammo_training.job import GATE_FAILED
from ammo_training.tutorial import tutorial_pairs

SMALL = ("name=tutorial", "train.epochs=1", "report.prompts=4", "report.tokens=32")
"""What makes the job short; the rest is as in any other."""


def train(sets: Sequence[str], *, as_json: bool) -> None:
    """Write the pairs, run the job, and say why its gate is closed: that it is, is part of the lesson."""
    folder = training_folders(load(FLAGS).settings).sets / "tutorial"
    pairs = write(folder / "pairs.jsonl", tutorial_pairs())
    _say(f"Sixty made-up pairs: {pairs}")
    _say("Curves while it runs: ammo up, then Studio.")
    try:
        jobbing.run(
            None, [*SMALL, *sets], {"data__pairs": pairs}, yes=True, detach=False, as_json=as_json
        )
    except SystemExit as end:
        if end.code != GATE_FAILED:
            raise
    if not as_json:
        console().print(
            "A closed gate is right here: fifteen held-out pairs of made-up people show that every stage works, "
            "and nothing about people. Read the report, then go on: docs/tutorials/training.md"
        )


def _say(words: str | Path) -> None:
    sys.stderr.write(f"{words}\n")
