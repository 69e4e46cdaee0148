"""Labels: order drawn and kept, one word a pair, Undo at any time, and a pair made of what stands."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.aipp.pairs import Offer, offers
from ammo_agents.aipp.pairs.label import label, labels, queue, undo
from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.records import PersonId
from ammo_agents.testing import MemoryDiary
from ammo_agents.views import pairs as views
from ammo_agents.views import profiles

YOU = PersonId("you")
Plain = dict[str, Any]


def alternative(text: str, **more: object) -> Plain:
    plain: Plain = {
        "text": text,
        "said": text.replace("[A]", "21 million"),
        "fault": "",
        "complete": True,
    }
    return plain | {"temperature": 0.9, "top_p": 0.95, "max_tokens": 48, "seed": 5} | more


def sample(number: int, *texts: Plain, **more: object) -> Plain:
    return {
        "id": f"s{number}",
        "split": "train",
        "subspace": "coin",
        "buddy": "coin/bitcoin",
        "statement": "The supply is capped at 21 million.",
        "messages": [
            {"role": "system", "content": "Say it."},
            {"role": "user", "content": f"Frame {number}"},
        ],
        "prompt": "abc",
        "model": "local/smollm2-135m",
        "adapter": "",
        "alternatives": list(texts),
    } | more


def put(folder: Path, *samples: Plain) -> Path:
    place = folder / "coin" / "bitcoin" / "one.jsonl"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("".join(json.dumps(one) + "\n" for one in samples))
    return folder


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """Two prompts: of the first, three different texts; of the second, two."""
    return put(
        tmp_path / "samples",
        sample(
            1,
            alternative("Capped at [A]."),
            alternative("At [A] it ends."),
            alternative("There are [A]."),
        ),
        sample(2, alternative("The limit is [A]."), alternative("Never more than [A].")),
    )


@pytest.fixture
def found(samples: Path) -> list[Offer]:
    """What you are offered of them."""
    return offers(samples, YOU)


def test_every_two_different_texts_are_offered_one_prompt_after_the_other(samples: Path) -> None:
    found = offers(samples, YOU)
    assert [one.sample for one in found] == ["s1", "s2", "s1", "s1"]
    assert len({one.id for one in found}) == 4
    first = found[0]
    assert {first.one.text, first.two.text} == {"Capped at [A].", "At [A] it ends."}
    assert "21 million" in first.one.shown
    assert "[A]" not in first.one.shown
    assert (first.one.by.slot, first.two.by.slot, first.one.by.propensity) == (0, 1, 0.5)
    assert first.one.by.sampling == {"temperature": 0.9, "top_p": 0.95, "max_tokens": 48, "seed": 5}


def test_what_is_cut_off_said_twice_or_wholly_unsupported_is_not_offered(tmp_path: Path) -> None:
    folder = put(
        tmp_path,
        sample(1, alternative("One."), alternative("Two …", complete=False)),
        sample(2, alternative("Same words."), alternative("same words")),
        sample(3, alternative("False one.", fault="no"), alternative("False two.", fault="no")),
        sample(4, alternative("True."), alternative("False.", fault="no")),
    )
    assert [one.sample for one in offers(folder, YOU)] == ["s4"]


def test_the_order_is_drawn_for_each_person_and_stays(samples: Path) -> None:
    people = [PersonId(f"p{n}") for n in range(400)]
    firsts = [offers(samples, person)[0].one.text for person in people]
    assert 140 < firsts.count("Capped at [A].") < 260
    assert firsts == [offers(samples, person)[0].one.text for person in people]


async def test_a_label_stands_is_repeated_replaced_and_taken_back(found: list[Offer]) -> None:
    diary = MemoryDiary()
    first, second, *_ = found
    assert (await label(diary, YOU, first, "a")).repeated is False
    assert (await label(diary, YOU, first, "a")).repeated is True
    await label(diary, YOU, first, "b")
    await label(diary, YOU, second, "equal")
    assert [entry.body["said"] for entry in await labels(diary, YOU)] == ["b", "equal"]
    assert await undo(diary, YOU) == second.id
    assert await undo(diary, YOU) == first.id
    with pytest.raises(BadInputError, match="no label to take back"):
        await undo(diary, YOU)
    await label(diary, YOU, first, "b")
    assert [entry.body["said"] for entry in await labels(diary, YOU)] == ["b"]


async def test_the_queue_goes_on_by_itself_and_shows_again_what_was_taken_back(
    found: list[Offer],
) -> None:
    diary = MemoryDiary()
    for done, offer in enumerate(found):
        here = await queue(diary, YOU, found)
        assert (here.next, here.done, here.left) == (offer, done, 4 - done)
        await label(diary, YOU, offer, "a")
    end = await queue(diary, YOU, found)
    assert (end.next, end.left, end.last) == (None, 0, found[-1].id)
    await undo(diary, YOU)
    await undo(diary, YOU)
    assert (await queue(diary, YOU, found)).next == found[-2]


async def test_another_word_than_the_four_is_refused(found: list[Offer]) -> None:
    with pytest.raises(BadInputError, match="'left' is no choice"):
        await label(MemoryDiary(), YOU, found[0], "left")


def place(app: App) -> Path:
    return app.folders.data / views.TRAINING / views.SAMPLES


async def test_labels_become_pairs_of_the_models_own_texts(app: App, samples: Path) -> None:
    await profiles.choose(app, name="train", value=True)
    await asyncio.to_thread(shutil.copytree, samples, place(app))
    asked = await views.label_next(app, target="@bitcoin")
    assert (asked["done"], asked["left"]) == (0, 4)
    offered = asked["offer"]
    for said in ("b", "neither", "equal"):
        asked = await views.label_say(app, offer=asked["offer"]["id"], said=said)
    found = await views._of_home(app, views.Asked(wanted=views.Wanted(name="x")))
    (pair,) = found.pairs
    assert pair.signal == "label"
    assert pair.prompt[0].text == "Say it."  # type: ignore[union-attr]
    assert pair.chosen.replace("[A]", "21 million") == offered["b"]["text"]
    assert pair.rejected.replace("[A]", "21 million") == offered["a"]["text"]
    assert (pair.chosen_by.slot, pair.chosen_by.propensity, pair.buddy) == (1, 0.5, "coin/bitcoin")
    assert found.passed == {"neither is good": 1, "a tie: both are alike": 1}
    with pytest.raises(NotFoundError, match="no offer 'o_gone'"):
        await views.label_say(app, offer="o_gone", said="a")


async def test_a_broken_line_of_samples_is_named(app: App) -> None:
    await asyncio.to_thread(put, place(app), sample(1, alternative("A.")), {"messages": []})
    with pytest.raises(BadInputError, match=r"one\.jsonl, line 2 is no sample"):
        await views.label_next(app)
