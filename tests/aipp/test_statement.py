"""A statement in words becomes a few wishes: by rules, by a model under a schema, or loosely and labelled."""

from __future__ import annotations

import json

import pytest

from ammo_agents.aipp.statement import SCHEMA, Wish, by_rules, loosely, read, wish
from ammo_agents.errors import BadInputError, ModelCrashedError
from ammo_agents.testing.scripted import ScriptedModel


def pairs(wishes: tuple[Wish, ...]) -> list[tuple[str, str]]:
    return [(w.direction, w.topic) for w in wishes]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("less price talk, more engineering", [("less", "price talk"), ("more", "engineering")]),
        ("More Engineering.", [("more", "Engineering")]),
        ("more staking and privacy", [("more", "staking"), ("more", "privacy")]),
        ("no memecoins; less hype", [("never", "memecoins"), ("less", "hype")]),
        ("no more horror but more westerns", [("never", "horror"), ("more", "westerns")]),
        ("I don’t like romance", [("less", "romance")]),
        ("i love film noir, please", [("more", "film noir")]),
        ("please stop showing me price talk", [("never", "price talk")]),
        ("less of the drama", [("less", "drama")]),
        ("show me more about defi", [("more", "defi")]),
        ("too much politics", [("less", "politics")]),
        ("more X, more x", [("more", "X")]),
        (
            "less price talk, and more on how bridges work",
            [("less", "price talk"), ("more", "how bridges work")],
        ),
        ("мore кино", []),
        ("more кино", [("more", "кино")]),
        (
            "I am so tired of price talk, tell me how things are built",
            [("less", "price talk"), ("more", "how things are built")],
        ),
        ("Honestly I could do without celebrity gossip", [("less", "celebrity gossip")]),
        (
            "Can we have fewer horror movies and some French comedies instead?",
            [("less", "horror movies"), ("more", "French comedies")],
        ),
        ("show me less politics", [("less", "politics")]),
        ("don't show me more politics", [("less", "politics")]),
        ("The memes bore me", []),
        ("engineering", []),
        ("more", []),
        ("", []),
        ("more " + "x" * 90, []),
    ],
    ids=str,
)
def test_rules_read_what_has_the_form_and_nothing_else(
    said: str, meant: list[tuple[str, str]]
) -> None:
    assert pairs(by_rules(said)) == meant


async def test_the_rules_come_first_and_no_model_is_asked() -> None:
    model = ScriptedModel(["{}"])
    reading = await read("less price talk, more engineering", model)
    assert reading.by == "rules"
    assert model.asked == []


async def test_a_model_reads_the_rest_under_a_schema() -> None:
    answer = {
        "wishes": [
            {"direction": "less", "topic": "price talk"},
            {"direction": "more", "topic": "how things are built"},
        ]
    }
    model = ScriptedModel([json.dumps(answer)])
    said = "Price talk wears me out, how things are built is great"
    reading = await read(said, model)
    assert (reading.by, pairs(reading.wishes)) == (
        "scripted/model",
        [("less", "price talk"), ("more", "how things are built")],
    )
    prompt, sampling = model.asked[0]
    assert sampling.schema == SCHEMA
    assert prompt.messages[-1].text.endswith(f"Reader: {said}")
    assert prompt.fingerprint


@pytest.mark.parametrize(
    "answer",
    [
        "no json",
        "{}",
        '{"wishes": []}',
        '{"wishes": [{"direction": "love", "topic": "price"}]}',
        '{"wishes": [{"direction": "more", "topic": "bananas"}]}',
        '{"wishes": [{"direction": "more", "topic": "me"}]}',
        '{"wishes": ["more"]}',
        "[1]",
        ModelCrashedError("gone", hint="x"),
    ],
    ids=str,
)
async def test_a_model_that_fails_leaves_a_loose_reading_with_its_label(
    answer: str | ModelCrashedError,
) -> None:
    reading = await read("Price talk is boring", ScriptedModel([answer]))
    assert reading.by == "rules, loosely"
    assert pairs(reading.wishes) == [("less", "Price talk")]


async def test_without_a_model_the_reading_is_loose() -> None:
    assert pairs((await read("quiet stories from Japan")).wishes) == [
        ("more", "quiet stories Japan")
    ]


@pytest.mark.parametrize("said", ["", "   ", "?!", "please show me more", "that is not for me"])
async def test_what_says_nothing_is_refused_without_asking_a_model(said: str) -> None:
    model = ScriptedModel(["{}"])
    with pytest.raises(BadInputError, match="says nothing"):
        await read(said, model)
    assert model.asked == []


def test_a_very_long_statement_is_read_to_a_limit() -> None:
    wishes = by_rules(", ".join(f"more topic{n}" for n in range(500)))
    assert len(wishes) == 6
    assert len(loosely("x" * 10_000)[0].topic) <= 60


def test_a_wish_that_was_edited_must_still_be_one() -> None:
    assert wish("more", "  how   things work ") == Wish(direction="more", topic="how things work")
    for direction, topic in (("like", "a"), ("more", " "), ("more", "y" * 61), ("more", "a\x07b")):
        with pytest.raises(BadInputError, match="no wish"):
            wish(direction, topic)
