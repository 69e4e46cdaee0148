"""Hygiene of a set, a step at a time; each step says how many it dropped and why (training.md 2.2)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ammo_agents.aipp.pairs.near import SAME, groups
from ammo_agents.aipp.pairs.personal import stripped
from ammo_agents.aipp.pairs.record import Pair, Row, Taught, renamed
from ammo_agents.aipp.pairs.sides import alone, users_of
from ammo_agents.records import Message, digest

T = TypeVar("T", Pair, Row)
WORD = re.compile(r"\w+|[^\w\s]")
LETTERS = 4.0
"""Characters of a token where nobody counted: an estimate for English."""
TEMPLATE = 8
"""Tokens that a chat template puts around a message, about."""


def estimated(said: str) -> int:
    """Return about how many tokens a text has, where no tokenizer is at hand."""
    return round(len(said) / LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a set must be like."""

    edit_least: float = 0.05
    """Share of words an edit changes at least; less is a slip of the pen."""
    edit_most: float = 0.80
    """And at most; more is another text."""
    margin: float = 0.3
    """Lead of the majority over all votes at least; less is a near tie."""
    cap_share: float = 0.05
    """Share of the pairs that one person gives at most, or …"""
    cap_least: int = 20
    """… so many, whichever is larger (S3)."""
    max_length: int = 1024
    """Tokens of prompt and text together; a prompt that alone fills it is dropped."""
    balance: bool = False
    """Drop the surplus of pairs whose longer (or shorter) text was chosen."""
    seed: int = 7
    tokens: Callable[[str], int] = estimated
    """Counts tokens; without a tokenizer an estimate, told as such."""

    @property
    def counted(self) -> bool:
        """Return whether tokens are counted and not estimated."""
        return self.tokens is not estimated


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of hygiene, and what it did."""

    name: str
    of: str
    """``pairs`` or ``rows``."""
    before: int
    dropped: int
    why: str
    changed: int = 0
    """Kept, but with other words."""


def clean_pairs(found: Sequence[Pair], rules: Rules) -> tuple[list[Pair], list[Step]]:
    """Return the pairs that may be learned from, and every step with its count."""
    work: _Work[Pair] = _Work(list(found), "pairs")
    work.change(
        "personal data", stripped_of, "e-mail, phone, account, card, key and network address"
    )
    work.keep("empty or one-sided", _two_sided, "a text is empty, or both are the same")
    least, most = rules.edit_least, rules.edit_most
    work.keep(
        "edits too small or too large",
        lambda p: p.signal != "edit" or least <= distance(p.rejected, p.chosen) <= most,
        f"under {least:.0%} of the words changed, or over {most:.0%}",
    )
    work.take("contradictions", _agreed, "one person said both A over B and B over A")
    work.take(
        "votes and exact duplicates", _voted, "the same pair again counts once, with all its events"
    )
    work.keep(
        "near ties",
        lambda p: p.margin >= rules.margin,
        f"the lead of the majority is under {rules.margin:g}",
    )
    work.take("near duplicates", _distinct, f"prompt and both texts are {SAME:.0%} alike")
    work.take("over a person's cap", lambda f: capped(f, rules), _cap_words(work.found, rules))
    work.keep("prompt too long", lambda p: fits(p, rules), _long_words(rules))
    if rules.balance:
        work.take(
            "length balance",
            lambda f: balanced(f, rules),
            "the surplus of longer (or shorter) chosen texts",
        )
    return work.found, work.steps


def clean_rows(found: Sequence[Row], rules: Rules) -> tuple[list[Row], list[Step]]:
    """Return the KTO rows that may be learned from, and every step with its count."""
    work: _Work[Row] = _Work(list(found), "rows")
    work.change(
        "personal data", stripped_of, "e-mail, phone, account, card, key and network address"
    )
    work.keep("empty", lambda r: bool(r.completion.strip()), "there is no text")
    work.take("exact duplicates", _once, "the same person said the same of the same text")
    work.take("over a person's cap", lambda f: capped(f, rules), _cap_words(work.found, rules))
    work.keep("prompt too long", lambda r: fits(r, rules), _long_words(rules))
    return work.found, work.steps


def cut(found: Sequence[Taught], rules: Rules) -> int:
    """Return how many have a text that does not fit whole: the trainer cuts it."""
    return sum(
        _asked(one, rules) + max(rules.tokens(text) for text in one.texts) > rules.max_length
        for one in found
    )


def fits(one: Taught, rules: Rules) -> bool:
    """Return whether the prompt leaves room for a text; else the trainer would drop it without a word."""
    return _asked(one, rules) < rules.max_length


def distance(one: str, other: str) -> float:
    """Return the edit distance in words and marks over the longer text's, in [0, 1] (Levenshtein)."""
    a, b = WORD.findall(one), WORD.findall(other)
    if not a or not b:
        return float(a != b)
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, start=1):
        above, row[0] = row[0], i
        for j, also in enumerate(b, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (word != also))
    return row[-1] / max(len(a), len(b))


def stripped_of(one: T) -> T:
    """Return the record without personal data; the same one when there was none."""
    prompt: str | tuple[Message, ...]
    if isinstance(one.prompt, str):
        prompt = stripped(one.prompt)
    else:
        prompt = tuple(replace(m, text=stripped(m.text)) for m in one.prompt)
    names = ("chosen", "rejected") if isinstance(one, Pair) else ("completion",)
    texts = {name: stripped(getattr(one, name)) for name in names}
    if prompt == one.prompt and all(getattr(one, name) == texts[name] for name in names):
        return one
    made: T = renamed(one, prompt=prompt, **texts)
    return made


def capped(found: Sequence[T], rules: Rules) -> list[T]:
    """Return at most so many of each person, drawn by seed; one person on one machine has no cap."""
    if alone(found):
        return list(found)
    most = cap_of(len(found), rules)
    given: dict[str, list[T]] = defaultdict(list)
    for one in found:
        given[min(users_of(one), default="")].append(one)
    over = set()
    for user, own in given.items():
        if user:
            drawn = sorted(own, key=lambda one: digest([rules.seed, one.id]))
            over |= {id(one) for one in drawn[most:]}
    return [one for one in found if id(one) not in over]


def cap_of(n: int, rules: Rules) -> int:
    """Return how many one person may give of `n`."""
    return max(rules.cap_least, int(rules.cap_share * n))


def balanced(found: Sequence[Pair], rules: Rules) -> list[Pair]:
    """Return the pairs of which half have the longer text chosen; which are left out is drawn by seed."""
    longer = [p for p in found if len(p.chosen) > len(p.rejected)]
    shorter = [p for p in found if len(p.chosen) < len(p.rejected)]
    many, few = (longer, shorter) if len(longer) > len(shorter) else (shorter, longer)
    drawn = sorted(many, key=lambda one: digest([rules.seed, "length", one.id]))
    out = {one.id for one in drawn[len(few) :]}
    return [one for one in found if one.id not in out]


class _Work(Generic[T]):
    """A list on its way through the steps."""

    def __init__(self, found: list[T], of: str) -> None:
        self.found: list[T] = found
        self.of = of
        self.steps: list[Step] = []

    def keep(self, name: str, good: Callable[[T], bool], why: str) -> None:
        """Keep what is good."""
        self.take(name, lambda found: [one for one in found if good(one)], why)

    def take(self, name: str, which: Callable[[Sequence[T]], Sequence[T]], why: str) -> None:
        """Keep what `which` returns."""
        before = len(self.found)
        self.found = list(which(self.found))
        self._note(name, before, why)

    def change(self, name: str, how: Callable[[T], T], why: str) -> None:
        """Change each, and count those that are other than before."""
        made = [how(one) for one in self.found]
        changed = sum(one is not was for one, was in zip(made, self.found, strict=True))
        self.found = made
        self._note(name, len(made), why, changed)

    def _note(self, name: str, before: int, why: str, changed: int = 0) -> None:
        dropped = before - len(self.found)
        step = Step(name=name, of=self.of, before=before, dropped=dropped, why=why, changed=changed)
        self.steps.append(step)


def _two_sided(one: Pair) -> bool:
    return bool(one.chosen.strip() and one.rejected.strip()) and (
        one.chosen.strip() != one.rejected.strip()
    )


def _key(one: Pair) -> tuple[str, ...]:
    """Return what is compared: the prompt and both texts, whichever was chosen; only spaces do not count."""
    asked = "\n".join(_spaced(m.text) for m in one.messages)
    return (asked, *sorted(_spaced(text) for text in one.texts))


def _spaced(said: str) -> str:
    return " ".join(said.split())


def _agreed(found: Sequence[Pair]) -> list[Pair]:
    """Leave out what one known person said both ways."""
    said: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for one in found:
        for user in users_of(one):
            said[(user, *_key(one))].add(_spaced(one.chosen))
    return [
        one for one in found if all(len(said[(user, *_key(one))]) < 2 for user in users_of(one))
    ]


def _voted(found: Sequence[Pair]) -> list[Pair]:
    """Return one pair for all that say the same, and for all that vote on the same: the majority's, with its lead."""
    votes: dict[tuple[str, ...], list[Pair]] = defaultdict(list)
    for one in found:
        votes[_key(one)].append(one)
    return [_merged(own) for own in votes.values()]


def _merged(own: Sequence[Pair]) -> Pair:
    if len(own) == 1:
        return own[0]
    sides = Counter[str]()
    for one in {(p.user or p.id, _spaced(p.chosen)): p for p in own}.values():
        sides[_spaced(one.chosen)] += 1
    (best, most), *rest = sides.most_common()
    lead = (most - sum(n for _, n in rest)) / sides.total()
    first = next(one for one in own if _spaced(one.chosen) == best)
    users = sorted({user for one in own for user in users_of(one)})
    extra = {**first.extra, **({"users": users} if len(users) > 1 else {})}
    events = tuple(dict.fromkeys(event for one in own for event in one.events))
    merged: Pair = renamed(first, events=events, extra=extra, margin=min(first.margin, lead))
    return merged


def _once(found: Sequence[Row]) -> list[Row]:
    told: dict[tuple[str, ...], Row] = {}
    for one in found:
        who = one.user or one.id
        told.setdefault((who, _spaced(one.asked), _spaced(one.completion), str(one.label)), one)
    return list(told.values())


def _distinct(found: Sequence[Pair]) -> list[Pair]:
    asked = groups([one.asked for one in found], alike=SAME)
    said = groups([text for one in found for text in one.texts], alike=SAME)
    told: dict[tuple[int, int, int], Pair] = {}
    for place, one in enumerate(found):
        told.setdefault((asked[place], said[2 * place], said[2 * place + 1]), one)
    return list(told.values())


def _asked(one: Taught, rules: Rules) -> int:
    return sum(rules.tokens(m.text) + TEMPLATE for m in one.messages)


def _cap_words(found: Sequence[Taught], rules: Rules) -> str:
    if alone(found):
        return "one person: no cap"
    return f"at most {cap_of(len(found), rules)} of one person"


def _long_words(rules: Rules) -> str:
    how = "counted" if rules.counted else "estimated at 4 letters a token"
    return f"the prompt alone fills {rules.max_length} tokens ({how})"
