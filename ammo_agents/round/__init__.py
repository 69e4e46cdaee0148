"""One round of the MetaSpace on one page: read this first.

A round is one day of a subspace's world. Its shifts wake Goal Buddies (W9); each writes one grounded
creation or says nothing (W7, W8); what passes is published into the space; and whenever a person
looks, their User Buddy fills a few attention slots from it (W11) and learns from what they say (W3).
Goal code and user code meet here and nowhere else, and nothing below writes the ledger.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ammo_agents import telemetry
from ammo_agents.errors import BudgetError, ConflictError
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.goal.work import GoalContext, create
from ammo_agents.metering import asking as asked_by  # a submodule here is called asking
from ammo_agents.records import (
    BuddyId,
    ChartBlock,
    ClaimBlock,
    Creation,
    DialogueBlock,
    EntityId,
    Fact,
    FactId,
    GoalBuddy,
    IdeaKind,
    Placed,
    Rejected,
    Shift,
    TableBlock,
    Usage,
    digest,
)
from ammo_agents.round.world import World

Progress = Callable[[BuddyId, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one round did."""

    date: dt.date
    shifts: int
    published: tuple[Creation, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    silent: int = 0
    """Buddies that were woken and had nothing to say."""
    over: bool = False
    """The subspace's world has ended."""
    faults: tuple[tuple[str, str], ...] = ()
    """Buddies that do not work, or not as they were written, and checkers that sit out: (name, why)."""

    @property
    def usage(self) -> Usage:
        """What the round's model calls cost."""
        done = [c.usage for c in self.published] + [r.usage for r in self.rejected]
        return sum(done, start=Usage())


@dataclass(slots=True)
class Woken:
    """Who is asked to write this round, and why."""

    calls: list[tuple[GoalBuddy, Stimulus]] = field(default_factory=list)

    def add(self, buddy: GoalBuddy | None, stimulus: Stimulus) -> None:
        """Wake a buddy once a round at most."""
        if buddy is not None and all(buddy.id != other.id for other, _ in self.calls):
            self.calls.append((buddy, stimulus))


async def play(world: World, *, most: int, progress: Progress | None = None) -> Report:
    """Play one round: move the world one day on, wake buddies, publish what passes.

    At most `most` buddies write. The day is kept in the ledger only when its round is over, so a
    killed round is played again, and what it had already published is not published twice.
    """
    before = world.triggers.day()
    shifts = await world.triggers.advance()
    if shifts is None:
        return Report(date=world.triggers.day(), shifts=0, over=True)
    date = world.triggers.day()
    world.living.retire(date - dt.timedelta(days=world.settings.days_live))
    await world.learn([fact for shift in shifts for fact in shift.facts])
    woken = await wake(world, shifts, most=most, before=before)
    pointers = (
        await world.pointers()
    )  # promoted meanwhile, an adapter writes from the next round on

    async def one(buddy: GoalBuddy, stimulus: Stimulus) -> Creation | Rejected | None:
        async with world.pens.held(world.id):
            return await write(world, buddy, stimulus, progress=progress, pointers=pointers)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(buddy, stimulus)) for buddy, stimulus in woken]
    outcomes = [task.result() for task in tasks]
    await world.ledger.advance(f"day/{world.id}/{date}", world.id, date)
    return Report(
        date=date,
        shifts=len(shifts),
        published=tuple(o for o in outcomes if isinstance(o, Creation)),
        rejected=tuple(o for o in outcomes if isinstance(o, Rejected)),
        silent=sum(o is None for o in outcomes),
        faults=tuple(sorted(world.faults.items())),
    )


async def wake(
    world: World, shifts: Sequence[Shift], *, most: int, before: dt.date | None = None
) -> list[tuple[GoalBuddy, Stimulus]]:
    """Choose who writes: signals by surprise, one voice for what the calendar, the system or curiosity asks.

    A quarter of the round (at least one place, when there are two) is kept for what is no signal;
    otherwise the loudest coin would speak every day and the quiet regions would stay empty. `before` is
    the world's last day: a buddy whose own schedule fell on a day between is woken too.
    """
    date = world.triggers.day()
    woken = Woken()
    others = max(1, most // 4) if most > 1 else 0
    for buddy, stimulus in _signals(world, shifts, most - others):
        woken.add(buddy, stimulus)
    own = _own_schedules(world, before or date - dt.timedelta(days=1), date)
    quiet = [*await _scheduled(world, date), *_query(world, date), *_curious(world, date)]
    quiet += _across(world, date)
    asked = [(world.buddy_of(s.entity), s) for s in quiet if s.entity is not None]
    rare = [pair for pair in own if pair[0].schedule != "daily"]
    often = [pair for pair in own if pair[0].schedule == "daily"]
    # Who is due every day and what the world asks for take turns; once a week is once a week.
    halves = (often, asked) if date.toordinal() % 2 else (asked, often)
    for voice, stimulus in (*rare, *halves[0], *halves[1]):
        if len(woken.calls) < most:
            woken.add(voice, stimulus)
    return [
        (buddy, stimulus)
        for buddy, stimulus in woken.calls[:most]
        if not world.has_written(buddy.id, stimulus.kind, date) and world.may_write(buddy.id, date)
    ]


def _signals(world: World, shifts: Sequence[Shift], room: int) -> list[tuple[GoalBuddy, Stimulus]]:
    """Return whom the shifts wake, at most `room`: one voice a shift, then the other voices it touches.

    Of several buddies of one entity, the one whose newest card is oldest speaks first.
    """
    heard = sorted(shifts, key=lambda s: (-s.surprise, s.entity))[:room]
    turns = [
        [(buddy, _signal(world, buddy, shift)) for buddy in _by_turn(world, shift)]
        for shift in heard
    ]
    first = [voices[0] for voices in turns if voices]
    return (first + [pair for voices in turns for pair in voices[1:]])[: max(0, room)]


def _by_turn(world: World, shift: Shift) -> list[GoalBuddy]:
    return sorted(world.who.woken_by(shift), key=lambda buddy: world.last_wrote(buddy.id))


def _signal(world: World, buddy: GoalBuddy, shift: Shift) -> Stimulus:
    return Stimulus(
        kind=IdeaKind.SIGNAL,
        date=world.triggers.day(),
        shift=shift,
        entity=shift.entity,
        seed=world.seed_for(_seeded(world, buddy, shift.entity)),
    )


def _own_schedules(
    world: World, before: dt.date, date: dt.date
) -> list[tuple[GoalBuddy, Stimulus]]:
    """Return whom their own schedule wakes, the longest silent first."""
    due = sorted(world.who.due(before, date), key=lambda b: (world.last_wrote(b.id), b.id))
    return [
        (
            buddy,
            Stimulus(
                kind=IdeaKind.SCHEDULE,
                date=date,
                entity=buddy.entity,
                seed=world.seed_for(_seeded(world, buddy, buddy.entity)),
            ),
        )
        for buddy in due
    ]


def _seeded(world: World, buddy: GoalBuddy, entity: EntityId) -> str:
    """Return what a stimulus is seeded by: the entity for its first voice, the buddy's own id for the others."""
    return entity if world.buddy_of(entity) is buddy else buddy.id


async def _scheduled(world: World, date: dt.date) -> list[Stimulus]:
    return [
        Stimulus(
            kind=IdeaKind.SCHEDULE,
            date=date,
            shift=shift,
            entity=shift.entity,
            seed=world.seed_for(shift.entity),
        )
        for shift in await world.triggers.scheduled()
    ]


def _query(world: World, date: dt.date) -> list[Stimulus]:
    """The system's own question, once a day: what people like most has had nothing new for a while."""
    entity = world.missed()
    if entity is None or IdeaKind.QUERY in world.kinds_on(date):
        return []
    name = world.entities[entity].name
    return [
        Stimulus(
            kind=IdeaKind.QUERY,
            date=date,
            entity=entity,
            request=f"What is new about {name}?",
            seed=world.seed_for(entity),
        )
    ]


def _curious(world: World, date: dt.date) -> list[Stimulus]:
    """The emptiest region of the space, once a day: the entity farthest from all that is being said."""
    entity = world.emptiest()
    if entity is None or IdeaKind.CURIOSITY in world.kinds_on(date):
        return []
    return [
        Stimulus(kind=IdeaKind.CURIOSITY, date=date, entity=entity, seed=world.seed_for(entity))
    ]


def _across(world: World, date: dt.date) -> list[Stimulus]:
    """What an entity leads to in another subspace, once a day and once a pair."""
    if any(kind is IdeaKind.CURIOSITY for kind in world.kinds_on(date)):
        return []
    found = world.across()
    return [] if found is None else [found]


async def write(
    world: World,
    buddy: GoalBuddy,
    stimulus: Stimulus,
    *,
    progress: Progress | None = None,
    pointers: Mapping[str, str] | None = None,
) -> Creation | Rejected | None:
    """Let one buddy write, and keep the outcome: a published creation, or why there is none.

    Returns None when the buddy had nothing to say, or when this very idea is already published.
    `pointers` say which adapters write; None = those that are live now.
    """
    context, known = await context_of(world, buddy, stimulus, progress=progress, pointers=pointers)
    with asked_by(buddy.id), telemetry.agent(buddy.id):
        outcome = await create(buddy, stimulus, context)
    if outcome is None:
        return None
    key = "/".join([
        str(world.id),
        str(stimulus.date),
        str(buddy.id),
        str(stimulus.kind),
        digest(stimulus.request)[:8],
    ])
    if isinstance(outcome, Rejected):
        await world.ledger.reject(f"reject/{key}/{outcome.stage}", outcome, world.clock.now())
        return outcome
    return await publish(world, f"publish/{key}", outcome, known)


async def context_of(
    world: World,
    buddy: GoalBuddy,
    stimulus: Stimulus,
    *,
    progress: Progress | None = None,
    pointers: Mapping[str, str] | None = None,
) -> tuple[GoalContext, list[Fact]]:
    """Return what a buddy may use for one card, and every fact the card may cite."""
    told = () if stimulus.shift is None else stimulus.shift.facts
    known = [*told, *world.known(buddy)]
    wordings, bridges = world.subspace.wordings, world.bridges
    abroad = bridges if any(fact.subspace != world.id for fact in told) else None
    if abroad is not None and stimulus.shift is not None:
        abroad.asked(stimulus.shift)
    context = GoalContext(
        model=await world.model_of(buddy, pointers=pointers),
        embedder=world.embedder,
        space=world.space,
        entities=world.entities if abroad is None else {**world.entities, **abroad.entities},
        wordings=wordings if abroad is None else {**abroad.wordings, **wordings},
        evidence=world.evidence,
        charter=world.charter(buddy),
        graph=world.graph_of(buddy),
        graph_seconds=2 * world.settings.model_deadline_s,
        known=known,
        recent=world.recent(buddy.id),
        living=world.living.matrix,
        titles=world.titles,
        visibility=world.visibility,
        cost_limit=world.settings.cost_limit,
        cost_weight=world.cost_weight(buddy),
        now=world.clock.now,
        progress=progress,
    )
    return context, known


async def publish(world: World, key: str, placed: Placed, known: Sequence[Fact]) -> Creation | None:
    """Publish one creation with the facts it cites: ledger first, then the living space and the index.

    Returns None when it is published already, when the buddy's day is spent, or when its title is taken.
    """
    creation = placed.creation
    if creation.title.text.lower() in world.titles:
        return None  # another buddy of this round was faster with the same title
    by_id = {fact.id: fact for fact in known}
    facts = [by_id[id] for id in cited(creation)]
    vectors = await world.place(facts)
    try:
        await world.book(creation)
        receipt = await world.ledger.publish(key, placed, facts, vectors)
    except (BudgetError, ConflictError):
        return None
    if not receipt.repeated:
        await world.admit(placed)
    return creation


def cited(creation: Creation) -> list[FactId]:
    """Return the ids of every fact a creation stands on, each once, in reading order."""
    found: dict[FactId, None] = {}
    for claim in (creation.title, creation.hook, *creation.claims):
        found.update(dict.fromkeys(claim.facts))
    for block in creation.blocks:
        match block:
            case TableBlock() | ChartBlock():
                found.update(dict.fromkeys(block.facts))
            case ClaimBlock():
                found.update(dict.fromkeys(block.claim.facts))
            case DialogueBlock():
                found.update(dict.fromkeys(f for turn in block.turns for f in turn.claim.facts))
    return list(found)
