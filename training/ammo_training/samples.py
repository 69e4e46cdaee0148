"""What a buddy wrote when it was asked for alternatives: one line a prompt, kept as it comes (decision 0017).

A file lies at ``samples/<target>/<id>.jsonl``; label mode and simulated readers choose from it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from ammo_agents.durable import sync
from ammo_agents.errors import DamagedError, NotFoundError

Split = Literal["train", "test"]
WORD = re.compile(r"\[[A-Z]\]|[^\W_]+(?:['’.-][^\W_]+)*")
"""A letter that stands for a number, or a word."""
NEAR_TIE = 1
"""Words by which two supported alternatives must differ in length, or neither is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One answer, and how it came to be."""

    text: str
    """As the model said it, letters for numbers: what is trained on."""
    said: str
    """With the fact's names and numbers: what a reader sees."""
    fault: str
    """Why the gate would not publish it; empty = it stands on its fact."""
    complete: bool
    """The model ended it by itself."""
    tokens: int
    seconds: float
    temperature: float
    top_p: float
    max_tokens: int
    seed: int

    @property
    def words(self) -> int:
        """Its length in words; a letter that stands for a number is one."""
        return len(WORD.findall(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One prompt of a buddy and what it answered."""

    id: str
    split: Split
    """``test`` prompts are never trained on, nor is any other prompt of their group."""
    group: str
    """What the model reads of the fact, near duplicates together."""
    target: str
    subspace: str
    buddy: str
    fact: str
    statement: str
    """The fact in its own words: what a reader checks an alternative against."""
    source: str
    """Where the fact is from."""
    predicate: str
    role: str
    """``sentence`` or ``title``."""
    messages: tuple[dict[str, str], ...]
    prompt: str
    """Fingerprint of the prompt text."""
    model: str
    adapter: str
    """What the model wrote with; empty = the base."""
    grammar: str
    """First 12 hex digits of the sha256 of the grammar it was held to; empty = none."""
    at: str
    """When, ISO 8601, UTC."""
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Two alternatives of one prompt that somebody may be asked about; the first is always supported."""

    sample: Sample
    one: Alternative
    other: Alternative


def row_of(sample: Sample) -> str:
    """Return a sample as one line."""
    return json.dumps(asdict(sample), ensure_ascii=False, sort_keys=True, allow_nan=False)


def append(path: Path, sample: Sample) -> None:
    """Add a line and flush it to the disk: a kill loses at most the prompt being answered."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(row_of(sample) + "\n")
    sync(path)


def mended(path: Path) -> tuple[Sample, ...]:
    """Return what a file holds, after cutting off a last line that a kill left half-written."""
    if not path.is_file():
        return ()
    body = path.read_bytes()
    whole = body[: body.rfind(b"\n") + 1]
    if len(whole) < len(body):
        with path.open("r+b") as stream:
            stream.truncate(len(whole))
    return read(path)


def read(path: Path) -> tuple[Sample, ...]:
    """Return the samples of a file, in order.

    Raises:
        NotFoundError: no such file.
        DamagedError: a line that is no sample; it names file and line.
    """
    if not path.is_file():
        raise NotFoundError(
            f"no samples at {path}", hint="Let a buddy write some: ammo train sample @NAME"
        )
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(_sample(json.loads(line)))
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedError(
                f"line {number} of {path} is no sample: {error}",
                hint="Delete that line, or the file, and sample again.",
            ) from error
    return tuple(found)


def offers(sample: Sample) -> tuple[tuple[Offer, ...], Counter[str]]:
    """Return every two alternatives somebody may be asked about, and why others are not (with counts).

    Both are whole and differ; one at least is supported, so that nobody can be asked to prefer an
    ungrounded text to another one.
    """
    dropped: Counter[str] = Counter()
    kept: list[Offer] = []
    for one, other in combinations(_distinct(sample.alternatives, dropped), 2):
        if one.fault and other.fault:
            dropped["both unsupported"] += 1
            continue
        first, second = (other, one) if one.fault else (one, other)
        kept.append(Offer(sample=sample, one=first, other=second))
    return tuple(kept), dropped


def yielded(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return what the sampling came to: alternatives, how many are whole and supported, what can be asked about."""
    every = [a for s in samples for a in s.alternatives]
    offered = [offers(s) for s in samples]
    dropped = sum((d for _, d in offered), start=Counter[str]())
    askable = [o for found, _ in offered for o in found]
    ties = sum(not o.other.fault and abs(o.one.words - o.other.words) < NEAR_TIE for o in askable)
    return {
        "prompts": len(samples),
        "alternatives": len(every),
        "complete": sum(a.complete for a in every),
        "supported": sum(not a.fault for a in every),
        "test_prompts": sum(s.split == "test" for s in samples),
        "groups": len({s.group for s in samples}),
        "test_groups": len({s.group for s in samples if s.split == "test"}),
        "tokens": sum(a.tokens for a in every),
        "words": round(sum(a.words for a in every) / max(1, len(every)), 2),
        "dropped": dict(sorted(dropped.items())),
        "offers": len(askable),
        "near_ties": ties,
        "faults": dict(Counter(_kind(a.fault) for a in every if a.fault).most_common(8)),
    }


def _distinct(found: Iterable[Alternative], dropped: Counter[str]) -> list[Alternative]:
    kept: dict[str, Alternative] = {}
    for one in found:
        if not one.complete:
            dropped["incomplete"] += 1
        elif (key := " ".join(one.text.lower().split())) in kept:
            dropped["the same words again"] += 1
        else:
            kept[key] = one
    return list(kept.values())


def _kind(fault: str) -> str:
    return re.sub(r"'.*?'|\"[^\"]*\"|[$€£]?\d[\d.,:%]*", "…", fault)[:60]


def _sample(row: dict[str, Any]) -> Sample:
    told = tuple(Alternative(**one) for one in row.pop("alternatives"))
    messages = tuple(dict(turn) for turn in row.pop("messages"))
    return Sample(alternatives=told, messages=messages, **row)
