"""Each predicate can be said in several true ways."""

import pytest
from ammo_subspace_coin.frames import DIRECTIONS, FRAMES
from ammo_subspace_coin.plugin import coin

from ammo_agents.records import SLOT

UP = {"rose", "rise", "gained", "climbed", "higher"}
DOWN = {"fell", "fall", "lost", "slid", "lower"}


@pytest.mark.parametrize("predicate", sorted(FRAMES))
def test_every_predicate_has_frames_titles_examples_and_words(predicate: str) -> None:
    wording = coin.wordings[predicate]
    slots = set(SLOT.findall(FRAMES[predicate]))
    assert len(wording.frames) >= 4
    assert len(wording.titles) >= 6
    assert len(wording.examples) >= 3
    assert wording.words
    for frame in wording.frames:
        assert set(SLOT.findall(frame)) <= slots
        assert {"date"} <= set(SLOT.findall(frame))
    for title in wording.titles:
        assert set(SLOT.findall(title)) <= slots


@pytest.mark.parametrize("predicate", sorted(FRAMES))
def test_the_words_right_before_a_slot_are_ones_the_wording_itself_allows(predicate: str) -> None:
    wording = coin.wordings[predicate]
    for frame in (FRAMES[predicate], *wording.frames):
        for slot, before in wording.around.items():
            words = frame.partition(f"{{{slot}}}")[0].split()
            if words and before:
                assert words[-1].strip(",;:{}").lower() in before, (slot, frame)


def test_a_falling_predicate_licenses_no_rising_word_and_the_other_way_round() -> None:
    for predicate in ("coin.rise", "coin.week_up", "coin.streak_up", "coin.close_up"):
        assert not coin.wordings[predicate].words & DOWN
    for predicate in ("coin.fall", "coin.week_down", "coin.streak_down", "coin.close_down"):
        assert not coin.wordings[predicate].words & UP


def test_only_a_record_may_be_called_one() -> None:
    callers = {p for p, w in coin.wordings.items() if "record" in w.words}
    assert callers == {"coin.record_high", "coin.record_low"}


def test_directions_are_those_of_known_predicates() -> None:
    assert set(DIRECTIONS) <= set(FRAMES)


def test_no_wording_lets_a_move_be_compared_with_another_day() -> None:
    """A fact of a move compares it with an average; 'a more unusual day' would compare it with a day."""
    for predicate in ("coin.rise", "coin.fall", "coin.volume", "coin.turbulent"):
        assert "more" not in coin.wordings[predicate].words
