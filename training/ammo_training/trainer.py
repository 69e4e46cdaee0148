"""TRL's trainers with what a job adds: exact resume without pickles, ties counted, a stop at the first NaN.

Ours are the columns (ids and reference log-probs), the saved state, the metrics and the end; loss, optimiser and
loop are TRL's and the Trainer's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, ProgressCallback, TrainerCallback
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.kto_trainer import KTOTrainer

from ammo_agents.errors import RefusedError
from ammo_training import agreeing, head, reference, resume, shared_prompt
from ammo_training.arguments import Passes, arguments, lora, part_of
from ammo_training.columns import Columns, mismatched
from ammo_training.hardware import Where
from ammo_training.load import Loaded
from ammo_training.options import TrainConfig

TIE = 1e-4
"""Nats: two replies whose log-ratios differ by less count as a tie, half right (training.md 4)."""


class Exact:
    """What both trainers get; the trainer itself stands behind it in the order of classes."""

    saved: Path
    """Where states go."""
    keep: int
    stamp: dict[str, Any]
    """What a state belongs to."""
    scored: list[dict[str, float]]
    """Margin, accuracy, drift and tokens of the batches since the last log, each a mean over the batch."""
    _logps: torch.Tensor | None = None

    def watch_logps(self) -> None:
        """Keep the log-prob of each reply that passes through the model from now on."""
        self.scored = []
        self.model.register_forward_hook(self._seen)  # type: ignore[attr-defined]

    def plain_loss(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the loss of a batch; no metric is kept."""
        prepared = self._prepare_inputs(batch)  # type: ignore[attr-defined]
        loss: torch.Tensor = super().compute_loss(self.model, prepared)  # type: ignore[misc, attr-defined]
        for kept in self._metrics.values():  # type: ignore[attr-defined]
            kept.clear()
        return loss.detach()

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Return TRL's loss, and keep margin and accuracy of each pair with ties at a half."""
        found = super().compute_loss(model, inputs, *args, **kwargs)  # type: ignore[misc]
        if self._logps is not None and "ref_chosen_logps" in inputs:
            self.scored.append(_scores(self._logps, inputs, float(self.beta)))  # type: ignore[attr-defined]
        return found

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Return the loss of one batch.

        Raises:
            RefusedError: it is NaN or infinite; nothing was learned of this batch.
        """
        loss: torch.Tensor = super().training_step(*args, **kwargs)  # type: ignore[misc]
        self._refuse_unless_finite("the loss", loss)
        return loss

    def _clip_grad_norm(self, model: Any) -> Any:
        norm = super()._clip_grad_norm(model)  # type: ignore[misc]
        if isinstance(norm, torch.Tensor):
            self._refuse_unless_finite("the gradient", norm)
        return norm

    def _refuse_unless_finite(self, what: str, value: torch.Tensor) -> None:
        if not bool(torch.isfinite(value).all()):
            step = int(self.state.global_step) + 1  # type: ignore[attr-defined]
            raise RefusedError(
                f"{what} is {float(value.float().mean())} at step {step}: nothing was learned of it",
                hint="Lower train.learning_rate, or look at the rows: ammo train data preview",
            )

    def _seen(self, model: Any, inputs: Any, output: Any) -> None:  # noqa: ARG002 - torch's signature
        logps = getattr(output, "log_probs", None)
        if logps is not None and logps.requires_grad:
            self._logps = logps.detach().sum(dim=1).float()
        elif logps is not None and not self.model.training:  # type: ignore[attr-defined]
            self._logps = logps.sum(dim=1).float()

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        """Return the dataset as it is: its ids are made, its rows counted."""
        return dataset

    def _save_checkpoint(self, model: Any, trial: Any) -> None:  # noqa: ARG002 - the Trainer's signature
        if self.args.should_save:  # type: ignore[attr-defined]
            resume.save(self, self.saved, keep=self.keep, stamp=self.stamp)
        self.accelerator.wait_for_everyone()  # type: ignore[attr-defined]

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:  # noqa: ARG002
        resume.load_weights(self, Path(resume_from_checkpoint))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            resume.load_optimizer(self, Path(checkpoint))

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            resume.load_random(Path(checkpoint))

    def _load_scaler(self, checkpoint: str | None) -> None:
        """Nothing: float32 and bfloat16 need no scaler."""


class ExactDPO(Exact, DPOTrainer):  # type: ignore[misc]
    """Pairs."""


class ExactKTO(Exact, KTOTrainer):  # type: ignore[misc]
    """Single texts with yes or no."""


def build(
    config: TrainConfig,
    loaded: Loaded,
    columns: Sequence[Columns],
    *,
    steps: int,
    folder: Path,
    callbacks: Sequence[TrainerCallback] = (),
) -> Any:
    """Return a trainer over train and dev columns, without reference log-probs yet.

    The adapter starts fresh from ``config.seed``; `folder` gets the states and nothing else.
    """
    train, dev = (_dataset(config, side) for side in columns)
    passes = Passes(
        max_length=columns[0].max_length, part=part(config, loaded, columns[0]), steps=steps
    )
    kind = ExactDPO if config.kind == "dpo" else ExactKTO
    made = kind(
        model=loaded.model,
        ref_model=None,
        args=arguments(config, loaded.where, passes, folder=folder, dev=len(dev) > 0),
        train_dataset=train,
        eval_dataset=dev if len(dev) else None,
        processing_class=loaded.tokenizer,
        peft_config=lora(config),
    )
    made.saved, made.keep, made.stamp = folder, config.train.keep, {}
    for noisy in (PrinterCallback, ProgressCallback):  # they print to stdout, which is for data
        made.remove_callback(noisy)
    for callback in callbacks:
        made.add_callback(callback)
    made.watch_logps()
    return made


def with_reference(trainer: Any, found: Sequence[dict[str, list[float]]]) -> None:
    """Give train and dev their columns; from now on the base is asked no more."""
    train = trainer.train_dataset
    for name, values in found[0].items():
        train = train.add_column(name, values)
    trainer.train_dataset = train
    if trainer.eval_dataset is not None:
        dev = trainer.eval_dataset
        for name, values in found[1].items():
            dev = dev.add_column(name, values)
        trainer.eval_dataset = dev
    trainer.precompute_ref_logps = True


def names_of(config: TrainConfig) -> tuple[str, ...]:
    """Return the reference columns of a kind of job; the KL one only where a loss wants it."""
    if config.kind == "dpo":
        return reference.DPO
    return reference.KTO if config.losses == ("kto",) else reference.KTO[:1]


@contextlib.contextmanager
def scoring(config: TrainConfig, trainer: Any, loaded: Loaded) -> Iterator[str]:
    """Score by the faster ways inside the block where they are safe; give a line for the log that says which, and why."""
    batch = trainer.data_collator([
        trainer.train_dataset[i] for i in range(min(2, len(trainer.train_dataset)))
    ])
    compact, told = _compact(config, trainer, loaded.where, batch)
    with head.compact(on=compact):
        shared, more = _shared(config, trainer, loaded, batch)
        with shared_prompt.shared(trainer.model, on=shared):
            yield f"{told}; {more}"


def _compact(
    config: TrainConfig, trainer: Any, where: Where, batch: dict[str, Any]
) -> tuple[bool, str]:
    if not config.machine.compact_head or where.device == "cuda":  # there TRL does it itself
        why = "left to trl" if where.device == "cuda" else "switched off"
        return False, f"compact head: {why}"
    if not head.is_measured():
        return False, "compact head: off, this trl was not measured"
    far = agreeing.differs(trainer, batch, head.compact)
    on = far <= agreeing.CLOSE
    return on, f"compact head: {_on(on)}, one batch differs by {far:.1e}"


def _shared(
    config: TrainConfig, trainer: Any, loaded: Loaded, batch: dict[str, Any]
) -> tuple[bool, str]:
    if not shared_prompt.wanted(config, loaded):
        return False, "prompts: computed with each reply"
    far = agreeing.differs(trainer, batch, partial(shared_prompt.shared, trainer.model))
    on = far <= agreeing.CLOSE
    return on, f"prompts computed once: {_on(on)}, one batch differs by {far:.1e}"


def _on(on: bool) -> str:  # noqa: FBT001 - one word
    return "on" if on else "off"


def part(config: TrainConfig, loaded: Loaded, columns: Columns) -> int:
    """Return the rows computed at once."""
    shared = shared_prompt.wanted(config, loaded)
    return part_of(config, loaded.where, max(columns.sizes(shared=shared), default=1))


def _dataset(config: TrainConfig, columns: Columns) -> Dataset:
    rows = list(columns.rows)
    if config.kind == "kto" and config.losses == ("kto",):
        rows = mismatched(rows, config.train.batch)
    return Dataset.from_list([{k: v for k, v in row.items() if k != "id"} for row in rows])


def _scores(logps: torch.Tensor, inputs: Any, beta: float) -> dict[str, float]:
    chosen, rejected = logps.chunk(2)
    own = chosen - inputs["ref_chosen_logps"]
    gap = own - (rejected - inputs["ref_rejected_logps"])
    right = torch.where(gap.abs() < TIE, 0.5, (gap > 0).float())
    tokens = inputs["completion_mask"].sum(dim=1).chunk(2)[0].clamp(min=1)
    return {
        "margin": float(beta * gap.mean()),
        "accuracy": float(right.mean()),
        "drift": float((own / tokens).mean()),
    }
