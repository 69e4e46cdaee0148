"""Who writes: several buddies of one entity, by shifts, topics and the calendar, each within its own limits."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from ammo_agents.app import App, opened
from ammo_agents.errors import BadInputError, BudgetError
from ammo_agents.goal.aside import Watched
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
from ammo_agents.records import (
    BuddyId,
    Claim,
    Draft,
    Edge,
    Entity,
    EntityId,
    GoalBuddy,
    IdeaKind,
    Knowledge,
    Shift,
    SubspaceId,
)
from ammo_agents.round import play, wake, write
from ammo_agents.round.roster import is_due, roster_of, weighable

COIN = SubspaceId("coin")
DAY = dt.date(2020, 3, 9)
"""A Monday."""


def own(slug: str, **how: object) -> GoalBuddy:
    parts = {"entity": EntityId("coin/bitcoin"), "subspace": COIN, "name": slug} | how
    return GoalBuddy(id=BuddyId(f"coin/{slug}"), **parts)  # type: ignore[arg-type]


def graph(*slugs: str, edges: tuple[Edge, ...] = ()) -> Knowledge:
    entities = [Entity(id=EntityId(f"coin/{s}"), subspace=COIN, name=s) for s in slugs]
    return Knowledge(entities=tuple(entities), edges=edges)


def space(**how: object) -> Subspace:
    return Subspace(id=COIN, title="Coin", knowledge=lambda: graph("bitcoin"), **how)  # type: ignore[arg-type]


class Beside:
    """A plugin with buddies and a graph of its own."""

    __name__ = "beside"

    def __init__(self, *buddies: GoalBuddy) -> None:
        self._buddies = list(buddies)

    @hookimpl
    def ammo_buddies(self) -> list[GoalBuddy]:
        return self._buddies

    @hookimpl
    def ammo_graphs(self, settings: object) -> list[object]:
        return [Plain()]


class Plain:
    """Says each fact as it is."""

    name = "plain"

    async def write(self, brief):
        lead, *rest = brief.known[:3]
        title = brief.wordings[lead.predicate].titles[0]
        say = [Claim(text=f.statement, facts=(f.id,)) for f in (lead, *rest)]
        head = title.format(**{q.name: q.text for q in lead.quantities})
        head = Claim(text=head, facts=(lead.id,))
        return Draft(idea=brief.idea, title=head, hook=say[0], claims=tuple(say[1:]), model="")


# --- the roster ------------------------------------------------------------------------------


def test_the_graphs_own_buddy_speaks_first_and_others_are_kept() -> None:
    first, dry, odd = own("bitcoin"), own("dry"), own("odd", entity=EntityId("coin/ether"))
    found = roster_of(space(), graph("bitcoin", "ether"), [dry, odd, first])
    assert found.of(EntityId("coin/bitcoin")) == first
    assert found.voices[EntityId("coin/bitcoin")] == (first, dry)
    assert found.of(EntityId("coin/ether")) == odd


def test_an_entity_without_a_buddy_is_spoken_for_by_its_nearest_neighbour() -> None:
    edges = (
        Edge(source=EntityId("coin/wbtc"), kind="wraps", target=EntityId("coin/bitcoin")),
        Edge(source=EntityId("coin/wbtc"), kind="on", target=EntityId("coin/ether"), weight=0.5),
    )
    known = graph("bitcoin", "ether", "wbtc", edges=edges)
    buddies = [own("bitcoin"), own("dry"), own("ether", entity=EntityId("coin/ether"))]
    found = roster_of(space(), known, buddies)
    assert [b.id for b in found.voices[EntityId("coin/wbtc")]] == ["coin/bitcoin"]


BROKEN = {
    "another subspace": ({"subspace": SubspaceId("job")}, "belongs to 'job'"),
    "no entity": ({"entity": EntityId("coin/nobody")}, "which is not in the graph"),
    "odd schedule": ({"schedule": "hourly"}, "has the schedule 'hourly'"),
    "free principle": ({"principles": ("Be kind",)}, "nothing can check the principle 'Be kind'"),
}


@pytest.mark.parametrize(("how", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_buddy_that_cannot_work_is_told_why_and_the_others_work(how, reason) -> None:
    found = roster_of(space(), graph("bitcoin"), [own("bitcoin"), own("bad", **how)])
    assert list(found.buddies) == ["coin/bitcoin"]
    assert reason in found.faults[BuddyId("coin/bad")]


def test_two_buddies_of_one_name_are_not_two() -> None:
    found = roster_of(space(), graph("bitcoin"), [own("dry", name="A"), own("dry", name="B")])
    assert found.buddies[BuddyId("coin/dry")].name == "A"
    assert "two buddies are called" in found.faults[BuddyId("coin/dry")]


def test_a_subspace_whose_principles_nothing_can_check_does_not_open() -> None:
    with pytest.raises(BadInputError, match=r"subspace 'coin': nothing can check .* 'Be kind'"):
        roster_of(space(principles=("Be kind",)), graph("bitcoin"), [])


class Judge:
    """Says what it is told about which principles it weighs."""

    name = "judge"

    async def entails(self, premise: str, claim: str) -> float:
        return 1.0

    def weighs(self, principle: str) -> bool:
        if principle == "Be odd":
            raise RuntimeError("out of order")
        return principle == "Be kind"

    async def keeps(self, principle: str, text: str) -> float:
        return 1.0


async def test_judges_are_asked_once_and_one_that_fails_weighs_nothing() -> None:
    buddies = [own("a", principles=("Be kind", "no advice")), own("b", principles=("Be odd",))]
    weighed = await weighable(space(), buddies, [Judge()])
    assert weighed == {"Be kind"}
    found = roster_of(space(), graph("bitcoin"), buddies, judges=[Judge()], weighed=weighed)
    assert list(found.buddies) == ["coin/a"]


# --- the calendar ----------------------------------------------------------------------------

SCHEDULE = [
    ("", DAY, False),
    ("daily", DAY, True),
    ("weekly", DAY, True),
    ("weekly", DAY + dt.timedelta(days=1), False),
    ("mon", DAY, True),
    ("sun", DAY, False),
    ("sun", DAY + dt.timedelta(days=6), True),
]


@pytest.mark.parametrize(("schedule", "date", "due"), SCHEDULE)
def test_a_schedule_falls_on_the_days_of_its_world(schedule, date, due) -> None:
    assert is_due(own("x", schedule=schedule), date - dt.timedelta(days=1), date) is due


@pytest.mark.parametrize("schedule", ["mon", "wed", "sat"])
def test_over_a_year_a_weekday_comes_once_a_week_whatever_days_are_skipped(schedule) -> None:
    every = [DAY + dt.timedelta(days=n) for n in range(364)]
    weekdays = [d for d in every if d.weekday() < 5]
    for days in (every, weekdays, every[::3], every[::7]):
        before = [DAY - dt.timedelta(days=1), *days]
        due = sum(is_due(own("x", schedule=schedule), b, d) for b, d in zip(before, days, strict=False))  # fmt: skip
        assert due in (51, 52, 53)


# --- a world ---------------------------------------------------------------------------------


async def ready(app: App, *buddies: GoalBuddy):
    added = await asyncio.to_thread(app.plugins.add, "beside", Beside(*buddies))
    assert added.fault == ""
    return await app.world("coin", start=dt.date(2020, 3, 8))


def shifts_of(facts, *entities: str) -> list[Shift]:
    return [
        Shift(subspace=COIN, entity=EntityId(f"coin/{e}"), date=DAY, facts=tuple(facts))
        for e in entities
    ]


async def test_a_shift_wakes_the_graphs_buddy_and_those_whose_topics_it_touches(
    settings_of, shift
) -> None:
    buddies = [
        own("volatile", topics=("average daily move",)),
        own("gardener", topics=("gardening",)),
        own("open"),
        own("other", sources=("Nobody",)),
    ]
    async with opened(await settings_of(), access="write") as app:
        world = await ready(app, *buddies)
        woken = await wake(world, shifts_of(shift.facts, "bitcoin"), most=8)
        signals = [b.id for b, s in woken if s.kind is IdeaKind.SIGNAL]
        assert signals == ["coin/bitcoin", "coin/volatile", "coin/open"]
        seeds = [s.seed for _, s in woken if s.kind is IdeaKind.SIGNAL]
        assert len(set(seeds)) == 3
        few = await wake(world, shifts_of(shift.facts, "bitcoin", "litecoin"), most=3)
        assert {b.id for b, s in few if s.kind is IdeaKind.SIGNAL} == {
            "coin/bitcoin",
            "coin/litecoin",
        }


async def test_buddies_of_one_entity_take_turns_where_there_is_one_place(
    settings_of, shift
) -> None:
    async with opened(await settings_of(), access="write") as app:
        world = await ready(app, own("dry"))
        spoken = []
        for n in range(4):
            (buddy, _), *_ = await wake(world, shifts_of(shift.facts, "bitcoin"), most=1)
            spoken.append(str(buddy.id))
            world._wrote[buddy.id] = DAY + dt.timedelta(days=n)
        assert spoken == ["coin/bitcoin", "coin/dry", "coin/bitcoin", "coin/dry"]


async def test_the_calendar_wakes_a_buddy_within_the_rounds_budget(settings_of) -> None:
    monday = [own(f"monday-{n}", schedule="mon") for n in range(5)]
    async with opened(await settings_of(), access="write") as app:
        world = await ready(app, own("sunday", schedule="sun"), *monday)
        assert world.triggers.day() <= DAY
        while world.triggers.day() < DAY:
            await world.triggers.advance()
        woken = await wake(world, [], most=3, before=DAY - dt.timedelta(days=1))
        assert [str(b.id) for b, _ in woken] == ["coin/monday-0", "coin/monday-1", "coin/monday-2"]
        assert {s.kind for _, s in woken} == {IdeaKind.SCHEDULE}
        again = await wake(world, [], most=3, before=DAY - dt.timedelta(days=1))
        assert again == woken


async def test_a_round_publishes_cards_of_plugins_buddies_too(settings_of) -> None:
    async with opened(await settings_of(), access="write") as app:
        dry = own("dry", schedule="daily", graph="plain", principles=("no advice",))
        world = await ready(app, dry)
        reports = [await play(world, most=8) for _ in range(2)]
        by = {c.buddy: c for report in reports for c in report.published}
        assert by[dry.id].prompt == "graph:plain"
        assert by[dry.id].entity == dry.entity
        assert by[BuddyId("coin/bitcoin")].prompt != "graph:plain"
        kept = await app.ledger.creations(buddy=dry.id)
        assert kept


async def test_a_model_that_is_not_installed_is_told_and_another_writes(settings_of) -> None:
    async with opened(await settings_of(), access="write") as app:
        odd = own("odd", schedule="daily", model="nobody/huge", graph="nowhere")
        good = own("good", schedule="daily", model="scripted/shots")
        world = await ready(app, odd, good)
        reports = [await play(world, most=8) for _ in range(2)]
        faults = dict(reports[-1].faults)
        assert "no plugin offers its graph 'nowhere'" in faults[odd.id]
        assert "no plugin offers 'nobody'" in faults[odd.id]
        assert good.id not in faults
        assert odd.id in {c.buddy for report in reports for c in report.published}
        assert await world.model_of(good) is world.model
        assert await world.model_of(odd) is world.model


async def test_a_budget_is_a_buddys_own_and_never_above_the_settings(settings_of) -> None:
    async with opened(await settings_of(AMMO_CREATIONS_PER_DAY="2"), access="write") as app:
        world = await ready(app, own("rich", budget=99), own("poor", budget=0), own("one", budget=1))  # fmt: skip
        allowed = {name: world.allowance(BuddyId(f"coin/{name}")) for name in ("rich", "poor", "one", "bitcoin")}  # fmt: skip
        assert allowed == {"rich": 2, "poor": 0, "one": 1, "bitcoin": 2}
        while world.triggers.day() < DAY:
            await world.triggers.advance()
        poor = own("poor", budget=0)
        woken = await wake(world, [], most=8, before=DAY - dt.timedelta(days=1))
        assert poor.id not in {b.id for b, _ in woken}
        one = world.buddies[BuddyId("coin/one")]
        first = await write(world, one, Stimulus(kind=IdeaKind.REQUEST, date=DAY, request="What happened?"))  # fmt: skip
        assert first is not None
        with pytest.raises(BudgetError):
            await world.book(replace(first, id="c_second"))  # type: ignore[type-var,arg-type]


async def test_no_buddy_makes_misinformation_cheaper(settings_of) -> None:
    asked = {None: 1.5, 0.0: 1.5, -5.0: 1.5, 3.0: 3.0, float("nan"): 1.5}
    async with opened(await settings_of(AMMO_COST_WEIGHT="1.5"), access="write") as app:
        world = await ready(app)
        for weight, used in asked.items():
            assert world.cost_weight(own("x", cost_weight=weight)) == used


async def test_a_buddy_without_neighbours_borrows_those_of_its_entity(settings_of) -> None:
    async with opened(await settings_of(), access="write") as app:
        world = await ready(app, own("dry"))
        first = world.buddy_of(EntityId("coin/bitcoin"))
        assert first is not None
        dry = world.buddies[BuddyId("coin/dry")]
        assert {f.id for f in world.known(dry)} == {f.id for f in world.known(first)}


class Broken:
    """A checker that raises, hangs or answers junk."""

    name = "broken/checker"

    def __init__(self, answer: object) -> None:
        self._answer = answer
        self.asked = 0

    async def entails(self, premise: str, claim: str) -> float:
        self.asked += 1
        if self._answer == "hang":
            await asyncio.sleep(60)
        if self._answer == "raise":
            raise ValueError("out of order")
        return self._answer  # type: ignore[return-value]


@pytest.mark.parametrize("answer", ["raise", "hang", "yes", float("nan"), 7.0, None])
async def test_a_checker_that_fails_sits_out_and_is_named(answer) -> None:
    broken = Broken(answer)
    watched = Watched(broken, seconds=0.1)
    assert [await watched.entails("a", "b") for _ in range(3)] == [1.0, 1.0, 1.0]
    assert broken.asked == 1
    assert watched.fault.startswith("the checker 'broken/checker' ")
    sound = Watched(Broken(0.25))
    assert await sound.entails("a", "b") == 0.25
    assert sound.fault == ""
