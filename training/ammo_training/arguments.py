"""The one place where a trainer's configuration is made, for a CPU and for GPUs (training.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peft import LoraConfig
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.kto_config import KTOConfig

from ammo_training.hardware import Where
from ammo_training.offline import PROJECT
from ammo_training.options import TrainConfig


def lora(config: TrainConfig) -> LoraConfig:
    """Return the shape of the adapter."""
    return LoraConfig(
        r=config.lora.r,
        lora_alpha=config.lora.alpha,
        lora_dropout=config.lora.dropout,
        target_modules=list(config.lora.targets),
        task_type="CAUSAL_LM",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """How a job goes over its rows."""

    max_length: int
    """Tokens of prompt and reply at most."""
    part: int
    """Rows computed at once."""
    steps: int
    """Fixed, so that a resumed run has the same schedule."""


def arguments(
    config: TrainConfig, where: Where, passes: Passes, *, folder: Path, dev: bool
) -> DPOConfig | KTOConfig:
    """Return what TRL is told; raises `ValueError` where the machine has not what `where` says."""
    told = chosen(config, where, passes, folder=folder, dev=dev)
    return KTOConfig(**told) if config.kind == "kto" else DPOConfig(**told)


def chosen(
    config: TrainConfig, where: Where, passes: Passes, *, folder: Path, dev: bool
) -> dict[str, Any]:
    """Return every setting by TRL's name."""
    part, steps = passes.part, passes.steps
    every = config.train.eval_every or max(1, steps // 4)
    return {
        "output_dir": str(folder),
        "seed": config.seed,
        "data_seed": config.seed,
        "max_steps": steps,
        "max_length": passes.max_length,
        "per_device_train_batch_size": part,
        "per_device_eval_batch_size": part,
        "gradient_accumulation_steps": config.train.accumulate * (config.train.batch // part),
        "learning_rate": config.train.learning_rate,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": config.train.warmup,
        "max_grad_norm": config.train.grad_norm,
        "beta": config.loss.beta,
        "precompute_ref_log_probs": False,  # our own columns, set after construction
        "save_strategy": "steps",
        "save_steps": config.train.save_every,
        "save_only_model": True,  # the trainer's pickles are neither written nor read
        "eval_strategy": "steps" if dev else "no",
        "eval_steps": every if dev else None,
        "prediction_loss_only": True,
        "logging_strategy": "steps",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": list(config.trackers) or "none",
        "run_name": config.name or folder.name,
        "project": PROJECT,  # trackio's; W&B's is set in its environment
        "disable_tqdm": True,
        "dataloader_num_workers": 0,
        **_device(where),
        **(_kto(config) if config.kind == "kto" else _dpo(config)),
    }


def part_of(config: TrainConfig, where: Where, widest: int) -> int:
    """Return the rows computed at once: the batch, or on a CPU the largest equal part of it that is small enough.

    `widest` = tokens computed for the largest row.
    The mean over equal parts is the mean over the batch, so a step stays the same. KTO's batches stay whole: its KL
    term is estimated from the batch.
    """
    batch = config.train.batch
    if where.device != "cpu" or config.kind == "kto" or not config.machine.at_once:
        return batch
    fits = (n for n in range(batch, 0, -1) if batch % n == 0)
    return next((n for n in fits if n * widest <= config.machine.at_once), 1)


def _device(where: Where) -> dict[str, Any]:
    gpu = where.device == "cuda"
    return {
        "use_cpu": not gpu,
        "bf16": gpu and where.dtype == "bfloat16",
        "activation_checkpointing": where.checkpointing,
        "dataloader_pin_memory": gpu,
        "optim": "adamw_torch_fused" if gpu else "adamw_torch",
        "tf32": True if gpu and where.dtype == "float32" else None,
        "ddp_find_unused_parameters": False if where.devices > 1 else None,
    }


def _dpo(config: TrainConfig) -> dict[str, Any]:
    return {
        "loss_type": list(config.losses),
        "loss_weights": list(config.loss.weights) or None,
        "label_smoothing": config.loss.label_smoothing,
        "ld_alpha": config.loss.ld_alpha,
        "truncation_mode": "keep_start",
    }


def _kto(config: TrainConfig) -> dict[str, Any]:
    return {
        "loss_type": config.losses[0],
        "desirable_weight": config.loss.desirable_weight,
        "undesirable_weight": config.loss.undesirable_weight,
        "train_sampling_strategy": "sequential",  # the KL term belongs to the batch it was made for
    }
