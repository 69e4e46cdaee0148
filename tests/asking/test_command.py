"""The verbs of asking as people type them."""

from __future__ import annotations

import pytest

from ammo_agents.testing.command import AmmoCommand

pytestmark = pytest.mark.timeout(240)


def test_a_newcomer_answers_compares_and_says_and_sees_it_all_in_one_list(
    scripted: AmmoCommand,
) -> None:
    scripted("run", "--rounds", "2", "--seed", "3")
    shown = scripted("questions").stdout
    assert "Do you like" in shown
    assert "ammo answer" in shown
    entity = scripted.json("questions", "-n", "1")["questions"][0]["entity"]
    assert scripted.json("answer", entity, "like")["events"] == 1
    pair = scripted("compare").stdout
    assert "Which of these?" in pair
    cards = [c["id"] for c in scripted.json("compare")["cards"]]
    assert len(cards) == 2
    assert scripted.json("choose", cards[0], "--over", cards[1])["events"] == 2
    proposed = scripted("say", "less price talk, more engineering").stdout
    assert "less price talk" in proposed
    assert "nothing counts yet" in proposed
    assert scripted.json("you", "show")["events"] == 2
    kept = scripted.json("say", "--yes", "less", "price", "talk,", "more", "engineering")
    assert kept["kept"] is True
    assert kept["read_by"] == "rules"
    lines = scripted.json("you", "show")["beliefs"]
    assert {line["about"] for line in lines} >= {"price talk", "engineering"}
    line = next(one for one in lines if one["about"] == "price talk")
    assert line["id"] in scripted("you", "show").stdout
    scripted("forget-belief", line["id"])
    left = scripted.json("you", "show")
    assert "price talk" not in {one["about"] for one in left["beliefs"]}
    assert left["events"] == 3
    scripted("undo", kept["wishes"][1]["feedback"])
    assert scripted.json("you", "show")["events"] == 2


def test_what_the_model_cannot_read_is_offered_loosely_and_says_so(scripted: AmmoCommand) -> None:
    scripted("run", "--rounds", "1")
    read = scripted.json("say", "The price talk is boring")
    assert read["read_by"] == "rules, loosely"
    assert read["wishes"] == [{"direction": "less", "topic": "price talk"}]
    assert read["kept"] is False


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("answer", "atlantis", "like"), "atlantis"),
        (("answer", "bitcoin", "adore"), "adore"),
        (("choose", "c_zzzz", "--over", "c_yyyy"), "c_zzzz"),
        (("say", "?!"), "says nothing"),
        (("forget-belief", "l_zzzz"), "l_zzzz"),
        (("eval", "policy", "clever"), "clever"),
        (("questions", "-n", "99"), "most"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_nonsense_gets_a_clear_answer(
    scripted: AmmoCommand, words: tuple[str, ...], says: str
) -> None:
    done = scripted(*words, code=2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sitting_takes_a_statement_and_at_most_one_question(scripted: AmmoCommand) -> None:
    scripted("run", "--rounds", "3", "--seed", "3")
    typed = "t less price talk, more engineering\n+\nt no memes\n\nn\n\nn\nn\nq\n"
    done = scripted("sit", "--speed", "600", "--slots", "4", typed=typed)
    assert "less price talk" in done.stdout
    assert "nothing counts yet" in done.stdout
    assert done.stdout.count("asked because") <= 1
    lines = scripted.json("you", "show")["beliefs"]
    assert {line["about"] for line in lines} == {"price talk", "engineering"}


def test_the_policies_of_a_short_log_are_refused_with_the_reason(scripted: AmmoCommand) -> None:
    scripted("run", "--rounds", "1")
    card = scripted.json("feed", "-n", "2")["cards"][0]["id"]
    scripted("like", card)
    told = scripted.json("eval", "policy", "greedy")
    assert [p["policy"] for p in told["policies"]] == ["greedy"]
    assert told["policies"][0]["refused"]
    assert "refused" in scripted("eval", "policy").stdout
