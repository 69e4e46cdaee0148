"""May a buddy write first? Gates from free to dear, each with the value it saw (W13).

Pure: what is known of the moment comes in, a decision comes out. Nothing here asks a model, and what
does not pass every gate never comes to where one would be asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

GateName = Literal[
    "on", "idle", "muted", "quiet", "never", "alone", "day", "matter", "score", "novelty"
]
PASSING: frozenset[GateName] = frozenset({"quiet", "never", "alone", "day"})
"""Gates that open again by themselves: what failed there waits, the rest is over."""
QUARTER = dt.timedelta(minutes=15)
QUARTERS = 4 * 24 * 2
"""Quarters of an hour looked ahead for the next time a message may come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a person allows, and how much a message must be worth."""

    proactive: bool = True
    idle_days: float = 3.0
    """Days without a look after which nothing is proposed."""
    muted: frozenset[str] = frozenset()
    """Goal Buddies that may not write first."""
    quiet_from: dt.time = dt.time(22)
    quiet_to: dt.time = dt.time(8)
    """Local times; the same twice = no quiet hours."""
    never_hours: frozenset[int] = frozenset()
    """Local hours, 0 to 23."""
    zone: dt.tzinfo = dt.UTC
    most_a_day: int = 3
    """Messages of any kind in one local day; a question counts."""
    again_hours: float = 24.0
    """Hours until the same matter may come again."""
    sitting_minutes: float = 10.0
    """Minutes after a look in which the person still counts as sitting there."""
    score: float = 0.7
    """Least φ(e)·q."""
    novelty: float = 0.1
    """Least distance, 1 - cosine, from everything the person has seen or was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is known when somebody would be written to."""

    at: dt.datetime
    """Now, aware."""
    buddy: str = ""
    """Who would write; empty = AMMO itself."""
    looked: dt.datetime | None = None
    """When the person last looked; None = never."""
    busy: bool = False
    """A message to this person is being made already."""
    today: int = 0
    """Messages sent to them in their local day."""
    same: dt.datetime | None = None
    """When the same matter was last sent; None = never."""
    score: float | None = None
    """φ(e)·q; None = the message is about no creation."""
    least: float = 0.0
    """What the score must reach beside the rule's bar, as seen from what else waits for this person."""
    novelty: float | None = None
    """1 - the largest cosine to what the person knows; None = about no creation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate and what it saw."""

    name: GateName
    passed: bool
    value: float
    bar: float | None
    """What the value was held against; None = a yes or a no."""
    words: str
    """For the person: ``score 0.81, at least 0.70``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Every gate with its value: “why now”, or why not."""

    at: dt.datetime
    gates: tuple[Gate, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """May the message go?"""
        return all(gate.passed for gate in self.gates)

    @property
    def failed(self) -> Gate | None:
        """The first gate that did not let it through."""
        return next((gate for gate in self.gates if not gate.passed), None)

    @property
    def reason(self) -> str:
        """Why not, in words; empty = it may go."""
        return "" if self.failed is None else self.failed.words

    @property
    def waits(self) -> bool:
        """Does it wait for its hour, rather than being over? Only where nothing else stands against it."""
        closed = [gate.name for gate in self.gates if not gate.passed]
        return bool(closed) and PASSING.issuperset(closed)


def decide(rules: Rules, moment: Moment) -> Decision:
    """Return every gate's value; the first that failed, from free to dear, is the reason.

    Raises:
        ValueError: `moment.at` has no zone.
    """
    if moment.at.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return Decision(at=moment.at, gates=tuple(_gates(rules, moment)))


def is_quiet(at: dt.datetime, rules: Rules) -> bool:
    """Return whether `at` lies in the quiet hours of the person's zone, by the clock on their wall."""
    local = at.astimezone(rules.zone).time()
    if rules.quiet_from <= rules.quiet_to:
        return rules.quiet_from <= local < rules.quiet_to
    return local >= rules.quiet_from or local < rules.quiet_to


def is_never(at: dt.datetime, rules: Rules) -> bool:
    """Return whether `at` lies in an hour of which the person said: never at this time."""
    return at.astimezone(rules.zone).hour in rules.never_hours


def local_day(at: dt.datetime, rules: Rules) -> dt.date:
    """Return the person's own date."""
    return at.astimezone(rules.zone).date()


def next_open(at: dt.datetime, rules: Rules) -> dt.datetime | None:
    """Return the first time from `at` on that is in no quiet or closed hour, in UTC; None = not in two days.

    Looked for in quarters of an hour of real time, so a clock that jumps does not matter; zones change
    their offset at quarters only.
    """
    here = at.astimezone(dt.UTC)
    if not (is_quiet(here, rules) or is_never(here, rules)):
        return here
    minutes = here.minute - here.minute % 15
    here = here.replace(minute=minutes, second=0, microsecond=0)
    minute_steps = _odd_minutes(rules)
    for _ in range(QUARTERS):
        for extra in minute_steps:
            then = here + dt.timedelta(minutes=extra)
            if then > at and not (is_quiet(then, rules) or is_never(then, rules)):
                return then
        here += QUARTER
    return None


def _odd_minutes(rules: Rules) -> list[int]:
    """Return the minutes after a quarter at which a gate may open: 0, and those of the end of the quiet hours."""
    return sorted({0, rules.quiet_to.minute % 15})


def _gates(rules: Rules, moment: Moment) -> Iterator[Gate]:
    """Yield the gates, cheapest first."""
    yield _yes("on", rules.proactive, "buddies may write first", "buddies may not write first")
    yield _idle(rules, moment)
    yield _muted(moment.buddy, rules.muted)
    yield from _hours(rules, moment.at)
    yield _alone(rules, moment)
    yield Gate(
        name="day",
        passed=moment.today < rules.most_a_day,
        value=float(moment.today),
        bar=float(rules.most_a_day),
        words=f"{moment.today} of {rules.most_a_day} used today",
    )
    yield _matter(rules, moment)
    if moment.score is not None:
        yield _least("score", moment.score, max(rules.score, moment.least))
    if moment.novelty is not None:
        yield _least("novelty", moment.novelty, rules.novelty)


def _yes(name: GateName, passed: bool, yes: str, no: str) -> Gate:  # noqa: FBT001 - reads as a table
    return Gate(
        name=name, passed=passed, value=float(passed), bar=None, words=yes if passed else no
    )


def _least(name: GateName, value: float, bar: float) -> Gate:
    """Return a gate that asks for at least `bar`; NaN does not pass."""
    words = f"{name} {value:.2f}, at least {bar:.2f}"
    return Gate(name=name, passed=value >= bar, value=value, bar=bar, words=words)


def _idle(rules: Rules, moment: Moment) -> Gate:
    if moment.looked is None:
        return _yes("idle", passed=False, yes="", no="nobody has ever looked")
    days = max(0.0, (moment.at - moment.looked) / dt.timedelta(days=1))
    passed = days <= rules.idle_days
    words = f"last look {days:.1f} days ago, at most {rules.idle_days:g}"
    return Gate(name="idle", passed=passed, value=days, bar=rules.idle_days, words=words)


def _muted(buddy: str, muted: Collection[str]) -> Gate:
    return _yes("muted", buddy not in muted, "its buddy is not muted", f"{buddy} is muted")


def _hours(rules: Rules, at: dt.datetime) -> Iterator[Gate]:
    local = at.astimezone(rules.zone)
    hour, quiet = local.hour + local.minute / 60, is_quiet(at, rules)
    span = f"{rules.quiet_from:%H:%M} to {rules.quiet_to:%H:%M}"
    words = f"{local:%H:%M} is {'in' if quiet else 'outside'} quiet hours, {span}"
    yield Gate(name="quiet", passed=not quiet, value=hour, bar=None, words=words)
    closed = is_never(at, rules)
    words = f"you said never at {local.hour}:00" if closed else "no hour you closed"
    yield Gate(name="never", passed=not closed, value=float(local.hour), bar=None, words=words)


def _alone(rules: Rules, moment: Moment) -> Gate:
    """Return the overlap guard: one message at a time, and none to somebody who is looking anyway."""
    if moment.busy:
        return _yes("alone", passed=False, yes="", no="another message is being made")
    if moment.looked is None:
        return _yes("alone", passed=True, yes="nobody is sitting at the feed", no="")
    minutes = (moment.at - moment.looked) / dt.timedelta(minutes=1)
    passed = minutes >= rules.sitting_minutes or minutes < -rules.sitting_minutes
    words = f"last look {minutes:.0f} minutes ago, sitting until {rules.sitting_minutes:g}"
    return Gate(name="alone", passed=passed, value=minutes, bar=rules.sitting_minutes, words=words)


def _matter(rules: Rules, moment: Moment) -> Gate:
    if moment.same is None:
        return _yes("matter", passed=True, yes="not said before", no="")
    hours = (moment.at - moment.same) / dt.timedelta(hours=1)
    words = f"the same matter {hours:.1f} hours ago, again after {rules.again_hours:g}"
    return Gate(
        name="matter",
        passed=abs(hours) >= rules.again_hours,
        value=hours,
        bar=rules.again_hours,
        words=words,
    )
