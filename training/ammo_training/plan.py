"""What a job will take: steps, tokens, minutes with a band, memory and disk; calibrated by two real steps."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ammo_training.options import TrainConfig

BAND = (0.85, 1.5)
"""What the minutes are multiplied with for the band: other load on the machine makes a step longer, seldom shorter."""
REFERENCE = 0.4
"""A reference pass in seconds, as a share of a training step over the same tokens (training.md 3.2)."""
STATE_SHARE = 3.1
"""A saved state in adapters: the adapter and two moments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Two real steps: one of the longest batch, one of a usual one."""

    longest_s: float
    longest_tokens: int
    """Padded tokens of the batch."""
    usual_s: float
    usual_tokens: int
    peak_mb: int
    """Memory held at most while they ran; on a GPU the GPU's."""
    reference_s: float
    """Of the usual batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What ``plan.json`` holds."""

    rows: int
    dev: int
    test: int
    dropped: dict[str, int]
    cut: int
    max_length: int
    tokens: int
    """Of all rows once, without padding."""
    padded_tokens: int
    """Of all steps, with padding, as expected."""
    steps: int
    epochs: float
    trained_weights: int
    minutes: float
    """Reference and training; the report comes on top."""
    minutes_low: float
    minutes_high: float
    memory_mb: int
    disk_mb: int
    device: str
    dtype: str
    threads: int
    calibrated: bool
    machine: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)


def steps_of(config: TrainConfig, rows: int) -> int:
    """Return the optimiser steps of a job over this many rows."""
    if config.train.steps:
        return config.train.steps
    a_pass = math.ceil(rows / (config.train.batch * config.machine.devices))
    return max(1, math.ceil(config.train.epochs * math.ceil(a_pass / config.train.accumulate)))


def seconds(
    config: TrainConfig,
    calibration: Calibration,
    *,
    rows: int,
    tokens: float,
    steps: int,
    referenced: bool,
) -> tuple[float, float, float]:
    """Return the seconds of reference and training: expected, and a band around it.

    A step is taken as a line through the two measured ones (seconds over padded tokens), never
    below the usual step's share. `tokens` = computed in a pass over all rows, padding included; `referenced` = the
    reference is there already.
    """
    per_step = tokens / max(1, rows) * config.train.batch
    slope, start = _line(calibration)
    step = start + slope * per_step
    training = step * steps * config.train.accumulate
    passes = math.ceil(rows / config.train.batch)
    share = per_step / max(1, calibration.usual_tokens)
    reference = 0.0 if referenced else calibration.reference_s * share * passes
    middle = training + reference
    return middle, middle * BAND[0], middle * BAND[1]


def disk_mb(trained_weights: int, keep: int, rows: int) -> int:
    """Return the disk a run takes: states, the adapter twice (PEFT and GGUF), rows."""
    adapter = trained_weights * 4 / 1e6
    return math.ceil(adapter * (STATE_SHARE * keep + 2.5) + rows * 0.01 + 1)


def _line(calibration: Calibration) -> tuple[float, float]:
    """Return slope and start of the line through both steps; through the usual one and zero if it falls."""
    more = calibration.longest_tokens - calibration.usual_tokens
    longer = calibration.longest_s - calibration.usual_s
    if more <= 0 or longer <= 0:
        return calibration.usual_s / max(1, calibration.usual_tokens), 0.0
    slope = longer / more
    start = calibration.usual_s - slope * calibration.usual_tokens
    if start < 0:
        return calibration.usual_s / max(1, calibration.usual_tokens), 0.0
    return slope, start
