"""Plain sentences become frames with slots; what can be read in two ways is refused."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.authoring.dates import UnclearError, day_of
from ammo_agents.authoring.sentence import filled, quantity, stated

READ = [
    ("It bakes for 12 minutes at 250 °C.", "It bakes for {minutes} at {celsius}."),
    ("It bakes for 10-15 minutes or 3x longer.", "It bakes for {minutes} or {times} longer."),
    ("It rose 3.2% to $29,001.72 on 2020-01-03.", "It rose {percent} to {usd} on {date}."),
    ("It cost 1,500 euros, then 7.50 euros.", "It cost {eur}, then {eur_2}."),
    ("It opened on 25/12/2024 in old Rome.", "It opened on {date} in old Rome."),
    ("It opened on January 3rd, 2020 in Rome.", "It opened on {date} in Rome."),
    ("In 2024 it sold 2.5 million big loaves.", "In {year} it sold {number} big loaves."),
    ("It needs 4 eggs and 4 eggs more.", "It needs {eggs} eggs and {eggs} eggs more."),
    ("It fell to -5 °C in 1999.", "It fell to {celsius} in {year}."),
    ("COVID-19 reached it at 8:30 then.", "{name} reached it at {time} then."),
    ("It was loved in the 1990s and since.", "It was loved in the {decade} and since."),
    ("The Apollo 11 crew took 8 days.", "The {name} crew took {days}."),
    ("It runs on version 3.11.2 or newer.", "It runs on version {version} or newer."),
    ("A walk of 5-7 km takes 2 h.", "A walk of {km} takes {hours}."),
    ("The 12-minute egg is the best one.", "The {minutes} egg is the best one."),
]
REFUSED = [
    ("It opened on 03/04/2024 in Rome.", "day and month"),
    ("It opened on 3.4.24 in Rome.", "two digits"),
    ("It opened on 2024-02-30 in Rome.", "calendar"),
    ("It weighs 1.234 kg in all.", "thousand or a fraction"),
    ("It weighs 1,5 kg in all.", "comma"),
    ("It weighs 1/2 kg in all.", "fraction or a date"),
    ("It weighs ½ kg in all.", "cannot be read as a number"),
    ("It weighs ٣ kg in all.", "cannot be read as a number"),
    ("It has 12 000 seats in all.", "one number or several"),
    ("It has 1.234.567 seats in all.", "one number or a version"),
    ("It bakes for 12 minutes", "does not end"),
    ("It bakes.", "2 words"),
    ("It is <b>hot</b> in there.", "markup"),
    ("See https://example.org for all of it.", "markup"),
    ("It is {hot} in there now.", "markup"),
]


@pytest.mark.parametrize(("sentence", "frame"), READ, ids=[frame for _, frame in READ])
def test_numbers_and_dates_become_slots_by_themselves(sentence: str, frame: str) -> None:
    read = stated(sentence, names=["Apollo 11"])
    assert read.frame == frame
    words = {q.name: q.text for q in read.quantities}
    again = re.sub(r"\{(\w+)\}", lambda m: words[m[1]], read.frame)
    assert again == sentence or "date" in words


@pytest.mark.parametrize(("sentence", "reason"), REFUSED, ids=[said for said, _ in REFUSED])
def test_what_can_be_read_in_two_ways_is_refused_with_a_way_out(sentence: str, reason: str) -> None:
    with pytest.raises(UnclearError, match=reason) as refusal:
        stated(sentence)
    assert refusal.value.way_out


def test_a_quantity_holds_the_number_as_it_is_displayed() -> None:
    told = {q.name: q for q in stated("It rose 3.2% to $29,001.72 on 2020-01-03.").quantities}
    assert (told["percent"].value, told["percent"].text) == (3.2, "3.2%")
    assert (told["usd"].value, told["usd"].unit) == (29001.72, "usd")
    assert (told["date"].value, told["date"].text) == ("2020-01-03", "3 January 2020")
    assert quantity("high", "-4.2 m").value == -4.2


def test_an_authors_own_frame_needs_every_slot_once() -> None:
    read = filled("High water reached {high} on {on}.", {"high": "4.2 m", "on": "3 May 2026"})
    assert [(q.name, q.value) for q in read.quantities] == [("high", 4.2), ("on", "2026-05-03")]
    with pytest.raises(UnclearError, match="on"):
        filled("High water reached {high} on {on}.", {"high": "4.2 m"})
    with pytest.raises(UnclearError, match="digit"):
        filled("High water 7 reached {high} today.", {"high": "4.2 m"})


@given(
    st.lists(
        st.sampled_from([*"0123456789.,-/:%$ °", " kg", " May ", "It is", "3 ", "½", "{"]),
        max_size=16,
    )
)
def test_no_sentence_crashes_the_reader_and_no_digit_stays_outside_a_slot(parts: list[str]) -> None:
    try:
        read = stated(f"It was {''.join(parts)} by then.")
    except UnclearError:
        return
    assert not re.search(r"\d", re.sub(r"\{\w+\}", "", read.frame))
    assert len({q.name for q in read.quantities}) == len(read.quantities)
    for one in read.quantities:
        assert isinstance(one.value, str) or f"{abs(one.value):g}"[:1] in one.text


@given(st.text(max_size=24))
def test_a_day_is_read_or_refused(text: str) -> None:
    with suppress(UnclearError):
        assert str(day_of(text))
