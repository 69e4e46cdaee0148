"""A card shown another way in one session: the same creation, from its own facts and those just cited (W12).

What a person says (“shorter”, “only the numbers”, “explain simply”) chooses, orders and shortens what
the card and its facts say already. No sentence is made here: each is a claim of the card that was
published, a fact's own statement, or a sentence that the gate let through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from ammo_agents.records import Claim, Creation, CreationId, Fact, FactId, TableBlock

Way = Literal["shorter", "longer", "numbers", "numbers_first", "simply", "newest", "written"]
LABELS: Mapping[Way, str] = {
    "shorter": "Shorter",
    "longer": "More detail",
    "numbers": "Only the numbers",
    "numbers_first": "Numbers first",
    "simply": "Explain simply",
    "newest": "Newest first",
    "written": "As written",
}
"""What a button says, in the order buttons stand."""
AGAIN = r"(?:make it |much |even |a bit |a little )?"
SAID: tuple[tuple[Way, str], ...] = (
    ("written", r"as (?:it was )?written|(?:the )?original|(?:go |put it )?back|as before|reset"),
    ("written", r"undo (?:that|this)"),
    (
        "numbers",
        r"(?:only|just) (?:the )?(?:numbers|figures|data)|numbers only|(?:as )?(?:a )?table",
    ),
    ("numbers_first", r"(?:the )?(?:numbers|figures) first"),
    ("numbers_first", r"(?:start|begin) with (?:the )?(?:numbers|figures)"),
    ("simply", r"(?:explain |say |put )?(?:it |this |that )?(?:more )?(?:simply|simpler|plainly)"),
    (
        "simply",
        r"(?:explain |say |put )?(?:it |this |that )?in (?:simple|plain) (?:words|terms|english)",
    ),
    ("simply", r"simplify(?: it| this)?|eli5|like i'?m (?:five|5)|easier"),
    ("shorter", AGAIN + r"(?:shorter|briefer)|(?:be )?brief(?:ly)?|shorten(?: it| this)?"),
    ("shorter", r"tl;?dr|in short|in one sentence|less text|summari[sz]e(?: it| this)?"),
    ("longer", AGAIN + r"longer|(?:with |in )?more details?|everything|expand(?: it| this)?"),
    ("newest", r"(?:the )?(?:newest|latest|most recent) first|by date"),
)
"""How each way may be asked for, whole and nothing else; the first that fits."""
FRAME = re.compile(
    r"^(?:please[, ]+|ok(?:ay)?[, ]+|now[, ]+|and |but |(?:can|could|would) you |(?:show|give|tell) (?:me |it )?|make it )*"
    r"(.+?)(?:[, ]+please|[, ]+thanks?(?: you)?)*$",
    re.IGNORECASE,
)
SIMPLE = 2
"""Claims of a simple rendering at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One creation as this session shows it."""

    creation: CreationId
    title: Claim
    hook: Claim | None
    claims: tuple[Claim, ...]
    numbers: TableBlock | None = None
    added: tuple[FactId, ...] = ()
    """Facts that the card did not cite when it was published."""
    ways: tuple[str, ...] = ()
    """What was asked for, in order: labels, and “what about” questions in the person's words."""

    @property
    def facts(self) -> tuple[FactId, ...]:
        """Every fact it stands on, each once, in reading order."""
        said = [self.title, *([self.hook] if self.hook else []), *self.claims]
        found = dict.fromkeys(id for claim in said for id in claim.facts)
        if self.numbers is not None:
            found.update(dict.fromkeys(self.numbers.facts))
        return tuple(found)


def way_of(words: str) -> Way | None:
    """Return the way of showing a card that these words ask for, and nothing else; None = they say more."""
    plain = " ".join(words.replace("’", "'").lower().split()).rstrip(".!?")
    match = FRAME.match(plain)
    asked = match.group(1) if match else plain
    for way, pattern in SAID:
        if re.fullmatch(pattern, asked) or re.fullmatch(pattern, plain):
            return way
    return None


def as_written(creation: Creation) -> Rendering:
    """Return the creation as it was published."""
    return Rendering(
        creation=creation.id, title=creation.title, hook=creation.hook, claims=creation.claims
    )


def rerender(
    creation: Creation, facts: Mapping[FactId, Fact], way: Way, before: Rendering | None = None
) -> Rendering:
    """Return the creation shown another way; `facts` holds every fact of the card and of `before`.

    It goes on from `before`, so that “shorter” after “numbers first” is both.
    """
    now = before or as_written(creation)
    if way == "written":
        return as_written(creation)
    shown = CHANGES[way](creation, facts, now)
    return replace(shown, ways=(*now.ways, LABELS[way]))


def with_facts(
    now: Rendering, cited: Sequence[Fact], *, asked: str, said: Sequence[Claim] = ()
) -> Rendering:
    """Return the card with what was just cited as further claims: “what about X”.

    `said` are sentences that passed the gate; without them the facts' own statements stand.
    """
    stated = {claim.text for claim in now.claims}
    more = said or [stating(fact) for fact in cited]
    new = tuple(claim for claim in more if claim.text not in stated)
    known = set(now.facts)
    added = (fact.id for fact in cited if fact.id not in known)
    return replace(
        now,
        claims=(*now.claims, *new),
        added=tuple(dict.fromkeys((*now.added, *added))),
        ways=(*now.ways, asked),
    )


def stating(fact: Fact) -> Claim:
    """Return a fact's own statement as a claim."""
    return Claim(text=fact.statement, facts=(fact.id,), author="realiser")


def _shorter(_: Creation, facts: Mapping[FactId, Fact], now: Rendering) -> Rendering:
    """Half of the claims, the most surprising, in the order they stood; at the end only the hook."""
    if not now.claims:
        return replace(now, hook=None) if now.hook and now.numbers else now
    keep = len(now.claims) // 2
    worth = sorted(range(len(now.claims)), key=lambda k: (-_surprise(now.claims[k], facts), k))
    kept = sorted(worth[:keep])
    return replace(now, claims=tuple(now.claims[k] for k in kept))


def _longer(creation: Creation, facts: Mapping[FactId, Fact], now: Rendering) -> Rendering:
    """Every claim of the card, then each of its facts whose statement no sentence repeats."""
    claims = list(dict.fromkeys([*creation.claims, *now.claims]))
    told = {claim.text for claim in (creation.title, creation.hook, *claims)}
    own = dict.fromkeys((*as_written(creation).facts, *now.facts))
    more = [stating(facts[id]) for id in own if id in facts and facts[id].statement not in told]
    return replace(now, hook=creation.hook, claims=(*claims, *more), numbers=None)


def _numbers(_: Creation, facts: Mapping[FactId, Fact], now: Rendering) -> Rendering:
    """A table of every number of the facts: what it is, the number, the day, of what."""
    cited = [facts[id] for id in now.facts if id in facts]
    rows = [
        (quantity.name.replace("_", " "), quantity.text, fact.date.isoformat(), _about(fact))
        for fact in cited
        for quantity in fact.quantities
        if quantity.unit not in {"name", "date"}
    ]
    if not rows:
        return now
    table = TableBlock(
        title="The numbers",
        columns=("What", "Number", "Day", "About"),
        rows=tuple(dict.fromkeys(rows)),
        facts=tuple(fact.id for fact in cited),
    )
    return replace(now, hook=None, claims=(), numbers=table)


def _numbers_first(_: Creation, facts: Mapping[FactId, Fact], now: Rendering) -> Rendering:
    order = sorted(range(len(now.claims)), key=lambda k: (-_count(now.claims[k], facts), k))
    return replace(now, claims=tuple(now.claims[k] for k in order))


def _simply(_: Creation, facts: Mapping[FactId, Fact], now: Rendering) -> Rendering:
    """The hook and the two claims with the fewest numbers and words."""
    if now.numbers is not None and not now.claims:
        now = replace(now, numbers=None, claims=tuple(stating(facts[i]) for i in now.facts))
    order = sorted(
        range(len(now.claims)),
        key=lambda k: (_count(now.claims[k], facts), len(now.claims[k].text.split()), k),
    )
    kept = sorted(order[: min(SIMPLE, ceil(len(order) / 2))])
    return replace(now, claims=tuple(now.claims[k] for k in kept))


def _newest(_: Creation, facts: Mapping[FactId, Fact], now: Rendering) -> Rendering:
    def day(claim: Claim) -> int:
        return max((facts[i].date.toordinal() for i in claim.facts if i in facts), default=0)

    return replace(now, claims=tuple(sorted(now.claims, key=day, reverse=True)))


CHANGES = {
    "shorter": _shorter,
    "longer": _longer,
    "numbers": _numbers,
    "numbers_first": _numbers_first,
    "simply": _simply,
    "newest": _newest,
}


def _surprise(claim: Claim, facts: Mapping[FactId, Fact]) -> float:
    return max((facts[i].surprise for i in claim.facts if i in facts), default=0.0)


def _about(fact: Fact) -> str:
    """Return whose number it is: the names a fact says, else the entity it is about."""
    named = [quantity.text for quantity in fact.quantities if quantity.unit == "name"]
    return ", ".join(dict.fromkeys(named)) or fact.entity.rpartition("/")[2].replace("-", " ")


def _count(claim: Claim, facts: Mapping[FactId, Fact]) -> int:
    """Return how many numbers of its facts a claim says."""
    texts = {q.text for i in claim.facts if i in facts for q in facts[i].quantities}
    return sum(text in claim.text for text in texts if any(c.isdigit() for c in text))
