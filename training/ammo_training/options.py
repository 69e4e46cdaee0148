"""Everything a job can be asked, as records: each option has its sentence under it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

LOSSES = tuple(
    """sigmoid sigmoid_norm hinge ipo exo_pair nca_pair robust bco_pair sppo_hard aot aot_unpaired apo_zero apo_down
    discopop sft""".split()
)
"""What TRL's DPO trainer computes; several are added up with weights."""
KTO_LOSSES = ("kto", "apo_zero_unpaired")
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What is learned from, and what is held out."""

    set: str = ""
    """A set made by ``ammo train data build``, by name."""
    pairs: str = ""
    """A file of pairs or rows (JSON lines) instead of a set."""
    dev: float = 0.1
    """Share of people (or texts) held out for the curve during training."""
    test: float = 0.2
    """Share of people (or texts) held out for the report, used once."""
    most: int = 0
    """Rows to train on at most, drawn by seed; 0 = all."""
    simulated: bool = True
    """May pairs of simulated readers and rules be learned from? They are never counted with human ones."""
    sources: tuple[str, ...] = ()
    """Only rows of these sources; empty = all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is minimised."""

    types: tuple[str, ...] = ()
    """Names of TRL's losses, added up; empty = ``sigmoid`` for DPO, ``kto`` for KTO."""
    weights: tuple[float, ...] = ()
    """A weight for each; empty = 1 each."""
    beta: float = 0.1
    """β: how strongly the adapter is held to the base; larger = closer."""
    label_smoothing: float = 0.0
    """The share of pairs expected to be the wrong way round, in [0, 0.5)."""
    ld_alpha: float | None = None
    """Weight of what is longer than the shorter reply, in [0, 1]; None = no correction for length."""
    desirable_weight: float = 1.0
    """KTO: weight of texts people wanted."""
    undesirable_weight: float = 1.0
    """KTO: weight of texts people did not want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """The shape of the adapter."""

    r: int = 8
    """Rank."""
    alpha: int = 16
    """The adapter counts alpha / r times."""
    dropout: float = 0.0
    """Dropout on its input; above 0 costs memory."""
    targets: tuple[str, ...] = TARGETS
    """Which modules get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How long, how fast, how often something is kept."""

    epochs: float = 1.0
    """Passes over the rows."""
    steps: int = 0
    """Optimiser steps instead of epochs; 0 = by epochs."""
    batch: int = 4
    """Pairs a step on one device."""
    accumulate: int = 1
    """Batches a step."""
    learning_rate: float = 2e-4
    """Constant after the warm-up, so that a run can go on further than it was planned."""
    warmup: int = 3
    """Steps of warm-up."""
    max_length: int = 0
    """Tokens of prompt and reply together; 0 = the 99th percentile of the data, 1024 at most."""
    save_every: int = 20
    """Steps between two saved states."""
    keep: int = 2
    """Saved states kept."""
    eval_every: int = 0
    """Steps between two looks at the dev rows; 0 = four times a run."""
    eval_most: int = 64
    """Dev rows looked at."""
    grad_norm: float = 1.0
    """Gradients are clipped to this norm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it runs and what it may take."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """``auto`` = a GPU when there is one."""
    devices: int = 1
    """GPUs (or processes); above 1 the job starts through ``accelerate launch``."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """``auto`` = float32 on a CPU (bfloat16 is slower there), bfloat16 on a GPU."""
    checkpointing: Literal["auto", "on", "off"] = "auto"
    """Compute activations again instead of keeping them; ``auto`` = on a GPU above a billion weights."""
    threads: int = 0
    """CPU threads; 0 = the cores nobody uses when the run is made, at least one. Kept, since sums depend on it."""
    memory_gb: float = 0.0
    """Memory the job may take on a CPU; 0 = nine tenths of the machine's."""
    nice: int = 10
    """How far the job steps back behind others, 0 to 19."""
    minutes: float = 0.0
    """Training stops after this long, its state is saved and can go on; 0 = no limit."""
    at_once: int = 640
    """Tokens computed at once on a CPU: a longer batch is taken in equal parts, the same step; 0 = no limit."""
    compact_head: bool = True
    """Score only the reply's positions with the LM head, where the installed trl allows it."""
    shared_prompt: bool = True
    """Compute what both replies of a pair begin with once, on a CPU, where the base's architecture was measured."""
    flash: bool = False
    """Flash attention 2 on a GPU; it has to be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What the report does; ``docs/training.md`` says what each figure is."""

    prompts: int = 20
    """Held-out prompts that are written to before and after."""
    tokens: int = 64
    """Tokens of such a reply at most."""
    samples: int = 10
    """Replies shown side by side, drawn by seed."""
    intended: Literal["win_rate", "words", "complete", "cites", "supported"] = "win_rate"
    """What training is meant to move: it must move for sure, and is no guard then."""
    wants: Literal["more", "less"] = "more"
    """Which way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything a job is asked; its sha256 names what was asked."""

    kind: Literal["dpo", "kto"] = "dpo"
    """Pairs, or single texts with yes or no."""
    name: str = ""
    """For people."""
    target: str = ""
    """Whose words it is for: ``<subspace>/<buddy>``, ``<subspace>`` or ``*``; empty = nobody's yet."""
    base: str = ""
    """``local/<model>``, a GGUF file, or a folder of safetensors; empty = the model of the settings."""
    parent: str = ""
    """An adapter to go on from; it stays anchored to the base."""
    seed: int = 7
    """Everything random follows from it."""
    data: Rows = field(default_factory=Rows)
    loss: Loss = field(default_factory=Loss)
    lora: Lora = field(default_factory=Lora)
    train: Steps = field(default_factory=Steps)
    machine: Machine = field(default_factory=Machine)
    report: Telling = field(default_factory=Telling)
    trackers: tuple[str, ...] = ()
    """``tensorboard``, ``trackio``, ``wandb``: off unless named here."""

    @property
    def losses(self) -> tuple[str, ...]:
        """Return the losses by name; the default of the kind if none is named."""
        return self.loss.types or (("sigmoid",) if self.kind == "dpo" else ("kto",))


SECTIONS: dict[str, type] = {
    "data": Rows,
    "loss": Loss,
    "lora": Lora,
    "train": Steps,
    "machine": Machine,
    "report": Telling,
}
"""The sections of a configuration, by name."""
