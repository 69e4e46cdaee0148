"""Runs every method through every protocol: the loop behind ``ammo eval taste``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ammo_agents.records import Matrix
from ammo_agents.replay.folds import Fold, Part, folds
from ammo_agents.replay.leak import Sealed
from ammo_agents.replay.log import RatingsLog
from ammo_agents.replay.method import Catalogue
from ammo_agents.replay.plain import Random
from ammo_agents.replay.questions import Asked, questions
from ammo_agents.replay.ranking import Ranked, Step, full_ranking, hidden_items, new_items
from ammo_agents.replay.roster import Entry, Protocol
from ammo_agents.replay.slates import HATS, Replayed, chance, replay

COMMUNITIES = (10, 30, 100)
"""Sizes of the groups learned from, besides all."""
Told = Callable[[str, int], None]
"""Called with what is being done and how many more people are done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is evaluated, and how."""

    entries: tuple[Entry, ...]
    protocols: tuple[Protocol, ...]
    people: tuple[str, ...] = ()
    """Who is judged; empty = everybody, in five folds."""
    part: Part = "test"
    seed: int = 7


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one method showed; None where a protocol was not run, does not suit it, or found nobody to judge."""

    entry: Entry
    full: Ranked | None = None
    replayed: Replayed | None = None
    communities: dict[int, Replayed] = field(default_factory=dict)
    asked: Asked | None = None
    new: Ranked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The outcomes of one run."""

    outcomes: tuple[Outcome, ...]
    chance: Replayed | None
    """Random slates, averaged over several hats; None when nothing was replayed."""
    looked: int
    """Hand-overs to methods that were inspected for leaks; one leak would have ended the run."""


def steps(plan: Plan, log: RatingsLog) -> int:
    """Return how many person-steps a plan takes, for whoever shows progress."""
    people = len(plan.people) or len(log.people)
    runs = HATS if "replay" in plan.protocols else 0
    runs += sum(
        1 + (len(COMMUNITIES) if p == "replay" and entry.in_communities else 0)
        for entry in plan.entries
        for p in plan.protocols
        if p in entry.protocols
    )
    return runs * people


def evaluate(
    log: RatingsLog,
    catalogue: Catalogue,
    briefs: Matrix | None,
    plan: Plan,
    *,
    told: Told = lambda _what, _people: None,
) -> Evaluation:
    """Return what every method of the plan shows.

    `catalogue` holds the vectors of the full texts, `briefs` those of title and genres alone, which
    P4 uses: an article about a film exists only once people have met it.

    Raises:
        LeakError: a method would have been handed what it is judged on.
    """
    setting = _Setting(log=log, folds=folds(log, plan.people), plan=plan, told=told)
    base = None
    if "replay" in plan.protocols:
        base = chance(
            lambda seed: Sealed(Random(replace(catalogue, seed=seed))),
            setting.folds,
            log.items,
            seed=plan.seed,
            step=lambda people: told("random slates", people),
        )
    outcomes, looked = [], 0
    for entry in plan.entries:
        outcome = Outcome(entry=entry)
        method = _behind_glass(entry, catalogue)
        mine = [protocol for protocol in plan.protocols if protocol in entry.protocols]
        for protocol in mine:
            if protocol != "new":
                WAYS[protocol](setting, method, outcome)
        if "replay" in mine and entry.in_communities:
            _communities(setting, method, outcome)
        looked += method.looked
        if "new" in mine:
            short = catalogue if briefs is None else replace(catalogue, vectors=briefs)
            newcomer = _behind_glass(entry, short)
            _new(setting, newcomer, outcome)
            looked += newcomer.looked
        outcomes.append(outcome)
    return Evaluation(
        outcomes=tuple(outcomes), chance=base if base and base.people else None, looked=looked
    )


def _behind_glass(entry: Entry, catalogue: Catalogue) -> Sealed:
    return Sealed(entry.make(catalogue), again=lambda: entry.make(catalogue))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What the protocols of one run share."""

    log: RatingsLog
    folds: Sequence[Fold]
    plan: Plan
    told: Told

    def step(self, method: Sealed, doing: str) -> Step:
        """Return what a protocol calls as people are done."""
        return lambda people: self.told(f"{method.name}: {doing}", people)


def _full(setting: _Setting, method: Sealed, outcome: Outcome) -> None:
    found = full_ranking(
        method,
        setting.folds,
        setting.log.items,
        part=setting.plan.part,
        step=setting.step(method, "full ranking"),
    )
    outcome.full = found if found.people else None


def _replay(setting: _Setting, method: Sealed, outcome: Outcome) -> None:
    found = replay(
        method,
        setting.folds,
        setting.log.items,
        seed=setting.plan.seed,
        step=setting.step(method, "replay"),
    )
    outcome.replayed = found if found.people else None


def _communities(setting: _Setting, method: Sealed, outcome: Outcome) -> None:
    """Replay once more for each size of community; the last of them is everybody."""
    fewest = min(len(fold.known) for fold in setting.folds)
    for known in COMMUNITIES:
        step = setting.step(method, f"replay, {known} known")
        if known >= fewest or outcome.replayed is None:
            step(sum(len(fold.judged) for fold in setting.folds))
            continue
        outcome.communities[known] = replay(
            method,
            setting.folds,
            setting.log.items,
            seed=setting.plan.seed,
            known=known,
            step=step,
        )
    if outcome.replayed is not None:
        outcome.communities[fewest] = outcome.replayed


def _questions(setting: _Setting, method: Sealed, outcome: Outcome) -> None:
    found = questions(
        method,
        setting.folds,
        setting.log.items,
        seed=setting.plan.seed,
        step=setting.step(method, "questions"),
    )
    outcome.asked = found if found.people else None


def _new(setting: _Setting, method: Sealed, outcome: Outcome) -> None:
    found = new_items(
        method,
        setting.folds,
        setting.log.items,
        hidden=hidden_items(setting.log.people, seed=setting.plan.seed),
        step=setting.step(method, "new items"),
    )
    outcome.new = found if found.people else None


WAYS: Mapping[Protocol, Callable[[_Setting, Sealed, Outcome], None]] = {
    "full": _full,
    "replay": _replay,
    "questions": _questions,
}
