"""Questions, comparisons and statements in the product: real fold, real ledger, scripted model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from ammo_agents import views
from ammo_agents.app import App, opened
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.settings import Loaded

Make = Callable[..., Awaitable[Loaded]]
pytestmark = pytest.mark.timeout(180)


async def call(app: App, verb: str, **arguments: object) -> dict[str, Any]:
    return await views.VERBS[verb].function(app, **arguments)


async def state(app: App) -> tuple[bytes, bytes, bytes]:
    kept = (await app.companion())._state()
    return kept.q.tobytes(), kept.precision.tobytes(), kept.information.tobytes()


async def adds_up(app: App) -> None:
    for card in (await call(app, "cards"))["cards"]:
        why = await call(app, "why", card=card["id"])
        assert sum(p["value"] for p in why["parts"]) == pytest.approx(why["score"], abs=1e-9)


async def test_somebody_new_is_asked_a_few_things_and_skipping_them_changes_nothing(
    app: App,
) -> None:
    before = await state(app)
    asked = await call(app, "questions")
    assert 1 <= len(asked["questions"]) <= 5
    assert len({q["entity"] for q in asked["questions"]}) == len(asked["questions"])
    assert all(q["name"] and q["why"] for q in asked["questions"])
    assert await state(app) == before
    assert (await call(app, "questions", n=0))["questions"] == []


async def test_an_answer_is_an_event_that_is_believed_explained_and_taken_back(app: App) -> None:
    before = await state(app)
    entity = (await call(app, "questions"))["questions"][0]["entity"]
    kept = await call(app, "answer", about=entity, said="like")
    assert kept["events"] == 1
    assert "You said you like" in kept["receipt"]
    (line,) = (await call(app, "you"))["beliefs"]
    assert line["entity"] == entity
    assert line["strength"] > 0
    assert line["events"][0]["words"].startswith("you said you like")
    await adds_up(app)
    again = await call(app, "questions")
    assert entity not in {q["entity"] for q in again["questions"]}
    assert (await call(app, "answer", about=entity, said="like"))["repeated"]
    await call(app, "undo", card=line["events"][0]["feedback"])
    assert (await call(app, "you"))["events"] == 0
    assert await state(app) == before


async def test_not_knowing_something_says_nothing_but_is_not_asked_again(app: App) -> None:
    entity = (await call(app, "questions"))["questions"][0]["entity"]
    q = (await app.companion())._state().q
    kept = await call(app, "answer", about=entity, said="unknown")
    assert kept["events"] == 1
    np.testing.assert_allclose((await app.companion())._state().q, q, atol=1e-15)
    assert (await call(app, "you"))["beliefs"] == []
    asked = await call(app, "questions")
    assert entity not in {one["entity"] for one in asked["questions"]}


async def test_answers_survive_a_restart_bit_for_bit(settings_of: Make, app: App) -> None:
    await call(app, "answer", about="bitcoin", said="dislike")
    said = await call(app, "say", words="less price talk, more engineering")
    await call(app, "believe", wishes=said["wishes"])
    pair = (await call(app, "compare"))["cards"]
    await call(app, "choose", card=pair[0]["id"], over=[pair[1]["id"]])
    kept, acts = await state(app), await app.ledger.feedback(app.person)
    companion = await app.companion()
    await companion.load()
    assert await state(app) == kept
    companion._kept = companion._folded(companion.events)
    assert await state(app) == kept
    assert [a.act for a in acts] == ["dislike", "less", "more", "choose"]
    await adds_up(app)


async def test_a_choice_lifts_one_card_over_the_other_and_is_named_in_the_reasons(app: App) -> None:
    pair = (await call(app, "compare"))["cards"]
    first, second = (c["id"] for c in pair)
    seen = await app.ledger.seen(app.person, app.subspace().id)
    kept = await call(app, "choose", card=second, over=[first], key="k")
    assert kept["repeated"] is False
    assert (await call(app, "choose", card=second, over=[first]))["repeated"]
    up, down = [await call(app, "why", card=id) for id in (second, first)]
    assert up["score"] > down["score"]
    label = f"you chose “{pair[1]['title']}” over “{pair[0]['title']}”"
    values = [next(p["value"] for p in w["parts"] if p["label"] == label) for w in (up, down)]
    assert values[0] > 0 > values[1]
    assert await app.ledger.seen(app.person, app.subspace().id) == seen
    with pytest.raises(BadInputError, match="no choice"):
        await call(app, "choose", card=first, over=[first])
    with pytest.raises(NotFoundError):
        await call(app, "choose", card=first, over=["c_zzzzzz"])
    with pytest.raises(NotFoundError, match="never shown"):
        await call(app, "act", act="like", card=first)


async def test_a_statement_counts_only_when_confirmed_and_moves_its_topic_alone(app: App) -> None:
    before = await state(app)
    said = await call(app, "say", words="less price talk, more engineering")
    assert said["kept"] is False
    assert said["read_by"] == "rules"
    assert await state(app) == before
    kept = await call(app, "believe", wishes=said["wishes"])
    assert [(w["direction"], w["topic"]) for w in kept["wishes"]] == [
        ("less", "price talk"),
        ("more", "engineering"),
    ]
    assert kept["events"] == 2
    assert (await app.companion())._state().q[0] == pytest.approx(0.6, abs=1e-9)
    lines = {b["about"]: b for b in (await call(app, "you"))["beliefs"]}
    assert lines["price talk"]["strength"] < 0 < lines["engineering"]["strength"]
    await adds_up(app)
    again = await call(app, "believe", wishes=said["wishes"])
    assert [w["repeated"] for w in again["wishes"]] == [True, True]
    edited = await call(app, "believe", wishes=[{"direction": "never", "topic": "memes"}])
    assert edited["events"] == 3
    for bad in ({"direction": "love", "topic": "x"}, {"topic": "x"}, {"direction": "more"}):
        with pytest.raises(BadInputError, match="no wish"):
            await call(app, "believe", wishes=[bad])
    assert (await call(app, "you"))["events"] == 3


async def test_a_line_is_forgotten_by_its_id_with_every_act_behind_it(app: App) -> None:
    slate = await call(app, "slate")
    card = slate["cards"][0]
    entity = (await app.ledger.creation(card["id"])).entity
    await call(app, "act", act="like", card=card["id"])
    only_like = await state(app)
    await call(app, "answer", about="bitcoin" if entity != "coin/bitcoin" else "xrp", said="like")
    said = await call(app, "say", words="more engineering")
    await call(app, "believe", wishes=said["wishes"])
    lines = {b["about"]: b["id"] for b in (await call(app, "you"))["beliefs"]}
    gone = await call(app, "forget_belief", line=lines["engineering"])
    assert len(gone["taken_back"]) == 1
    others = [b for b in (await call(app, "you"))["beliefs"] if b["entity"] != entity]
    await call(app, "forget_belief", line=others[0]["id"])
    assert await state(app) == only_like
    with pytest.raises(NotFoundError, match="no act and no line"):
        await call(app, "forget_belief", line=lines["engineering"])
    with pytest.raises(NotFoundError, match="no act and no line"):
        await call(app, "forget_belief", line="l_")


async def test_what_is_said_moves_to_another_space_with_the_ledger(
    settings_of: Make, app: App
) -> None:
    await call(app, "answer", about="bitcoin", said="like")
    await call(app, "believe", wishes=[{"direction": "more", "topic": "engineering"}])
    await call(app, "reembed", embedder="scripted/wide")
    wide = await settings_of(AMMO_EMBEDDER="scripted/wide")
    await app.parts.stack.aclose()  # the ledger's one writer must be closed first
    async with opened(wide, access="write") as moved:
        assert {b["about"] for b in (await call(moved, "you"))["beliefs"]} == {
            "Bitcoin",
            "engineering",
        }
        assert (await moved.companion())._state().q.shape == (99,)
        await adds_up(moved)


async def test_nonsense_is_refused_and_nothing_is_kept(app: App) -> None:
    before = await state(app)
    for verb, arguments in (
        ("answer", {"about": "bitcoin", "said": "adore"}),
        ("answer", {"about": "bitcoin", "said": "more"}),
        ("say", {"words": "?!"}),
        ("say", {"words": ""}),
    ):
        with pytest.raises(BadInputError):
            await call(app, verb, **arguments)
    with pytest.raises(NotFoundError, match="atlantis"):
        await call(app, "answer", about="atlantis", said="like")
    assert await state(app) == before


async def test_a_late_question_is_worth_its_slot_or_not_asked(app: App) -> None:
    found = await call(app, "question")
    for one in found["questions"]:
        assert one["drop"] * 10 > one["slot"] > 0
    for n in range(12):
        wish = {"direction": "more", "topic": f"topic {n}"}
        await call(app, "believe", wishes=[wish])
    assert len((await call(app, "questions"))["questions"]) <= 1


async def test_the_log_of_a_person_says_what_it_can_about_other_policies(app: App) -> None:
    empty = await call(app, "policies")
    assert {p["policy"] for p in empty["policies"]} == {
        "greedy",
        "exploring 0.15",
        "exploring 0.3",
        "random",
    }
    assert all(p["refused"] for p in empty["policies"])
    card = (await call(app, "slate"))["cards"][0]["id"]
    await call(app, "act", act="like", card=card)
    second = (await call(app, "slate"))["cards"]
    if second:
        await call(app, "act", act="skip", card=second[0]["id"])
    told = await call(app, "policies", names=["0.2"])
    assert told["policies"][0]["refused"]
    assert told["slates"] >= 1
    with pytest.raises(BadInputError, match="no policy"):
        await call(app, "policies", names=["clever"])
