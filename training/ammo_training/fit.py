"""The stages ``reference`` and ``train``: what the base thinks of each reply, then the adapter, resumable at any step."""

from __future__ import annotations

import dataclasses
import functools
import gc
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from ammo_agents.durable import whole, write_json
from ammo_agents.errors import BadInputError
from ammo_training import load as loading
from ammo_training import reference, resume, shared_prompt, trainer
from ammo_training.base_folder import Base
from ammo_training.columns import Columns, columns, ids_of, length_for, padded, size_of
from ammo_training.folders import TrainingFolders
from ammo_training.hardware import here
from ammo_training.load import Loaded
from ammo_training.options import TrainConfig
from ammo_training.plan import BAND, Calibration, Plan, disk_mb, seconds, steps_of
from ammo_training.prepare import Prepared
from ammo_training.progress import Journal, forget_after, peak_mb, read_metrics
from ammo_training.run import Run
from ammo_training.watch import Watch

Say = Callable[[str], None]
Stop = Callable[[], str]
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a run stands on once its rows and its base are there."""

    config: TrainConfig
    run: Run
    folders: TrainingFolders
    base: Base
    loaded: Loaded
    train: Columns
    dev: Columns
    test_rows: int
    steps: int
    parent: Path | None = None
    """The folder of the adapter to go on from."""

    @property
    def part(self) -> int:
        """Return the rows computed at once."""
        return trainer.part(self.config, self.loaded, self.train)

    @property
    def shares(self) -> bool:
        """Whether a pair's prompt is computed once."""
        return shared_prompt.wanted(self.config, self.loaded)

    @property
    def stamp(self) -> dict[str, Any]:
        """Return what a saved state must have been made with."""
        return {
            "config_sha256": self.run.config_sha256,
            "data_sha256": self.train.sha256,
            "base_sha256": self.base.sha256,
            "steps": self.steps,
        }


def opened(
    config: TrainConfig,
    run: Run,
    folders: TrainingFolders,
    base: Base,
    prepared: Prepared,
    *,
    many: bool = False,
) -> Job:
    """Load the base and tokenise the rows; `many` = this is one of several processes, each with its GPU.

    Raises:
        BadInputError: no row is left to learn from, or the parent has another shape; it says why.
    """
    alone = dataclasses.replace(config.machine, devices=1)
    loaded = loading.load(base, machine=config.machine if many else alone)
    context = int(loaded.model.config.max_position_embeddings)
    sides = {
        side: [ids_of(one, loaded.tokenizer) for one in prepared.sides[side]]
        for side in ("train", "dev")
    }
    length = length_for(sides["train"], asked=config.train.max_length, context=context)
    train = columns(sides["train"], length)
    if not train.rows:
        why = "; ".join(f"{n} rows: {reason}" for reason, n in train.dropped.items())
        raise BadInputError(
            f"no row is left to learn from with max_length {length} ({why})",
            hint=f"Set train.max_length up to {context}, or shorten the prompts.",
        )
    return Job(
        config=config,
        run=run,
        folders=folders,
        base=base,
        loaded=loaded,
        train=train,
        dev=columns(sides["dev"][: config.train.eval_most], length),
        test_rows=len(prepared.sides["test"]),
        steps=steps_of(config, len(train.rows)),
        parent=_parent(config, folders, base),
    )


def reference_file(job: Job, part: Columns) -> Path:
    """Return where the reference log-probs of one split are kept, whoever needs them."""
    where = {
        "dtype": job.loaded.where.dtype,
        "device": job.loaded.where.device,
        "batch": job.part,
        "ld_alpha": job.config.loss.ld_alpha,
        "losses": list(job.config.losses) if job.config.kind == "kto" else [],
        "compact": job.config.machine.compact_head,
        "shared_prompt": job.shares,
    }
    key = reference.key_of(base=job.base.sha256, data=part.sha256, where=where)
    return job.folders.references / f"{key}.safetensors"


def fit(job: Job, journal: Journal | None, *, stop: Stop, say: Say) -> str:
    """Train to the last step, or until `stop` gives a reason, which is returned; empty = it is done.

    The finished adapter lies in ``trained/``; states in ``state/``.

    Raises:
        RefusedError: the loss is NaN. DiskFullError: no room for a state; those before stand.
        TamperedError, BadInputError: a state that is not this run's.
    """
    if (job.run.trained / CONFIG).is_file():
        return ""
    state = resume.newest(job.run.saved, job.stamp)
    watch = Watch(journal, stop=stop, seconds_before=_before(job.run, state))
    made = trainer.build(
        job.config,
        job.loaded,
        (job.train, job.dev),
        steps=job.steps,
        folder=job.run.saved,
        callbacks=(watch,),
    )
    made.stamp, watch.trainer = job.stamp, made
    if journal is not None and not job.run.plan.is_file():
        watch.paced = functools.partial(_plan_by_pace, job, made, time.perf_counter())
    with trainer.scoring(job.config, made, job.loaded) as told:
        say(told)
        trainer.with_reference(made, referenced(job, made, say))
        if journal is not None:
            journal.stage("train")
        if job.parent is not None and state is None:
            set_peft_model_state_dict(made.model, load_file(job.parent / WEIGHTS))
        made.train(resume_from_checkpoint=None if state is None else str(state))
    if not watch.reason and made.args.should_save:
        _keep(made, job)
    made.accelerator.wait_for_everyone()
    return watch.reason


def referenced(job: Job, made: Any, say: Say) -> list[dict[str, list[float]]]:
    """Return the reference columns of train and dev, from their files or computed now and kept."""
    names = trainer.names_of(job.config)
    found: list[dict[str, list[float]]] = []
    for side, part in (("train", job.train), ("dev", job.dev)):
        data = made.train_dataset if side == "train" else made.eval_dataset
        if data is None:
            found.append({name: [] for name in names})
            continue
        path = reference_file(job, part)
        kept = reference.read(path, names, len(data))
        if kept is None:
            say(f"reference log-probs of {len(data)} {side} rows")
            made.model.eval()
            fresh = reference.compute(made, data, names)
            if made.args.should_save:
                reference.write(path, fresh)
            kept = {name: values.tolist() for name, values in fresh.items()}
        else:
            say(f"reference log-probs of {len(data)} {side} rows are shared: {path.name}")
        found.append(kept)
    return found


def calibrate(job: Job) -> Plan:
    """Return the plan: two real steps, of the longest batch and of a usual one, on a throw-away adapter."""
    batch = job.config.train.batch
    order = sorted(
        job.train.rows, key=lambda row: size_of(row, job.train.max_length, shared=job.shares)
    )
    middle = max(0, len(order) // 2 - batch // 2)
    longest, usual = order[-batch:], order[middle : middle + batch]
    rows = [*longest, *_filled(longest, batch), *usual]
    own = dataclasses.replace(
        job.config,
        trackers=(),
        train=dataclasses.replace(job.config.train, accumulate=1, warmup=0, save_every=10**6),
    )
    watch = Watch(None, stop=lambda: "")
    with tempfile.TemporaryDirectory(prefix="ammo-plan-") as folder:
        made = trainer.build(
            own,
            job.loaded,
            (
                dataclasses.replace(job.train, rows=tuple(rows)),
                dataclasses.replace(job.dev, rows=()),
            ),
            steps=2,
            folder=Path(folder),
            callbacks=(watch,),
        )
        made.args.train_sampling_strategy = "sequential"
        with trainer.scoring(own, made, job.loaded):
            start = time.perf_counter()
            usual_rows = made.train_dataset.select(range(len(rows) - len(usual), len(rows)))
            found = reference.compute(made, usual_rows, trainer.names_of(own))
            spent = time.perf_counter() - start
            full = reference.compute(made, made.train_dataset, tuple(found))
            empty: dict[str, list[float]] = {}
            trainer.with_reference(made, [{k: v.tolist() for k, v in full.items()}, empty])
            made.train()
    weights = sum(p.numel() for p in made.model.parameters() if p.requires_grad)
    seen = Calibration(
        longest_s=watch.times[0],
        longest_tokens=_padded(longest, job),
        usual_s=watch.times[1],
        usual_tokens=_padded(usual, job),
        peak_mb=_peak(job),
        reference_s=spent,
    )
    return _planned(job, seen, weights)


def _plan_by_pace(job: Job, made: Any, begun: float, times: list[float]) -> None:
    """Write the plan of a run that began without one: by its first steps and what came before them."""
    weights = sum(p.numel() for p in made.model.parameters() if p.requires_grad)
    step = sum(times[1:]) / len(times[1:])
    before = time.perf_counter() - begun - sum(times)
    middle = before + step * job.steps
    told = dataclasses.replace(
        _planned(job, None, weights),
        minutes=round(middle / 60, 4),
        minutes_low=round(BAND[0] * middle / 60, 4),
        minutes_high=round(BAND[1] * middle / 60, 4),
    )
    write_json(job.run.plan, told.as_json())


def _planned(job: Job, seen: Calibration | None, weights: int) -> Plan:
    config, train = job.config, job.train
    there = reference_file(job, train).is_file()
    rows = len(train.rows)
    a_pass = padded(train.sizes(shared=job.shares), job.part)
    middle, low, high = 0.0, 0.0, 0.0
    if seen is not None:
        middle, low, high = seconds(
            config, seen, rows=rows, tokens=a_pass, steps=job.steps, referenced=there
        )
    passes = job.steps / steps_of(_one_pass(config), rows)
    return Plan(
        rows=rows,
        dev=len(job.dev.rows),
        test=job.test_rows,
        dropped=train.dropped,
        cut=train.cut,
        max_length=train.max_length,
        tokens=train.tokens,
        padded_tokens=round(a_pass * passes),
        steps=job.steps,
        epochs=round(passes, 2),
        trained_weights=weights,
        minutes=round(middle / 60, 4),
        minutes_low=round(low / 60, 4),
        minutes_high=round(high / 60, 4),
        memory_mb=_peak(job) if seen is None else seen.peak_mb,
        disk_mb=disk_mb(weights, config.train.keep, rows),
        device=job.loaded.where.device,
        dtype=job.loaded.where.dtype,
        threads=job.loaded.where.threads,
        calibrated=True,
        machine=here(job.folders.root),
    )


def _one_pass(config: TrainConfig) -> TrainConfig:
    return dataclasses.replace(config, train=dataclasses.replace(config.train, epochs=1.0, steps=0))


def release(job: Job) -> None:
    """Give the base's memory back: the stages after training load their own."""
    job.loaded.model.to("meta")
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _keep(made: Any, job: Job) -> None:
    """Write the finished adapter, as PEFT reads it: without a path of this machine and without a pickle."""
    weights = get_peft_model_state_dict(made.model)
    config = made.model.peft_config["default"]
    with whole(job.run.trained) as part:
        part.mkdir()
        save_file(
            {k: v.detach().float().cpu().contiguous() for k, v in weights.items()}, part / WEIGHTS
        )
        config.save_pretrained(str(part))
        held = json.loads((part / CONFIG).read_text(encoding="utf-8"))
        held["base_model_name_or_path"] = f"{job.base.name}@{job.base.sha256}"
        held["inference_mode"] = True
        text = json.dumps(held, indent=1, sort_keys=True)
        (part / CONFIG).write_text(text + "\n", encoding="utf-8")


def _parent(config: TrainConfig, folders: TrainingFolders, base: Base) -> Path | None:
    """Return the folder of the parent, checked: hashes, base and shape."""
    if not config.parent:
        return None
    from ammo_agents.adapters.folder import AdapterFolder  # noqa: PLC0415 - only with a parent

    keeper = AdapterFolder(folders.adapters)
    manifest = keeper.read(config.parent)
    if manifest.base_sha256 != base.sha256:
        raise BadInputError(
            f"parent {config.parent} is an adapter of base {manifest.base_sha256[:12]}, this run "
            f"trains on {base.sha256[:12]}",
            hint="An adapter of one base is noise in another: name the parent's base.",
        )
    folder = keeper.path(config.parent)
    held = loading.check_adapter(folder)
    own = {"r": config.lora.r, "lora_alpha": config.lora.alpha}
    theirs = {name: held.get(name) for name in own}
    if own != theirs or set(held.get("target_modules", ())) != set(config.lora.targets):
        raise BadInputError(
            f"parent {config.parent} has another shape: {theirs}, this run asks for {own}",
            hint="Ask for the parent's lora.r, lora.alpha and lora.targets.",
        )
    return folder


def _before(run: Run, state: Path | None) -> float:
    """Return the seconds a resumed run already trained, and drop the metrics of what is walked again."""
    step = 0 if state is None else int(state.name.removeprefix(resume.PREFIX))
    forget_after(run.metrics, step)
    kept = read_metrics(run.metrics)
    return float(kept[-1]["seconds"]) if kept else 0.0


def _filled(rows: list[dict[str, Any]], batch: int) -> list[dict[str, Any]]:
    """Return copies that make a short batch whole, so that the second batch is the usual one."""
    return [rows[i % len(rows)] for i in range(batch - len(rows))]


def _padded(rows: list[dict[str, Any]], job: Job) -> int:
    """Return the tokens computed for a batch: each part is as long as its longest."""
    sizes = [size_of(row, job.train.max_length, shared=job.shares) for row in rows]
    parts = [sizes[k : k + job.part] for k in range(0, len(sizes), job.part)]
    return sum(max(part) * len(part) for part in parts)


def _peak(job: Job) -> int:
    if job.loaded.where.device == "cuda":
        return int(torch.cuda.max_memory_allocated()) >> 20
    return peak_mb()
