"""What came of each rule: a report that a person reads, a CI parses, and a tier follows from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from ammo_agents.errors import AmmoError
from ammo_agents.testing.rules import BrokenRuleError, ExemptRuleError, Rule, Tier

State = Literal["pass", "fail", "exempt", "unchecked"]
MARKS: dict[State, str] = {"pass": "ok", "fail": "FAIL", "exempt": "-", "unchecked": "?"}
REASONS = 5
"""Reasons that are shown of one rule; the others are counted."""

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of one rule."""

    rule: Rule
    state: State
    reasons: tuple[str, ...] = ()
    """Of a fail: the culprits and what stands there; of the others: why it was not looked at."""

    @property
    def message(self) -> str:
        """What a person reads: the rule, what was seen, the way out."""
        shown = list(self.reasons[:REASONS])
        if len(self.reasons) > REASONS:
            shown.append(f"… and {len(self.reasons) - REASONS} more")
        lines = [f"{self.rule.id} ({self.rule.tier.word}): {self.rule.says}"]
        lines += [f"  saw: {reason}" for reason in shown]
        return "\n".join([*lines, f"  way out: {self.rule.fix}"])

    def plain(self) -> dict[str, Any]:
        """Return it as JSON writes it."""
        return {
            "rule": self.rule.id,
            "part": self.rule.part,
            "tier": self.rule.tier.word,
            "state": self.state,
            "promise": self.rule.says,
            "reasons": list(self.reasons),
            "fix": self.rule.fix if self.state == "fail" else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `ammo check` found about one plugin."""

    name: str
    where: str
    """Folder, wheel or distribution that was looked at."""
    checked: tuple[Checked, ...]

    @property
    def tier(self) -> Tier:
        """The highest tier whose rules, and those of the tiers below it, all hold or do not apply."""
        open_ = [c.rule.tier for c in self.checked if c.state in {"fail", "unchecked"}]
        return Tier(min(open_) - 1) if open_ else Tier.PLATINUM

    @property
    def broken(self) -> tuple[Checked, ...]:
        """The rules that are not kept."""
        return tuple(c for c in self.checked if c.state == "fail")

    def next_steps(self) -> tuple[Checked, ...]:
        """Return what keeps it from the next tier."""
        above = Tier(min(self.tier + 1, Tier.PLATINUM))
        return tuple(
            c for c in self.checked if c.rule.tier <= above and c.state in {"fail", "unchecked"}
        )

    def plain(self) -> dict[str, Any]:
        """Return it as JSON writes it."""
        states = [c.state for c in self.checked]
        return {
            "name": self.name,
            "where": self.where,
            "tier": self.tier.word,
            "counts": {state: states.count(state) for state in MARKS},
            "rules": [c.plain() for c in self.checked],
        }

    @property
    def text(self) -> str:
        """The report as lines: a table of the rules, then each broken one with its reasons and way out."""
        lines = [f"{self.name}  ({self.where})", ""]
        for tier in list(Tier)[1:]:
            lines += [
                f"{MARKS[c.state]:>4}  {tier.word:8}  {c.rule.id:18}  {_line(c)}"
                for c in self.checked
                if c.rule.tier is tier
            ]
        broken = sorted(self.broken, key=lambda c: c.rule.tier)
        lines += ["", *(c.message + "\n" for c in broken)]
        steps = self.next_steps()
        said = f"tier {self.tier.word}"
        if steps:
            said += f"; to the next one: {', '.join(c.rule.id for c in steps)}"
        return "\n".join([*lines, said])


def _line(checked: Checked) -> str:
    if checked.state == "pass" or not checked.reasons:
        return checked.rule.says
    first = checked.reasons[0]
    return first if len(first) <= 110 else f"{first[:109]}…"


async def look(rule: Rule, check: Callable[[S], Awaitable[None]], subject: S) -> Checked:
    """Return what came of one rule; whatever the plugin raises meanwhile breaks the rule, and is named."""
    try:
        await check(subject)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
        return _came(rule, error)
    return Checked(rule=rule, state="pass")


def look_at_files(rule: Rule, check: Callable[[S], None], subject: S) -> Checked:
    """Return what came of one rule that reads files; blocks. What it raises breaks the rule."""
    try:
        check(subject)
    except Exception as error:  # noqa: BLE001 - the plugin boundary
        return _came(rule, error)
    return Checked(rule=rule, state="pass")


def _came(rule: Rule, error: BaseException) -> Checked:
    match error:
        case ExemptRuleError():
            return Checked(rule=rule, state="exempt", reasons=(str(error),))
        case BrokenRuleError():
            return Checked(rule=rule, state="fail", reasons=error.reasons)
        case AmmoError():
            return Checked(rule=rule, state="fail", reasons=(error.message,))
    return Checked(rule=rule, state="fail", reasons=(f"{type(error).__name__}: {error}",))


def need(faults: Iterable[str]) -> None:
    """Raise `BrokenRuleError` with every fault there is, each once."""
    found = tuple(dict.fromkeys(faults))
    if found:
        raise BrokenRuleError(*found)
