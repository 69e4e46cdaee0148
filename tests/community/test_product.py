"""A community in the product: learned, served, forgotten; consent; circles. Real fold, real ledger."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coin_logs import NAMES, rows, taste

from ammo_agents import views
from ammo_agents.aipp.community import ANONYMOUS, COMPANY, ENOUGH
from ammo_agents.aipp.preference import FIXED
from ammo_agents.app import App, opened
from ammo_agents.errors import BadInputError, DamagedError, NotFoundError, RefusedError
from ammo_agents.geometry import SIZE
from ammo_agents.records import PersonId
from ammo_agents.settings import Loaded

Make = Callable[..., Awaitable[Loaded]]
Write = Callable[..., Awaitable[Path]]
pytestmark = pytest.mark.timeout(180)
PEOPLE = tuple(f"p{number}" for number in range(6))


async def call(app: App, verb: str, **arguments: object) -> dict[str, Any]:
    return await views.VERBS[verb].function(app, **arguments)


async def adds_up(app: App) -> None:
    for card in (await call(app, "cards"))["cards"]:
        why = await call(app, "why", card=card["id"])
        assert sum(p["value"] for p in why["parts"]) == pytest.approx(why["score"], abs=1e-9)


async def named(app: App) -> dict[str, str]:
    """Return entity ids of coins by name."""
    entities = (await app.knowledge(app.subspace())).entities
    return {entity.name: str(entity.id) for entity in entities if entity.name in NAMES}


async def liked_of(app: App, kind: int, count: int) -> list[str]:
    """Answer that coins of one taste are liked and return their ids."""
    ids = [id for name, id in (await named(app)).items() if taste(name) == kind][:count]
    for entity in ids:
        await call(app, "answer", about=entity, said="like")
    return ids


async def test_a_learned_community_is_served_at_once_and_after_a_restart(
    app: App, log: Path, settings_of: Make
) -> None:
    alone = await app.companion()
    assert alone.frame.width == SIZE
    answer = await call(app, "community_learn", data=str(log))
    assert answer["people"] == 40
    assert answer["entities_spoken_of"] == len(NAMES)
    assert answer["entities_with_own_rows"] == len(NAMES)
    assert answer["log_likelihood"]["last"] > answer["log_likelihood"]["first"]
    assert answer["prior"]["learned"]
    companion = await app.companion()
    assert companion is alone
    assert companion.frame.width > SIZE
    assert companion.prior.company == COMPANY
    assert companion.frame.basis.tables == answer["community"]
    await adds_up(app)
    async with opened(app.loaded, access="none"):
        shown = await call(app, "community_show")
    assert shown["community"] == answer["community"]
    assert shown["from"] == "log"
    assert shown["people"] == 40


async def test_acts_are_folded_again_when_others_teach_and_when_they_are_forgotten(
    app: App, log: Path
) -> None:
    await liked_of(app, 0, 3)
    companion = await app.companion()
    before = (await companion.preference()).q.tobytes()
    await call(app, "community_learn", data=str(log))
    taught = await companion.preference()
    assert taught.version == 3
    assert len(taught.q) > SIZE
    assert len(companion.events) == 3
    await adds_up(app)
    again = await call(app, "community_forget")
    assert len(again["forgotten"]) == 1
    assert (await companion.preference()).q.tobytes() == before
    assert companion.prior is FIXED
    assert (await call(app, "community_show"))["community"] is None
    assert await app.ledger.blob(f"community/{again['forgotten'][0]}") is None
    assert (await call(app, "community_forget"))["forgotten"] == []


async def test_learning_the_same_log_twice_keeps_one_community(app: App, log: Path) -> None:
    first = await call(app, "community_learn", data=str(log))
    second = await call(app, "community_learn", data=str(log))
    assert first["community"] == second["community"]


async def test_another_log_replaces_the_community_and_its_bytes(
    app: App, log: Path, wrote: Write
) -> None:
    first = await call(app, "community_learn", data=str(log))
    second = await call(app, "community_learn", data=str(await wrote(rows(12))))
    assert await app.ledger.blob(f"community/{first['community']}") is None
    assert await app.ledger.blob(f"community/{second['community']}") is not None


async def test_three_likes_give_a_slate_that_popularity_does_not(app: App, log: Path) -> None:
    """Both tastes, from the same home and the same cards: the slates of two newcomers part at three taps."""
    await call(app, "community_learn", data=str(log))
    companion = await app.companion()
    new = await companion.rank(4)
    popular = await _most_popular(app, 4)
    liked = await liked_of(app, 0, 3)
    slate = await companion.rank(4)
    chosen = [slot.creation for slot in slate.slots]
    assert set(chosen) != popular
    assert chosen != [slot.creation for slot in new.slots]
    for line in (await call(app, "you"))["beliefs"]:
        assert line["entity"] in liked
    for entity in liked:
        belief = next(b for b in (await call(app, "you"))["beliefs"] if b["entity"] == entity)
        await call(app, "forget_belief", line=belief["id"])
    assert [slot.creation for slot in (await companion.rank(4)).slots] == [
        slot.creation for slot in new.slots
    ]
    await liked_of(app, 1, 3)
    other = await companion.rank(4)
    assert {slot.creation for slot in other.slots} != set(chosen)


async def test_likes_lift_what_the_same_people_like(app: App, log: Path) -> None:
    await call(app, "community_learn", data=str(log))
    ids = await named(app)
    liked = await liked_of(app, 0, 3)
    companion = await app.companion()
    state = await companion.preference()
    rest = {name: id for name, id in ids.items() if id not in liked}
    space = (await app.knowledge(app.subspace())).entities
    texts = {str(e.id): f"{e.name}. {e.summary}" for e in space if str(e.id) in rest.values()}
    score = dict(zip(texts, (await companion.memory.rows_of(texts)) @ state.q, strict=True))
    same = [score[id] for name, id in rest.items() if taste(name) == 0]
    other = [score[id] for name, id in rest.items() if taste(name) == 1]
    assert np.mean(same) > np.mean(other) + 0.05


async def test_a_circle_is_found_from_three_acts_on_and_shown_in_totals(
    app: App, log: Path
) -> None:
    assert "learn" in (await call(app, "community_circle"))["note"]
    await call(app, "community_learn", data=str(log))
    assert (await call(app, "community_circle"))["people"] is None
    await liked_of(app, 1, 4)
    circle = await call(app, "community_circle")
    assert circle["people"] >= 10
    assert circle["favourites"]
    assert {taste(one["name"]) for one in circle["favourites"]} == {1}
    assert all(one["liked_by"] >= ANONYMOUS for one in circle["favourites"])
    assert circle["likeness"] > 0.3


async def test_a_card_says_how_many_of_like_taste_liked_its_coin(app: App, log: Path) -> None:
    await call(app, "community_learn", data=str(log))
    await liked_of(app, 1, 4)
    companion = await app.companion()
    near = companion.alike()
    assert near is not None
    slate = await call(app, "slate", n=4)
    told = 0
    for card in slate["cards"]:
        how = near[0].liked.get(card["entity"])
        remark = "" if how is None else f"liked by {how.people} people with a taste like yours"
        told += how is not None
        assert card["why"].endswith(remark)
        why = await call(app, "why", card=card["id"])
        assert why["remarks"] == ([remark] if remark else [])
        assert sum(p["value"] for p in why["parts"]) == pytest.approx(why["score"], abs=1e-9)
    assert told


async def test_fewer_than_twenty_matched_entities_are_refused_with_their_number(
    app: App, wrote: Write
) -> None:
    titles = [name if number < 7 else f"No coin {number}" for number, name in enumerate(NAMES)]
    with pytest.raises(RefusedError, match=r"7 items speak of 7 entities of Coin; 20 are"):
        await call(app, "community_learn", data=str(await wrote(rows(), titles)))
    assert (await call(app, "community_show"))["community"] is None


async def test_unmatched_items_are_counted_and_said(app: App, wrote: Write) -> None:
    titles = [*NAMES[:-2], "Nobody's coin", "No coin at all"]
    answer = await call(app, "community_learn", data=str(await wrote(rows(), titles)))
    assert answer["entities_spoken_of"] == len(NAMES) - 2
    assert "2 of 23 items are no entity of Coin, by title and year" in answer["notes"]


async def test_fewer_than_five_people_are_refused(app: App, wrote: Write) -> None:
    with pytest.raises(RefusedError, match="could be recognised"):
        await call(app, "community_learn", data=str(await wrote(rows(4))))


async def test_nine_people_teach_tables_and_the_fixed_prior_stands(app: App, wrote: Write) -> None:
    answer = await call(app, "community_learn", data=str(await wrote(rows(ENOUGH - 1))))
    assert not answer["prior"]["learned"]
    assert answer["log_likelihood"] is None
    assert answer["circles"] == []
    assert (await app.companion()).prior.mean.tolist() == FIXED.mean.tolist()


async def test_a_log_with_a_rating_that_is_no_number_is_refused(app: App, wrote: Write) -> None:
    odd = [*rows(12), (99, 1, "nan", 5)]
    with pytest.raises(BadInputError, match=r"ratings\.csv, line"):
        await call(app, "community_learn", data=str(await wrote(odd)))


async def test_repeated_ratings_and_silent_people_are_taken_and_said(
    app: App, wrote: Write
) -> None:
    titles = [*NAMES, "No coin"]
    some = [*rows(12), *rows(12), (77, len(titles), 4.0, 5)]
    answer = await call(app, "community_learn", data=str(await wrote(some, titles)))
    assert answer["people"] == 12
    assert any("were repeated" in note for note in answer["notes"])
    assert any(note.startswith("1 people said nothing") for note in answer["notes"])


async def test_neither_or_both_sources_are_refused(app: App, log: Path) -> None:
    for arguments in ({}, {"data": str(log), "home": True}):
        with pytest.raises(BadInputError, match="from a log or from this home"):
            await call(app, "community_learn", **arguments)
    with pytest.raises(NotFoundError):
        await call(app, "community_learn", data="/nowhere/at/all")


async def test_a_damaged_community_is_named_and_not_served(
    app: App, log: Path, settings_of: Make
) -> None:
    answer = await call(app, "community_learn", data=str(log))
    name = f"community/{answer['community']}"
    blob = await app.ledger.blob(name)
    assert blob is not None
    await app.ledger.set_meta("community/coin", "0" * 16)
    with pytest.raises(DamagedError, match="is named and not kept"):
        await app.taught(app.subspace())
    await app.ledger.save_blob("community/" + "1" * 16, blob[:-9])
    await app.ledger.set_meta("community/coin", "1" * 16)
    with pytest.raises(DamagedError, match="cannot be read"):
        await app.taught(app.subspace())


async def test_a_community_of_another_space_teaches_nothing_and_says_so(
    app: App, log: Path, settings_of: Make
) -> None:
    await call(app, "community_learn", data=str(log))
    await liked_of(app, 0, 3)
    await app.ledger.set_meta("basis", "")
    basis = await app.basis()
    assert basis.fingerprint
    moved = replace(basis, mean=-basis.mean)
    await app.ledger.save_blob(f"basis/{moved.fingerprint}", moved.to_bytes())
    await app.ledger.set_meta("basis", moved.fingerprint)
    await app.teach_again(app.subspace())
    companion = await app.companion()
    assert companion.frame.width == SIZE
    assert companion.circles is None
    assert "learned in another space" in (await call(app, "community_show"))["note"]
    await adds_up(app)


# --- the people of this home ---------------------------------------------------------------


async def home_of(settings_of: Make, people: tuple[str, ...], *, join: bool = True) -> None:
    """Let people of one home answer about every coin by their taste, and join."""
    for number, name in enumerate(people):
        async with opened(await settings_of(AMMO_PERSON=name), access="write") as app:
            for coin, id in (await named(app)).items():
                said = "like" if taste(coin) == number % 2 else "dislike"
                await call(app, "answer", about=id, said=said)
            if join:
                await call(app, "community_join")


async def test_nobody_is_learned_from_who_did_not_join(settings_of: Make) -> None:
    await home_of(settings_of, PEOPLE, join=False)
    async with opened(await settings_of(AMMO_PERSON="new"), access="write") as app:
        with pytest.raises(RefusedError, match="fewer than 5 people of this home, other than you"):
            await call(app, "community_learn", home=True)


async def test_people_who_joined_teach_somebody_else_and_not_themselves(settings_of: Make) -> None:
    await home_of(settings_of, PEOPLE)
    async with opened(await settings_of(AMMO_PERSON="new"), access="write") as app:
        answer = await call(app, "community_learn", home=True)
        assert answer["people"] == 6
        assert answer["entities_with_own_rows"] == len(NAMES)
        shown = await call(app, "community_show")
        assert (shown["from"], shown["people_joined"], shown["you_joined"]) == ("home", 6, False)
        assert (await app.companion()).frame.width > SIZE
    async with opened(await settings_of(AMMO_PERSON="p0"), access="write") as app:
        assert (await app.companion()).frame.width == SIZE
        assert (await call(app, "community_show"))["community"] is None
        assert (await call(app, "community_learn", home=True))["people"] == 5
        await call(app, "community_leave")
    async with opened(await settings_of(AMMO_PERSON="p1"), access="write") as app:
        with pytest.raises(RefusedError, match="fewer than 5 people of this home"):
            await call(app, "community_learn", home=True)


async def test_who_leaves_is_told_of_the_trace_and_dropped_at_the_next_learning(
    settings_of: Make,
) -> None:
    await home_of(settings_of, PEOPLE)
    async with opened(await settings_of(AMMO_PERSON="new"), access="write") as app:
        first = await call(app, "community_learn", home=True)
    async with opened(await settings_of(AMMO_PERSON="p3"), access="write") as app:
        left = await call(app, "community_leave")
        assert "may hold a trace of you" in left["note"]
        assert (await call(app, "community_leave"))["note"] == "You had not joined."
    async with opened(await settings_of(AMMO_PERSON="new"), access="write") as app:
        second = await call(app, "community_learn", home=True)
        assert (first["people"], second["people"]) == (6, 5)
        assert await app.ledger.blob(f"community/{first['community']}") is None


async def test_who_is_forgotten_leaves_and_takes_the_communities_of_this_home_along(
    settings_of: Make,
) -> None:
    await home_of(settings_of, PEOPLE)
    async with opened(await settings_of(AMMO_PERSON="new"), access="write") as app:
        kept = (await call(app, "community_learn", home=True))["community"]
    async with opened(await settings_of(AMMO_PERSON="p2"), access="write") as app:
        await app.ledger.forget(PersonId("p2"))
        assert await app.ledger.blob(f"community/{kept}") is None
        assert not (await call(app, "community_show"))["you_joined"]
    async with opened(await settings_of(AMMO_PERSON="new"), access="write") as app:
        assert (await call(app, "community_show"))["community"] is None
        assert (await app.companion()).frame.width == SIZE


async def test_a_forgotten_person_leaves_a_published_community_where_it_is(
    app: App, log: Path
) -> None:
    kept = (await call(app, "community_learn", data=str(log)))["community"]
    await app.ledger.forget(PersonId("you"))
    assert await app.ledger.blob(f"community/{kept}") is not None


async def _most_popular(app: App, n: int) -> set[str]:
    """Return the cards about the best-known coins, one a buddy, that the first slate could hold."""
    companion = await app.companion()
    found = await companion.recall(await companion.preference())
    rows = np.asarray(found.rows)
    best: dict[str, int] = {}
    for place in np.argsort(-rows[:, 2], kind="stable").tolist():
        best.setdefault(str(found.buddies[place]), place)
    return {str(found.ids[place]) for place in list(best.values())[:n]}


async def test_acts_and_slates_go_on_while_others_teach(app: App, log: Path) -> None:
    """Nothing meets half of a change: not an act, not a slate, and two acts at once both count."""
    ids = list((await named(app)).values())
    await liked_of(app, 0, 3)

    async def answers() -> None:
        for entity in ids[6:10]:
            await call(app, "answer", about=entity, said="like")

    async def slates() -> None:
        for _ in range(6):
            await (await app.companion()).rank(4)

    async with asyncio.TaskGroup() as group:
        group.create_task(call(app, "community_learn", data=str(log)))
        group.create_task(answers())
        group.create_task(slates())
        group.create_task(call(app, "answer", about=ids[12], said="dislike"))
    companion = await app.companion()
    held = await companion.preference()
    await companion.load()
    assert (await companion.preference()).q.tobytes() == held.q.tobytes()
    assert held.version == len(companion.events)
    await adds_up(app)
