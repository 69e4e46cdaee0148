"""A split by person, time and text at once, and the checker that catches what stands on two sides."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from town import FIRST, text, town

from ammo_agents.aipp.pairs import Pair, check, leaks, split
from ammo_agents.aipp.pairs.record import renamed
from ammo_agents.errors import BadInputError, LeakError

Plant = Callable[[Pair, Pair, np.random.Generator], Pair]


def sizes(found: tuple[object, ...]) -> Counter[str]:
    return Counter(one.split for one in found)  # type: ignore[attr-defined]


def test_a_split_shares_no_person_no_text_and_no_time() -> None:
    parted = split(town())
    assert parted.by == ("person", "time", "text")
    assert parted.cut is not None
    assert leaks(parted.kept) == ()
    assert check(parted.kept)["train"] > 0
    people = {
        side: {p.user for p in parted.kept if p.split == side} for side in ("train", "dev", "test")
    }
    assert not people["train"] & people["test"]
    assert all((p.at < parted.cut) == (p.split == "train") for p in parted.kept if p.at)


def test_what_a_split_leaves_out_is_counted() -> None:
    found = town()
    parted = split(found)
    assert sum(parted.dropped.values()) == len(found) - len(parted.kept)
    assert parted.dropped["on the wrong side of the time"] > 0


@settings(max_examples=12)
@given(people=st.integers(2, 9), each=st.integers(3, 8), seed=st.integers(0, 99))
def test_no_split_of_any_town_leaks(people: int, each: int, seed: int) -> None:
    parted = split(town(people, each, seed), seed=seed)
    assert leaks(parted.kept) == ()
    assert sizes(parted.kept)["train"]
    assert sizes(parted.kept)["test"]


def test_the_same_seed_gives_the_same_split() -> None:
    assert split(town(), seed=5) == split(town(), seed=5)
    assert split(town(), seed=5) != split(town(), seed=6)


def test_without_people_and_times_texts_that_hang_together_stay_together() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(40):
        asked = text(rng)
        found += [Pair(prompt=asked, chosen=text(rng), rejected=text(rng)) for _ in range(2)]
    parted = split(found)
    assert parted.by == ("text",)
    assert len(parted.kept) == len(found)
    assert all(len({p.split for p in parted.kept if p.prompt == one.prompt}) == 1 for one in found)


def test_one_person_is_split_by_time_and_text_alone() -> None:
    parted = split(town(people=1, each=40))
    assert parted.alone
    assert parted.by == ("time", "text")
    assert sizes(parted.kept) == {"train": 28, "dev": 4, "test": 8}
    order = [p.split for p in sorted(parted.kept, key=lambda p: p.at or FIRST)]
    assert order == ["train"] * 28 + ["dev"] * 4 + ["test"] * 8
    assert check(parted.kept)


def test_a_prompt_that_was_kept_for_the_test_is_never_trained_on() -> None:
    found = [renamed(p, extra={"held": "test"} if n % 3 == 0 else {}) for n, p in enumerate(town())]
    parted = split(found)
    assert not [p for p in parted.kept if p.split == "train" and p.extra.get("held") == "test"]
    assert parted.dropped["its prompt is kept for the test"] > 0


def test_everybody_saying_the_same_cannot_be_split() -> None:
    same = [
        renamed(p, prompt="P", chosen="The one text", rejected="Another text") for p in town(4, 3)
    ]
    with pytest.raises(BadInputError, match="cannot be split by person, time and text"):
        split(same)


def test_shares_that_leave_nothing_are_refused() -> None:
    with pytest.raises(BadInputError, match="leave nothing to train on"):
        split(town(), shares={"dev": 0.5, "test": 0.5})


def user_leak(mine: Pair, held: Pair, rng: np.random.Generator) -> Pair:
    return renamed(mine, user=held.user)


def time_leak(mine: Pair, held: Pair, rng: np.random.Generator) -> Pair:
    assert held.at is not None
    return renamed(mine, at=held.at + dt.timedelta(minutes=int(rng.integers(0, 99))))


def text_leak(mine: Pair, held: Pair, rng: np.random.Generator) -> Pair:
    said = held.texts[rng.integers(2)]
    return renamed(mine, **{("chosen", "rejected")[rng.integers(2)]: said})


def near_leak(mine: Pair, held: Pair, rng: np.random.Generator) -> Pair:
    """Another case, other marks, and one word of 18 or more replaced."""
    words = held.texts[rng.integers(2)].upper().split()
    words[rng.integers(len(words))] = "SOMETHING,"
    return renamed(mine, **{("chosen", "rejected")[rng.integers(2)]: " ".join(words)})


def prompt_leak(mine: Pair, held: Pair, rng: np.random.Generator) -> Pair:
    return renamed(mine, prompt=held.prompt)


def card_leak(mine: Pair, held: Pair, rng: np.random.Generator) -> Pair:
    side = held.sides[rng.integers(2)]
    return renamed(mine, chosen_by=replace(mine.chosen_by, creation=side.creation))


@pytest.fixture(scope="module")
def clean() -> tuple[Pair, ...]:
    return tuple(p for p in split(town(6, 4)).kept if isinstance(p, Pair))


@pytest.mark.parametrize(
    ("kind", "plant"),
    [
        ("user", user_leak),
        ("time", time_leak),
        ("text", text_leak),
        ("near", near_leak),
        ("text", prompt_leak),
        ("creation", card_leak),
    ],
)
def test_every_planted_leak_is_caught_100_of_100(
    clean: tuple[Pair, ...], kind: str, plant: Plant
) -> None:
    first = min(p.at for p in clean if p.split != "train" and p.at)
    caught = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        found = list(clean)
        mine = int(rng.choice([n for n, p in enumerate(found) if p.split == "train"]))
        held = found[
            int(rng.choice([n for n, p in enumerate(found) if p.split in {"dev", "test"}]))
        ]
        found[mine] = plant(found[mine], held, rng)
        told = leaks(found)
        caught += any(leak.kind == kind and leak.one == found[mine].id for leak in told)
    assert first
    assert caught == 100


def test_a_leak_is_refused_with_the_first_ten_offenders() -> None:
    clean = split(town(10, 8)).kept
    whose = next(p.user for p in clean if p.split == "test")
    mine = {p.id for p in [p for p in clean if p.split == "train"][:12]}
    moved = [renamed(p, user=whose) if p.id in mine else p for p in clean]
    with pytest.raises(LeakError) as told:
        check(moved)
    assert told.value.exit_code == 3
    assert "12 leaks between the sides of this set (12 by user)" in told.value.message
    assert told.value.message.count("the same person") == 10


def test_a_set_without_sides_is_no_set() -> None:
    with pytest.raises(BadInputError, match="0 to train on and 0 to test with"):
        check(town(2, 2))


def test_short_words_everybody_says_are_nobodys_own(clean: tuple[Pair, ...]) -> None:
    both = [renamed(p, rejected="Yes.") for p in clean]
    assert leaks(both) == ()
