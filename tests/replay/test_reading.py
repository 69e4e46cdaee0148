"""What can be read, in whatever order it was written, and what is refused."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ammo_agents.app import opened
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.replay.reading import read_log, read_people
from ammo_agents.round import play
from ammo_agents.settings import load
from ammo_agents.testing.command import SCRIPTED
from ammo_agents.views import VERBS

Write = Callable[[list[tuple[int, int, float, int]]], Path]


def test_a_person_is_read_in_their_own_order_of_time(wrote: Write) -> None:
    log = read_log(wrote([(7, 3, 4.0, 300), (7, 2, 1.0, 100), (7, 9, 5.0, 200), (3, 1, 2.5, 50)]))
    assert [person.person for person in log.people] == ["3", "7"]
    seven = log.people[1]
    assert [log.items[row].id for row in seven.items] == ["2", "9", "3"]
    assert seven.ratings.tolist() == [1.0, 5.0, 4.0]
    assert seven.rewards.tolist() == pytest.approx([0.5 / 4.5, 1.0, 3.5 / 4.5])
    assert seven.liked.tolist() == seven.items[1:].tolist()


def test_a_log_out_of_order_gives_the_same(folder: Path) -> None:
    first = read_log(folder)
    for name in ("ratings.csv", "movies.csv"):
        head, *rows = (folder / name).read_text(encoding="utf-8").splitlines()
        shuffled = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
        (folder / name).write_text("\n".join([head, *shuffled]) + "\n", encoding="utf-8")
    again = read_log(folder)
    assert again.fingerprint == first.fingerprint
    assert again.items == first.items
    for one, other in zip(first.people, again.people, strict=True):
        assert one.items.tolist() == other.items.tolist()


def test_the_last_word_on_an_item_counts_and_a_note_says_so(wrote: Write) -> None:
    log = read_log(wrote([(1, 2, 5.0, 200), (1, 2, 1.0, 300), (1, 3, 3.0, 10), (1, 2, 4.0, 100)]))
    assert log.people[0].ratings.tolist() == [3.0, 1.0]
    assert log.notes == ("2 ratings were repeated: the last word counts",)


def test_the_folder_above_and_articles_beside_are_found(folder: Path) -> None:
    articles = folder.parent / "wikipedia"
    articles.mkdir()
    line = json.dumps({"movieId": 2, "extract": "A film about sand."})
    (articles / "movies_matched.jsonl").write_text(line + "\n", encoding="utf-8")
    log = read_log(folder.parent)
    assert log.items[1].text == "Film, number 2 (1952). Genres: Western, Desert. A film about sand."
    assert log.items[1].brief == log.items[1].text.removesuffix(" A film about sand.")
    assert log.items[1].year == 1952
    assert log.items[0].text == log.items[0].brief
    assert log.notes == ("1 of 160 items have an article",)


def test_tags_are_never_read(folder: Path) -> None:
    first = read_log(folder).fingerprint
    (folder / "tags.csv").write_text(
        "userId,movieId,tag,timestamp\n1,1,great,5\n", encoding="utf-8"
    )
    assert read_log(folder).fingerprint == first


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,2,nan,100", r"ratings.csv, line 2: the rating nan is not between"),
        ("1,2,5.5,100", r"line 2: the rating 5.5"),
        ("1,2,0,100", r"line 2: the rating 0.0"),
        ("1,2,good,100", r"line 2: the rating 'good' is no number"),
        ("1,2,4.0,inf", r"line 2: the timestamp 'inf' is no time"),
        ("1,2", r"line 2 is cut short"),
        ("1,999,4.0,100", r"line 2: nothing is known of the item '999'"),
        ("", r"holds no rating"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(folder: Path, line: str, said: str) -> None:
    (folder / "ratings.csv").write_text(
        f"userId,movieId,rating,timestamp\n{line}\n", encoding="utf-8"
    )
    with pytest.raises(BadInputError, match=said) as caught:
        read_log(folder)
    assert caught.value.hint


def test_a_folder_that_is_no_log_is_refused_with_what_would_be_one(
    tmp_path: Path, folder: Path
) -> None:
    with pytest.raises(NotFoundError, match="there is no"):
        read_log(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="no ratings log"):
        read_log(tmp_path / "empty")
    (folder / "movies.csv").unlink()
    with pytest.raises(BadInputError, match=r"no movies.csv"):
        read_log(folder)
    (folder / "movies.csv").write_text("id,name\n1,x\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="no column movieId, title, genres"):
        read_log(folder)
    (folder / "movies.csv").write_bytes(b"movieId,title,genres\n1,\xff\xfe,x\n")
    with pytest.raises(BadInputError, match="no CSV in UTF-8"):
        read_log(folder)


@pytest.mark.parametrize(
    "text", ["3\n7\n\n3\n", "[3, 7]", '["7", "3"]', "userId,age\n3,40\n7,30\n"]
)
def test_people_are_named_by_lines_json_or_csv(folder: Path, text: str) -> None:
    names = folder / "people"
    names.write_text(text, encoding="utf-8")
    assert set(read_people(names, read_log(folder))) == {"3", "7"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3\n4711\nnobody\n", "names 2 people the log does not know: 4711, nobody"),
        ("", "names nobody"),
        ("\n".join(map(str, range(1, 41))), "names everybody"),
        ("[3, ", "no JSON list"),
    ],
    ids=["strangers", "nobody", "everybody", "broken"],
)
def test_people_who_cannot_be_judged_are_refused(folder: Path, text: str, said: str) -> None:
    names = folder / "people"
    names.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=said):
        read_people(names, read_log(folder))


async def said(tmp_path: Path, person: str, *, undone: int) -> None:
    """Play a round if there is none, and let a person like, dislike and take back."""
    env = {**SCRIPTED, "AMMO_STORE": "exact", "AMMO_PERSON": person, "AMMO_HOME": str(tmp_path)}
    async with opened(load(env=env, cwd=tmp_path), access="write") as app:
        if not await app.ledger.creations():
            await play(await app.world(start=dt.date(2020, 3, 8)), most=6)

        async def call(verb: str, **arguments: object) -> dict[str, Any]:
            return await VERBS[verb].function(app, **arguments)

        cards = (await call("slate", n=3))["cards"]
        for number, act in enumerate(("like", "dislike", "like")):
            await call("act", act=act, card=cards[number]["id"])
        await call("undo", card=cards[undone]["id"])
        await call("data_export", to=str(tmp_path / "logs" / "all.zip"))


async def test_an_export_of_several_people_is_a_log_of_entities(tmp_path: Path) -> None:
    await said(tmp_path, "ann", undone=2)
    await said(tmp_path, "ben", undone=1)
    log = read_log(tmp_path / "logs")
    assert [person.person for person in log.people] == ["ann", "ben"]
    assert sorted(log.people[0].ratings.tolist()) == [0.5, 5.0]
    assert set(log.people[1].ratings.tolist()) == {5.0}
    assert all(log.items[row].id.startswith("coin/") for row in log.people[0].items)
    assert log.notes[0] == "2 acts say nothing about taste or were undone"
    assert read_log(tmp_path / "logs" / "all.zip").fingerprint == log.fingerprint


def test_an_export_with_a_broken_line_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / "feedback.jsonl").write_text('{"id": "b_1"\n', encoding="utf-8")
    (tmp_path / "creations.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"feedback.jsonl, line 1 is no JSON"):
        read_log(tmp_path)
    act = {"creation": "c_1", "weight": 1, "reward": 1, "at": "2026-01-01T00:00:00Z", "person": "x"}
    (tmp_path / "feedback.jsonl").write_text(json.dumps({"json": act}) + "\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"line 1 speaks of the card c_1"):
        read_log(tmp_path)
    (tmp_path / "creations.jsonl").unlink()
    with pytest.raises(BadInputError, match=r"holds no creations.jsonl"):
        read_log(tmp_path)
