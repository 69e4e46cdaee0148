"""What the heavy libraries read at their import: set before it, so that none of them asks a network or talks."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ammo_agents.settings import set_environment

PROJECT = "ammo"
"""What runs are filed under in trackio and W&B."""
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
    "TRANSFORMERS_VERBOSITY": "warning",
    "ACCELERATE_DISABLE_RICH": "1",
}


def set_offline() -> None:
    """Set the variables; call it before torch, transformers, trl or datasets are imported."""
    for name, value in QUIET.items():
        set_environment(name, value)


def set_trackers(trackers: Collection[str], folder: Path) -> None:
    """Let trackers write into the run's folder, and W&B send nothing until it is told to (``WANDB_MODE=online``)."""
    if "tensorboard" in trackers:
        set_environment("TENSORBOARD_LOGGING_DIR", str(folder / "tensorboard"))
    if "wandb" in trackers:
        set_environment("WANDB_MODE", "offline", unless_set=True)
        set_environment("WANDB_PROJECT", PROJECT, unless_set=True)
        set_environment("WANDB_DIR", str(folder), unless_set=True)
