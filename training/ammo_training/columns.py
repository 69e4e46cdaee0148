"""Rows as the model reads them: token ids, and what is dropped or cut and why, counted before a trainer does it silently.

TRL drops a pair without a word when its prompt alone fills ``max_length`` and cuts longer replies; here both are
counted first, and the trainer is given ids that it has nothing to do to (training.md 2.2). The ids are TRL's own:
the reply begins where the tokenised prompt and the tokenised whole part ways.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ammo_agents.aipp.pairs.record import Pair, Row, Taught
from ammo_agents.errors import BadInputError
from ammo_training.files import sha256_of_json

LONGEST = 1024
"""Tokens of prompt and reply at most, if nobody asks for more."""
SHARE = 0.99
"""The share of rows that fit whole into ``max_length``, if nobody names one."""
FILLS = "the prompt alone fills max_length"
SAME = "both replies are the same up to max_length"
EMPTY = "a reply has no tokens of its own"


class Tokenizer(Protocol):
    """What is needed of a tokenizer."""

    def apply_chat_template(self, conversation: Any, **kwargs: Any) -> Any:
        """Return ids of a conversation."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Tokenised rows of one split."""

    rows: tuple[dict[str, Any], ...]
    """DPO: prompt_ids, chosen_ids, rejected_ids. KTO: prompt_ids, completion_ids, label. Both: id."""
    max_length: int
    dropped: dict[str, int]
    """Reason → number of rows."""
    offenders: dict[str, tuple[str, ...]]
    """Reason → ids of the first ten."""
    cut: int
    """Rows whose reply is longer than fits: its end is not learned."""

    @property
    def sha256(self) -> str:
        """Return the hash of all ids in order and of ``max_length``."""
        held = [[v for k, v in sorted(row.items()) if k != "id"] for row in self.rows]
        return sha256_of_json({"rows": held, "max_length": self.max_length})

    def sizes(self, *, shared: bool) -> list[int]:
        """Return the tokens computed for each row in a pass; `shared` = a pair's prompt only once."""
        return [size_of(row, self.max_length, shared=shared) for row in self.rows]

    @property
    def tokens(self) -> int:
        """Return the tokens of all sequences, as trained on, without padding."""
        return sum(
            min(len(row["prompt_ids"]) + len(ids), self.max_length)
            for row in self.rows
            for ids in _replies(row)
        )


def ids_of(taught: Taught, tokenizer: Tokenizer) -> dict[str, Any]:
    """Return the ids of one pair or row through the chat template: the prompt and each reply after it."""
    prompt = [{"role": m.role, "content": m.text} for m in taught.messages]
    alone = _ids(tokenizer, prompt, add_generation_prompt=True)
    texts = taught.texts
    wholes = [_ids(tokenizer, [*prompt, {"role": "assistant", "content": t}]) for t in texts]
    start = min(common(alone, whole) for whole in wholes)
    replies = [whole[start:] for whole in wholes]
    if isinstance(taught, Pair):
        found = {"chosen_ids": replies[0], "rejected_ids": replies[1]}
        return {"id": taught.id, "prompt_ids": alone[:start], **found}
    found = {"completion_ids": replies[0]}
    return {"id": taught.id, "prompt_ids": alone[:start], **found, "label": taught.label}


def length_for(rows: Sequence[dict[str, Any]], *, asked: int, context: int) -> int:
    """Return ``max_length``: what was asked, else the 99th percentile of the rows; never over the context.

    Raises:
        BadInputError: more was asked than the base reads.
    """
    if asked > context:
        raise BadInputError(
            f"train.max_length is {asked}, the base reads {context} tokens",
            hint=f"Set train.max_length={context} or less.",
        )
    if asked:
        return asked
    found = sorted(_longest(row) for row in rows)
    at = max(0, math.ceil(SHARE * len(found)) - 1)
    return min(found[at] if found else LONGEST, LONGEST, context)


def columns(rows: Sequence[dict[str, Any]], max_length: int) -> Columns:
    """Return what is left of tokenised rows, with the number and reason of what is not."""
    kept: list[dict[str, Any]] = []
    reasons: dict[str, list[str]] = {}
    for row in rows:
        reason = _fault(row, max_length)
        if reason:
            reasons.setdefault(reason, []).append(str(row["id"]))
        else:
            kept.append(row)
    return Columns(
        rows=tuple(kept),
        max_length=max_length,
        dropped=dict(Counter({k: len(v) for k, v in sorted(reasons.items())})),
        offenders={k: tuple(v[:10]) for k, v in reasons.items()},
        cut=sum(_longest(row) > max_length for row in kept),
    )


def size_of(row: dict[str, Any], max_length: int, *, shared: bool) -> int:
    """Return the tokens computed for a row: its replies padded to the longer one, or `shared`, what both begin with once."""
    prompt = len(row["prompt_ids"])
    replies = [ids[: max_length - prompt] for ids in _replies(row)]
    if shared and len(replies) == 2:
        return prompt + len(replies[0]) + len(replies[1]) - common(*replies)
    return len(replies) * (prompt + max(map(len, replies)))


def padded(sizes: Sequence[int], batch: int) -> float:
    """Return the tokens a pass computes, padding included: the expectation over random batches.

    The expected maximum of a batch drawn without order is taken from the sorted sizes.
    """
    found, n = sorted(sizes), len(sizes)
    if not n:
        return 0.0
    size = min(batch, n)
    top = 0.0
    for rank, length in enumerate(found, 1):  # P(max <= rank) = (rank / n) ** size
        top += length * ((rank / n) ** size - ((rank - 1) / n) ** size)
    return top * n


def mismatched(rows: Sequence[dict[str, Any]], batch: int) -> list[dict[str, Any]]:
    """Return KTO rows with each batch's replies moved on by one: what its KL term is estimated from."""
    made = []
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        others = [part[-1], *part[:-1]]
        pairs = zip(part, others, strict=True)
        made += [{**row, "KL_completion_ids": other["completion_ids"]} for row, other in pairs]
    return made


def kind_of(taught: Sequence[Pair] | Sequence[Row]) -> str:
    """Return ``dpo`` for pairs and ``kto`` for rows."""
    return "dpo" if isinstance(taught[0], Pair) else "kto"


def _ids(tokenizer: Tokenizer, messages: list[dict[str, str]], **options: Any) -> list[int]:
    found = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **options)
    return list(found["input_ids"])


def common(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many ids both begin with."""
    pairs = zip(first, second, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _replies(row: dict[str, Any]) -> list[list[int]]:
    names = ("chosen_ids", "rejected_ids", "completion_ids")
    return [row[name] for name in names if name in row]


def _longest(row: dict[str, Any]) -> int:
    return len(row["prompt_ids"]) + max(len(ids) for ids in _replies(row))


def _fault(row: dict[str, Any], max_length: int) -> str:
    room = max_length - len(row["prompt_ids"])
    if room <= 0:
        return FILLS
    replies = [ids[:room] for ids in _replies(row)]
    if not all(replies):
        return EMPTY
    return SAME if len(replies) == 2 and replies[0] == replies[1] else ""
