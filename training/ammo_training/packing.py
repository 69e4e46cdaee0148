"""Several continuations of one prompt in one row: the prompt is computed once, and no continuation sees another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt and what may follow it, as token ids; each continuation sees the prompt and itself only."""

    prompt: tuple[int, ...]
    ends: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Tokens of the prompt and of all continuations."""
        return len(self.prompt) + sum(len(e) for e in self.ends)


def laid(lines: Sequence[Line]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids (n, size), positions (n, size) and what sees what (n, 1, size, size); bool, True = seen.

    Positions go on from the prompt for each continuation, so a model with rotary or absolute positions reads each as
    if it stood alone after the prompt.
    """
    wide = max(line.size for line in lines)
    ids = torch.zeros((len(lines), wide), dtype=torch.long)
    places = torch.zeros((len(lines), wide), dtype=torch.long)
    sees = torch.zeros((len(lines), 1, wide, wide), dtype=torch.bool)
    for row, line in enumerate(lines):
        _lay(line, ids[row], places[row], sees[row, 0])
    return ids, places, sees


def spans(line: Line) -> Iterator[tuple[int, int]]:
    """Yield where each continuation begins and ends in its row."""
    at = len(line.prompt)
    for end in line.ends:
        yield at, at + len(end)
        at += len(end)


def _lay(line: Line, ids: torch.Tensor, places: torch.Tensor, sees: torch.Tensor) -> None:
    """Write one line into its row."""
    p = len(line.prompt)
    ids[: line.size] = torch.tensor([*line.prompt, *itertools.chain(*line.ends)])
    places[:p] = torch.arange(p)
    sees[:p, :p] = torch.ones(p, p, dtype=torch.bool).tril()
    for start, end in spans(line):
        places[start:end] = torch.arange(p, p + end - start)
        sees[start:end, :p] = True
        sees[start:end, start:end] = torch.ones(end - start, end - start, dtype=torch.bool).tril()
    sees[line.size :, 0] = True  # padding sees something, else its softmax is no number
