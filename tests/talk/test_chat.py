"""Talks in the product: kept before they are answered, grounded, and heard by both buddies (W12)."""

from __future__ import annotations

import re

import pytest

from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.metering import MeteredModel
from ammo_agents.records import ModelCard, PersonId, Prompt, Sampling
from ammo_agents.round.sights import Sights
from ammo_agents.testing import ScriptedModel
from ammo_agents.views import chat, feed, replying
from ammo_agents.views.sights import sights


async def said(app: App, thread: str, text: str, key: str = "") -> dict:
    sent = await chat.send(app, thread=thread, text=text, key=key)
    await app.runs.done(sent["run"])
    return sent


async def last_turn(app: App, thread: str) -> dict:
    return (await chat.thread(app, thread=thread))["turns"][-1]


async def test_a_message_is_kept_and_answered_with_numbered_facts(app: App) -> None:
    sent = await said(app, "coin/bitcoin", "How is the supply of coins capped?")
    turn = await last_turn(app, "coin/bitcoin")
    assert turn["run"] == sent["run"]
    assert turn["state"] == "finished"
    assert turn["said"][0]["text"] == "How is the supply of coins capped?"
    answer = turn["answers"][0]
    assert answer["sources"]
    for source in answer["sources"]:
        assert f"{source['statement']} [{source['number']}]" in answer["text"]
        assert source["date"]
        assert source["source"]["name"]


async def test_what_was_streamed_is_what_is_kept(app: App) -> None:
    sent = await said(app, "coin/bitcoin", "How is the supply of coins capped?")
    story = await app.runs.told(app.person, sent["run"])
    assert story is not None
    answer = (await last_turn(app, "coin/bitcoin"))["answers"][0]
    assert story.text == answer["text"]


async def test_the_same_key_is_one_message_and_one_answer(app: App) -> None:
    first = await said(app, "you", "What is new about Bitcoin?", key="k1")
    again = await said(app, "you", "What is new about Bitcoin?", key="k1")
    assert (first["run"], again["repeated"]) == (again["run"], True)
    assert len((await chat.thread(app, thread="you"))["turns"]) == 1


async def test_every_answer_says_what_stood_behind_it(app: App) -> None:
    await said(app, "coin/bitcoin", "How is the supply of coins capped?")
    sees = (await last_turn(app, "coin/bitcoin"))["answers"][0]["sees"]
    assert sees["parts"][0]["role"] == "question"
    assert any(part["role"] == "fact 1" and part["tokens"] > 0 for part in sees["parts"])
    assert sees["note"].startswith("No model read this")


async def test_a_wish_in_a_message_is_noted_before_the_answer_and_can_be_taken_back(
    app: App,
) -> None:
    before = (await feed.you(app))["events"]
    sent = await said(app, "you", "less price talk please")
    types = [
        (e.body["type"], e.body.get("name"))
        for e in await app.ledger.diary.entries(app.person, kind="run", topic=sent["run"])
    ]
    assert types.index(("CUSTOM", "noted")) < types.index(("TEXT_MESSAGE_START", None))
    noted = (await last_turn(app, "you"))["noted"][0]
    assert (noted["direction"], noted["topic"], noted["state"]) == ("less", "price talk", "kept")
    assert (await feed.you(app))["events"] == before + 1
    await chat.take_back(app, thread="you", feedback=noted["feedback"])
    assert (await last_turn(app, "you"))["noted"][0]["state"] == "taken_back"
    assert (await feed.you(app))["events"] == before


async def test_what_is_not_about_me_is_not_noted_again(app: App) -> None:
    await said(app, "you", "less mining")
    noted = (await last_turn(app, "you"))["noted"][0]
    await chat.take_back(app, thread="you", feedback=noted["feedback"], not_me=True)
    await said(app, "you", "less mining")
    assert (await last_turn(app, "you"))["noted"] == []
    assert (await feed.you(app))["events"] == 0


async def test_a_question_is_no_wish(app: App) -> None:
    await said(app, "you", "Can you show me more about mining?")
    assert (await last_turn(app, "you"))["noted"] == []


async def test_talking_about_a_card_reaches_its_maker_and_the_persons_own_buddy(app: App) -> None:
    card = (await feed.slate(app))["cards"][0]
    world = app.parts.worlds[app.subspace().id]
    liked = dict(world.liked)
    await said(app, card["id"], "What happened here?")
    await said(app, card["id"], "And what was it before?")
    acts = [e.feedback.act for e in (await app.companion()).events]
    assert acts == ["ask", "reply"]
    assert world.liked[card["entity"]] > liked.get(card["entity"], 0.0)


async def test_a_card_is_shown_another_way_and_a_reload_keeps_it(app: App) -> None:
    card = (await feed.slate(app))["cards"][0]["id"]
    await said(app, card, "only the numbers")
    shown = (await chat.thread(app, thread=card))["card"]["rendering"]
    assert shown["ways"] == ["Only the numbers"]
    facts = " ".join(q["text"] for source in shown["sources"] for q in source["numbers"])
    assert shown["numbers"]["rows"]
    assert all(row[1] in facts for row in shown["numbers"]["rows"])
    await said(app, card, "as written")
    assert (await chat.thread(app, thread=card))["card"]["rendering"] is None


async def test_what_about_something_else_goes_on_with_cited_facts_only(app: App) -> None:
    card = (await feed.slate(app))["cards"][0]["id"]
    await said(app, card, "What about Ethereum?")
    page = await chat.thread(app, thread=card)
    answer = page["turns"][-1]["answers"][0]
    assert answer["sources"]
    shown = page["card"]["rendering"]
    told = {claim["text"] for claim in shown["claims"]}
    assert {source["statement"] for source in answer["sources"]} <= told


async def test_two_buddies_talk_and_no_fact_is_said_twice(app: App) -> None:
    await said(app, "you", "@bitcoin @ethereum what is special about you?")
    answers = (await last_turn(app, "you"))["answers"]
    assert len(answers) >= 2
    assert answers[0]["buddy"] != answers[1]["buddy"]
    cited = [s["id"] for a in answers for s in a["sources"]]
    assert len(cited) == len(set(cited))


async def test_a_failed_answer_keeps_the_words_and_can_be_tried_again(app: App) -> None:
    run = await app.runs.start(
        app.person, "answer", "How is the supply of coins capped?", thread="you", run="r_dead"
    )
    body = {
        "id": "m_1",
        "role": "person",
        "text": "How is the supply of coins capped?",
        "run": "r_dead",
    }
    await app.ledger.diary.write("message/1", app.person, "message", body, topic="you")
    await run.end("failed", code="AMMO-0601", message="nothing came", fix="Try again.")
    turn = await last_turn(app, "you")
    assert (turn["state"], turn["retry"]) == ("failed", True)
    again = await chat.retry(app, run="r_dead")
    await app.runs.done(again["run"])
    turns = (await chat.thread(app, thread="you"))["turns"]
    assert (turns[0]["retry"], turns[1]["state"]) == (False, "finished")
    with pytest.raises(BadInputError):
        await chat.retry(app, run=again["run"])


async def test_openers_come_from_the_map(app: App) -> None:
    page = await chat.thread(app, thread="you")
    assert len(page["openers"]) == 3
    assert page["turns"] == []


async def test_only_sixty_messages_are_on_a_page(app: App) -> None:
    for n in range(35):
        await said(app, "you", f"What is new about Bitcoin? {n}")
    page = await chat.thread(app, thread="you")
    count = sum(len(t["said"]) + len(t["answers"]) for t in page["turns"])
    assert count <= 60
    earlier = await chat.thread(app, thread="you", before=page["earlier"])
    assert earlier["turns"]
    assert earlier["earlier"] is None


async def test_nobody_reads_or_answers_in_the_name_of_another(app: App) -> None:
    sent = await said(app, "you", "How is the supply of coins capped?")
    other = app.of(PersonId("other"))
    assert (await chat.thread(other, thread="you"))["turns"] == []
    for attempt in (chat.retry, chat.stop):
        with pytest.raises(NotFoundError):
            await attempt(other, run=sent["run"])


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 4_001])
async def test_an_empty_or_endless_message_is_refused(app: App, text: str) -> None:
    with pytest.raises(BadInputError):
        await chat.send(app, thread="you", text=text)


async def test_odd_text_is_kept_and_answered(app: App) -> None:
    await said(app, "you", "Bitcoin\x00 \ud800 <script>alert(1)</script>?")
    turn = await last_turn(app, "you")
    assert turn["state"] == "finished"
    assert "\x00" not in turn["said"][0]["text"]


async def test_what_a_buddy_saw_while_writing_can_be_looked_at(app: App) -> None:
    found = await sights(app)
    assert found["sights"]
    one = found["sights"][0]
    assert one["who"].startswith("coin/")
    assert sum(part["tokens"] for part in one["parts"]) > 0


def parrot(prompt: Prompt, sampling: Sampling) -> str:
    """Repeat the facts as they were given, the freer the other way round."""
    listed = re.findall(r"^\[(\d+)\] (.+)$", prompt.messages[-1].text, re.MULTILINE)
    said = [f"{fact.rstrip('.')}. [{n}]" for n, fact in listed]
    lies = "Bitcoin doubles every day. [1]"
    return " ".join([*(said if sampling.temperature < 0.5 else [*said, said[0]]), lies])


@pytest.fixture
async def writer(app: App) -> ScriptedModel:
    """A model that can word a paragraph, and lies in its last sentence."""
    model = ScriptedModel(
        parrot, card=ModelCard(id="scripted/parrot", title="Parrot", capability="small")
    )
    metered = MeteredModel.from_settings(model, app.ledger, app.settings, app.clock)
    metered.observer = Sights(app.ledger.diary).saw
    app.parts.models[app.settings.model] = metered
    return model


async def test_a_model_words_an_answer_only_as_far_as_its_facts_carry(
    app: App, writer: ScriptedModel
) -> None:
    await said(app, "coin/bitcoin", "How is the supply of coins capped?")
    answer = (await last_turn(app, "coin/bitcoin"))["answers"][0]
    assert answer["model"] == "scripted/parrot"
    assert "doubles" not in answer["text"]
    sees = answer["sees"]
    assert [part["role"] for part in sees["parts"]][:2] == ["instructions", "question"]
    assert 0 < sum(part["tokens"] for part in sees["parts"]) <= sees["tokens_in"] + 5
    mine = (await sights(app, buddy="@bitcoin"))["sights"][0]
    assert (mine["who"], mine["model"]) == ("coin/bitcoin", "scripted/parrot")
    other = await sights(app.of(PersonId("other")), buddy="@bitcoin")
    assert mine["seq"] not in {one["seq"] for one in other["sights"]}


async def test_sometimes_two_answers_are_offered_and_the_better_one_is_kept(
    app: App, writer: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "COMPARED", 1)
    sent = await said(app, "coin/bitcoin", "How is the supply of coins capped?")
    offered = (await last_turn(app, "coin/bitcoin"))["choice"]
    assert offered["one"] != offered["two"]
    assert "doubles" not in offered["one"] + offered["two"]
    await chat.prefer(app, run=sent["run"], which="2")
    pair = (await app.ledger.diary.latest(app.person, "pair"))[sent["run"]].body
    assert (pair["chosen"], pair["rejected"]) == (offered["two"], offered["one"])
    assert (await last_turn(app, "coin/bitcoin"))["choice"]["which"] == "2"


async def test_where_facts_are_only_quoted_nothing_is_compared(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "COMPARED", 1)
    await said(app, "coin/bitcoin", "How is the supply of coins capped?")
    assert (await last_turn(app, "coin/bitcoin"))["choice"] is None


async def test_a_person_cuts_into_a_talk_of_two_buddies(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "PAUSE", 0.2)
    sent = await chat.send(app, thread="you", text="@bitcoin @ethereum what is special about you?")
    async for entry in app.runs.follow(app.person, sent["after"], kinds=("message",)):
        assert entry is not None
        if entry.body["role"] == "buddy":
            break
    cut = await chat.send(app, thread="you", text="How is the supply of coins capped?")
    assert (cut["cut_in"], cut["run"]) == (True, sent["run"])
    await app.runs.done(sent["run"])
    turn = await last_turn(app, "you")
    assert [m["text"] for m in turn["said"]][1] == "How is the supply of coins capped?"
    asked = [a["sees"]["parts"][0]["text"] for a in turn["answers"]]
    assert any("supply of coins" in words for words in asked)
