"""Training folders as a job leaves them, for tests of Studio: runs in every state, with metrics, samples, report and log."""

from __future__ import annotations

import fcntl
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

Plain = dict[str, Any]
BEFORE = "Bitcoin is a digital currency, and its price moved a lot on that day, as it often does, because many people bought and sold it."
AFTER = "Bitcoin closed at $7,911 on 8 March 2020, down 9% in a day [1]."


def training(home: Path) -> Path:
    """Return the training folder of a home."""
    return home / "data" / "training"


def write_json(path: Path, value: object) -> Path:
    """Write a JSON file as a job does, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")
    return path


def write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write a file of JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def steps(count: int, *, seed: int = 7, held_out_every: int = 8) -> list[Plain]:
    """Return metrics of so many steps as a real DPO run has them: loss from ln 2 down, margins up, some noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for step in range(1, count + 1):
        margin = 2.2 * (1 - math.exp(-step / 24)) + 0.18 * rng.normal()
        row: Plain = {
            "step": step,
            "seconds": round(5.2 * step, 2),
            "loss": float(np.log1p(np.exp(-margin))),
            "margin": float(margin),
            "accuracy": float(np.clip(0.5 + margin / 5 + 0.06 * rng.normal(), 0, 1)),
            "chosen_logp": float(-61 - 0.04 * step + rng.normal()),
            "rejected_logp": float(-64 - 0.19 * step + rng.normal()),
            "grad_norm": float(4.1 * math.exp(-step / 40) + 0.3),
            "lr": 2e-4 * min(1.0, step / 3),
            "kl": float(0.02 * step * (1 + 0.1 * rng.normal())),
        }
        if step % held_out_every == 0:
            row["eval"] = {
                "loss": row["loss"] + 0.05,
                "margin": row["margin"] - 0.25,
                "accuracy": max(0.0, row["accuracy"] - 0.06),
            }
        rows.append(row)
    return rows


def put_run(root: Path, id: str, *, count: int = 0, log: str = "", **told: Any) -> Path:
    """Write a run's folder and return it; `count` steps of metrics."""
    folder = root / "runs" / id
    run: Plain = {
        "id": id,
        "kind": "dpo",
        "name": id,
        "target": "coin/bitcoin",
        "set": "short-sourced",
        "state": "done",
        "stage": "gate",
        "pid": 0,
        "started": "2026-11-20T09:00:00.000+00:00",
        "heartbeat": "2026-11-20T09:10:00.000+00:00",
        "step": count,
        "steps": 64,
        "seconds_left": None,
        "seed": 7,
        "config_sha256": "5f" * 32,
        "adapter": "",
        "fault": "",
        "hint": "",
    }
    write_json(folder / "run.json", run | told)
    write_json(folder / "config.json", {"lora": {"alpha": 16, "r": 8}, "loss": {"beta": 0.1}})
    write_lines(folder / "metrics.jsonl", steps(count))
    (folder / "log.txt").write_text(log, encoding="utf-8")
    return folder


def figure(value: float, half: float, n: int, over: str = "pairs") -> Plain:
    """Return a figure as reports hold it."""
    return {"value": value, "low": value - half, "high": value + half, "n": n, "over": over}


def put_report(folder: Path, adapter: str, *, passed: bool = True) -> Path:
    """Write the report of a run with its gate, and samples before and after."""
    checks = [
        {"name": "held-out pairs", "passed": True, "said": "240 pairs of 31 people nobody trained on; 200 are needed"},
        {"name": "accuracy above baselines", "passed": True, "said": "lower bound 0.642 against 0.588, shorter wins"},
        {"name": "behaviour moved", "passed": True, "said": "34 to 19 words, as intended"},
        {"name": "grounding", "passed": passed, "said": "0.92 of 40 cards supported, base 0.90" if passed else "0.71 of 40 cards supported, base 0.90"},
        {"name": "chosen log-prob", "passed": True, "said": "-0.03 nat a token, at least -0.1"},
    ]  # fmt: skip
    report = {
        "run": folder.name,
        "adapter": adapter,
        "preference": {
            "human": {"accuracy": figure(0.704, 0.062, 240), "macro": figure(0.69, 0.08, 31, "people")},
            "baselines": {"longer_wins": figure(0.412, 0.062, 240), "shorter_wins": figure(0.588, 0.062, 240)},
            "chosen_log_prob": figure(-0.03, 0.02, 240),
        },
        "behaviour": {
            "words": {"before": figure(34.1, 2.2, 40, "prompts"), "after": figure(19.4, 1.7, 40, "prompts")},
            "supported": {"before": figure(0.90, 0.09, 40, "prompts"), "after": figure(0.92, 0.08, 40, "prompts")},
        },
        "win_rate": {"against_base": {"value": 0.63, "low": None, "high": None, "n": 1, "over": "seeds"}},
        "gate": {"passed": passed, "checks": checks},
    }  # fmt: skip
    rows = [{"prompt": [{"role": "user", "content": f"Facts:\n[{k}] close $7,911\nWrite one sentence."}], "before": BEFORE, "after": AFTER} for k in range(1, 4)]  # fmt: skip
    write_lines(folder / "samples.jsonl", rows)
    return write_json(folder / "report.json", report)


@contextmanager
def working(folder: Path) -> Iterator[None]:
    """Hold a run's lock as its process does while it works."""
    with (folder / "run.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
