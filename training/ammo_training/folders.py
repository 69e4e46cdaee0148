"""Where bases, references, samples, sets, runs and adapters lie: everything below ``<data>/training``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ammo_agents.settings import Settings, folders


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFolders:
    """The folders of decision 0017; naming them makes none of them."""

    root: Path
    """``<data>/training``."""
    bases: Path = field(init=False)
    """One folder a base, named by the sha256 of its GGUF: safetensors and a manifest."""
    references: Path = field(init=False)
    """Log-probs of a base for one data set, one file each."""
    samples: Path = field(init=False)
    """What buddies wrote when they were asked for alternatives."""
    sets: Path = field(init=False)
    """One folder a data set: pairs, KTO rows, counts, split."""
    runs: Path = field(init=False)
    """One folder a job."""
    adapters: Path = field(init=False)
    """One folder an adapter, named by its hash."""

    def __post_init__(self) -> None:
        for name in ("bases", "references", "samples", "sets", "runs", "adapters"):
            object.__setattr__(self, name, self.root / name)


def training_folders(settings: Settings) -> TrainingFolders:
    """Return the folders of these settings, without making them."""
    return TrainingFolders(root=folders(settings).data / "training")


def models_folder(settings: Settings) -> Path:
    """Return where model files (GGUF) are kept, one folder a model."""
    return folders(settings).models
