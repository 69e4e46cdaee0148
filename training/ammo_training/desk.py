"""A buddy's desk outside the running app: the facts it may tell, what it is asked of them, and the gate (W7, W8).

Nothing is written to the ledger and no day of a world passes. The prompt is the buddy's own
(`ammo_agents.goal.tiny.Task`), and so is the gate (`ammo_agents.goal.ground.review`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import count
from typing import Literal

import numpy as np

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.goal.ground import Bench, review
from ammo_agents.goal.plan import Reviewed, Variant
from ammo_agents.goal.principles import Charter
from ammo_agents.goal.tiny import SETS, TEXTS, TOKENS, Task
from ammo_agents.goal.trigger import citable
from ammo_agents.hooks import provider_of
from ammo_agents.ports import Evidence, FeedOptions, Wording
from ammo_agents.records import (
    BuddyId,
    Claim,
    Entity,
    EntityId,
    Fact,
    FactId,
    GoalBuddy,
    SubspaceId,
    digest,
)
from ammo_agents.round.roster import Roster, rostered
from ammo_agents.texts import text
from ammo_agents.views.shelf import find_buddy

Role = Literal["title", "sentence"]
ROLES: tuple[Role, ...] = ("sentence", "title")
DAYS = 120
"""Days of the subspace's world whose facts are asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One line to write of one fact, as the buddy's model reads it."""

    buddy: BuddyId
    fact: Fact
    role: Role
    task: Task
    group: str
    """What the model reads of the fact: two facts of one group are told apart by the program only, never by the model."""

    @property
    def messages(self) -> tuple[dict[str, str], ...]:
        """The prompt as ``{role, content}`` turns."""
        return tuple({"role": m.role, "content": m.text} for m in self.task.prompt.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is known of one buddy, or of all buddies of a subspace."""

    target: str
    """``coin/bitcoin`` or ``coin``."""
    subspace: SubspaceId
    buddies: tuple[GoalBuddy, ...]
    facts: Mapping[BuddyId, tuple[Fact, ...]]
    """Oldest first."""
    wordings: Mapping[str, Wording]
    entities: Mapping[EntityId, Entity]
    charters: Mapping[BuddyId, Charter]
    evidence: Sequence[Evidence] = ()

    def asks(self, *, seed: int, roles: Sequence[Role] = ROLES) -> tuple[Ask, ...]:
        """Return every different prompt once, in an order drawn by `seed`, each with a drawn fact that it fits.

        A tiny model reads letters for numbers and stand-ins for names: many facts make one prompt.
        """
        rng = np.random.default_rng([seed, 1])
        pool = [(b.id, f) for b in self.buddies for f in self.facts.get(b.id, ())]
        found: dict[str, Ask] = {}
        told: Counter[tuple[str, str]] = Counter()
        for at in rng.permutation(len(pool)).tolist():
            buddy, fact = pool[at]
            n = told[fact.predicate, fact.frame]
            told[fact.predicate, fact.frame] += 1
            if n >= SETS:  # its frame has been asked with every set of examples
                continue
            for role in roles:
                forms = self._forms(buddy, fact, role, seed)
                for ask in forms[n::SETS] if n else forms:
                    found[digest(list(ask.messages))] = ask
        order = sorted(found)
        return tuple(found[order[i]] for i in rng.permutation(len(order)).tolist())

    async def verdict(self, ask: Ask, raw: str) -> tuple[str, str]:
        """Return what a raw answer says to a reader, and why it may not be published ("" = it may)."""
        said = ask.task.filled(raw)
        claim = Claim(text=said, facts=(ask.fact.id,))
        key = "title" if ask.role == "title" else "hook"
        offered = Variant(key=key, claim=claim, avoid=ask.fact.statement)
        reviewed = await review([offered], self._bench(ask), Reviewed(), taken=())
        return said, "" if key in reviewed.accepted else reviewed.flags[0].reason

    def find(self, buddy: str, fact: str, role: Role, messages: Sequence[Mapping[str, str]]) -> Ask:
        """Return the ask that a kept prompt was made by; raises `BadInputError` when nothing here makes it."""
        known = {f.id: f for f in self.facts.get(BuddyId(buddy), ())}
        wanted = [dict(m) for m in messages]
        if (told := known.get(FactId(fact))) is not None:
            for ask in self._forms(BuddyId(buddy), told, role, 0):
                if list(ask.messages) == wanted:
                    return ask
        raise BadInputError(
            f"nothing on {self.target}'s desk makes this prompt of the fact {fact}",
            hint="The subspace, its wordings or the prompt texts have changed: sample again.",
        )

    def _forms(self, buddy: BuddyId, fact: Fact, role: Role, seed: int) -> list[Ask]:
        """Return the ask with each set of examples, each once, in an order of their own."""
        wording = self.wordings.get(fact.predicate, Wording())
        found: dict[str, Ask] = {}
        for n in range(4 * SETS):
            rng = np.random.default_rng([seed, n])
            task = Task(fact, wording, title=role == "title", rng=rng)
            group = digest([task.lettered(fact.frame)])[:12]
            ask = Ask(buddy=buddy, fact=fact, role=role, task=task, group=group)
            found.setdefault(digest(list(ask.messages)), ask)
        return [found[key] for key in sorted(found)]

    def _bench(self, ask: Ask) -> Bench:
        buddy = next(b for b in self.buddies if b.id == ask.buddy)
        return Bench.of(
            [ask.fact],
            self.wordings,
            self.entities,
            evidence=self.evidence,
            sources=buddy.sources,
            charter=self.charters.get(ask.buddy, Charter()),
        )


def tokens_for(role: Role) -> int:
    """Return the most tokens a line may take, as when the buddy writes a card."""
    return TOKENS[role]


async def desk_of(
    app: App, target: str, *, days: int = DAYS, facts: Set[str] = frozenset()
) -> Desk:
    """Return the desk of ``@bitcoin``, ``coin/bitcoin`` or ``coin``: what its world tells in `days`, and later `facts`.

    Raises:
        NotFoundError: no such buddy or subspace.
        BadInputError: its model writes whole drafts, or there is no fact.
    """
    for name in TEXTS:  # read off the loop once; then they are cached
        await asyncio.to_thread(text, name)
    space, buddies = await _named(app, target)
    subspace = app.subspace(space)
    knowledge = await app.knowledge(subspace)
    evidence = tuple(app.plugins.evidence())
    roster = await rostered(subspace, knowledge, await app.buddies(subspace), evidence)
    told = await _told(app, space, days, facts - {f.id for f in knowledge.facts})
    standing = [*sorted(told, key=lambda f: (f.date, f.id)), *knowledge.facts]
    working = tuple(b for b in buddies if b.id in roster.buddies)
    theirs = {b.id: _citable(b, roster, standing) for b in working}
    if not any(theirs.values()):
        raise BadInputError(
            f"{target} has no fact to tell in {days} days of {space}",
            hint="See its facts: ammo buddy show NAME; look further: --days 360",
        )
    return Desk(
        target=buddies[0].id if target_is_buddy(target, space) else space,
        subspace=space,
        buddies=working,
        facts=theirs,
        wordings=subspace.wordings,
        entities={e.id: e for e in knowledge.entities},
        charters=roster.charters,
        evidence=evidence,
    )


def target_is_buddy(target: str, space: SubspaceId) -> bool:
    """Return whether one buddy is meant and not all of a subspace."""
    return target.removeprefix("@") != space


def writer_of(app: App) -> str:
    """Return the id of the model that writes here.

    Raises:
        BadInputError: it writes whole drafts; its sentences cannot be asked for one by one.
    """
    wanted = app.settings.model
    cards = {card.id: card for card in provider_of(app.plugins, wanted).cards()}
    capability = cards[wanted].capability if wanted in cards else "large"
    if capability != "tiny":
        raise BadInputError(
            f"{wanted} writes whole drafts (capability {capability!r}); alternatives are sampled of models that write a sentence a call",
            hint="Sample with the model you train: ammo --model local/smollm2-135m train sample …",
        )
    return wanted


async def _named(app: App, target: str) -> tuple[SubspaceId, tuple[GoalBuddy, ...]]:
    name = target.removeprefix("@")
    installed = {s.id for s in app.plugins.subspaces()}
    space, _, rest = name.partition("/")
    if name in installed:
        return SubspaceId(name), tuple(await app.buddies(app.subspace(name)))
    where = space if rest and space in installed else None
    buddy = await find_buddy(app, name, where)
    return buddy.subspace, (buddy,)


async def _told(app: App, space: SubspaceId, days: int, wanted: Set[str]) -> list[Fact]:
    """Return what happened in the archive of a world from its first day on, for `days` and on to the last wanted fact.

    The running world stays where it is.
    """
    subspace = app.subspace(space)
    if subspace.triggers is None:
        return []
    triggers = await asyncio.to_thread(subspace.triggers, FeedOptions())
    found = {fact.id: fact for fact in triggers.knowledge()}
    for day in count():
        if day >= days and wanted <= found.keys():
            break
        shifts = await triggers.advance()
        if shifts is None:
            break
        found.update((fact.id, fact) for shift in shifts for fact in shift.facts)
    return list(found.values())


def _citable(buddy: GoalBuddy, roster: Roster, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the facts of a buddy's entity and its neighbours that it may cite."""
    first = roster.of(buddy.entity)
    near = {buddy.entity, *(buddy.neighbours or (first.neighbours if first is not None else ()))}
    return tuple(citable(buddy, [f for f in facts if f.entity in near or near & set(f.mentions)]))
