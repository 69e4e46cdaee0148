"""The eye on a trainer: metrics with the time left, a stop that keeps the work, an end after so many minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback

from ammo_training.progress import Journal

PACE = 3
"""Steps after which the pace is told; the first of them warms up."""
NAMES = {
    "loss": "loss",
    "rewards/margins": "margin",
    "rewards/accuracies": "accuracy",
    "logps/chosen": "chosen_logp",
    "logps/rejected": "rejected_logp",
    "grad_norm": "grad_norm",
    "learning_rate": "lr",
    "kl": "kl",
}
"""TRL's name of a metric → ours (docs/training.md)."""


class Watch(TrainerCallback):  # type: ignore[misc]
    """Writes a line a step and ends training when it is asked to."""

    def __init__(
        self, journal: Journal | None, *, stop: Callable[[], str], seconds_before: float = 0.0
    ) -> None:
        self.journal = journal
        self._stop = stop
        self._before = seconds_before
        """Seconds of training before this start: what a resumed run already took."""
        self._start = self._mark = time.perf_counter()
        self.times: list[float] = []
        """Seconds of each step of this start."""
        self.reason = ""
        """Why training ended before its last step; empty = it did not."""
        self.trainer: Any = None
        self.paced: Callable[[list[float]], None] | None = None
        """Called once with the seconds of the first steps."""

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Start the clock."""
        self._start = self._mark = time.perf_counter()
        if self.journal is not None:
            self.journal.tell(step=state.global_step, steps=state.max_steps)

    def on_step_end(self, _args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take the time; stop and save when asked, and after the last step."""
        now = time.perf_counter()
        self.times.append(now - self._mark)
        self._mark = now
        if self.paced is not None and len(self.times) == PACE:
            self.paced(self.times)
        last = state.global_step >= state.max_steps
        reason = "" if last else self._stop()
        if reason:
            self.reason = reason
            control.should_training_stop = True
        if reason or last:
            control.should_save = True

    def on_log(self, _args: Any, state: Any, _control: Any, logs: Any = None, **_: Any) -> None:
        """Write a line: of a step, or of a look at the dev rows."""
        if self.journal is None or not logs or not state.is_world_process_zero:
            return
        if "eval_loss" in logs:
            looked = _named({k.removeprefix("eval_"): v for k, v in logs.items()})
            looked = {**looked, **self._scored()}
            self.journal.metrics({
                "step": state.global_step,
                "seconds": self._seconds(),
                "eval": looked,
            })
        elif "loss" in logs:
            line = {**_named(logs), **self._scored()}
            left = self.left(state.max_steps - state.global_step)
            self.journal.metrics({
                "step": state.global_step,
                "seconds": self._seconds(),
                "seconds_left": left,
                **line,
            })
            self.journal.tell(step=state.global_step, seconds_left=left)

    def left(self, steps: int) -> float:
        """Return the seconds that this many steps take at the pace of the last twenty."""
        recent = self.times[-20:]
        return round(steps * sum(recent) / len(recent), 1) if recent else 0.0

    def _seconds(self) -> float:
        return round(self._before + time.perf_counter() - self._start, 3)

    def _scored(self) -> dict[str, float]:
        """Return the means of what the trainer scored since the last line, and forget it."""
        scored: list[dict[str, float]] = self.trainer.scored if self.trainer is not None else []
        if not scored:
            return {}
        found = {name: sum(s[name] for s in scored) / len(scored) for name in scored[0]}
        scored.clear()
        return found


def _named(logs: dict[str, Any]) -> dict[str, float]:
    found = {ours: logs[theirs] for theirs, ours in NAMES.items() if theirs in logs}
    return {name: float(value) for name, value in found.items() if value == value}
