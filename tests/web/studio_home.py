"""Training folders as a job leaves them, for tests of Studio: runs in every state, with metrics, samples, report and log."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.aipp.pairs import Pair, Side
from ammo_agents.aipp.pairs.gather import Gathered
from ammo_agents.aipp.pairs.set import Wanted, made
from ammo_agents.records import Message

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
        rows.append(row)
        if step % held_out_every == 0:
            looked = {
                "loss": row["loss"] + 0.05,
                "margin": row["margin"] - 0.25,
                "accuracy": max(0.0, row["accuracy"] - 0.06),
            }
            rows.append({"step": step, "seconds": row["seconds"], "eval": looked})
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
        "data": {"says": "31 people it has never seen."},
        "cost": {"real": {"wall_s": 372.0, "cpu_s": 330.0, "peak_mb": 2710}},
        "preference": {
            "human": {"accuracy": figure(0.704, 0.062, 240), "macro": figure(0.69, 0.08, 31, "people")},
            "baselines": {"longer_wins": figure(0.412, 0.062, 240), "shorter_wins": figure(0.588, 0.062, 240)},
            "chosen_log_prob": figure(-0.03, 0.02, 240),
        },
        "behaviour": {
            "n": 40,
            "measures": {
                "words": {"before": figure(34.1, 2.2, 40, "prompts"), "after": figure(19.4, 1.7, 40, "prompts"), "change": figure(-14.7, 2.1, 40, "prompts")},
                "supported": {"before": figure(0.90, 0.09, 40, "prompts"), "after": figure(0.92, 0.08, 40, "prompts"), "change": figure(0.02, 0.05, 40, "prompts")},
                "spread": None,
            },
        },
        "win_rate": {"against_base": {"value": 0.63, "low": None, "high": None, "n": 1, "over": "seeds"}},
        "verdict": {"word": "not shown", "seeds": [7], "why": "every bar is cleared with 1 seed(s); 3 are needed to say more"},
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


def put_set(root: Path, name: str, *, count: int = 24) -> Path:
    """Build and write a set as `ammo train data build` does: of twelve people, cleaned, split, measured."""
    rng = np.random.default_rng(7)
    pairs = [_pair(k, rng) for k in range(count)]
    given = Gathered(pairs=pairs, people=14, consenting=12)
    given.events["label"] = count
    given.passed["no consent to fine-tuning"] = 9
    made_at = dt.datetime(2026, 11, 19, 9, tzinfo=dt.UTC)
    return made(given, Wanted(name=name, made=made_at)).save(root / "sets" / name)


def _pair(k: int, rng: np.random.Generator) -> Pair:
    """Return one of many different pairs; every third is a choice between a long and a longer text."""
    words = [WORDS[i] for i in rng.permutation(len(WORDS))]
    short, long = " ".join(words[:5]), " ".join(words[5:])
    chosen, rejected = (long, short) if k % 3 == 0 else (short, long)
    return Pair(
        prompt=(Message(role="user", text=f"Facts:\n1. {words[0]} {k}, {words[1]} {k * k}\nWrite a card."),),
        chosen=f"{chosen} [{k}].",
        rejected=f"{rejected} {k * 7}.",
        chosen_by=Side(slot=k % 2, propensity=0.5),
        rejected_by=Side(slot=1 - k % 2, propensity=0.5),
        signal=("label", "above", "edit")[k % 3],
        subspace="coin",
        buddy="coin/bitcoin",
        user=f"{k % 12:016x}",
        events=(f"b_{k:04d}", f"d_{k}"),
        consent=12,
    )  # fmt: skip


WORDS = (
    "bitcoin miner halving lightning channel node wallet ledger block fee mempool hash reserve exchange "
    "custody spread auction futures basis yield stable peg liquidity order book depth volatility drawdown"
).split()
"""What the texts of `put_set` are made of."""


def put_samples(root: Path, *, count: int = 3) -> Path:
    """Write what a buddy said when it was asked for alternatives: two of each prompt."""
    rows = [
        {
            "id": f"s_{k}",
            "split": "train",
            "group": f"g{k}",
            "target": "coin/bitcoin",
            "subspace": "coin",
            "buddy": "coin/bitcoin",
            "fact": f"f_{k}",
            "statement": f"Bitcoin closed at $7,{911 + k} on {8 + k} March 2020.",
            "messages": [{"role": "user", "content": f"Say it in one sentence: close [A], day {k}."}],
            "prompt": "0f" * 6,
            "model": "local/smollm2-135m",
            "adapter": "",
            "alternatives": [
                {"text": f"[A] on day {k}.", "said": f"Bitcoin closed at $7,{911 + k}.", "complete": True, "fault": "", "temperature": 0.7, "seed": 1},
                {"text": f"The price of the day {k} was [A], which is a number.", "said": f"The price of that day was $7,{911 + k}, which is a number that many people looked at.", "complete": True, "fault": "", "temperature": 1.0, "seed": 2},
            ],
        }
        for k in range(count)
    ]  # fmt: skip
    return write_lines(root / "samples" / "coin" / "bitcoin" / "x.jsonl", rows)


def put_adapter(root: Path, run: str, *, passed: bool = True, **told: Any) -> str:
    """Write an adapter as packaging does, with the report of its run, and return its id; its weights are none."""
    files = root / f".files-{run}"
    files.mkdir(parents=True)
    write_json(files / "adapter_config.json", {"peft_type": "LORA", "run": run})
    (files / "adapter_model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (files / "adapter.gguf").write_bytes(b"GGUF" + run.encode())
    about: Plain = {
        "base": "local/smollm2-135m",
        "base_sha256": "ab" * 32,
        "name": f"adapter of {run}",
        "target": "coin/bitcoin",
        "run": run,
        "set": "short-sourced",
        "sources": ("human",),
        "people": tuple(f"{k:016x}" for k in range(6)),
        "seed": 7,
        "created": "2026-11-20T09:10:00+00:00",
    }
    manifest = AdapterFolder(root / "adapters").add(files, AdapterManifest(**(about | told)))
    shutil.rmtree(files)
    put_report(put_run(root, run, count=64, name=f"run {run}", adapter=manifest.id), manifest.id, passed=passed)  # fmt: skip
    return manifest.id
