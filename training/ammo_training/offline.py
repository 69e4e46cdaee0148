"""What the heavy libraries read at their import: set before it, so that none of them asks a network or talks."""

from __future__ import annotations

from ammo_agents.settings import set_environment

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
