"""What people said in a real home becomes pairs and rows that name the very events, and only by consent."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest

from ammo_agents.aipp.impression import key_of
from ammo_agents.aipp.pairs import Gathered, Pair, Row, events_of, gather, hashed
from ammo_agents.aipp.pairs.consent import consent_of
from ammo_agents.aipp.pairs.task import card_text, facts_of
from ammo_agents.app import App
from ammo_agents.metering import MeteredModel
from ammo_agents.records import ModelCard, PersonId, Prompt, Sampling, digest
from ammo_agents.testing import ScriptedModel
from ammo_agents.views import VERBS, aipp, chat, feed, profiles

Plain = dict[str, Any]
KEY = b"k" * 32
YOU = PersonId("you")


async def allow(app: App, *, on: bool = True) -> None:
    await profiles.choose(app, name="train", value=on)


async def built(app: App, **more: Any) -> Gathered:
    return await gather(app.ledger, [app.person], KEY, **more)


async def slate(app: App) -> list[str]:
    """Present a slate and return its cards, the first first."""
    return [card["id"] for card in (await feed.slate(app))["cards"]]


async def act(app: App, name: str, card: str) -> Plain:
    return await VERBS["act"].function(app, act=name, card=card)


async def test_without_consent_nothing_is_built_and_what_was_passed_over_is_counted(
    app: App,
) -> None:
    cards = await slate(app)
    await act(app, "like", cards[0])
    found = await built(app)
    assert (found.pairs, found.rows, found.consenting) == ([], [], 0)
    assert found.passed == {"no consent to fine-tuning": 1}


async def test_only_what_was_said_after_consent_counts_and_carries_its_version(app: App) -> None:
    cards = await slate(app)
    await act(app, "like", cards[0])
    await allow(app)
    await act(app, "like", cards[1])
    found = await built(app)
    assert [row.by.creation for row in found.rows] == [cards[1]]
    assert found.passed["said before fine-tuning was allowed"] == 1
    consent = await consent_of(app.ledger.diary, app.person)
    assert consent is not None
    assert found.rows[0].consent == consent.number > 0


async def test_a_withdrawal_takes_all_of_it_and_a_new_yes_begins_anew(app: App) -> None:
    await allow(app)
    await act(app, "like", (await slate(app))[0])
    assert len((await built(app)).rows) == 1
    await allow(app, on=False)
    assert (await built(app)).rows == []
    await allow(app)
    assert (await built(app)).rows == []


async def test_a_card_liked_below_a_skipped_one_makes_a_pair_of_both(app: App) -> None:
    await allow(app)
    cards = await slate(app)
    skipped = await act(app, "skip", cards[1])
    liked = await act(app, "like", cards[3])
    found = await built(app)
    (pair,) = found.pairs
    assert (pair.chosen_by.creation, pair.rejected_by.creation) == (cards[3], cards[1])
    assert (pair.chosen_by.slot, pair.rejected_by.slot) == (3, 1)
    assert set(pair.events) == {liked["feedback"], skipped["feedback"]}
    assert pair.impression.startswith("s_")
    assert 0 < (pair.chosen_by.propensity or 0) <= 1
    assert found.rows == []
    card = await app.ledger.creation(cards[3])  # type: ignore[arg-type]
    assert card.title.text in pair.chosen
    assert card.title.text not in pair.rejected


async def test_a_skip_further_below_says_nothing_so_both_stay_single(app: App) -> None:
    await allow(app)
    cards = await slate(app)
    await act(app, "like", cards[0])
    await act(app, "skip", cards[3])
    found = await built(app)
    assert found.pairs == []
    assert sorted((row.label, row.by.creation) for row in found.rows) == sorted([
        (True, cards[0]),
        (False, cards[3]),
    ])


async def test_two_visits_never_make_a_pair(app: App) -> None:
    await allow(app)
    first = await slate(app)
    await act(app, "skip", first[0])
    second = await slate(app)
    await act(app, "like", second[0])
    found = await built(app)
    assert found.pairs == []
    assert len(found.rows) == 2


async def test_the_prompt_of_two_cards_holds_the_facts_of_both_and_does_not_tell_which(
    app: App,
) -> None:
    await allow(app)
    cards = await slate(app)
    await act(app, "skip", cards[0])
    await act(app, "save", cards[1])
    (pair,) = (await built(app)).pairs
    ours = [await app.ledger.creation(id) for id in (cards[1], cards[0])]  # type: ignore[arg-type]
    facts = await app.ledger.facts(ids=facts_of(*ours))
    assert list(facts_of(*ours)) == list(facts_of(*ours[::-1]))
    for number, fact in enumerate(facts, start=1):
        assert f"{number}. {' '.join(fact.statement.split())}" in pair.asked
    for text in pair.texts:
        cited = {int(n) for n in re.findall(r"\[(\d+)\]", text)}
        assert cited
        assert cited <= set(range(1, len(facts) + 1))


async def test_an_act_taken_back_and_a_card_judged_anew_count_as_they_stand(app: App) -> None:
    await allow(app)
    cards = await slate(app)
    await act(app, "like", cards[0])
    await VERBS["undo"].function(app, card=cards[0])
    await act(app, "like", cards[2])
    await act(app, "hide", cards[2])
    found = await built(app)
    assert [(row.label, row.by.creation) for row in found.rows] == [(False, cards[2])]


async def test_a_choice_of_two_cards_makes_a_pair(app: App) -> None:
    await allow(app)
    cards = [c["id"] for c in (await VERBS["compare"].function(app))["cards"]]
    await VERBS["choose"].function(app, card=cards[0], over=[cards[1]])
    (pair,) = (await built(app)).pairs
    assert (pair.signal, pair.chosen_by.creation, pair.rejected_by.creation) == ("choice", *cards)
    assert (pair.chosen_by.slot, pair.rejected_by.slot, pair.chosen_by.propensity) == (0, 1, 0.5)


async def test_the_second_of_two_is_known_to_have_stood_second(app: App) -> None:
    await allow(app)
    cards = [c["id"] for c in (await VERBS["compare"].function(app))["cards"]]
    await VERBS["choose"].function(app, card=cards[1], over=[cards[0]])
    (pair,) = (await built(app)).pairs
    assert (pair.chosen_by.slot, pair.rejected_by.slot) == (1, 0)


async def test_a_choice_of_cards_from_a_feed_says_nothing_of_their_order(app: App) -> None:
    await allow(app)
    cards = await slate(app)
    await VERBS["choose"].function(app, card=cards[0], over=[cards[1]])
    (pair,) = (await built(app)).pairs
    assert (pair.chosen_by.slot, pair.rejected_by.slot) == (None, None)


async def test_an_edit_is_chosen_over_the_card_without_citation_marks_on_either_side(
    app: App,
) -> None:
    await allow(app)
    page = await aipp.present(app, request_id="r1", limit=3)
    one = page["items"][0]
    edit = {"event": "e1", "impression": one["impression"], "act": "edit"}
    (answer,) = (await aipp.interactions(app, given=[edit | {"note": "Short and clear. [1]"}]))[
        "answers"
    ]
    assert answer["status"] == "kept"
    found = await built(app)
    (pair,) = found.pairs
    card = await app.ledger.creation(one["id"])
    assert pair.signal == "edit"
    assert pair.rejected == card_text(card)
    assert "[1]" not in pair.chosen + pair.rejected
    assert "in brackets" not in pair.asked
    assert pair.chosen_by.model == "person"
    assert pair.events[0].startswith("d_")


async def test_persons_are_hashed_with_the_key_of_the_home(app: App) -> None:
    await allow(app)
    await act(app, "like", (await slate(app))[0])
    (row,) = (await built(app)).rows
    assert row.user == hashed(YOU, KEY) != hashed(YOU, b"other" * 8)
    assert "you" not in row.user
    assert len(await asyncio.to_thread(key_of, app.folders.data)) == 32


async def test_the_events_of_a_person_hold_those_of_every_pair_of_theirs(app: App) -> None:
    await allow(app)
    cards = await slate(app)
    await act(app, "skip", cards[0])
    await act(app, "like", cards[1])
    await act(app, "like", cards[3])
    found = await built(app)
    used = {event for one in [*found.pairs, *found.rows] for event in one.events}
    assert len(used) == 3
    assert used <= await events_of(app.ledger, YOU)
    assert not await events_of(app.ledger, PersonId("somebody"))


async def test_only_the_subspace_or_buddy_that_was_asked_for_is_built(app: App) -> None:
    await allow(app)
    cards = await slate(app)
    await act(app, "like", cards[0])
    card = await app.ledger.creation(cards[0])  # type: ignore[arg-type]
    assert len((await built(app, subspace="coin", buddy=card.buddy)).rows) == 1
    assert (await built(app, buddy="coin/nobody")).rows == []


async def test_what_simulated_people_said_is_labelled_so(app: App) -> None:
    await allow(app)
    await act(app, "like", (await slate(app))[0])
    assert [row.source for row in (await built(app)).rows] == ["human"]
    told = await built(app, simulated=frozenset({YOU}))
    assert [row.source for row in told.rows] == ["simulated"]


# --- talks -----------------------------------------------------------------------------------
def parrot(prompt: Prompt, sampling: Sampling) -> str:
    """Repeat the facts as they were given, the freer with the first one twice."""
    listed = re.findall(r"^\[(\d+)\] (.+)$", prompt.messages[-1].text, re.MULTILINE)
    said = [f"{fact.rstrip('.')}. [{n}]" for n, fact in listed]
    return " ".join(said if sampling.temperature < 0.5 else [*said, said[0]])


@pytest.fixture
async def writer(app: App) -> App:
    """An app whose model can word a paragraph."""
    card = ModelCard(id="scripted/parrot", title="Parrot", capability="small")
    model = MeteredModel.from_settings(
        ScriptedModel(parrot, card=card), app.ledger, app.settings, app.clock
    )
    app.parts.models[app.settings.model] = model
    await allow(app)
    return app


async def asked(app: App, *, compared: bool) -> Plain:
    """Ask the same question under a key whose answer is (or is not) offered in two wordings."""
    keys = (f"k{n}" for n in range(200))
    key = next(
        k
        for k in keys
        if (int(digest([app.person, "coin/bitcoin", k])[12:16], 16) % 4 == 0) == compared
    )
    words = "How is the supply of coins capped?"
    sent = await chat.send(app, thread="coin/bitcoin", text=words, key=key)
    await finished(app, sent["run"])
    return sent


async def finished(app: App, run: str) -> None:
    await app.runs.done(run)


async def test_the_better_of_two_answers_is_a_pair_with_the_prompt_its_writer_read(
    writer: App,
) -> None:
    sent = await asked(writer, compared=True)
    await chat.prefer(writer, run=sent["run"], which="2")
    (pair,) = (await built(writer)).pairs
    kept = (await writer.ledger.diary.latest(YOU, "pair"))[sent["run"]].body
    assert (pair.chosen, pair.rejected) == (kept["two"], kept["one"])
    assert (pair.chosen_by.slot, pair.rejected_by.slot, pair.chosen_by.propensity) == (1, 0, 0.5)
    assert "Question: How is the supply of coins capped?" in pair.asked
    assert "Answer the question in at most three short sentences." in pair.asked
    assert {pair.chosen_by.sampling["temperature"], pair.rejected_by.sampling["temperature"]} == {
        0.2,
        0.8,
    }
    assert pair.chosen_by.model == "scripted/parrot"


async def test_two_answers_that_are_alike_are_counted_and_make_no_pair(writer: App) -> None:
    sent = await asked(writer, compared=True)
    await chat.prefer(writer, run=sent["run"], which="same")
    found = await built(writer)
    assert found.pairs == []
    assert found.passed["a tie: both are alike"] == 1


async def test_other_words_for_an_answer_replace_it_and_both_are_kept(writer: App) -> None:
    sent = await asked(writer, compared=False)
    turn = (await chat.thread(writer, thread="coin/bitcoin"))["turns"][-1]
    assert turn["other"]
    again = await chat.retry(writer, run=sent["run"])
    await finished(writer, again["run"])
    first, second = (await chat.thread(writer, thread="coin/bitcoin"))["turns"]
    assert (first["again"], first["other"]) == (again["run"], False)
    (pair,) = (await built(writer)).pairs
    assert pair.signal == "again"
    assert (pair.chosen, pair.rejected) == (
        second["answers"][0]["text"],
        first["answers"][0]["text"],
    )
    assert pair.chosen_by.sampling["temperature"] == 0.8
    assert pair.rejected_by.sampling["temperature"] == 0.2
    assert len(pair.events) == 2


def test_pairs_and_rows_are_told_apart() -> None:
    found = Gathered()
    pair = Pair(prompt="P", chosen="A", rejected="B")
    row = Row(prompt="P", completion="A", label=True)
    found.add([pair, row, replace(pair, split="test")])
    assert (len(found.pairs), len(found.rows)) == (2, 1)
