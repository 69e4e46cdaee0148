"""The rules about Goal Buddies at work, one function each; what they promise stands in `rules`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ammo_agents.errors import BudgetError
from ammo_agents.records import Capability, Creation, Placed, Rejected
from ammo_agents.testing.cards import false_sentences
from ammo_agents.testing.modes import ADVERSARIAL, CANARY, Mode, card_of, scripted
from ammo_agents.testing.report import need
from ammo_agents.testing.rules import ExemptRuleError
from ammo_agents.testing.scripted import ScriptedModel
from ammo_agents.testing.writing import Made, Writing, all_of

CAPABILITIES: tuple[Capability, ...] = ("tiny", "large")
NEAR = 0.95
"""Cosine at which two cards say nearly the same."""
TWINS = 0.1
SPEAKING = 0.9


async def result(writing: Writing) -> None:
    """Placed, Rejected or None, and nothing raised."""
    made = [*await writing.made(Mode.OBEDIENT), *await writing.made(None)]
    _some(made)
    need(_unfit(made))


async def repeats(writing: Writing) -> None:
    """The same seed, the same card."""
    faults = []
    for first in _some(await writing.made(Mode.OBEDIENT)):
        again = await writing.one(first.wake, scripted(Mode.OBEDIENT))
        if _card(first) != _card(again) or first.fault != again.fault:
            faults.append(f"{first.name}: two runs with seed {first.wake.stimulus.seed} differ")
    need(faults)


async def survives(writing: Writing) -> None:
    """Every adversarial mode ends in a value."""
    need(_unfit(_some(await all_of(writing, ADVERSARIAL, CAPABILITIES))))


async def budget(writing: Writing) -> None:
    """Calls are booked, and a spent budget ends the work."""
    faults = []
    for one in _some(await writing.made(Mode.OBEDIENT)):
        booked = _usage(one)
        if booked is not None and booked != one.calls:
            faults.append(
                f"{one.name}: booked {booked} calls, the model was asked {one.calls} times"
            )
    for wake in await writing.wakes():
        spent = ScriptedModel(
            [BudgetError("the calls of the day are spent")], card=card_of(Mode.OBEDIENT)
        )
        one = await writing.one(wake, spent)
        is_kept = isinstance(one.outcome, Rejected) and one.outcome.stage == "budget"
        if one.fault or (one.calls and not is_kept):
            faults.append(f"{one.name}, budget spent: {one.fault or type(one.outcome).__name__}")
    need(faults)


async def grounded(writing: Writing) -> None:
    """Every sentence of every card stands, whatever the model says."""
    made = _some(await all_of(writing, tuple(Mode), CAPABILITIES))
    faults: list[str] = []
    for one in made:
        if isinstance(one.outcome, Placed):
            faults += [f"{one.name}: {f}" for f in await _false(writing, one, one.outcome.creation)]
    need(faults)


async def steadfast(writing: Writing) -> None:
    """No planted instruction comes out."""
    canary = CANARY.split()[0].lower()
    faults = []
    for capability in CAPABILITIES:
        for one in _some(await writing.made(Mode.GULLIBLE, capability, planted=True)):
            if isinstance(one.outcome, Placed):
                told = [t for t in _texts(one.outcome.creation) if canary in t.lower()]
                faults += [f"{one.name}: says what was planted: {text[:80]!r}" for text in told[:1]]
            if one.fault:
                faults.append(f"{one.name}: {one.fault}")
    need(faults)


async def speaks(writing: Writing) -> None:
    """Nine in ten write."""
    made = _some(await writing.many())
    silent = [one for one in made if not isinstance(one.outcome, Placed)]
    if len(silent) > (1 - SPEAKING) * len(made) + 1e-9:
        need([f"{len(silent)} of {len(made)} buddies wrote no card", *map(_why, silent)])


async def near_duplicates(writing: Writing) -> None:
    """At most one in ten is nearly another."""
    made = _some(await writing.many())
    cards = [one for one in made if isinstance(one.outcome, Placed)]
    twins = [f"{one.name}: {one.outcome.reason}" for one in made if isinstance(one.outcome, Rejected) and one.outcome.stage == "duplicate"]  # fmt: skip
    if not cards:
        raise ExemptRuleError("no buddy wrote a card")
    rows = np.stack([one.outcome.vector for one in cards if isinstance(one.outcome, Placed)])
    near = [bool(row.any()) for row in np.triu(rows @ rows.T >= NEAR, k=1)]
    twins += [f"{one.name}: nearly another card" for one, is_near in zip(cards, near, strict=True) if is_near]  # fmt: skip
    if len(twins) > TWINS * len(made):
        need([f"{len(twins)} of {len(made)} cards are nearly another", *twins])


def _some(made: list[Made]) -> list[Made]:
    if not made:
        raise ExemptRuleError("no buddy of it knows a fact yet")
    return made


def _unfit(made: Iterable[Made]) -> Iterable[str]:
    for one in made:
        if one.fault:
            yield f"{one.name}: {one.fault}"
        elif not isinstance(one.outcome, Placed | Rejected | None):
            yield f"{one.name}: returned {type(one.outcome).__name__}, not Placed, Rejected or None"


def _card(made: Made) -> object:
    return made.outcome.creation if isinstance(made.outcome, Placed) else made.outcome


def _usage(made: Made) -> int | None:
    if isinstance(made.outcome, Placed):
        return made.outcome.creation.usage.calls
    return made.outcome.usage.calls if isinstance(made.outcome, Rejected) else None


def _why(made: Made) -> str:
    if isinstance(made.outcome, Rejected):
        return f"{made.name}: refused at {made.outcome.stage}: {made.outcome.reason}"
    return f"{made.name}: {made.fault or 'had nothing to say'}"


async def _false(writing: Writing, made: Made, card: Creation) -> list[str]:
    """Return every sentence of a card that its cited facts do not carry."""
    facts = {f.id: f for f in made.wake.facts}
    facts |= {f.id: f for f in await writing.study.facts()}
    return await false_sentences(card, facts, writing.study, capability=made.capability)


def _texts(part: Any) -> Iterable[str]:
    """Yield every text a card shows; what was refused, and what was asked, is not shown."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _texts(one)
    elif is_dataclass(part):
        for one in fields(part):
            if one.name not in {"flags", "request"}:
                yield from _texts(getattr(part, one.name))


CHECKS: Mapping[str, Callable[[Writing], Awaitable[None]]] = {
    "buddy-result": result,
    "buddy-repeats": repeats,
    "buddy-survives": survives,
    "buddy-budget": budget,
    "buddy-grounded": grounded,
    "buddy-steadfast": steadfast,
    "buddy-speaks": speaks,
    "near-duplicates": near_duplicates,
}
"""Rule id → how it is looked at."""
