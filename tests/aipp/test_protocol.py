"""The protocol's views on a real home: what was shown can be voted on, once, and nothing else can."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ammo_agents.aipp import protocol
from ammo_agents.app import App
from ammo_agents.errors import BadInputError, ConflictError, NotFoundError
from ammo_agents.records import PersonId
from ammo_agents.round import profile
from ammo_agents.round.discovery import understood
from ammo_agents.views import aipp

ROOT = Path(__file__).parents[2]
Plain = dict[str, Any]


async def vote(app: App, event: str, impression: str, act: str, **more: object) -> Plain:
    """Send one interaction and return its answer."""
    item = {"event": event, "impression": impression, "act": act, **more}
    answer: Plain = (await aipp.interactions(app, given=[item]))["answers"][0]
    return answer


async def state_of(app: App) -> tuple[int, bytes]:
    """Return how many acts stand, and the bits of the preference."""
    companion = await app.companion()
    return len(companion.events), (await companion.preference()).q.tobytes()


async def consent(app: App, *, given: bool) -> None:
    await profile.choose(
        app.ledger.diary, app.person, "passive", given, settings=app.settings, clock=app.clock
    )


# --- feed ------------------------------------------------------------------------------------
async def test_every_score_is_the_sum_of_its_parts(home: App) -> None:
    for number in range(3):
        page = await aipp.present(home, request_id=f"r{number}", limit=3)
        for item in page["items"]:
            total = math.fsum(part["value"] for part in item["parts"])
            assert total == pytest.approx(item["score"], abs=1e-9)
            assert 0 < item["propensity"] <= 1
            assert 0 < item["inclusion"] <= 1
        await vote(home, f"e{number}", page["items"][0]["impression"], "interactionLike")
    assert any(p["kind"] == "event" for item in page["items"] for p in item["parts"])


def test_what_the_parts_leave_out_is_one_part_of_its_own() -> None:
    told = aipp.summed((), 0.25)
    assert told == [{"kind": "other", "label": "everything else", "value": 0.25, "feedback": None}]
    assert aipp.summed((), 0.0) == []


async def test_the_same_request_id_gives_the_same_slate_and_no_second_one(home: App) -> None:
    first = await aipp.present(home, request_id="r1", limit=3)
    again = await aipp.present(home, request_id="r1", limit=3)
    assert again == first
    assert len(await home.ledger.slates(home.person)) == 1
    other = await aipp.present(home, request_id="r2", limit=3)
    assert not {i["id"] for i in other["items"]} & {i["id"] for i in first["items"]}


async def test_many_who_ask_at_once_with_one_request_id_get_one_slate(home: App) -> None:
    pages = await asyncio.gather(*[aipp.present(home, request_id="r1", limit=3) for _ in range(8)])
    assert all(page == pages[0] for page in pages)
    assert len(await home.ledger.slates(home.person)) == 1


async def test_one_request_id_with_two_limits_is_a_conflict(home: App) -> None:
    await aipp.present(home, request_id="r1", limit=3)
    with pytest.raises(ConflictError):
        await aipp.present(home, request_id="r1", limit=2)


async def test_reading_presents_nothing_and_changes_nothing(home: App) -> None:
    empty = await aipp.feed(home)
    assert (empty["slate"], empty["items"]) == (None, [])
    shown = await aipp.present(home, request_id="r1", limit=3)
    before = await state_of(home), await home.ledger.counts()
    read = await aipp.feed(home)
    assert read["items"] == shown["items"]
    assert read["request"] == "r1"
    assert await aipp.feed(home, cursor=shown["cursor"]) == shown
    assert (await state_of(home), await home.ledger.counts()) == before


async def test_cursors_lead_through_everything_that_was_presented_newest_first(home: App) -> None:
    pages = [await aipp.present(home, request_id=f"r{n}", limit=3) for n in range(3)]
    shown = [item["id"] for page in reversed(pages) for item in page["items"]]
    found: list[str] = []
    page = await aipp.feed(home, limit=2)
    while True:
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        page = await aipp.feed(home, limit=2, cursor=page["next"])
    assert found == shown


async def test_another_persons_cursor_is_like_one_that_never_was(home: App) -> None:
    mine = await aipp.present(home, request_id="r1", limit=3)
    bo = home.of(PersonId("bo"))
    said = []
    for cursor in (mine["cursor"], "A" * 60):
        with pytest.raises(NotFoundError) as refused:
            await aipp.feed(bo, cursor=cursor)
        said.append((refused.value.message, refused.value.hint))
    assert said[0] == said[1]


async def test_hydration_brings_the_card_with_its_acts_and_fields(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=4, hydrate=True)
    cards = [item["card"] for item in page["items"]]
    assert [card["id"] for card in cards] == [item["id"] for item in page["items"]]
    assert {"interactionLike", "requestLess", "undo"} <= set(cards[0]["acts"])
    filled = [field for card in cards for field in card["fields"]]
    assert filled
    for card in cards:
        for field in card["fields"]:
            fact = (await home.ledger.facts(ids=[field["fact"]]))[0]
            quantity = next(q for q in fact.quantities if q.text == field["text"])
            assert quantity.value == field["value"]
            assert fact.id in card["title_facts"] + card["hook_facts"] + [
                id for claim in card["claims"] for id in claim["facts"]
            ]


# --- interactions ----------------------------------------------------------------------------
async def test_a_like_counts_once_and_its_retry_gets_the_same_answer(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    token = page["items"][0]["impression"]
    first = await vote(home, "e1", token, "interactionLike")
    after = await state_of(home)
    again = await vote(home, "e1", token, "interactionLike")
    assert (first["status"], first["code"]) == ("kept", 200)
    assert again == {**first, "status": "repeated"}
    assert await state_of(home) == after
    assert after[0] == 1


async def test_one_impression_carries_each_act_once(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    token = page["items"][0]["impression"]
    await vote(home, "e1", token, "interactionLike")
    after = await state_of(home)
    second = await vote(home, "e2", token, "interactionLike")
    assert (second["status"], second["code"]) == ("refused", 409)
    assert await state_of(home) == after


async def test_many_votes_at_once_for_one_impression_count_once(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    token = page["items"][0]["impression"]
    answers = await asyncio.gather(*[
        vote(home, f"e{n}", token, "interactionLike") for n in range(6)
    ])
    assert sorted(a["status"] for a in answers) == ["kept"] + ["refused"] * 5
    assert (await state_of(home))[0] == 1


@pytest.mark.parametrize(("act", "elsewhere"), [("save", 0), ("interactionLike", 1)])
async def test_one_event_id_with_another_body_is_a_conflict(
    home: App, act: str, elsewhere: int
) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    await vote(home, "e1", page["items"][0]["impression"], "interactionLike")
    after = await state_of(home)
    answer = await vote(home, "e1", page["items"][elsewhere]["impression"], act)
    assert (answer["status"], answer["code"]) == ("refused", 409)
    assert await state_of(home) == after


async def test_forged_foreign_and_unknown_impressions_get_one_answer_and_teach_nothing(
    home: App,
) -> None:
    mine = (await aipp.present(home, request_id="r1", limit=3))["items"][0]["impression"]
    bo = home.of(PersonId("bo"))
    await aipp.present(bo, request_id="r1", limit=2)
    before = await state_of(bo), await home.ledger.counts()
    answers = [
        await vote(bo, "e1", token, "interactionLike")
        for token in (mine, mine[:-1] + ("A" if mine[-1] != "A" else "B"), "A" * 98, "x")
    ]
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["status"], answers[0]["code"]) == ("refused", 404)
    assert (await state_of(bo), await home.ledger.counts()) == before


async def test_two_people_may_use_the_same_ids(home: App) -> None:
    bo = home.of(PersonId("bo"))
    for app in (home, bo):
        page = await aipp.present(app, request_id="r1", limit=2)
        answer = await vote(app, "e1", page["items"][0]["impression"], "interactionLike")
        assert answer["status"] == "kept"
        assert (await state_of(app))[0] == 1


async def test_one_bad_item_loses_no_other(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    tokens = [item["impression"] for item in page["items"]]
    given: list[object] = [
        {"event": "a", "impression": tokens[0], "act": "interactionLike"},
        {"event": "b"},
        7,
        {"event": "c", "impression": "nonsense", "act": "save"},
        {"event": "d", "impression": tokens[1], "act": "no-such-act"},
        {"event": "e", "impression": tokens[2], "act": "skip"},
    ]
    answers = (await aipp.interactions(home, given=given))["answers"]
    assert [a["event"] for a in answers] == ["a", "b", "", "c", "d", "e"]
    assert [a["code"] for a in answers] == [200, 422, 422, 404, 422, 200]
    assert (await state_of(home))[0] == 2


async def test_passive_signals_need_consent_and_never_move_a_preference(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    token, before = page["items"][0]["impression"], await state_of(home)
    passive = {
        "interactionSeen": {},
        "open": {},
        "clickthroughItem": {},
        "dwell": {"dwell_ms": 900},
    }
    for act, more in passive.items():
        answer = await vote(home, f"no-{act}", token, act, **more)
        assert (answer["code"], answer["detail"]) == (
            403,
            "not kept: no consent to passive signals",
        )
    assert await home.ledger.diary.entries(home.person, kind="signal") == []
    await consent(home, given=True)
    for act, more in passive.items():
        assert (await vote(home, f"yes-{act}", token, act, **more))["status"] == "kept"
    kept = await home.ledger.diary.entries(home.person, kind="signal")
    assert [entry.body["act"] for entry in kept] == list(passive)
    assert kept[3].body["dwell_ms"] == 900
    assert await state_of(home) == before


ACTS: list[tuple[str, dict[str, str], tuple[str, float, float]]] = [
    ("interactionLike", {}, ("like", 1.0, 1.0)),
    ("requestMore", {}, ("requestMore", 1.0, 2.0)),
    ("requestLess", {}, ("requestLess", 0.0, 2.0)),
    ("requestLess", {"reason": "topic"}, ("less", 0.0, 2.0)),
    ("requestLess", {"reason": "buddy"}, ("hideBuddy", 0.0, 0.0)),
    ("requestLess", {"reason": "source"}, ("requestLess", 0.0, 2.0)),
    ("requestLess", {"reason": "fact"}, ("report", 0.0, 4.0)),
    ("skip", {}, ("skip", 0.4, 0.25)),
    ("save", {}, ("save", 1.0, 2.0)),
    ("interactionShare", {}, ("share", 1.0, 2.0)),
    ("ask", {"note": "why?"}, ("ask", 1.0, 0.5)),
    ("reply", {"note": "I was there"}, ("reply", 1.0, 2.0)),
    ("reportClaim", {}, ("report", 0.0, 4.0)),
    ("hideBuddy", {}, ("hideBuddy", 0.0, 0.0)),
]


async def test_each_explicit_act_is_kept_as_the_page_says_and_taken_back_exactly(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    token, before = page["items"][0]["impression"], await state_of(home)
    for number, (act, more, kept) in enumerate(ACTS):
        answer = await vote(home, f"e{number}", token, act, **more)
        said = (await home.companion()).events[-1].feedback
        assert (said.act, said.reward, said.weight) == kept, (act, more)
        assert answer["feedback"] == said.id
        assert answer["receipt"]
        back = await vote(home, f"u{number}", token, "undo", of=f"e{number}")
        assert back["status"] == "kept"
        assert await state_of(home) == before, (act, more)


@pytest.mark.parametrize(
    ("act", "more"),
    [("requestLess", {"reason": "tone"}), ("edit", {"note": "Bitcoin fell, plainly."})],
)
async def test_what_is_said_of_the_wording_is_kept_and_leaves_taste_alone(
    home: App, act: str, more: dict[str, str]
) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    before = await state_of(home)
    answer = await vote(home, "e1", page["items"][0]["impression"], act, **more)
    assert (answer["status"], answer["feedback"]) == ("kept", None)
    assert await state_of(home) == before
    entry = (await home.ledger.diary.entries(home.person, kind="interaction"))[0]
    assert {**entry.body, **more} == entry.body
    assert entry.body["card"] == page["items"][0]["id"]


async def test_a_choice_weighs_a_card_against_the_others(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=3)
    tokens = [item["impression"] for item in page["items"]]
    answer = await vote(home, "e1", tokens[0], "choose", over=tokens[1:])
    said = (await home.companion()).events[-1].feedback
    assert answer["status"] == "kept"
    assert (said.act, said.creation) == ("choose", page["items"][0]["id"])
    assert said.over == tuple(item["id"] for item in page["items"][1:])
    forged = await vote(home, "e2", tokens[1], "choose", over=["nonsense"])
    assert forged["code"] == 404
    itself = await vote(home, "e3", tokens[1], "choose", over=[tokens[1]])
    assert itself["code"] == 422


async def test_a_hidden_buddy_is_left_out_until_it_is_taken_back(home: App) -> None:
    page = await aipp.present(home, request_id="r1", limit=4, hydrate=True)
    companion = await home.companion()
    pool = await companion.recall(await companion.preference())
    item = next(i for i in page["items"] if i["card"]["buddy"] in pool.buddies)
    await vote(home, "e1", item["impression"], "hideBuddy")
    hidden = await companion.recall(await companion.preference())
    assert item["card"]["buddy"] not in hidden.buddies
    assert len(hidden.ids) < len(pool.ids)
    await vote(home, "e2", item["impression"], "undo")
    assert (await companion.recall(await companion.preference())).ids == pool.ids


async def test_after_an_undo_the_act_may_be_given_again(home: App) -> None:
    token = (await aipp.present(home, request_id="r1", limit=3))["items"][0]["impression"]
    await vote(home, "e1", token, "interactionLike")
    assert (await vote(home, "e2", token, "undo"))["status"] == "kept"
    assert (await vote(home, "e3", token, "interactionLike"))["status"] == "kept"
    assert (await state_of(home))[0] == 1
    assert (await vote(home, "e4", token, "undo"))["status"] == "kept"
    nothing = await vote(home, "e5", token, "undo")
    assert (nothing["status"], nothing["code"]) == ("refused", 404)


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("reply", {}, "'reply' needs 'note'"),
    ("choose", {}, "'choose' needs 'over'"),
    ("dwell", {}, "'dwell' needs 'dwell_ms'"),
    ("skip", {"reason": "tone"}, "'skip' has no reasons"),
    ("skip", {"context": "AAAA"}, "the context is not the one of this impression"),
    ("watched", {}, "no act is called 'watched' in coin"),
    ("skip", {"dwell_ms": -1}, "dwell_ms: Input should be greater than or equal to 0"),
    ("skip", {"note": "a\x00b"}, "note: Value error, holds characters that are no text"),
    ("skip", {"at": "yesterday"}, "at: Input should be a valid datetime"),
    ("skip", {"at": "2026-01-01T00:00:00"}, "at: Input should have timezone info"),
    ("skip", {"extra": 1}, "extra: Extra inputs are not permitted"),
]


async def test_what_cannot_be_used_says_why_and_teaches_nothing(home: App) -> None:
    token = (await aipp.present(home, request_id="r1", limit=3))["items"][0]["impression"]
    before = await state_of(home)
    for number, (act, more, detail) in enumerate(REFUSED):
        answer = await vote(home, f"e{number}", token, act, **more)
        assert (answer["status"], answer["code"]) == ("refused", 422), (act, more)
        assert answer["detail"].startswith(detail)
    assert await state_of(home) == before


# --- describe and intent ---------------------------------------------------------------------
async def test_a_subspace_tells_its_own_acts_and_fields(home: App) -> None:
    told = {space["id"]: space for space in (await aipp.describe(home))["subspaces"]}
    acts = {act["name"]: act for act in told["movie"]["acts"]}
    assert acts["rate5"] == {
        "name": "rate5",
        "label": "5 stars",
        "signal": "explicit",
        "meaning": "positive",
        "reward": 1.0,
        "weight": 2.0,
        "needs": [],
        "own": True,
        "reasons": {},
    }
    assert acts["interactionSeen"]["meaning"] == "seen"
    assert acts["interactionSeen"]["weight"] == 0
    assert acts["requestLess"]["meaning"] == "negative"
    assert set(acts["requestLess"]["reasons"]) == {"topic", "buddy", "source", "tone", "fact"}
    assert [f["name"] for f in told["movie"]["fields"]] == ["year", "director", "budget"]
    assert [f["name"] for f in told["coin"]["fields"]] == ["close", "volume"]
    assert not any(act["own"] for act in told["coin"]["acts"])


async def test_an_intent_leads_from_words_to_a_slate_that_can_be_voted_on(home: App) -> None:
    steps = [step async for step in aipp.intent(home, "I want to learn about Bitcoin", limit=3)]
    assert [step["step"] for step in steps] == [
        "understood",
        "subspaces",
        "buddies",
        "slate",
        "missing",
    ]
    assert (steps[0]["topic"], steps[0]["by"]) == ("Bitcoin", "rules")
    assert steps[1]["subspaces"][0]["id"] == "coin"
    cosines = [buddy["cosine"] for buddy in steps[2]["buddies"]]
    assert cosines == sorted(cosines, reverse=True)
    cards = steps[3]["cards"]
    assert len(cards) == 3
    wish = [p for card in cards for p in card["reasons"] if p["label"] == "you want “Bitcoin”"]
    assert wish
    assert all(part["feedback"] is None for part in wish)
    for card in cards:
        assert math.fsum(p["value"] for p in card["reasons"]) == pytest.approx(
            card["score"], abs=1e-9
        )
    read = await aipp.feed(home)
    assert read["slate"] == steps[3]["slate"]
    assert (await state_of(home))[0] == 0
    answer = await vote(home, "e1", read["items"][0]["impression"], "interactionLike")
    assert answer["status"] == "kept"
    silent = {offer["buddy"] for offer in steps[4]["offers"]}
    assert not silent & {card["buddy"] for card in cards}


async def test_a_kept_intent_is_an_event_that_can_be_taken_back(home: App) -> None:
    before = await state_of(home)
    told = await aipp.want(home, words="I want to learn about Bitcoin", keep=True)
    companion = await home.companion()
    assert [e.title for e in companion.events] == ["Bitcoin"]
    assert told["steps"][3]["receipt"].startswith("You asked for more “Bitcoin”")
    await companion.take_back(act=companion.events[0].feedback.id)
    assert await state_of(home) == before


@pytest.mark.parametrize(
    ("words", "topic", "by"),
    [
        ("I want to learn about stablecoins", "stablecoins", "rules"),
        ("I want jazz", "jazz", "rules"),
        ("I'd like to read more about the halving of Bitcoin", "the halving of Bitcoin", "rules"),
        ("stablecoins", "stablecoins", "plain words"),
        ("what happens with Tether and its peg", "happens Tether peg", "plain words"),
    ],
)
def test_a_stated_interest_is_read_as_its_topic(words: str, topic: str, by: str) -> None:
    read = understood(words)
    assert (read.wish.direction, read.wish.topic, read.by) == ("more", topic, by)


@pytest.mark.parametrize("words", ["", "   ", "no more memecoins", "please", "\n"])
def test_words_that_want_nothing_are_refused(words: str) -> None:
    with pytest.raises(BadInputError, match="names nothing that is wanted"):
        understood(words)


# --- schema ----------------------------------------------------------------------------------
def test_the_schema_in_the_docs_is_what_the_code_gives() -> None:
    kept = json.loads((ROOT / "docs" / "aipp.schema.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(protocol.schema()))


async def test_every_answer_keeps_the_schema(home: App) -> None:
    def check(name: str, value: object) -> None:
        whole = protocol.schema()
        jsonschema.validate(value, {"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})

    page = await aipp.present(home, request_id="r1", limit=3, hydrate=True)
    check("Feed", page)
    check("Feed", await aipp.feed(home.of(PersonId("bo"))))
    given = [{"event": "e1", "impression": page["items"][0]["impression"], "act": "save"}, 7]
    check("Answers", await aipp.interactions(home, given=given))
    check("Description", await aipp.describe(home))
    async for step in aipp.intent(home, "I want Bitcoin"):
        check("IntentStep", step)
    with pytest.raises(jsonschema.ValidationError):
        check("Feed", {**page, "items": [{"id": "c_1"}]})
