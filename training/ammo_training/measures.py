"""What log-probabilities of held-out pairs say about preference: accuracies, margins, drift, and what trivial rules reach.

Reward accuracy is not behaviour (training.md, section 4): this is one part of a report and never the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ammo_agents.errors import BadInputError
from ammo_agents.records import Wide
from ammo_training import intervals
from ammo_training.intervals import Figure

Kind = Literal["human", "simulated", "rule"]
TIE = 1e-3
"""Nats within which two summed log-probs are equal: batches of other shapes differ by less than that, in float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One held-out pair as a report sees it."""

    id: str
    prompt: str
    """The prompt as one text; what belongs together by prompt has the same one."""
    chosen: str
    rejected: str
    person: str = ""
    """Whose choice it is (a hash or a public set's number); empty = nobody is named."""
    kind: Kind = "human"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProbs:
    """Summed log-probabilities of both texts of each pair, shape (n, 2): chosen, rejected."""

    sums: Wide
    tokens: Wide
    """Tokens each sum runs over, the same shape."""

    def per_token(self) -> Wide:
        """Return the mean log-prob of a token, shape (n, 2)."""
        found: Wide = self.sums / np.maximum(self.tokens, 1)
        return found

    def some(self, rows: Sequence[int]) -> LogProbs:
        """Return those of some pairs."""
        return LogProbs(sums=self.sums[list(rows)], tokens=self.tokens[list(rows)])


def wins(gap: Wide, *, tie: float = TIE) -> Wide:
    """Return 1 where the chosen text is ahead, 0 where the rejected one is, 0.5 where neither is.

    A fresh adapter makes base and tuned model equal; counted as wrong, as trainers do, its accuracy
    would be 0 and every later figure a gain (huggingface/trl#1311).
    """
    gap = intervals.finite(gap)
    return np.where(np.abs(gap) <= tie, 0.5, (gap > 0).astype(np.float64))


def kinds(pairs: Sequence[Judged]) -> dict[Kind, list[int]]:
    """Return the rows of each kind: no figure mixes people's choices with simulated or rule-made ones."""
    found: dict[Kind, list[int]] = {}
    for row, pair in enumerate(pairs):
        found.setdefault(pair.kind, []).append(row)
    return found


def groups(pairs: Sequence[Judged]) -> tuple[list[str], str]:
    """Return the group of each pair and what groups are: people where all are named, else prompts."""
    if pairs and all(p.person for p in pairs):
        return [p.person for p in pairs], "people"
    return [p.prompt for p in pairs], "prompts"


def baselines(pairs: Sequence[Judged], base: LogProbs | None) -> dict[str, Figure]:
    """Return what needs no training: longer wins, shorter wins, what others chose, the base model per token."""
    longer = wins(np.array([len(p.chosen) - len(p.rejected) for p in pairs], np.float64), tie=0.5)
    found = {
        "longer": intervals.share(longer),
        "shorter": intervals.share(1 - longer),
    }
    if groups(pairs)[1] == "people":  # without names nobody can be told from the others
        found["majority"] = intervals.share(_majority(pairs))
    if base is not None:
        each = base.per_token()
        found["base_per_token"] = intervals.share(wins(each[:, 0] - each[:, 1], tie=1e-6))
    return found


def best(found: Mapping[str, Figure]) -> str:
    """Return the name of the strongest baseline."""
    return max(found, key=lambda name: found[name].value)


def preference(
    pairs: Sequence[Judged], base: LogProbs, tuned: LogProbs, *, seed: int
) -> dict[str, Any]:
    """Return every preference figure of pairs of one kind, as reports hold them.

    Raises:
        BadInputError: numbers that are none, or base and tuned texts cut differently.
    """
    if not np.array_equal(base.tokens, tuned.tokens):
        raise BadInputError(
            "base and adapter were scored on texts cut differently",
            hint="Score both with the same tokenizer and the same longest length.",
        )
    named, over = groups(pairs)
    ratio = tuned.sums - base.sums  # (n, 2), the implicit reward over beta
    reward = wins(ratio[:, 0] - ratio[:, 1])
    per = ratio / np.maximum(tuned.tokens, 1)
    each = tuned.per_token()
    trivial = baselines(pairs, base)
    strongest = best(trivial)
    rule = _rule_wins(strongest, pairs, base)
    drift = intervals.mean(per[:, 0], named, over=over, seed=seed)
    return {
        "n": len(pairs),
        "people": len({p.person for p in pairs if p.person}),
        "prompts": len({p.prompt for p in pairs}),
        "accuracy": {
            "with_reference": intervals.share(reward).plain(),
            "with_reference_clustered": intervals.mean(reward, named, over=over, seed=seed).plain(),
            "macro": intervals.macro(reward, named, over=over, seed=seed).plain(),
            "with_reference_per_token": intervals.share(
                wins(per[:, 0] - per[:, 1], tie=1e-5)
            ).plain(),
            "per_token": intervals.share(wins(each[:, 0] - each[:, 1], tie=1e-6)).plain(),
            "summed": intervals.share(wins(tuned.sums[:, 0] - tuned.sums[:, 1])).plain(),
        },
        "accuracy_before": {"with_reference": 0.5, "per_token": trivial["base_per_token"].plain()},
        "ties": int((reward == 0.5).sum()),
        "baselines": {name: figure.plain() for name, figure in trivial.items()},
        "best_baseline": strongest,
        "lead": intervals.mean(reward - rule, named, over=over, seed=seed).plain(),
        "where_length_misleads": _misled(pairs, reward),
        "margin": intervals.mean(ratio[:, 0] - ratio[:, 1], named, over=over, seed=seed).plain(),
        "chosen_drift": drift.plain(),
        "rejected_drift": intervals.mean(per[:, 1], named, over=over, seed=seed).plain(),
        "displacement_alarm": drift.value < 0,
    }


def _rule_wins(name: str, pairs: Sequence[Judged], base: LogProbs) -> Wide:
    """Return the strongest baseline's own wins, row by row: for a paired difference."""
    longer = wins(np.array([len(p.chosen) - len(p.rejected) for p in pairs], np.float64), tie=0.5)
    if name == "longer":
        return longer
    if name == "shorter":
        return 1 - longer
    if name == "majority":
        return _majority(pairs)
    each = base.per_token()
    return wins(each[:, 0] - each[:, 1], tie=1e-6)


def _misled(pairs: Sequence[Judged], reward: Wide) -> dict[str, Any]:
    """Return the accuracy where the better length rule is wrong: what only knows length gets 0 here."""
    longer = wins(np.array([len(p.chosen) - len(p.rejected) for p in pairs], np.float64), tie=0.5)
    rule = longer if longer.mean() >= 0.5 else 1 - longer
    return intervals.share(reward[rule == 0]).plain()


def _majority(pairs: Sequence[Judged]) -> Wide:
    """Return how choosing the text that the *other* people chose more often would do; unseen texts tie.

    Nobody's own choice is in what is counted for them.
    """
    balance: dict[str, float] = {}
    own: dict[tuple[str, str], float] = {}
    who = [p.person for p in pairs]
    for name, pair in zip(who, pairs, strict=True):
        for text, worth in ((pair.chosen, 1.0), (pair.rejected, -1.0)):
            balance[text] = balance.get(text, 0.0) + worth
            own[name, text] = own.get((name, text), 0.0) + worth
    gap = [
        balance[p.chosen] - own[name, p.chosen] - (balance[p.rejected] - own[name, p.rejected])
        for name, p in zip(who, pairs, strict=True)
    ]
    return wins(np.array(gap, np.float64), tie=0.5)
