"""A trainer's whole state as safetensors and JSON, and back again to the bit (S11, training.md 3.8).

Kept: the adapter, both moments of the optimiser, its groups, the schedule, torch's random state and the trainer's
counters. Python's and NumPy's random states take no part in a step and are not kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from ammo_agents.durable import remove, sweep, whole, write_json
from ammo_agents.errors import BadInputError, TamperedError
from ammo_training.files import read_json, sha256_of

PREFIX = "step-"
STATE = "state.json"
TRAINER = "trainer_state.json"
ADAPTER, OPTIMIZER, RANDOM = "adapter.safetensors", "optimizer.safetensors", "random.safetensors"


def save(trainer: Any, folder: Path, *, keep: int, stamp: dict[str, Any]) -> Path:
    """Write the state of now below `folder`, whole or not at all, and drop all but the newest `keep`.

    `stamp` says what the state belongs to (config, data, base); a state with another is never loaded.

    Raises:
        DiskFullError: no room; the states before stand.
    """
    step = int(trainer.state.global_step)
    path = folder / f"{PREFIX}{step:06d}"
    if path.exists():
        return path
    with whole(path) as part:
        part.mkdir()
        _write(trainer, part, {**stamp, "step": step})
    for old in all_states(folder)[:-keep]:
        remove(old)
    return path


def all_states(folder: Path) -> list[Path]:
    """Return the saved states, the oldest first; half-written ones have another name and are not among them."""
    return sorted(p for p in folder.glob(f"{PREFIX}*") if p.is_dir())


def newest(folder: Path, stamp: dict[str, Any]) -> Path | None:
    """Return the newest state, every file of it checked; None when nothing was saved yet.

    Raises:
        TamperedError: a file of it changed. BadInputError: it belongs to another configuration, data set or base.
    """
    sweep(folder, alone=True)
    found = all_states(folder)
    if not found:
        return None
    path = found[-1]
    held = read_json(path / STATE)
    for name, wanted in held["files"].items():
        got = sha256_of(path / name) if (path / name).is_file() else "no file"
        if got != wanted:
            raise TamperedError(
                f"{path / name} has sha256 {got}, its state says {wanted}",
                hint=f"Delete {path}: the run then goes on from the state before it.",
            )
    for name, value in stamp.items():
        if held.get(name) != value:
            raise BadInputError(
                f"{path} was saved with {name} {held.get(name)}, now it is {value}",
                hint="Start a new run: another base, data set or configuration is another run.",
            )
    return path


def load_weights(trainer: Any, path: Path) -> None:
    """Put the adapter of a state into the trainer's model."""
    set_peft_model_state_dict(trainer.model, load_file(path / ADAPTER))


def load_optimizer(trainer: Any, path: Path) -> None:
    """Put moments, groups and schedule of a state into the trainer."""
    held = read_json(path / STATE)
    tensors = load_file(path / OPTIMIZER)
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        index, _, kind = name.partition(".")
        state.setdefault(int(index), {})[kind] = value
    trainer.optimizer.load_state_dict({"state": state, "param_groups": held["groups"]})
    trainer.lr_scheduler.load_state_dict({**trainer.lr_scheduler.state_dict(), **held["schedule"]})


def load_random(path: Path) -> None:
    """Set torch's random states to those of a state."""
    found = load_file(path / RANDOM)
    torch.random.set_rng_state(found["cpu"])
    if "cuda" in found and torch.cuda.is_available():
        torch.cuda.set_rng_state(found["cuda"])


def _write(trainer: Any, part: Path, held: dict[str, Any]) -> None:
    weights = get_peft_model_state_dict(trainer.model)
    save_file({k: v.detach().cpu().contiguous() for k, v in weights.items()}, part / ADAPTER)
    whole_state = trainer.optimizer.state_dict()
    moments = {
        f"{index}.{kind}": value.detach().cpu().contiguous()
        for index, kinds in whole_state["state"].items()
        for kind, value in kinds.items()
    }
    save_file(moments, part / OPTIMIZER)
    random = {"cpu": torch.random.get_rng_state()}
    if torch.cuda.is_available():
        random["cuda"] = torch.cuda.get_rng_state().cpu()
    save_file(random, part / RANDOM)
    trainer.state.save_to_json(str(part / TRAINER))
    names = (ADAPTER, OPTIMIZER, RANDOM, TRAINER)
    schedule = trainer.lr_scheduler.state_dict()
    write_json(
        part / STATE,
        {
            **held,
            "groups": whole_state["param_groups"],
            "schedule": {k: schedule[k] for k in ("last_epoch", "_step_count", "_last_lr")},
            "files": {name: sha256_of(part / name) for name in names},
        },
    )
