"""The training step beside its peers, in one run: a bare ``trl dpo`` made to run on a CPU, and a hand-tuned TRL script.

    python bench/train.py --base BASE [--pairs FILE] [--rows 24] [--steps 6] [--rounds 1] [--json]

BASE is a GGUF, ``local/<model>`` or a folder of safetensors. Each contestant is a process of its own on one thread and
computes the same pairs, four a step, with the same LoRA; imports and the loading of the base are not counted.

- ``bare``: ``trl dpo`` with ``use_cpu`` and nothing else (bfloat16, checkpointing, the reference in every step).
- ``tuned``: TRL as its documents allow it: float32, no checkpointing, reference computed before, compact head.
- ``ours``: the stages ``reference`` and ``train`` of a job, with states, metrics and heartbeat.

Printed: CPU and wall seconds of a step (median) and of the reference, peak memory, ratios, the largest difference of
the loss curves, and what a rerun and a resumed run differ by on the toy base (aim 0.0).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ammo_training.offline import set_offline
from machine import machine

PACKAGES = ("torch", "transformers", "trl", "peft")
WHO = ("bare", "tuned", "ours")
AIMS = {"bare / ours": 2.5, "tuned / ours": 0.95}
SAMPLE = Path(__file__).parents[1] / "training" / "tests" / "data" / "pandalm_sample.jsonl"
BATCH, LENGTH, RATE, WARMUP = 4, 512, 2e-4, 3


def compete(asked: argparse.Namespace) -> dict[str, Any]:
    """Let every contestant run in turn, `rounds` times, and return what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        base = _converted(asked.base, Path(folder))
        found: dict[str, list[dict[str, Any]]] = {who: [] for who in WHO}
        for _ in range(asked.rounds):
            for who in WHO:
                found[who].append(_child(asked, who, base))
        difference = _child(asked, "exact", base)
    seen = {who: _median(runs) for who, runs in found.items()}
    ours = seen["ours"]
    a_pass = {
        who: one["step_cpu_s"] * asked.steps + one["reference_cpu_s"] for who, one in seen.items()
    }
    losses = {who: runs[0]["losses"] for who, runs in found.items()}
    return {
        "machine": machine(*PACKAGES),
        "seed": asked.seed,
        "rows": asked.rows,
        "steps": asked.steps,
        "rounds": asked.rounds,
        "contestants": seen,
        "bare / ours": round(seen["bare"]["step_cpu_s"] / ours["step_cpu_s"], 2),
        "tuned / ours": round(seen["tuned"]["step_cpu_s"] / ours["step_cpu_s"], 2),
        "bare / ours, reference counted": round(a_pass["bare"] / a_pass["ours"], 2),
        "tuned / ours, reference counted": round(a_pass["tuned"] / a_pass["ours"], 2),
        "largest loss difference to tuned": max(
            abs(a - b) for a, b in zip(losses["ours"], losses["tuned"], strict=True)
        ),
        "largest loss difference to bare": max(
            abs(a - b) for a, b in zip(losses["ours"], losses["bare"], strict=True)
        ),
        **difference,
    }


def be(asked: argparse.Namespace) -> dict[str, Any]:
    """Be one contestant, in this process."""
    set_offline()
    import torch  # noqa: PLC0415 - each contestant imports what it uses

    torch.set_num_threads(1)
    return {"bare": peer, "tuned": peer, "ours": ours, "exact": exact}[asked.be](asked)


def peer(asked: argparse.Namespace) -> dict[str, Any]:
    """Train with TRL alone."""
    import resource  # noqa: PLC0415
    import warnings  # noqa: PLC0415

    import torch  # noqa: PLC0415
    from ammo_training.config import TrainConfig  # noqa: PLC0415
    from datasets import Dataset  # noqa: PLC0415
    from peft import LoraConfig  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback  # noqa: PLC0415
    from trl.trainer import utils  # noqa: PLC0415
    from trl.trainer.dpo_config import DPOConfig  # noqa: PLC0415
    from trl.trainer.dpo_trainer import DPOTrainer  # noqa: PLC0415

    warnings.simplefilter("ignore")
    lora = TrainConfig().lora
    common: dict[str, Any] = {
        "output_dir": tempfile.mkdtemp(),
        "use_cpu": True,
        "max_steps": asked.steps,
        "per_device_train_batch_size": BATCH,
        "max_length": LENGTH,
        "logging_steps": 1,
        "report_to": "none",
        "save_strategy": "no",
        "disable_tqdm": True,
        "seed": asked.seed,
        "learning_rate": RATE,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": WARMUP,
    }
    if asked.be == "tuned":
        common |= {
            "bf16": False,
            "activation_checkpointing": False,
            "precompute_ref_log_probs": True,
            "data_seed": asked.seed,
            "dataloader_pin_memory": False,
            "optim": "adamw_torch",
        }
        utils._use_triton = lambda device: True  # noqa: ARG005, SLF001
    rows = [
        {
            "prompt": [{"role": "user", "content": row["prompt"]}],
            "chosen": [{"role": "assistant", "content": row["chosen"]}],
            "rejected": [{"role": "assistant", "content": row["rejected"]}],
        }
        for row in _rows(asked)
    ]
    model = AutoModelForCausalLM.from_pretrained(asked.base, dtype=torch.float32)
    shape = LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=0.0,
        target_modules=list(lora.targets),
        task_type="CAUSAL_LM",
    )
    clock = _clock()
    start, begun = time.process_time(), time.perf_counter()
    made = DPOTrainer(
        model=model,
        args=DPOConfig(**common),
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(asked.base),
        peft_config=shape,
        callbacks=[clock],
    )
    made.remove_callback(PrinterCallback)
    before = time.process_time() - start, time.perf_counter() - begun
    made.train()
    reference = before if asked.be == "tuned" else (0.0, 0.0)
    losses = [line["loss"] for line in made.state.log_history if "loss" in line]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return _told(clock, reference, losses, peak)


def ours(asked: argparse.Namespace) -> dict[str, Any]:
    """Train as a job does."""
    import dataclasses  # noqa: PLC0415

    from ammo_training import base_folder, fit, trainer  # noqa: PLC0415
    from ammo_training import config as configs  # noqa: PLC0415
    from ammo_training import run as runs  # noqa: PLC0415
    from ammo_training.columns import columns, ids_of  # noqa: PLC0415
    from ammo_training.folders import TrainingFolders  # noqa: PLC0415
    from ammo_training.load import load  # noqa: PLC0415
    from ammo_training.progress import Journal, peak_mb, read_metrics  # noqa: PLC0415

    from ammo_agents.aipp.pairs.files import pair_of  # noqa: PLC0415

    root = Path(tempfile.mkdtemp())
    folders = TrainingFolders(root=root)
    sets = [f"train.steps={asked.steps}", f"seed={asked.seed}"]
    config = configs.resolve(None, [*sets, "machine.threads=1", "machine.device=cpu"])
    one = runs.Run(folder=root, id=runs.new_id(), kind="dpo")
    run = runs.create(folders.runs, one)
    base = base_folder.check(Path(asked.base))
    loaded = load(base, machine=config.machine)
    ids = [ids_of(pair_of(row), loaded.tokenizer) for row in _rows(asked)]
    longest = max(
        len(r["prompt_ids"] + max(r["chosen_ids"], r["rejected_ids"], key=len)) for r in ids
    )
    length = min(longest, LENGTH)
    job = fit.Job(
        config=config,
        run=run,
        folders=folders,
        base=base,
        loaded=loaded,
        train=columns(ids, length),
        dev=columns([], length),
        test_rows=0,
        steps=asked.steps,
    )
    clock, spent = _clock(), []
    build, referenced = trainer.build, fit.referenced

    def built(*args: Any, **kwargs: Any) -> Any:
        return build(*args, **{**kwargs, "callbacks": (*kwargs["callbacks"], clock)})

    def timed(*args: Any) -> Any:
        start, begun = time.process_time(), time.perf_counter()
        found = referenced(*args)
        spent[:] = [time.process_time() - start, time.perf_counter() - begun]
        return found

    trainer.build, fit.referenced = built, timed
    with Journal(dataclasses.replace(run, state="running")) as journal:
        fit.fit(job, journal, stop=str, say=str)
    losses = [line["loss"] for line in read_metrics(run.metrics)]
    return _told(clock, (spent[0], spent[1]), losses, peak_mb())


def exact(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what a rerun and a resumed run of the toy base differ by: the largest difference of any weight."""
    sys.path.insert(0, str(SAMPLE.parents[1]))
    import toy  # noqa: PLC0415
    from ammo_training import base_folder, fit  # noqa: PLC0415
    from ammo_training import config as configs  # noqa: PLC0415
    from ammo_training import run as runs  # noqa: PLC0415
    from ammo_training.folders import TrainingFolders  # noqa: PLC0415
    from ammo_training.prepare import prepare  # noqa: PLC0415
    from ammo_training.progress import Journal  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    root = Path(tempfile.mkdtemp())
    folders = TrainingFolders(root=root)
    toy.base(root / "base")
    rows = toy.write(root / "pairs.jsonl", toy.pairs(48))
    sets = ["train.steps=14", "machine.threads=1", "machine.device=cpu", f"seed={asked.seed}"]
    config = configs.resolve(None, sets, data__pairs=str(rows))
    base = base_folder.check(root / "base")

    def trained(run: Any, until: int) -> Any:
        job = fit.opened(config, run, folders, base, prepare(config, run, folders))
        calls = [0]

        def stop() -> str:
            calls[0] += 1
            return "asked" if calls[0] == until else ""

        with Journal(run) as journal:
            fit.fit(job, journal, stop=stop, say=str)
        return run.trained / "adapter_model.safetensors"

    def new() -> Any:
        return runs.create(folders.runs, runs.Run(folder=root, id=runs.new_id(), kind="dpo"))

    first, second, third = new(), new(), new()
    whole, again = trained(first, 0), trained(second, 0)
    trained(third, 6)
    resumed = trained(third, 0)
    held = [load_file(path) for path in (whole, again, resumed)]
    return {
        "rerun difference": max(float((held[0][k] - held[1][k]).abs().max()) for k in held[0]),
        "resume difference": max(float((held[0][k] - held[2][k]).abs().max()) for k in held[0]),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="local/smollm2-135m")
    parser.add_argument("--pairs", type=Path, default=SAMPLE)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--be", choices=[*WHO, "exact"], help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.be:
        print(json.dumps(be(asked)))
        return
    found = compete(asked)
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    print(json.dumps({k: found[k] for k in ("machine", "seed", "rows", "steps", "rounds")}))
    for who, one in found["contestants"].items():
        words = ", ".join(f"{name} {value}" for name, value in one.items())
        print(f"{who:6} {words}")
    for name, value in found.items():
        if "/" in name or "difference" in name:
            aim = f" (aim {AIMS[name]})" if name in AIMS else ""
            print(f"{name}: {value}{aim}")


def _clock() -> Any:
    from transformers import TrainerCallback  # noqa: PLC0415

    class Clock(TrainerCallback):  # type: ignore[misc]
        """Notes CPU and wall seconds between the ends of steps."""

        def __init__(self) -> None:
            self.cpu: list[float] = []
            self.wall: list[float] = []
            self.mark = (0.0, 0.0)

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.mark = (time.process_time(), time.perf_counter())

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.cpu.append(time.process_time() - self.mark[0])
            self.wall.append(time.perf_counter() - self.mark[1])

    return Clock()


def _told(
    clock: Any, reference: tuple[float, float], losses: list[float], peak: int
) -> dict[str, Any]:
    return {
        "step_cpu_s": statistics.mean(clock.cpu),
        "step_wall_s": statistics.mean(clock.wall),
        "reference_cpu_s": reference[0],
        "reference_wall_s": reference[1],
        "peak_mb": peak,
        "losses": losses,
    }


def _median(runs: list[dict[str, Any]]) -> dict[str, float]:
    names = [name for name in runs[0] if name != "losses"]
    return {name: round(statistics.median(run[name] for run in runs), 2) for name in names}


def _rows(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the shortest rows of the file: a bare step over long ones takes a minute of CPU."""
    lines = asked.pairs.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    plain = [row for row in rows if isinstance(row["prompt"], str)]
    short = sorted(plain, key=lambda r: len(r["prompt"] + r["chosen"] + r["rejected"]))
    return short[: asked.rows]


def _converted(base: str, folder: Path) -> str:
    """Return the base as a folder of safetensors, converted by a process of its own."""
    path = Path(base)
    if path.is_dir() and (path / "manifest.json").is_file():
        return base
    code = (
        "import sys; from pathlib import Path; from ammo_training.offline import set_offline; set_offline();"
        "from ammo_training import convert_base as c; from ammo_training.folders import models_folder;"
        "from ammo_agents.settings import load;"
        "s = c.find_source(sys.argv[1], models_folder(load().settings));"
        "print(c.prepare(s, Path(sys.argv[2])).folder)"
    )
    line = [sys.executable, "-c", code, base, str(folder)]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def _child(asked: argparse.Namespace, who: str, base: str) -> dict[str, Any]:
    sizes = ("rows", "steps", "seed")
    numbers = [word for name in sizes for word in (f"--{name}", str(getattr(asked, name)))]
    line = [sys.executable, __file__, "--be", who, "--base", base, "--pairs", str(asked.pairs)]
    done = subprocess.run([*line, *numbers], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{who} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
