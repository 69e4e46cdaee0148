"""What replies show, measured on the texts: whole, cited, looping, doubled; and sides that are not whose they say."""

from collections.abc import Sequence

import numpy as np
import pytest
from ammo_training import behaviour
from ammo_training.behaviour import Reply

from ammo_agents.errors import BadInputError


def replies(texts: Sequence[str], *, adapter: str = "", finish: str = "stop") -> list[Reply]:
    return [
        Reply(prompt=f"q{n}", seed=1, text=text, finish=finish, adapter=adapter)  # type: ignore[arg-type]
        for n, text in enumerate(texts)
    ]


def test_each_measure_of_one_reply() -> None:
    said = replies(["Rain fell, as Reuters says [1].", "I'm sorry, I cannot do that.", "", "one two one two one two"])  # fmt: skip
    assert behaviour.values(said, "words").tolist() == [6, 6, 0, 6]
    assert behaviour.values(said, "complete").tolist() == [1, 1, 0, 0]
    assert behaviour.values(said, "cites").tolist() == [1, 0, 0, 0]
    assert behaviour.values(said, "refuses").tolist() == [0, 1, 0, 0]
    assert behaviour.values(said, "empty").tolist() == [0, 0, 1, 0]
    assert behaviour.values(said, "loops").tolist() == [0, 0, 0, 0.5]


def test_a_reply_that_was_cut_off_is_not_complete_however_it_ends() -> None:
    assert behaviour.values(replies(["Done."], finish="length"), "complete").tolist() == [0]


def test_before_and_after_are_compared_prompt_by_prompt() -> None:
    before = replies([f"A rather long reply about matter number {n}." for n in range(12)])
    after = replies([f"Matter {n}." for n in range(12)], adapter="a_1")
    found = behaviour.compare(before, after, seed=1)
    words = found["measures"]["words"]
    assert (words["before"]["value"], words["after"]["value"]) == (8, 2)
    assert words["relative"] == pytest.approx(-0.75)
    assert words["change"]["high"] < 0
    assert found["measures"]["supported"] is None


def test_writing_less_does_not_look_richer() -> None:
    """Distinct-n is taken at equal size: the same few words, said in fewer words, are no richer."""
    before = replies(["the cat sat on the mat and the dog lay by the door"] * 8)
    after = replies(["the cat sat"] * 8, adapter="a_1")
    found = behaviour.compare(before, after, seed=1)["measures"]["distinct_2"]
    assert found["before"]["value"] == pytest.approx(found["after"]["value"])


def test_the_same_reply_to_everything_shows_as_duplicates_and_no_spread() -> None:
    before = replies(["Rain.", "Bread rises.", "Bees hum.", "Maps fold."])
    after = replies(["No equations."] * 4, adapter="a_1")
    sides = np.eye(4, dtype=np.float32), np.tile(np.eye(4, dtype=np.float32)[0], (4, 1))
    found = behaviour.compare(before, after, seed=1, vectors=sides)["measures"]
    assert found["duplicates"]["after"]["value"] == 1.0
    assert found["duplicates"]["before"]["value"] == 0.0
    assert found["spread"]["before"]["value"] == pytest.approx(1.0)
    assert found["spread"]["after"]["value"] == pytest.approx(0.0)


def test_swapped_sides_are_refused_by_their_stamps() -> None:
    base, tuned = replies(["One.", "Two."]), replies(["Three.", "Four."], adapter="a_1")
    with pytest.raises(BadInputError, match=r"adapter a_1 stands under 'before'"):
        behaviour.compare(tuned, base, seed=1)
    with pytest.raises(BadInputError, match="the base stands under 'after'"):
        behaviour.compare(base, base, seed=1)


def test_other_prompts_or_seeds_are_refused() -> None:
    base, tuned = replies(["One.", "Two."]), replies(["Three."], adapter="a_1")
    with pytest.raises(BadInputError, match="different prompts or seeds"):
        behaviour.compare(base, tuned, seed=1)


def test_samples_are_drawn_by_the_seed_and_by_nothing_else() -> None:
    before = replies([f"b{n}." for n in range(40)])
    after = replies([f"a{n}." for n in range(40)], adapter="a_1")
    one = behaviour.side_by_side(before, after, seed=5)
    assert one == behaviour.side_by_side(before, after, seed=5)
    assert one != behaviour.side_by_side(before, after, seed=6)
    assert len(one) == 10
    assert all(s["before"][1:] == s["after"][1:] for s in one)
