"""A buddy is tried before anybody sees it: nothing is published, and what is foretold has n and an interval."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ammo_agents import geometry
from ammo_agents.aipp.preference import FIXED
from ammo_agents.app import App, opened
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.records import BuddyId, CreationId
from ammo_agents.round import play
from ammo_agents.round.prospect import (
    drawn_people,
    losers,
    mean_of,
    nearest,
    share_of,
    slots_of,
)
from ammo_agents.testing.command import SCRIPTED, AmmoCommand
from ammo_agents.user.rank import Candidates
from ammo_agents.views import VERBS
from ammo_agents.views.rehearsal import preview, rehearsed

DRY = """+++
space = "coin"
entity = "bitcoin"
name = "Dry Bitcoin"
{more}
+++
Tell what moved, then against what.
"""


async def written(place: Path, more: str = "") -> str:
    return await asyncio.to_thread(dry, place, more)


def dry(place: Path, more: str = "") -> str:
    path = place / "dry.md"
    path.write_text(DRY.format(more=more), encoding="utf-8")
    return str(path)


async def begun(app: App) -> None:
    world = await app.world("coin", start=dt.date(2020, 3, 8))
    for _ in range(2):
        await play(world, most=6)


async def kept(app: App) -> tuple[object, ...]:
    """Everything a rehearsal must leave as it is."""
    ledger = app.ledger
    counts = dict(await ledger.counts())
    return (
        len(await ledger.creations()),
        len(await ledger.attempts()),
        len(await ledger.facts()),
        await ledger.day("coin"),
        counts.get("slates"),
        app.parts.worlds["coin"].triggers.day(),  # type: ignore[index]
        app.parts.living["coin"].ids,  # type: ignore[index]
        set(app.parts.worlds["coin"].titles),  # type: ignore[index]
    )


async def test_a_file_that_is_not_installed_writes_and_nothing_is_published(
    settings_of, tmp_path
) -> None:
    async with opened(await settings_of(), access="write") as app:
        await begun(app)
        before, spent = await kept(app), await app.ledger.spent("model*", app.clock.now().date())
        found = await rehearsed(app, name=await written(tmp_path), cards=3)
        expected = await preview(app, name=await written(tmp_path), cards=3, people=20)
        assert await kept(app) == before
        after = await app.ledger.spent("model*", app.clock.now().date())
        assert after.tokens > spent.tokens
    assert found["passed"] == 3
    for take in found["cards"]:
        card = take["card"]
        assert card["sentences"]
        assert all(s["sources"] for s in card["sentences"])
        assert take["tokens"] > 0
    titles = [take["card"]["title"] for take in found["cards"]]
    assert len(set(titles)) == 3
    people = expected["people"]
    assert people["simulated"]["n"] == people["simulated"]["visibility"]["n"] == 20
    assert people["recorded"]["n"] == 1
    ends = people["simulated"]["visibility"]
    assert 0 <= ends["low"] <= ends["mean"] <= ends["high"] <= 1
    assert expected["cards"]["n"] == 3
    assert len(expected["repeats"]["living"]) == 3
    assert len(expected["repeats"]["own"]) == 2


async def test_what_a_buddy_may_not_do_is_told_before_it_is_published(
    settings_of, tmp_path
) -> None:
    async with opened(await settings_of(), access="write") as app:
        await begun(app)
        strict = await written(tmp_path, 'principles = ["avoid: bitcoin"]')
        found = await rehearsed(app, name=strict, cards=2)
        assert found["passed"] == 0
        assert {take["stage"] for take in found["cards"]} == {"ground"}
        expected = await preview(app, name=strict, cards=2, people=5)
        assert expected["principles"][0]["principle"] == "avoid: bitcoin"
        assert expected["people"]["simulated"]["visibility"]["mean"] == 0
        idle = await rehearsed(app, name=await written(tmp_path, "budget = 0"), cards=2)
        assert idle["silent"]
        with pytest.raises(BadInputError, match="nothing can check") as refused:
            await rehearsed(app, name=await written(tmp_path, 'principles = ["Be kind"]'), cards=2)
        assert "no advice" in refused.value.hint


async def test_an_installed_buddy_is_found_by_any_of_its_names(settings_of) -> None:
    async with opened(await settings_of(), access="write") as app:
        found = await rehearsed(app, name="@bitcoin", cards=1)
        assert found["buddy"]["id"] == "coin/bitcoin"
        with pytest.raises(NotFoundError, match="no Goal Buddy 'nobody'"):
            await rehearsed(app, name="nobody", cards=1)
        with pytest.raises(BadInputError, match="0 cards"):
            await rehearsed(app, name="@bitcoin", cards=0)
        with pytest.raises(BadInputError, match="0 people"):
            await preview(app, name="@bitcoin", people=0)


def test_both_verbs_may_book_what_the_model_costs() -> None:
    assert VERBS["buddy_test"].access == VERBS["buddy_preview"].access == "write"


@pytest.fixture(scope="module")
def ammo(tmp_path_factory) -> AmmoCommand:
    home = tmp_path_factory.mktemp("home")
    return AmmoCommand(home, {**SCRIPTED, "AMMO_STORE": "exact"})


def test_the_command_line_shows_cards_and_what_they_may_expect(ammo, tmp_path) -> None:
    path = dry(tmp_path, 'principles = ["no advice", "avoid: bitcoin"]')
    said = ammo("buddy", "test", path, "--cards", "1").stdout
    assert "Refused at ground" in said
    assert "0 of 1 would go out. Nothing was published." in said
    painted = ammo("buddy", "preview", "@bitcoin", "--cards", "1", "--people", "3").stdout
    assert "P(seen), simulated people" in painted
    assert "n = 3" in painted
    missing = ammo("buddy", "test", str(tmp_path / "none.md"), code=2)
    assert "none.md" in missing.stderr


# --- the numbers -----------------------------------------------------------------------------


def pool(scores: list[float], buddies: list[str]) -> Candidates:
    return Candidates(
        ids=tuple(CreationId(f"c_{n:04}") for n in range(len(scores))),
        rows=np.array(scores)[:, None],
        buddies=tuple(BuddyId(b) for b in buddies),
    )


ONE = np.ones(1)
ME = BuddyId("me")


def test_slots_lost_are_the_slots_taken() -> None:
    rng = np.random.default_rng(7)
    rivals = pool(rng.normal(size=40).tolist(), [f"b{n % 12}" for n in range(40)])
    seen = slots_of(ONE, rivals, np.array([[1.5], [0.5]]), ME, n=8, epsilon=0.15)
    assert 0.5 < seen.taken <= 1.0
    assert sum(seen.lost.values()) == pytest.approx(seen.taken, abs=0.02)


def test_the_visibility_is_the_chance_of_the_real_draw() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=20)
    rivals = pool(scores.tolist(), [f"b{n}" for n in range(20)])
    seen = slots_of(ONE, rivals, np.array([[1.0]]), ME, n=5, epsilon=0.3)
    all_ = np.append(scores, 1.0)
    tau = geometry.tau_for(all_, 5, 0.3, groups=np.arange(21))
    noise = rng.gumbel(size=(20_000, 21))
    shown = np.argsort(-(all_ / tau + noise), axis=1)[:, :5]
    assert seen.visibility == pytest.approx(float((shown == 20).any(axis=1).mean()), abs=0.01)


def test_a_card_that_is_alone_is_seen() -> None:
    assert slots_of(ONE, pool([], []), np.array([[0.3]]), ME, n=8, epsilon=0.15).visibility == 1.0


def test_a_buddy_that_has_cards_takes_its_own_place() -> None:
    rivals = pool([0.5] * 9, ["me"] + [f"b{n}" for n in range(8)])
    seen = slots_of(ONE, rivals, np.array([[0.5]]), ME, n=8, epsilon=0.15)
    assert seen.taken == pytest.approx(0.0, abs=1e-9)
    assert seen.lost == {}


def test_without_cards_nothing_is_seen() -> None:
    nobody = slots_of(ONE, pool([1.0], ["a"]), np.empty((0, 1)), ME, n=8, epsilon=0.15)
    assert (nobody.visibility, nobody.taken) == (0.0, 0.0)
    assert losers([nobody], most=5) == []


def test_losers_are_those_who_lose_most() -> None:
    rivals = pool([0.1, 0.9, 0.5], ["a", "b", "c"])
    one = slots_of(ONE, rivals, ONE[:, None], ME, n=2, epsilon=0.05)
    (buddy, share), *_ = losers([one], most=2)
    assert buddy == "c"
    assert share > 0.8


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    hits = shares = 0
    for _ in range(400):
        sample = mean_of(rng.normal(0.5, 0.1, size=30).tolist(), low=0.0, high=1.0)
        assert sample.low is not None
        assert sample.high is not None
        hits += sample.low <= 0.5 <= sample.high
        share = share_of(int(rng.binomial(20, 0.9)), 20)
        assert share.low is not None
        assert share.high is not None
        shares += share.low <= 0.9 <= share.high
    assert hits >= 365
    assert shares >= 365


def test_one_observation_has_no_interval_beyond_what_is_possible() -> None:
    assert (mean_of([0.3], low=0.0, high=1.0).low, mean_of([0.3]).high) == (0.0, None)
    assert mean_of([]).mean is None
    assert share_of(0, 0).n == 0
    assert share_of(5, 5).high == 1.0


def test_simulated_people_are_drawn_from_what_is_believed_of_newcomers() -> None:
    people = drawn_people(FIXED, len(FIXED.mean) + 4, n=20_000, seed=7)
    assert people.shape == (20_000, len(FIXED.mean) + 4)
    assert np.abs(people[:, : len(FIXED.mean)].mean(axis=0) - FIXED.mean).max() < 0.005
    assert not people[:, len(FIXED.mean) :].any()
    again = drawn_people(replace(FIXED), len(FIXED.mean) + 4, n=20_000, seed=7)
    assert np.array_equal(people, again)


def test_likeness_is_to_what_lives_and_to_its_own() -> None:
    rows = np.eye(3, dtype=np.float32)
    there, own = nearest(rows, rows[:1])
    assert there == [1.0, 0.0, 0.0]
    assert own == [-1.0, 0.0, 0.0]
    assert nearest(rows[:1], np.empty((0, 0), np.float32)) == ([-1.0], [-1.0])
