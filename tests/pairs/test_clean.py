"""Each step of hygiene drops what it says, keeps the rest, and counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from town import text, town

from ammo_agents.aipp.pairs import Pair, Row, Rules
from ammo_agents.aipp.pairs.clean import balanced, clean_pairs, clean_rows, cut, distance
from ammo_agents.aipp.pairs.near import groups, likeness, normal, windows
from ammo_agents.aipp.pairs.personal import stripped
from ammo_agents.aipp.pairs.record import renamed
from ammo_agents.errors import BadInputError

LONG = "The supply of coins is capped at twenty-one million, and the last will come in 2140."


def pair(chosen: str = "A good answer", rejected: str = "A bad reply", **more: object) -> Pair:
    return Pair(prompt="Why is it so?", chosen=chosen, rejected=rejected, **more)  # type: ignore[arg-type]


def steps(found: list[Pair], rules: Rules | None = None) -> tuple[list[Pair], dict[str, int]]:
    """Return what is kept, and step → dropped, of the steps that dropped any."""
    kept, told = clean_pairs(found, rules or Rules())
    assert told[0].before == len(found)
    assert len(found) - sum(step.dropped for step in told) == len(kept)
    return kept, {step.name: step.dropped for step in told if step.dropped}


def test_a_clean_set_loses_nothing() -> None:
    found = town(3, 6)
    assert steps(found) == (found, {})


def test_empty_and_one_sided_pairs_are_dropped() -> None:
    found = [pair(chosen="  "), pair(chosen="Same", rejected="Same "), pair()]
    kept, dropped = steps(found)
    assert (kept, dropped) == ([pair()], {"empty or one-sided": 2})


@pytest.mark.parametrize(
    ("edited", "kept"),
    [
        (LONG.replace("coins", "bitcoins"), True),
        (LONG, False),
        ("Nobody knows anything of this, and it was raining on the second day.", False),
    ],
)
def test_an_edit_must_change_something_and_not_everything(edited: str, kept: bool) -> None:
    found = [pair(chosen=edited, rejected=LONG, signal="edit")]
    assert bool(steps(found)[0]) is kept


def test_what_is_no_edit_may_differ_as_it_likes() -> None:
    found = [pair(chosen="Yes, of course", rejected=LONG)]
    assert steps(found)[0] == found


def test_the_edit_distance_counts_words_and_marks() -> None:
    assert distance("a b c d", "a b c d") == 0
    assert distance("a b c d", "a x c d") == pytest.approx(1 / 4)
    assert distance("a b c d", "a b c d e") == pytest.approx(1 / 5)
    assert distance("a b", "c d") == 1
    assert distance("", "c d") == 1


@given(
    a=st.lists(st.sampled_from("xyz"), max_size=8), b=st.lists(st.sampled_from("xyz"), max_size=8)
)
def test_the_edit_distance_is_symmetric_and_in_its_range(a: list[str], b: list[str]) -> None:
    one, other = " ".join(a), " ".join(b)
    assert distance(one, other) == distance(other, one)
    assert 0 <= distance(one, other) <= 1
    assert (distance(one, other) == 0) == (a == b)


def test_what_one_person_says_both_ways_is_dropped_both_times() -> None:
    both = [pair("This text", "That text", user="ann"), pair("That text", "This text", user="ann")]
    kept, dropped = steps([*both, pair()])
    assert (kept, dropped) == ([pair()], {"contradictions": 2})


def test_different_people_vote_and_the_majority_stands_with_its_lead_and_all_events() -> None:
    ayes = [
        pair("This text", "That text", user=u, events=(f"b_{u}",)) for u in ("ann", "bea", "cem")
    ]
    kept, dropped = steps([*ayes, pair("That text", "This text", user="dan", events=("b_dan",))])
    (one,) = kept
    assert (one.chosen, one.margin) == ("This text", 0.5)
    assert set(one.events) == {"b_ann", "b_bea", "b_cem", "b_dan"}
    assert one.extra["users"] == ["ann", "bea", "cem", "dan"]
    assert dropped == {"votes and exact duplicates": 3}


def test_an_even_vote_is_a_near_tie() -> None:
    found = [pair("This text", "That text", user="ann"), pair("That text", "This text", user="bea")]
    assert steps(found) == ([], {"votes and exact duplicates": 1, "near ties": 1})


def test_evidence_under_the_threshold_is_dropped() -> None:
    found = [pair(margin=0.2), pair("Other words here", margin=1 / 3)]
    kept, dropped = steps(found)
    assert ([p.margin for p in kept], dropped) == ([1 / 3], {"near ties": 1})


def test_exact_and_near_duplicates_count_once() -> None:
    rng = np.random.default_rng(2)
    said, other, asked = text(rng, 40), text(rng, 40), text(rng, 20)
    one = Pair(prompt=asked, chosen=said, rejected=other, user="ann")
    near = renamed(one, chosen=said.upper().replace(".", "!"), user="bea")
    kept, dropped = steps([one, renamed(one, user="cem"), near])
    assert len(kept) == 1
    assert dropped == {"votes and exact duplicates": 1, "near duplicates": 1}


def test_two_sides_that_differ_in_marks_alone_are_still_a_pair() -> None:
    found = [pair("It's there.", "Its there"), pair("Its over there", "It's over there.")]
    assert steps(found)[0] == found


def test_nobody_gives_more_than_twenty_or_a_twentieth() -> None:
    found = [*town(1, 60), *[renamed(p, user="other") for p in town(1, 12, seed=9)]]
    kept, dropped = steps(found)
    assert dropped == {"over a person's cap": 40}
    assert sum(p.user == "person000" for p in kept) == 20
    assert steps(found)[0] == kept


def test_of_a_large_set_a_twentieth_is_more_than_twenty() -> None:
    found = [
        *town(1, 100),
        *[renamed(p, user=f"u{n % 25}") for n, p in enumerate(town(1, 500, seed=9))],
    ]
    kept, _ = steps(found)
    assert sum(p.user == "person000" for p in kept) == 30


def test_one_person_alone_has_no_cap() -> None:
    found = town(1, 60)
    assert steps(found) == (found, {})


def test_a_prompt_that_fills_the_length_is_dropped_before_a_trainer_does_it_silently() -> None:
    rules = Rules(max_length=100)
    found = [pair(), renamed(pair(), prompt="word " * 100)]
    assert steps(found, rules) == ([pair()], {"prompt too long": 1})
    assert cut([pair(chosen="long " * 90)], rules) == 1
    assert cut([pair()], rules) == 0


def test_a_real_counter_of_tokens_decides_where_there_is_one() -> None:
    rules = Rules(max_length=100, tokens=lambda said: 10 * len(said.split()))
    assert rules.counted
    assert not Rules().counted
    assert steps([renamed(pair(), prompt="ten words " * 5)], rules)[0] == []


def test_a_balanced_set_has_the_longer_text_chosen_half_the_time() -> None:
    found = [pair("word " * n, f"w{n}") for n in range(2, 12)] + [
        pair(f"v{n}", "word " * n) for n in range(2, 6)
    ]
    kept = balanced(found, Rules())
    assert sum(len(p.chosen) > len(p.rejected) for p in kept) == len(kept) / 2 == 4


def test_rows_are_cleaned_too() -> None:
    row = Row(prompt="Why?", completion="Write to ann@example.org", label=True, user="ann")
    kept, told = clean_rows([row, row, renamed(row, completion=" ")], Rules())
    assert [one.completion for one in kept] == ["Write to [e-mail]"]
    assert {
        step.name: (step.dropped, step.changed) for step in told if step.dropped or step.changed
    } == {
        "personal data": (0, 2),
        "empty": (1, 0),
        "exact duplicates": (1, 0),
    }


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Write to Ann.Lee+x@mail.example.co.uk now", "Write to [e-mail] now"),
        ("Call +49 (0)30 1234567 or 030 1234567", "Call [phone] or [phone]"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [account]"),
        ("card 4111 1111 1111 1111 please", "card [card] please"),
        ("see https://ann:secret@host.example/x", "see [address]"),
        ("from 192.168.0.17", "from [address]"),
        ("key sk-abcdefghijklmnop1234", "key [key]"),
    ],
)
def test_personal_data_is_replaced_by_a_word_for_its_kind(said: str, left: str) -> None:
    assert stripped(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "Bitcoin closed at $29,001.72 on 3 January 2021, up 3.2%.",
        "It was 2020-03-08 and 1,234,567,890 coins moved.",
        "1234 5678 9012 3456 is a number that no card has.",
        "Version 1.2.3 has 0.5 of it.",
    ],
)
def test_numbers_of_facts_are_left_alone(said: str) -> None:
    assert stripped(said) == said


def test_near_copies_are_found_and_other_texts_are_not() -> None:
    rng = np.random.default_rng(4)
    texts = [text(rng, 30) for _ in range(60)]
    words = texts[7].split()
    words[12] = "another"
    told = groups([*texts, " ".join(words), texts[9].upper()])
    assert told[60] == told[7]
    assert told[61] == told[9]
    assert len(set(told)) == 60


def test_the_frame_of_a_task_makes_no_two_prompts_alike() -> None:
    rng = np.random.default_rng(4)
    frame = (
        "Answer the question in at most three short sentences. Use only what the facts say. Every number, "
        "name and date must stand in a fact; after each sentence put the number of its fact in brackets. "
    )
    prompts = [frame + text(rng, 8) for _ in range(40)]
    assert len(set(groups(prompts))) < 40
    assert len(set(groups(prompts, framed=True))) == 40


@given(said=st.text(max_size=60))
def test_a_text_is_wholly_like_itself_and_likeness_is_symmetric(said: str) -> None:
    own = windows(normal(said))
    other = windows(normal(f"{said} and more of it"))
    assert likeness(own, own) == (1.0 if len(own) >= 12 else 0.0)
    assert likeness(own, other) == likeness(other, own)


def test_a_likeness_that_says_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="a likeness of 0 says nothing"):
        groups(["a"], alike=0)
