"""A buddy without code, from the command line to a card; and in an AMMO that runs, through its door."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from ammo_agents.app import opened
from ammo_agents.cli import door
from ammo_agents.cli.naming import spaces
from ammo_agents.cli.session import answered, serve
from ammo_agents.round import play
from ammo_agents.settings import Loaded
from ammo_agents.testing.command import AmmoCommand
from ammo_agents.views import shelf

Home = Callable[..., Loaded]
NEW = {"name": "Whale Watcher", "entity": "btc", "subspace": "coin", "schedule": "daily"}


def test_a_markdown_buddy_is_written_shown_and_taken_away(scripted: AmmoCommand) -> None:
    words = ("buddy", "new", "Whale Watcher", "--space", "coin", "--entity")
    wrong = scripted(*words, "bitcion", code=2)
    assert "Did you mean 'bitcoin'" in wrong.stderr
    made = scripted.json(*words, "btc", "--voice", "Dry.", "--topic", "volume", "--budget", "2")
    path = Path(made["file"])
    assert path == scripted.home / "data" / "buddies" / "coin" / "whale-watcher.md"
    assert 'topics = ["volume"]' in path.read_text(encoding="utf-8")
    assert "is there already" in scripted(*words, "btc", code=2).stderr
    (path.parent / "broken.md").write_text('+++\nentty = "x"\n+++\n', encoding="utf-8")
    listed = scripted.json("buddy", "list", "--subspace", "coin")
    assert {b["from"] for b in listed["buddies"] if b["id"] == made["id"]} == {"file"}
    (broken,) = listed["broken"]
    assert broken["reason"].startswith("buddies/coin/broken.md, line 2: 'entty' is no key")
    assert "Did you mean 'entity'?" in scripted("buddy", "list", "--subspace", "coin").stdout
    scripted("buddy", "remove", "whale-watcher", "--space", "coin")
    assert not path.exists()
    refused = scripted("buddy", "remove", "bitcoin", "--space", "coin", code=2)
    assert "comes from the knowledge graph" in refused.stderr


async def test_a_markdown_buddy_writes_a_card_in_an_ammo_that_runs_already(home: Home) -> None:
    loaded = await asyncio.to_thread(home)
    async with opened(loaded, access="write") as app:
        world = await app.world("coin")
        await play(world, most=4)

        async def answer(verb: str, arguments: object) -> dict[str, object]:
            return await serve(app, verb, dict(arguments))  # type: ignore[call-overload]

        async with door.opened(app.folders.data / door.SOCKET, answer):
            made = await answered(loaded, "buddy_new", NEW)
            assert "coin/whale-watcher" in world.buddies
            cards = [c for _ in range(4) for c in (await play(world, most=6)).published]
            assert "coin/whale-watcher" in {card.buddy for card in cards}
            shown = await shelf.buddy(app, name="whale-watcher", subspace="coin")
            assert (shown["from"], shown["where"]) == ("file", "buddies/coin/whale-watcher.md")
            assert shown["edges"]
            path = Path(str(made["file"]))
            text = await asyncio.to_thread(path.read_text, encoding="utf-8")
            louder = text.replace('schedule = "daily"', "budget = 0")
            await asyncio.to_thread(path.write_text, louder, encoding="utf-8")
            await answered(loaded, "buddy_refresh", {})
            assert world.allowance(made["id"]) == 0
            await answered(loaded, "buddy_remove", {"name": "whale-watcher", "subspace": "coin"})
            assert "coin/whale-watcher" not in world.buddies


async def test_a_buddy_with_an_entitys_id_takes_the_place_of_the_born_one(home: Home) -> None:
    loaded = await asyncio.to_thread(home)
    async with opened(loaded, access="write") as app:
        before = await app.buddies(app.subspace("coin"))
        told = await serve(
            app, "buddy_new", {"name": "Bitcoin", "entity": "bitcoin", "subspace": "coin"}
        )
        assert told["replaces"] == "coin/bitcoin"
        after = {b.id: b for b in await app.buddies(app.subspace("coin"))}
        assert len(after) == len(before)
        own = next(b for b in before if b.id == "coin/bitcoin")
        assert after[own.id].name == "Bitcoin"
        assert after[own.id].neighbours == own.neighbours


async def test_a_principle_that_nothing_can_check_is_refused_before_the_file_is_written(
    home: Home,
) -> None:
    loaded = await asyncio.to_thread(home)
    async with opened(loaded, access="write") as app:
        said = await serve(app, "buddy_new", {**NEW, "principles": ["be wise"]})
        assert "nothing can check the principle 'be wise'" in said["error"]["message"]
        odd = await serve(app, "buddy_new", {**NEW, "moood": "x"})
        assert "'moood' is no key of a buddy" in odd["error"]["message"]
        assert not await asyncio.to_thread((app.folders.data / "buddies").exists)


def test_completion_names_subspaces_without_importing_them() -> None:
    assert "coin" in spaces("co")
