"""A pair's prompt computed once: both replies of a pair in one row behind it, neither seeing the other.

TRL gives the model two rows a pair, each with the whole prompt. In a buddy's pairs the prompt is most of a row, so
half of the work is done twice. Here the backbone is given one row a pair (`packing`), and what it returns is put back
into TRL's two rows; head, loss, optimiser and loop stay TRL's. The sums are the same in exact arithmetic; in float32
log-probs differ by rounding, and the steps with them (tests: log-probs by 1e-6 of their size, gradients too).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers.modeling_outputs import BaseModelOutputWithPast

from ammo_training.columns import common
from ammo_training.load import Loaded
from ammo_training.options import TrainConfig
from ammo_training.packing import Line, laid

MEASURED = ("llama", "mistral", "qwen2", "qwen3", "smollm3")
"""Architectures for which both ways were compared: attention to all that came before, positions by number."""


def wanted(config: TrainConfig, loaded: Loaded) -> bool:
    """Whether a job computes prompts once: pairs, on a CPU, with a base that was measured.

    Not with dropout, which TRL draws anew for each of its rows.
    """
    about = loaded.model.config
    return (
        config.kind == "dpo"
        and config.machine.shared_prompt
        and not config.lora.dropout
        and loaded.where.device == "cpu"
        and about.model_type in MEASURED
        and getattr(about, "sliding_window", None) is None
    )


@contextmanager
def shared(model: Any, *, on: bool) -> Iterator[None]:
    """Let the backbone of `model` compute what both rows of a pair begin with once, inside the block.

    Rows are TRL's: the first half chosen, the second half rejected, padded at the end. Any other call passes through.
    """
    if not on:
        yield
        return
    backbone = model.get_base_model().base_model
    plain = backbone.forward

    def once(
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        **more: Any,
    ) -> Any:
        if not _are_pairs(input_ids, attention_mask):
            return plain(input_ids=input_ids, attention_mask=attention_mask, **more)
        assert input_ids is not None
        assert attention_mask is not None
        lines, back = _packed(input_ids, attention_mask)
        ids, places, sees = (one.to(input_ids.device) for one in laid(lines))
        kind = next(backbone.parameters()).dtype
        mask = torch.zeros(sees.shape, dtype=kind, device=sees.device)
        mask.masked_fill_(~sees, torch.finfo(kind).min)
        more = {**more, "position_ids": places}
        hidden = plain(input_ids=ids, attention_mask=mask, **more).last_hidden_state
        rows = torch.arange(len(ids), device=ids.device).repeat(2)[:, None]
        return BaseModelOutputWithPast(last_hidden_state=hidden[rows, back.to(ids.device)])

    backbone.forward = once
    try:
        yield
    finally:
        del backbone.forward  # the class's own again


def _are_pairs(ids: torch.Tensor | None, mask: torch.Tensor | None) -> bool:
    return ids is not None and mask is not None and mask.dim() == 2 and len(ids) % 2 == 0


def _packed(ids: torch.Tensor, mask: torch.Tensor) -> tuple[list[Line], torch.Tensor]:
    """Return a line a pair, and where in it each token of TRL's rows stands, shape (2 n, length); padding: 0."""
    kept = [row[: int(n)].tolist() for row, n in zip(ids, mask.sum(dim=1), strict=True)]
    half = len(kept) // 2
    back = torch.zeros(ids.shape, dtype=torch.long)
    lines = []
    for row, (chosen, rejected) in enumerate(zip(kept[:half], kept[half:], strict=True)):
        both = common(chosen, rejected)
        ends = chosen[both:], rejected[both:]
        lines.append(Line(prompt=tuple(chosen[:both]), ends=(tuple(ends[0]), tuple(ends[1]))))
        back[row, : len(chosen)] = torch.arange(len(chosen))
        back[half + row, :both] = torch.arange(both)
        after = torch.arange(len(ends[1])) + both + len(ends[0])
        back[half + row, both : len(rejected)] = after
    return lines, back
