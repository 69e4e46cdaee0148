"""Subspaces put together and parted on live data, and every change taken back exactly (W5)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planting import MANY, card

from ammo_agents import views
from ammo_agents.app import App
from ammo_agents.errors import AmmoError, BadInputError, NotFoundError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.records import Placed, SubspaceId
from ammo_agents.round.traveller import Traveller
from ammo_agents.testing.command import AmmoCommand

Again = Callable[[], AbstractAsyncContextManager[App]]


async def call(app: App, verb: str, **arguments: object) -> dict[str, Any]:
    return await views.VERBS[verb].function(app, **arguments)


async def pool(app: App, feed: str) -> set[str]:
    """Return the subspaces and slugs of everything a feed can show now."""
    companion = await app.companion(feed)
    return {one.entity for one in companion.living.about}


async def some_acts(app: App) -> None:
    for space in ("work", "school", "stars"):
        shown = (await call(app, "slate", n=3, subspace=space))["cards"]
        await call(app, "act", act="like", card=shown[0]["id"])
        await call(app, "act", act="skip", card=shown[1]["id"])


async def states(app: App) -> dict[str, bytes]:
    found = {}
    for space in ("work", "school", "isles", "stars", "all"):
        state = (await app.companion(space))._state()
        found[space] = state.q.tobytes() + state.precision.tobytes() + state.information.tobytes()
    return found


CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("subspace_link", {"source": "school", "into": "work"}),
    (
        "subspace_link",
        {"source": "stars", "into": "isles", "entities": "stars/star-1,stars/star-2"},
    ),
    ("subspace_merge", {"first": "work", "second": "school", "into": "career", "title": "Career"}),
    (
        "subspace_split",
        {"source": "stars", "entities": "stars/star-0,stars/star-3", "into": "near"},
    ),
)


@pytest.mark.parametrize(("verb", "words"), CHANGES)
async def test_a_change_of_the_map_is_taken_back_to_the_bit(
    app: App, verb: str, words: dict[str, str]
) -> None:
    await some_acts(app)
    feeds, before = await call(app, "subspace_map"), await states(app)
    content = await app.ledger.canonical_hash()
    would = await call(app, verb, **words, dry_run=True)
    assert await app.ledger.canonical_hash() == content
    assert await call(app, "subspace_map") == feeds
    done = await call(app, verb, **words)
    assert done["feeds"] == would["feeds"]
    assert done["feeds"]
    assert await app.ledger.canonical_hash() != content
    assert await states(app) == before  # nobody's taste moved
    undone = await call(app, "subspace_undo")
    assert undone["taken_back"] == done["change"]
    assert await app.ledger.canonical_hash() == content
    assert await call(app, "subspace_map") == feeds
    assert await states(app) == before
    with pytest.raises(NotFoundError, match="no change of the map"):
        await call(app, "subspace_undo")


async def test_a_link_shows_cards_in_an_open_feed_at_once_and_an_unlink_takes_them_out(
    app: App,
) -> None:
    work = await app.companion("work")
    alone = await pool(app, "work")
    await call(app, "subspace_link", source="school", into="work", entities="school/python-course")
    assert await pool(app, "work") == alone | {"school/python-course"}
    assert await app.companion("work") is work
    await call(app, "subspace_unlink", source="school", into="work")
    assert await pool(app, "work") == alone


async def test_a_subspace_that_goes_and_comes_again_is_followed_without_a_restart(
    app: App,
) -> None:
    await call(app, "subspace_link", source="school", into="isles")
    before = {feed: await pool(app, feed) for feed in ("all", "isles")}
    await app.parts.leave(SubspaceId("school"))
    assert {feed: await pool(app, feed) for feed in ("all", "isles")} == before
    made = card("school", 901)
    row = np.array((await app.living(app.subspace("school"))).matrix[0])
    placed = Placed(creation=made, vector=row, space=(await app.embedder()).fingerprint)
    (await app.living(app.subspace("school"))).add(placed)
    for feed in ("all", "isles"):
        assert made.id in [one.id for one in (await app.companion(feed)).living.about]
    await asyncio.to_thread(app.plugins.drop, "four_subspaces")
    assert await pool(app, "all") == set()


async def test_a_merge_is_one_feed_one_graph_and_one_preference_of_the_acts_of_both(
    app: App, again: Again
) -> None:
    await some_acts(app)
    await call(app, "subspace_merge", first="work", second="school", into="career", title="Career")
    merged = await app.companion("career")
    assert isinstance(merged, Traveller)
    assert [e.feedback.subspace for e in merged.events] == ["work"] * 2 + ["school"] * 2
    assert {e.partition("/")[0] for e in await pool(app, "career")} == {"work", "school"}
    listed = (await call(app, "sitting", subspace="career"))["subspaces"]
    assert [one["id"] for one in listed] == ["career", "isles", "stars", "all"]
    known = await app.knowledge(app.subspace("career"))
    assert sum(e.kind == "taught by" for e in known.edges) == 5
    shown = await call(app, "slate", n=4, subspace="career")
    assert {c["subspace"] for c in shown["cards"]} == {"work", "school"}
    # Another process, or a restart, finds the same map.
    await app.parts.stack.aclose()
    async with again() as second:
        there = await second.companion("career")
        assert there._state().q.tobytes() == merged._state().q.tobytes()
        await call(second, "subspace_undo")
        with pytest.raises(NotFoundError, match="no subspace 'career'"):
            await call(second, "slate", subspace="career")


async def test_a_split_moves_entities_to_a_feed_of_their_own(app: App) -> None:
    await call(
        app, "subspace_split", source="stars", entities="stars/star-0,stars/star-3", into="near"
    )
    assert await pool(app, "near") == {"stars/star-0", "stars/star-3"}
    rest = await pool(app, "stars")
    assert len(rest) == 38
    assert not rest & {"stars/star-0", "stars/star-3"}
    # Seen in everything as before, and still one world.
    assert {"stars/star-0", "stars/star-1"} <= await pool(app, "all")


async def test_an_export_carries_the_map_and_what_lives_in_two_subspaces(
    app: App, tmp_path: Path
) -> None:
    await call(app, "subspace_merge", first="work", second="school", into="career")
    await call(app, "subspace_undo")
    await call(app, "subspace_link", source="school", into="isles")
    made = card("work", 903, also=("school",))
    row = np.array((await app.living(app.subspace("work"))).matrix[0])
    placed = Placed(creation=made, vector=row, space=(await app.embedder()).fingerprint)
    await app.ledger.publish("plant/903", placed, await app.ledger.facts(ids=made.title.facts))
    archive = await app.ledger.export(tmp_path / "out.zip")
    await asyncio.to_thread((tmp_path / "there").mkdir)
    there = await SqliteLedger.open(tmp_path / "there" / "ledger.db", free_space_mb=0)
    await there.import_archive(archive)
    assert await there.canonical_hash() == await app.ledger.canonical_hash()
    assert await there.compositions() == await app.ledger.compositions()
    assert [g.creation for g in await there.guests(SubspaceId("school"))] == [made]
    await there.close()


NONSENSE: tuple[tuple[str, dict[str, str], type[AmmoError], str], ...] = (
    ("subspace_merge", {"first": "work", "second": "work", "into": "new"}, BadInputError, "itself"),
    ("subspace_merge", {"first": "work", "second": "moon", "into": "new"}, NotFoundError, "'moon'"),
    ("subspace_merge", {"first": "work", "second": "isles", "into": "all"}, BadInputError, "taken"),
    ("subspace_merge", {"first": "work", "second": "isles", "into": "stars"}, BadInputError, "taken"),
    ("subspace_merge", {"first": "work", "second": "isles", "into": "../x"}, BadInputError, "no name"),
    ("subspace_link", {"source": "work", "into": "work"}, BadInputError, "loop"),
    ("subspace_link", {"source": "all", "into": "work"}, NotFoundError, "'all'"),
    ("subspace_link", {"source": "work", "into": "moon"}, NotFoundError, "'moon'"),
    ("subspace_link", {"source": "work", "into": "isles", "entities": "work/nobody"}, NotFoundError, "no entity"),
    ("subspace_unlink", {"source": "work", "into": "isles"}, NotFoundError, "not linked"),
    ("subspace_split", {"source": "work", "entities": "", "into": "new"}, BadInputError, "needs entities"),
    ("subspace_split", {"source": "work", "entities": "isles/isle-0", "into": "new"}, NotFoundError, "no entity"),
)  # fmt: skip


@pytest.mark.parametrize(("verb", "words", "error", "reason"), NONSENSE)
async def test_nonsense_is_refused_with_its_reason_and_changes_nothing(
    app: App, verb: str, words: dict[str, str], error: type[AmmoError], reason: str
) -> None:
    content = await app.ledger.canonical_hash()
    with pytest.raises(error, match=reason) as refused:
        await call(app, verb, **words)
    assert refused.value.hint
    assert await app.ledger.canonical_hash() == content


async def test_loops_over_several_changes_are_refused(app: App) -> None:
    await call(app, "subspace_link", source="school", into="work")
    with pytest.raises(BadInputError, match="both ways"):
        await call(app, "subspace_link", source="work", into="school")
    with pytest.raises(BadInputError, match="linked into 'work' already"):
        await call(app, "subspace_link", source="school", into="work")
    await call(app, "subspace_merge", first="isles", second="stars", into="far")
    with pytest.raises(BadInputError, match="loop"):
        await call(app, "subspace_link", source="far", into="stars")
    await call(app, "subspace_merge", first="far", second="work", into="whole")
    assert {e.partition("/")[0] for e in await pool(app, "whole")} == {"isles", "stars", "work"}


@pytest.mark.slow
def test_the_command_says_what_would_change_and_takes_it_back(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(kept, home)
    ammo = AmmoCommand(home, {**MANY, "PYTHONPATH": str(Path(__file__).parent)})
    would = ammo("subspace", "merge", "work", "school", "--into", "career", "--dry-run").stdout
    assert "Would be: Work and school are one feed now: career" in would
    made = ammo("subspace", "merge", "work", "school", "--into", "career").stdout
    assert "Take it back with" in made
    shown = ammo.json("feed", "-n", "4", "--subspace", "career")
    assert {card["subspace"] for card in shown["cards"]} == {"work", "school"}
    refused = ammo("subspace", "link", "career", "work", code=2)
    assert "loop" in refused.stderr
    assert "Taken back" in ammo("subspace", "undo").stdout
    like = ammo("like", shown["cards"][0]["id"], "--subspace", "all").stdout
    assert "You liked" in like
