"""A running AMMO promotes and rolls back without a restart; the gate of cards reads an adapter's words like any others."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_adapters as made
import pytest

from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.adapters.voice import Adapted
from ammo_agents.aipp.impression import key_of
from ammo_agents.aipp.pairs.consent import hashed
from ammo_agents.app import App, opened
from ammo_agents.errors import AdapterError, BudgetError, RefusedError
from ammo_agents.records import Message, Mix, Prompt, Sampling
from ammo_agents.round import play
from ammo_agents.settings import Loaded
from ammo_agents.testing.command import AmmoCommand
from ammo_agents.testing.plugin import ADAPTED, first_with_adapter
from ammo_agents.testing.scripted import ScriptedModel
from ammo_agents.views import adapters, house, profiles, sights
from ammo_agents.views.checks import further

Open = Callable[..., AbstractAsyncContextManager[App]]
PROMPT = Prompt(messages=(Message(role="user", text="Say up"),))


@pytest.fixture
def running(played: Callable[..., Loaded]) -> Open:
    """Open a home of one round whose model takes adapters."""

    @asynccontextmanager
    async def open_home(model: str = "scripted/adapted", **more: str) -> AsyncIterator[App]:
        loaded = await asyncio.to_thread(played, rounds=1, AMMO_MODEL=model, **more)
        async with opened(loaded, access="write") as app:
            yield app

    return open_home


async def kept(app: App, word: str = "one", **more: Any) -> AdapterManifest:
    return await asyncio.to_thread(made.kept, app.folders.data, word, **more)


def stamps(report: Any) -> set[str]:
    """Return the adapters on a round's cards that a model wrote words of."""
    return {card.adapter for card in report.published if card.model != "realiser"}


async def test_a_promoted_adapter_writes_the_next_round_and_a_rollback_the_one_after(
    running: Open,
) -> None:
    async with running() as app:
        world = await app.world()
        one = await kept(app)
        assert stamps(await play(world, most=4)) == {""}
        await adapters.promote(app, adapter=one.id, target="coin")
        round_two = await play(world, most=4)
        assert stamps(round_two) == {one.id}
        again = await app.ledger.creation(round_two.published[0].id)
        assert again == round_two.published[0]
        saw = await sights.sights(app, limit=1)
        assert saw["sights"][0]["adapters"] == [{"id": one.id, "scale": 1.0}]
        await adapters.rollback(app, target="coin", reason="a test")
        assert stamps(await play(world, most=4)) == {""}


async def test_a_running_round_ends_with_what_it_began_with(running: Open) -> None:
    async with running() as app:
        world = await app.world()
        one = await kept(app)
        begun = await world.pointers()
        await adapters.promote(app, adapter=one.id, target="all")
        buddy = next(iter(world.buddies.values()))
        assert not isinstance(await world.model_of(buddy, pointers=begun), Adapted)
        assert isinstance(await world.model_of(buddy), Adapted)


async def test_one_buddy_alone_can_have_an_adapter(running: Open) -> None:
    async with running() as app:
        world = await app.world()
        one = await kept(app, target="coin/bitcoin")
        told = await adapters.promote(app, adapter=one.id[:10])
        assert told["target"] == "coin/bitcoin"
        by = {
            id: await world.model_of(world.buddies[id]) for id in ("coin/bitcoin", "coin/ethereum")
        }
        assert isinstance(by["coin/bitcoin"], Adapted)
        assert not isinstance(by["coin/ethereum"], Adapted)


async def test_what_an_adapter_invents_is_not_published(running: Open) -> None:
    async with running("scripted/wild") as app:
        world = await app.world()
        one = await kept(app)
        await adapters.promote(app, adapter=one.id, target="coin")
        report = await play(world, most=4)
        assert report.published
        for card in report.published:
            assert "900" not in card.text
            assert (card.model, card.adapter) == ("realiser", "")
        assert any("900%" in flag.text for card in report.published for flag in card.flags)


@pytest.mark.parametrize("how", ["altered", "tainted", "gone"])
async def test_the_base_writes_in_the_place_of_an_adapter_that_may_not(
    running: Open, how: str
) -> None:
    async with running() as app:
        world = await app.world()
        one = await kept(app, people=("p1",))
        await adapters.promote(app, adapter=one.id, target="coin")
        path = app.voices.registry.folder.path(one.id) / "adapter.gguf"
        if how == "altered":
            await asyncio.to_thread(path.write_bytes, b"GGUF and something else")
        elif how == "gone":
            await asyncio.to_thread(path.unlink)
        else:
            await app.voices.registry.taint(reason="forgotten", people=["p1"])
        report = await play(world, most=4)
        assert stamps(report) == {""}
        assert any("the base writes" in why for _, why in report.faults)
        (line,) = [c for c in await further(app) if c["name"] == "adapters"]
        assert line["state"] == "warn"
        assert "rollback" in line["fix"]


async def test_a_model_without_adapters_writes_as_the_base_and_says_so(running: Open) -> None:
    async with running("scripted/shots") as app:
        world = await app.world()
        one = await kept(app)
        await adapters.promote(app, adapter=one.id, target="coin")
        report = await play(world, most=4)
        assert stamps(report) == {""}
        assert any("scripted/shots takes no adapters" in why for _, why in report.faults)


async def test_an_adapter_of_another_base_is_not_promoted_and_both_are_named(
    running: Open,
) -> None:
    async with running() as app:
        one = await kept(app, base="local/smollm2-135m")
        # The same home, whose settings name the packaged model: its card is known before it is opened.
        settings = replace(app.settings, model="local/smollm2-135m")
        other = replace(app, loaded=replace(app.loaded, settings=settings))
        with pytest.raises(RefusedError) as caught:
            await adapters.promote(other, adapter=one.id, target="coin", anyway="please")
        assert "abababababab" in caught.value.message
        assert "local/smollm2-135m" in caught.value.message
        assert await app.voices.registry.pointers() == {}


async def test_a_call_with_an_adapter_is_refused_before_it_is_paid_for(running: Open) -> None:
    async with running("scripted/shots") as app:
        model = await app.model()
        with pytest.raises(AdapterError, match="takes no adapters"):
            await model.complete(PROMPT, Sampling(adapters=(Mix(id="a_0123456789abcdef"),)))
        spent = await app.ledger.spent("model*", app.clock.now().date())
        with pytest.raises(AdapterError):
            await anext(aiter(model.stream(PROMPT, Sampling(adapters=(Mix(id="a_1"),)))))
        assert await app.ledger.spent("model*", app.clock.now().date()) == spent


async def test_forgetting_a_person_taints_what_learned_from_them(running: Open) -> None:
    async with running() as app:
        world = await app.world()
        user = hashed(app.person, await asyncio.to_thread(key_of, app.folders.data))
        one = await kept(app, people=(user,))
        other = await kept(app, "other", people=("somebody-else",))
        await adapters.promote(app, adapter=one.id, target="coin")
        await house.forget(app)
        assert set(await app.voices.registry.tainted()) == {one.id}
        assert stamps(await play(world, most=4)) == {""}
        with pytest.raises(RefusedError, match="tainted"):
            await adapters.promote(app, adapter=one.id, target="coin", anyway="please")
        await adapters.promote(app, adapter=other.id, target="coin")


async def test_consent_taken_back_taints_too(running: Open) -> None:
    async with running() as app:
        await profiles.choose(app, name="train", value=True)
        user = hashed(app.person, await asyncio.to_thread(key_of, app.folders.data))
        one = await kept(app, people=(user,))
        await profiles.choose(app, name="train", value=False)
        assert set(await app.voices.registry.tainted()) == {one.id}


async def test_a_buddy_in_a_chat_speaks_with_its_adapter(running: Open) -> None:
    async with running(AMMO_MODEL_SLOTS="1") as app:
        world = await app.world()
        one = await kept(app)
        await adapters.promote(app, adapter=one.id, target="coin")
        conversation = await app.conversation()
        buddy = next(iter(world.buddies.values()))
        # A tiny model words no answer, so the model that would is asked for here.
        assert not isinstance(await conversation._voice(buddy), Adapted)
        larger = ScriptedModel(first_with_adapter, card=replace(ADAPTED, capability="small"))
        spoken = await replace(conversation, model=larger)._voice(buddy)
        assert isinstance(spoken, Adapted)
        await spoken.complete(PROMPT, Sampling())
        assert larger.asked[-1][1].adapters == (Mix(id=one.id),)
        assert not isinstance(await replace(conversation, model=larger)._voice(None), Adapted)


async def test_an_adapter_that_fails_in_the_middle_leaves_the_base_and_no_stamp() -> None:
    def script(_: Prompt, sampling: Sampling) -> Any:
        return AdapterError("it is gone", hint="") if sampling.adapters else "The base."

    told: list[str] = []
    inner = ScriptedModel(script, card=ADAPTED)
    voice = Adapted(inner, "a_0123456789abcdef", told.append)
    assert (await voice.complete(PROMPT, Sampling())).text == "The base."
    assert [p.text async for p in voice.stream(PROMPT, Sampling())] == ["The ", "base. ", ""]
    assert (voice.wrote, told) == (False, ["it is gone"])
    fresh = Adapted(ScriptedModel(script, card=ADAPTED), "a_0123456789abcdef", told.append)
    assert [p.text async for p in fresh.stream(PROMPT, Sampling())] == ["The ", "base. ", ""]
    assert not fresh.wrote


async def test_a_fault_that_is_not_the_adapters_is_passed_on() -> None:
    voice = Adapted(ScriptedModel([BudgetError("spent", hint="")], card=ADAPTED), "a", print)
    with pytest.raises(BudgetError):
        await voice.complete(PROMPT, Sampling())


def test_the_command_line_promotes_shows_and_rolls_back(
    scripted: AmmoCommand, played: Callable[..., Loaded]
) -> None:
    played(rounds=1)
    data = scripted.home / "data"
    good = made.kept(data, "good", target="coin")
    short = made.kept(data, "short", target="coin", bars=made.SHORT)
    unread = made.kept(data, "unread", target="coin", bars=None)
    assert "no report" in scripted("runs", "list").stdout
    listed = scripted.json("runs", "list")
    assert {r["adapter"] for r in listed["runs"]} == {good.id, short.id, unread.id}
    refused = scripted("runs", "promote", short.id, code=3)
    assert "held-out pairs: 12 pairs" in refused.stderr
    assert "--anyway" in refused.stderr
    told = scripted.json("runs", "promote", "run-good")
    assert (told["adapter"], told["target"]) == (good.id, "coin")
    scripted("runs", "promote", short.id, "--target", "@coin/bitcoin", "--anyway", "a trial")
    shown = scripted("runs", "show", short.id)
    assert "(a trial)" in shown.stdout
    assert "FAILED" in shown.stdout
    figures = scripted.json("runs", "compare", "run-good", "run-short")["figures"]
    assert {row["name"] for row in figures} == {"held-out pairs", "grounding rate"}
    assert scripted.json("runs", "rollback", "bitcoin")["adapter"] == "the base"
    live = scripted.json("runs", "list")["live"]
    assert [(one["target"], one["adapter"]) for one in live] == [("coin", good.id)]
    assert "is done: nothing to stop" in scripted("runs", "stop", "run-good", code=3).stderr
    scripted("runs", "promote", good.id, "--target", "nowhere", code=2)
    scripted("runs", "rollback", "all", code=3)
    doctor = json.loads(scripted("doctor", "--json", code=0).stdout)
    (line,) = [c for c in doctor["checks"] if c["name"] == "adapters"]
    assert f"coin writes with {good.id}" in line["detail"]


def test_a_home_without_adapters_is_silent(scripted: AmmoCommand) -> None:
    assert Path(scripted.home / "data" / "training").exists() is False
    assert "Nothing was trained yet" in scripted("runs", "list").stdout
