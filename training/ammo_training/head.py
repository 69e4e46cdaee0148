"""The compact LM head: only the reply's positions are scored, as TRL does where Triton is (training.md 3.3).

TRL reads one private gate when it scores; the kernels keep a copy of their own, so no Triton code is reached on a
CPU. The name is private: it is touched only for versions of trl that were measured, and only after one batch has
given the same log-probs both ways (`agreeing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata

from trl.trainer import utils

MEASURED = ("1.16.",)
"""Beginnings of the versions of trl for which both ways were compared."""


@contextmanager
def compact(*, on: bool) -> Iterator[None]:
    """Score only the reply's positions inside the block; the old gate is put back whatever happens."""
    if not on:
        yield
        return
    old = utils._use_triton  # noqa: SLF001 - private, and checked before use
    utils._use_triton = lambda device: True  # noqa: SLF001, ARG005
    try:
        yield
    finally:
        utils._use_triton = old  # noqa: SLF001


def is_measured() -> bool:
    """Is the installed trl one for which the compact head was compared?"""
    return metadata.version("trl").startswith(MEASURED) and hasattr(utils, "_use_triton")
