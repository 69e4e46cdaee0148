"""Whether a faster way to the log-probs of replies gives the same: tried on one batch before it is used."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch

CLOSE = 1e-5
"""How far the log-prob of a reply may differ, relative to the largest of the batch."""


class Way(Protocol):
    """A way of computing that can be switched on for a block."""

    def __call__(self, *, on: bool) -> AbstractContextManager[None]:
        """Return the block."""
        ...


def differs(trainer: Any, batch: dict[str, Any], way: Way) -> float:
    """Return how far the log-probs of a batch's replies are apart with `way` on and off, relative to the largest.

    The log-probs and not the loss: with a fresh adapter that is the same whatever is wrong with both sides of it.
    Nothing is learned, no random number is drawn and no metric is kept.
    """
    found = []
    for on in (False, True):
        with way(on=on):
            found.append(_log_probs(trainer, batch))
    top = float(found[0].abs().max())
    far = float((found[0] - found[1]).abs().max())
    return far / top if top else far


def _log_probs(trainer: Any, batch: dict[str, Any]) -> torch.Tensor:
    """Return the summed log-prob of each reply that the loss of a batch asks for, in its order."""
    seen: list[torch.Tensor] = []

    def keep(model: Any, inputs: Any, output: Any) -> None:  # noqa: ARG001 - torch's signature
        seen.append(output.log_probs.double().sum(dim=1))

    trained = trainer.model.training
    handle = trainer.model.register_forward_hook(keep)
    trainer.model.eval()  # no dropout
    try:
        with torch.no_grad():
            trainer.plain_loss(batch)
    finally:
        handle.remove()
        trainer.model.train(trained)
    return torch.cat(seen)
