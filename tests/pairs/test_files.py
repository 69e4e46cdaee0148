"""Files of pairs: what is written is read, published files are read, and a broken line says which and why."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.aipp.pairs import Pair, Row, Side, read, read_rows, write
from ammo_agents.aipp.pairs.files import are_rows
from ammo_agents.errors import BadInputError
from ammo_agents.records import Message

SAMPLE = Path(__file__).parents[2] / "training" / "tests" / "data" / "pandalm_sample.jsonl"
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
prompts = words | st.lists(
    st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), text=words),
    min_size=1,
).map(tuple)
sides = st.builds(
    Side,
    creation=st.sampled_from(["", "c_1"]),
    sampling=st.dictionaries(st.sampled_from(["seed", "temperature"]), st.integers(0, 9)),
    slot=st.none() | st.integers(0, 20),
    propensity=st.none() | st.floats(0.01, 1),
)
pairs = st.builds(
    Pair,
    prompt=prompts,
    chosen=words.map(lambda w: f"a{w}"),
    rejected=words.map(lambda w: f"b{w}"),
    signal=st.sampled_from(["given", "edit", "above", "label"]),
    user=st.sampled_from(["", "ab12"]),
    at=st.none() | st.datetimes().map(lambda t: t.replace(tzinfo=dt.UTC)),
    events=st.lists(st.sampled_from(["b_1", "d_2"]), unique=True).map(tuple),
    chosen_by=sides,
    rejected_by=sides,
    margin=st.floats(0, 1),
    split=st.sampled_from(["", "train", "dev", "test"]),
)


@given(found=st.lists(pairs, max_size=4))
def test_what_is_written_is_read_back_the_same(
    found: list[Pair], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("files") / "pairs.jsonl"
    assert read(write(path, found)) == found


def test_rows_are_read_back_and_told_from_pairs(tmp_path: Path) -> None:
    row = Row(prompt="Why?", completion="Because.", label=False, user="ab12", events=("b_1",))
    path = write(tmp_path / "kto.jsonl", [row])
    assert read_rows(path) == [row]
    assert are_rows(path)
    assert not are_rows(SAMPLE)


def test_a_published_file_is_read_with_its_votes_and_its_people(tmp_path: Path) -> None:
    path = tmp_path / "public.jsonl"
    path.write_text(
        '{"source": "x", "prompt": "P", "chosen": "A", "rejected": "B", "votes_a": 1, "votes_b": 2, "ties": 0}\n'
        '\n{"prompt": [{"role": "user", "content": "P"}], "chosen": "A", "rejected": "B", "userId": 4, "rating": 5}\n'
    )
    one, other = read(path)
    assert (one.source, one.extra["votes_b"]) == ("x", 2)
    assert one.margin == pytest.approx(1 / 3)
    assert (other.user, other.extra, other.source, other.margin) == (
        "4",
        {"rating": 5},
        "given",
        1.0,
    )
    assert one.messages == other.messages


def test_the_id_follows_from_what_a_pair_says_and_not_from_its_side() -> None:
    one = Pair(prompt="P", chosen="A", rejected="B")
    held = Pair(prompt="P", chosen="A", rejected="B", split="test")
    turned = Pair(prompt="P", chosen="B", rejected="A")
    assert one.id == held.id != turned.id
    assert one.id.startswith("p_")
    assert len(one.id) == 18


GOOD = {"prompt": "P", "chosen": "A", "rejected": "B"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"prompt": "P", "chosen": "A", ', "it is no JSON"),
        ("[1, 2]", "it is no JSON object"),
        (json.dumps({"prompt": "P", "chosen": "A"}), "it has no 'rejected'"),
        (json.dumps(GOOD | {"rejected": "  "}), "rejected is empty"),
        (json.dumps(GOOD | {"rejected": "A "}), "chosen and rejected are the same text"),
        (json.dumps(GOOD | {"prompt": ""}), "the prompt is empty"),
        (json.dumps(GOOD | {"prompt": []}), "neither a text nor a list of messages"),
        (json.dumps(GOOD | {"prompt": [{"role": "judge", "content": "x"}]}), "the role 'judge'"),
        (json.dumps(GOOD | {"chosen": 3}), "chosen is no text"),
        (json.dumps(GOOD | {"at": "2026-01-01T10:00:00"}), "a time without a zone"),
        (json.dumps(GOOD | {"at": "yesterday"}), "Invalid isoformat"),
        (json.dumps(GOOD | {"split": "exam"}), "split is 'exam'"),
        (json.dumps(GOOD | {"signal": "wink"}), "signal is 'wink'"),
        (json.dumps(GOOD | {"margin": 2}), "not in [0, 1]"),
        (json.dumps(GOOD | {"chosen_by": {"author": "me"}}), "not how a text came to be"),
        (json.dumps(GOOD | {"chosen": "\ud800"}), "characters that are no text"),
    ],
)
def test_a_broken_line_is_named_with_file_number_reason_and_way_out(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + line + "\n")
    with pytest.raises(BadInputError) as told:
        read(path)
    assert f"{path}, line 2: " in told.value.message
    assert reason in told.value.message
    assert told.value.hint


def test_a_row_without_a_label_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kto.jsonl"
    path.write_text('{"prompt": "P", "completion": "A", "label": "yes"}\n')
    with pytest.raises(BadInputError, match="line 1: label is 'yes', not true or false"):
        read_rows(path)


@pytest.mark.parametrize("bytes_", [b"\xff\xfe{}", None])
def test_a_file_that_is_no_text_or_not_there_is_refused(
    tmp_path: Path, bytes_: bytes | None
) -> None:
    path = tmp_path / "odd.jsonl"
    if bytes_ is not None:
        path.write_bytes(bytes_)
    with pytest.raises(BadInputError) as told:
        read(path)
    assert str(path) in told.value.message


def test_a_place_that_may_not_be_written_to_is_no_full_disk(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for path in (tmp_path / "folder", tmp_path / "file" / "pairs.jsonl"):
        with pytest.raises(BadInputError, match="could not be written"):
            write(path, [])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
