"""What the base itself thinks of each reply: computed once for a base and a data set, then shared (training.md 3.4).

TRL's own cache is keyed by all weights, the random start of the LoRA included, so each seed and each member of a
population computes it again. Here the key is what the numbers depend on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ammo_agents.durable import whole
from ammo_training.files import sha256_of_json

DPO = ("ref_chosen_logps", "ref_rejected_logps")
KTO = ("ref_logps", "ref_KL_logps")


def key_of(*, base: str, data: str, where: dict[str, Any]) -> str:
    """Return the name of the file: the hash of base, token ids, batch, dtype and device."""
    return sha256_of_json({"base": base, "data": data, **where})[:32]


def read(path: Path, names: Sequence[str], rows: int) -> dict[str, list[float]] | None:
    """Return the columns of a file; None when it is not there, or is not whole: then they are computed anew."""
    if not path.is_file():
        return None
    try:
        found = load_file(path)
    except (SafetensorError, OSError):
        return None
    if not set(names) <= set(found) or any(found[n].shape != (rows,) for n in names):
        return None
    if not all(bool(torch.isfinite(found[name]).all()) for name in names):
        return None
    return {name: found[name].tolist() for name in names}


def write(path: Path, columns: dict[str, torch.Tensor]) -> None:
    """Keep the columns, whole or not at all; raises `DiskFullError`."""
    with whole(path) as part:
        save_file(columns, part)


def compute(trainer: Any, dataset: Any, names: Sequence[str]) -> dict[str, torch.Tensor]:
    """Return log-probs of the base, float32, one number a row, in order; summed over the reply's tokens.

    Each process of several takes every n-th batch and all get everything.
    """
    size, accelerator = trainer.args.per_device_train_batch_size, trainer.accelerator
    starts = list(range(0, len(dataset), size))
    own: list[tuple[int, list[torch.Tensor]]] = []
    for count, start in enumerate(starts):
        if count % accelerator.num_processes == accelerator.process_index:
            batch = trainer.data_collator([
                dataset[i] for i in range(start, min(start + size, len(dataset)))
            ])
            batch = {k: v.to(accelerator.device) for k, v in batch.items()}
            found = trainer.compute_ref_log_probs(trainer.model, batch)
            own.append((start, [f.detach().float().cpu() for f in found if f is not None]))
    parts = _gathered(own, accelerator)
    found_all = [torch.cat([part[1][i] for part in parts]) for i in range(len(parts[0][1]))]
    return dict(zip(names, found_all, strict=False))


def _gathered(own: list[Any], accelerator: Any) -> list[Any]:
    if accelerator.num_processes == 1:
        return own
    from accelerate.utils import gather_object  # noqa: PLC0415 - only where there are several processes

    return sorted(gather_object(own), key=lambda part: part[0])
