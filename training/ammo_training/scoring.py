"""Log-probs of held-out texts under a base with and without its adapter: both completions of a pair in one pass."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from ammo_agents.aipp.pairs import Pair
from ammo_agents.durable import whole
from ammo_agents.errors import BadInputError, DamagedError
from ammo_agents.records import Message
from ammo_training.files import sha256_of_json
from ammo_training.heldout import Couple
from ammo_training.measures import LogProbs
from ammo_training.packing import Line, laid, spans

ROOM = 2_048
"""Tokens, padding included, of one pass on a CPU; a GPU takes sixteen times as many."""


class Scorer:
    """A base with at most one adapter on one device.

    `model` is a transformers causal model, or a PEFT model over one. Numbers are float32 whatever the device:
    differences of a tenth of a nat are what a report is about.
    """

    def __init__(self, model: Any, tokenizer: Any, *, longest: int = 1024) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.longest = longest
        self.device = next(model.parameters()).device
        self.tuned = hasattr(model, "disable_adapter")

    def line(self, messages: Sequence[Message], texts: Sequence[str]) -> Line | None:
        """Return the token ids, cut at `longest` from the end, or None where the prompt alone fills it."""
        turns: list[dict[str, str]] = [{"role": m.role, "content": m.text} for m in messages]
        head = self._said(turns, opened=True)
        prompt = self._ids(head)
        if len(prompt) >= self.longest:
            return None
        room = self.longest - len(prompt)
        ends = []
        for text in texts:
            said = self._said([*turns, {"role": "assistant", "content": text}], opened=False)
            rest = said.removeprefix(head)
            ends.append(tuple(self._ids(rest)[:room]))
        return Line(prompt=tuple(prompt), ends=tuple(ends))

    def lines(self, pairs: Sequence[Pair]) -> tuple[list[Line], list[int]]:
        """Return the lines of the pairs that fit, and the rows of those."""
        found = [self.line(pair.messages, pair.texts) for pair in pairs]
        kept = [row for row, line in enumerate(found) if line is not None]
        return [line for line in found if line is not None], kept

    def couples(self, held: Sequence[Couple]) -> tuple[list[Line], list[int]]:
        """Return the lines of the couples that fit, and the rows of those; where prompts differ, one line a text."""
        if all(one.ask == one.other for one in held):
            found = [self.line(c.ask, (c.judged.chosen, c.judged.rejected)) for c in held]
            kept = [row for row, line in enumerate(found) if line is not None]
            return [line for line in found if line is not None], kept
        first = [self.line(one.ask, (one.judged.chosen,)) for one in held]
        second = [self.line(one.other, (one.judged.rejected,)) for one in held]
        both = list(zip(first, second, strict=True))
        kept = [row for row, (a, b) in enumerate(both) if a is not None and b is not None]
        chosen = [first[row] for row in kept]
        return [
            line for line in (*chosen, *(second[row] for row in kept)) if line is not None
        ], kept

    def score(
        self,
        lines: Sequence[Line],
        *,
        adapter: bool,
        told: Callable[[int], None] | None = None,
    ) -> LogProbs:
        """Return the summed log-probs of every continuation, shape (lines, k), with or without the adapter.

        Lines of one continuation each are the chosen texts and then, as many, the rejected ones: shape (lines / 2, 2).

        Raises:
            BadInputError: a log-prob that is no number: the weights are damaged.
        """
        wide = len(lines[0].ends) if lines else 2
        sums = np.zeros((len(lines), wide))
        tokens = np.array([[len(e) for e in line.ends] for line in lines], np.float64)
        with self.worn(adapter=adapter):
            for rows in self._batches(lines):
                sums[rows] = self._batch([lines[r] for r in rows])
                if told is not None:
                    told(len(rows))
        if not np.isfinite(sums).all():
            raise BadInputError(
                f"{int((~np.isfinite(sums)).any(axis=1).sum())} pairs have log-probs that are no numbers",
                hint="The adapter or the base is damaged: train it again.",
            )
        if wide == 1:
            return LogProbs(sums=_halves(sums), tokens=_halves(tokens))
        return LogProbs(sums=sums, tokens=tokens.reshape(len(lines), wide))

    def shift(self, lines: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
        """Return what the adapter changes on each neutral line: KL(base, tuned) and mean |Δ log p| a token, in nats."""
        divergence, change = [], []
        for line in lines:
            base, tuned = (self._logits(line, adapter=worn) for worn in (False, True))
            divergence.append(float((base.exp() * (base - tuned)).sum(-1).mean()))
            ids = torch.tensor(line.ends[0], device=self.device)[:, None]
            change.append(float((tuned - base).gather(1, ids).abs().mean()))
        return np.array(divergence), np.array(change)

    @contextlib.contextmanager
    def worn(self, *, adapter: bool) -> Iterator[None]:
        """Write and score with the adapter, or as the base alone; nothing of autograd is kept."""
        off = self.tuned and not adapter
        with (
            torch.inference_mode(),
            self.model.disable_adapter() if off else contextlib.nullcontext(),
        ):
            yield

    def fingerprint(self, lines: Sequence[Line], *, base: str) -> str:
        """Return the key of the base's log-probs: base, very token ids, dtype."""
        kind = str(next(self.model.parameters()).dtype)
        return sha256_of_json({
            "base": base,
            "dtype": kind,
            "lines": [[line.prompt, line.ends] for line in lines],
        })

    def _said(self, turns: list[dict[str, str]], *, opened: bool) -> str:
        said: str = self.tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=opened
        )
        return said

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _batches(self, lines: Sequence[Line]) -> Iterator[list[int]]:
        """Yield rows of like length, the longest first, so that a pass too big fails at once."""
        room = ROOM * (16 if self.device.type != "cpu" else 1)
        rows = sorted(range(len(lines)), key=lambda r: -lines[r].size)
        while rows:
            many = max(1, room // max(1, lines[rows[0]].size))
            yield rows[:many]
            rows = rows[many:]

    def _batch(self, lines: Sequence[Line]) -> np.ndarray:
        """Return the sums of one pass, shape (lines, continuations)."""
        ids, places, sees = laid(lines)
        hidden = self._hidden(ids, places, sees)
        head = self.model.get_output_embeddings()
        found = np.zeros((len(lines), len(lines[0].ends)))
        for row, line in enumerate(lines):
            for n, (start, end) in enumerate(spans(line)):
                before = [len(line.prompt) - 1, *range(start, end - 1)]
                logits = head(hidden[row, before]).float().log_softmax(-1)
                said = ids[row, start:end].to(self.device)[:, None]
                found[row, n] = float(logits.gather(1, said).double().sum())
        return found

    def _hidden(self, ids: torch.Tensor, places: torch.Tensor, sees: torch.Tensor) -> torch.Tensor:
        kind = next(self.model.parameters()).dtype
        mask = torch.where(sees, 0.0, torch.finfo(kind).min).to(self.device, kind)
        inner = self.model.get_base_model() if self.tuned else self.model
        hidden: torch.Tensor = inner.model(
            input_ids=ids.to(self.device),
            position_ids=places.to(self.device),
            attention_mask=mask,
            use_cache=False,
        ).last_hidden_state
        return hidden

    def _logits(self, line: Line, *, adapter: bool) -> torch.Tensor:
        """Return log-softmax rows at the continuation's positions, shape (tokens, vocabulary)."""
        ids = torch.tensor([[*line.prompt, *line.ends[0]]], device=self.device)
        inner = self.model.get_base_model() if self.tuned else self.model
        with self.worn(adapter=adapter):
            hidden = inner.model(input_ids=ids, use_cache=False).last_hidden_state[0]
            logits = self.model.get_output_embeddings()(hidden[len(line.prompt) - 1 : -1])
            found: torch.Tensor = logits.float().log_softmax(-1)
        return found


def cached(folder: Path | None, key: str, compute: Callable[[], LogProbs]) -> LogProbs:
    """Return what `compute` gives, kept in `folder` as ``<key>.safetensors``; None = nothing is kept.

    Raises:
        DamagedError: the kept file cannot be read.
    """
    if folder is None:
        return compute()
    path = folder / f"heldout-{key[:32]}.safetensors"
    if path.is_file():
        try:
            held = load_file(path)
            return LogProbs(sums=held["sums"], tokens=held["tokens"])
        except (OSError, KeyError, ValueError) as error:
            raise DamagedError(f"{path} cannot be read: {error}", hint="Delete it.") from error
    found = compute()
    with whole(path) as part:
        save_file({"sums": found.sums, "tokens": found.tokens}, part)
    return found


def _halves(one: np.ndarray) -> np.ndarray:
    """Return (2 n, 1) as (n, 2): the second half stands beside the first."""
    return one.reshape(2, -1).T
