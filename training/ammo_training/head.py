"""The compact LM head: only the reply's positions are scored, as TRL does where Triton is (training.md 3.3).

TRL reads one private gate when it scores; the kernels keep a copy of their own, so no Triton code is reached on a
CPU. The name is private: it is touched only for versions of trl that were measured, and only after one batch has
given the same loss both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import Any

import torch
from trl.trainer import utils

MEASURED = ("1.16.",)
"""Beginnings of the versions of trl for which both ways were compared."""
CLOSE = 1e-5
"""How far the two losses may differ, relative to the larger."""


@contextmanager
def compact(*, on: bool) -> Iterator[None]:
    """Score only the reply's positions inside the block; the old gate is put back whatever happens."""
    if not on:
        yield
        return
    old = utils._use_triton  # noqa: SLF001 - private, and checked by `differs` before use
    utils._use_triton = lambda device: True  # noqa: SLF001, ARG005
    try:
        yield
    finally:
        utils._use_triton = old  # noqa: SLF001


def is_measured() -> bool:
    """Is the installed trl one for which the compact head was compared?"""
    return metadata.version("trl").startswith(MEASURED) and hasattr(utils, "_use_triton")


def differs(trainer: Any, batch: dict[str, Any]) -> float:
    """Return how far the loss of one batch is from itself when scored compactly, relative to the larger.

    Nothing is learned and no metric is kept of it.
    """
    losses = []
    for on in (False, True):
        with compact(on=on), torch.no_grad():
            losses.append(float(trainer.plain_loss(batch)))
    top = max(abs(loss) for loss in losses)
    return abs(losses[0] - losses[1]) / top if top else 0.0
