"""Walks the GPU path of a job with real steps, and says what it saw: bf16 and float32, losses, KTO, checkpointing, resume.

    python bench/gpu.py [--base BASE] [--pairs FILE] [--steps 30] [--big WEIGHTS] [--json]

BASE is a GGUF or a folder of safetensors; without it the toy base of the tests. Needs torch (any build), transformers,
peft, accelerate, datasets, trl, gguf, psutil and pyyaml, but no network; without a GPU it walks the same path on the CPU
and says so. ``--big`` makes a random Llama of about so many weights, which has checkpointing on above a billion.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ammo_training.offline import set_offline
from machine import machine

set_offline()
TESTS = Path(__file__).parents[1] / "training" / "tests"
PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate")
WAYS: dict[str, tuple[str, ...]] = {
    "as chosen": (),
    "float32": ("machine.dtype=float32",),
    "sigmoid + sft": ("loss.types=sigmoid,sft", "loss.weights=1,1"),
    "ipo": ("loss.types=ipo",),
    "checkpointing": ("machine.checkpointing=on",),
    "kto": ("kind=kto",),
}


class Walk:
    """One base, its rows, and a folder to train in."""

    def __init__(self, base: Any, rows: list[dict[str, Any]], steps: int, root: Path) -> None:
        self.base, self.rows, self.steps, self.root = base, rows, steps, root

    def train(self, *sets: str, stop_at: int = 0) -> dict[str, Any]:
        """Train, if asked with a stop and a resume between, and return what was seen."""
        import torch  # noqa: PLC0415 - after the environment is set
        from ammo_training import config as configs  # noqa: PLC0415
        from ammo_training import fit, run  # noqa: PLC0415
        from ammo_training.folders import TrainingFolders  # noqa: PLC0415
        from ammo_training.progress import Journal, read_metrics  # noqa: PLC0415

        config = configs.resolve(None, [f"train.steps={self.steps}", "train.max_length=512", *sets])
        folders = TrainingFolders(root=self.root)
        one = run.create(folders.runs, run.Run(folder=self.root, id=run.new_id(), kind=config.kind))
        calls = [0]

        def stop() -> str:
            calls[0] += 1
            return "asked" if calls[0] == stop_at else ""

        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        start = time.perf_counter()
        for _ in range(2 if stop_at else 1):
            job = self._job(config, one, folders)
            with Journal(one) as journal:
                fit.fit(job, journal, stop=stop, say=str)
        lines = [line for line in read_metrics(one.metrics) if "loss" in line]
        where = job.loaded.where
        fit.release(job)
        pace = (lines[-1]["seconds"] - lines[0]["seconds"]) / max(1, len(lines) - 1)
        return {
            "device": where.device,
            "dtype": where.dtype,
            "checkpointing": where.checkpointing,
            "step_ms": round(1000 * pace, 1),
            "seconds": round(time.perf_counter() - start, 1),
            "gpu_mb": torch.cuda.max_memory_allocated() >> 20 if torch.cuda.is_available() else 0,
            "loss": [round(line["loss"], 6) for line in lines],
            "accuracy_last": lines[-1].get("accuracy"),
            "weights": str(one.trained / "adapter_model.safetensors"),
        }

    def _job(self, config: Any, one: Any, folders: Any) -> Any:
        from ammo_training import fit  # noqa: PLC0415
        from ammo_training.columns import columns, ids_of  # noqa: PLC0415
        from ammo_training.load import load  # noqa: PLC0415

        from ammo_agents.aipp.pairs.files import pair_of, row_of  # noqa: PLC0415

        loaded = load(self.base, machine=config.machine)
        taught: list[Any] = [pair_of(row) for row in self.rows]
        if config.kind == "kto":
            sides = [("chosen", True), ("rejected", False)]
            taught = [
                row_of({"prompt": r["prompt"], "completion": r[sides[i % 2][0]], "label": sides[i % 2][1]})
                for i, r in enumerate(self.rows)
            ]  # fmt: skip
        return fit.Job(
            config=config,
            run=one,
            folders=folders,
            base=self.base,
            loaded=loaded,
            train=columns([ids_of(one, loaded.tokenizer) for one in taught], 512),
            dev=columns([], 512),
            test_rows=0,
            steps=self.steps,
        )


def walk(asked: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Return what every way gave, and what rerun and resume differ by."""
    import torch  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    base, rows = _base(asked, root), _rows(asked)
    here = Walk(base, rows, asked.steps, root)
    found: dict[str, Any] = {"machine": machine(*PACKAGES), "gpu": _gpu(), "base": base.name}
    found["ways"] = {name: here.train(*sets) for name, sets in WAYS.items()}
    again, resumed = here.train(), here.train(stop_at=max(1, asked.steps // 2))
    first = load_file(found["ways"]["as chosen"]["weights"])
    for name, other in (("rerun difference", again), ("resume difference", resumed)):
        held = load_file(other["weights"])
        found[name] = max(float((first[k] - held[k]).abs().max()) for k in first)
    pairs = zip(found["ways"]["as chosen"]["loss"], found["ways"]["float32"]["loss"], strict=True)
    found["largest loss difference to float32"] = max(abs(a - b) for a, b in pairs)
    most = asked.big if asked.big is not None else 1_200_000_000 * torch.cuda.is_available()
    if most:
        big = Walk(_big(most, root), rows, 5, root)
        found["big"] = {
            "as chosen": big.train(),
            "without checkpointing": big.train("machine.checkpointing=off"),
        }
    return found


def _gpu() -> str:
    import torch  # noqa: PLC0415

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none: walked on the CPU"


def _base(asked: argparse.Namespace, root: Path) -> Any:
    from ammo_training import convert_base  # noqa: PLC0415

    if asked.base:
        return convert_base.prepare(Path(asked.base), root / "bases")
    sys.path.insert(0, str(TESTS))
    import toy  # noqa: PLC0415

    return toy.base(root / "bases" / "toy")


def _big(weights: int, root: Path) -> Any:
    """Return a random Llama of about this many weights with the toy's tokenizer."""
    sys.path.insert(0, str(TESTS))
    import torch  # noqa: PLC0415
    import toy  # noqa: PLC0415
    from ammo_training.base_folder import seal  # noqa: PLC0415
    from transformers import LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

    layers, width = 24, 2048
    wide = max(256, (weights // layers - 4 * width * width) // (3 * width) // 64 * 64)
    config = LlamaConfig(
        vocab_size=toy.VOCABULARY,
        hidden_size=width,
        intermediate_size=wide,
        num_hidden_layers=layers,
        num_attention_heads=16,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        pad_token_id=2,
        dtype=torch.bfloat16,
    )
    folder = root / "bases" / "big"
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    toy.tokenizer().save_pretrained(folder)
    return seal(folder, name="big")


def _rows(asked: argparse.Namespace) -> list[dict[str, Any]]:
    lines = asked.pairs.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def main() -> None:
    """Walk and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="")
    parser.add_argument("--pairs", type=Path, default=TESTS / "data" / "pandalm_sample.jsonl")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--big", type=int, help="default: 1.2 billion on a GPU, none on a CPU")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = walk(asked, Path(folder))
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name}: {json.dumps(value)}")


if __name__ == "__main__":
    main()
