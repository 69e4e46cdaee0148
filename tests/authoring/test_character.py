"""Character cards: read from JSON and PNG, within limits; a bomb inside is stopped at them."""

import base64
import json
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from card_files import SPECIAL, chunk, packed, png
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.authoring import buddy_file, character
from ammo_agents.authoring.png import texts
from ammo_agents.errors import AmmoError, BadInputError
from ammo_agents.records import EntityId, SubspaceId

COIN, BITCOIN = SubspaceId("coin"), EntityId("coin/bitcoin")
BOMB = zlib.compress(b"0" * (200 * 1024 * 1024), 9)


def kept(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "card.png"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "body",
    [
        chunk(b"tEXt", b"ccv3\0" + packed(SPECIAL)),
        chunk(b"tEXt", b"Chara\0" + packed(SPECIAL)),
        chunk(b"zTXt", b"chara\0\0" + zlib.compress(packed(SPECIAL))),
        chunk(b"iTXt", b"chara\0\0\0en\0\0" + packed(SPECIAL)),
        chunk(b"iTXt", b"chara\0\1\0\0\0" + zlib.compress(packed(SPECIAL))),
    ],
    ids=["tEXt ccv3", "tEXt chara", "zTXt", "iTXt", "iTXt packed"],
)
def test_a_card_is_found_in_every_kind_of_text_chunk(tmp_path: Path, body: bytes) -> None:
    card = character.read(kept(tmp_path, png(body)))
    assert (card.name, card.spec, card.creator) == ("Captain Coin", "V3", "a stranger")
    assert card.whole == SPECIAL


def test_the_newer_card_of_two_is_taken(tmp_path: Path) -> None:
    old = {**SPECIAL, "spec": "chara_card_v2"}
    both = png(
        chunk(b"tEXt", b"chara\0" + packed(old)), chunk(b"tEXt", b"ccv3\0" + packed(SPECIAL))
    )
    assert character.read(kept(tmp_path, both)).spec == "V3"


def test_a_card_becomes_voice_and_text_and_sets_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps(SPECIAL), encoding="utf-8")
    card = character.read(tmp_path / "card.json")
    buddy = character.buddy_of(card, space=COIN, entity=BITCOIN)
    assert (buddy.id, buddy.name, buddy.voice) == (
        "coin/captain-coin",
        "Captain Coin",
        "Dry and short.",
    )
    assert "Captain Coin has seen every storm." in buddy.prompt
    assert "Write as Captain Coin." in buddy.prompt
    chosen = (
        buddy.model,
        buddy.budget,
        buddy.cost_weight,
        buddy.schedule,
        buddy.sources,
        buddy.principles,
        buddy.graph,
    )
    assert chosen == ("", None, None, "", (), (), "")
    assert buddy_file.parse(buddy_file.written(buddy), Path("captain-coin.md")) == buddy


def deep(levels: int) -> bytes:
    return b'{"spec": "chara_card_v2", "data": ' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (png(), "holds no character card"),
        (png(chunk(b"zTXt", b"chara\0\0" + BOMB)), "more than 4,194,304 bytes once unpacked"),
        (png(chunk(b"iTXt", b"chara\0\1\0\0\0" + BOMB)), "more than 4,194,304 bytes"),
        (png(chunk(b"zTXt", b"chara\0\0" + BOMB[:900])), "cut off|more than"),
        (png(chunk(b"zTXt", b"chara\0\0no zlib")), "cannot be unpacked"),
        (png(chunk(b"tEXt", b"chara\0" + packed(SPECIAL)))[:-70], "cut off"),
        (png(chunk(b"tEXt", b"chara\0" + packed(SPECIAL), crc=1)), "checksum"),
        (png(chunk(b"tEXt", b"chara\0!!!")), "no base64"),
        (png(chunk(b"tEXt", b"chara\0" + base64.b64encode(b"\xff\xfe{}"))), "no JSON"),
        (png(*[chunk(b"tEXt", b"x\0y")] * 10_001), "more than 10,000 chunks"),
        (png(chunk(b"tEXt", b"no keyword")), "without a keyword"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31) + b"tEXt", "cut off"),
        (deep(41), "nested deeper than 40"),
        (deep(100_000), "nested deeper than 40"),
        (b'{"spec": "chara_card_v2", "data": {"name": "x", "description": NaN}}', "no JSON"),
        (b'{"name": "V1", "description": "old"}', "its spec is none"),
        (b'{"spec": "chara_card_v9", "data": {}}', "chara_card_v9"),
        (b'{"spec": "chara_card_v2", "data": {"name": ["x"]}}', "must be a text"),
        (b'{"spec": "chara_card_v2", "data": {"name": " "}}', "name is empty"),
        (b'{"spec": "chara_card_v2", "data": {"name": "x", "tags": "y"}}', "list of texts"),
        (b"[]", "no character card"),
        (b"[" * 20 + b"1" * 3_000_000, "at most 2,097,152"),
        (b"0" * (50 * 1024 * 1024), "at most 16,777,216"),
    ],
)
def test_a_card_that_is_damaged_oversized_or_none_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(BadInputError, match=said) as refusal:
        character.read(kept(tmp_path, content))
    assert refusal.value.hint


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_no_bytes_crash_the_reader_of_pngs(tail: bytes, at: int, change: bytes) -> None:
    whole = png(chunk(b"tEXt", b"chara\0" + packed({"spec": "x"})), tail)
    for content in (tail, whole[:at], whole[:at] + change + whole[at + len(change) :]):
        with suppress(BadInputError):
            texts(content, Path("card.png"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["name", "description", "tags", "personality"]), VALUES))
def test_no_card_crashes_the_reader_of_cards(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.json"
    path.write_text(json.dumps({"spec": "chara_card_v2", "data": data}), encoding="utf-8")
    try:
        buddy = character.buddy_of(character.read(path), space=COIN, entity=BITCOIN)
    except AmmoError:
        return
    assert buddy_file.parse(buddy_file.written(buddy), Path("x.md")) == buddy
