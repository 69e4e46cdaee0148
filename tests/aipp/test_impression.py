"""A signed impression is believed, and nothing else is."""

from __future__ import annotations

import base64
import datetime as dt
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ammo_agents.aipp.impression import (
    DAYS,
    KEY_BYTES,
    KEY_FILE,
    Expired,
    Foreign,
    Forged,
    Genuine,
    Impression,
    key_of,
    opened,
    read,
    sealed,
    signed,
)
from ammo_agents.errors import DamagedError
from ammo_agents.records import CreationId, PersonId, SlateId

KEY, OTHER_KEY = b"k" * KEY_BYTES, b"o" * KEY_BYTES
YOU, BO = PersonId("you"), PersonId("bo")
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
names = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=12, max_size=12)
impressions = st.builds(
    Impression,
    person=st.sampled_from([YOU, BO, PersonId("j-r")]),
    slate=names.map(lambda n: SlateId(f"s_{n}")),
    creation=names.map(lambda n: CreationId(f"c_{n}")),
    position=st.integers(0, 39),
    expires=st.integers(1, DAYS * 86_400).map(lambda s: NOW + dt.timedelta(seconds=s)),
)
ONE = Impression(
    person=YOU,
    slate=SlateId("s_abcdefghijkl"),
    creation=CreationId("c_abcdefghijkl"),
    position=2,
    expires=NOW + dt.timedelta(days=DAYS),
)


@given(impressions)
def test_what_was_signed_is_read_back_whole(shown: Impression) -> None:
    assert read(signed(shown, KEY), shown.person, KEY, now=NOW) == Genuine(impression=shown)


@given(impressions, st.data())
@settings(max_examples=300)
def test_any_bit_flipped_is_refused(shown: Impression, data: st.DataObject) -> None:
    token = bytearray(signed(shown, KEY).encode())
    bit = data.draw(st.integers(0, len(token) * 8 - 1))
    token[bit // 8] ^= 1 << bit % 8
    said = token.decode("latin-1")
    assert read(said, shown.person, KEY, now=NOW) == Forged()


def test_every_other_letter_at_every_place_is_refused() -> None:
    token = signed(ONE, KEY)
    tried = 0
    for at, letter in enumerate(token):
        for other in LETTERS.replace(letter, ""):
            assert read(token[:at] + other + token[at + 1 :], YOU, KEY, now=NOW) == Forged()
            tried += 1
    assert tried == len(token) * 63


@given(st.text(max_size=300))
def test_any_other_text_is_no_impression(said: str) -> None:
    assert read(said, YOU, KEY, now=NOW) == Forged()


@pytest.mark.parametrize("change", ["", "=", "A", "\n", " "])
def test_a_token_has_one_spelling(change: str) -> None:
    token = signed(ONE, KEY)
    longer = token + change
    assert isinstance(read(longer, YOU, KEY, now=NOW), Genuine if change == "" else Forged)
    assert read(token[:-1], YOU, KEY, now=NOW) == Forged()


@given(impressions)
def test_somebody_elses_is_foreign_also_when_it_is_expired(shown: Impression) -> None:
    token = signed(shown, KEY)
    assert read(token, PersonId("stranger"), KEY, now=NOW) == Foreign()
    late = shown.expires + dt.timedelta(seconds=1)
    assert read(token, PersonId("stranger"), KEY, now=late) == Foreign()


@given(impressions)
def test_it_expires_at_its_second(shown: Impression) -> None:
    token, second = signed(shown, KEY), dt.timedelta(seconds=1)
    assert isinstance(read(token, shown.person, KEY, now=shown.expires - second), Genuine)
    assert read(token, shown.person, KEY, now=shown.expires) == Expired(impression=shown)


@given(impressions)
def test_another_home_does_not_believe_it(shown: Impression) -> None:
    assert read(signed(shown, KEY), shown.person, OTHER_KEY, now=NOW) == Forged()


@pytest.mark.parametrize("kind", ["cursor", "context"])
def test_a_token_of_another_kind_is_no_impression(kind: str) -> None:
    body = [int(ONE.expires.timestamp()), 2, ONE.slate, ONE.creation]
    assert read(sealed(kind, YOU, body, KEY), YOU, KEY, now=NOW) == Forged()
    assert opened(kind, signed(ONE, KEY), KEY) is None


def test_a_token_names_nobody() -> None:
    token = signed(ONE, KEY)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"you" not in raw


@given(impressions, impressions)
def test_two_cards_of_two_slates_have_two_names(a: Impression, b: Impression) -> None:
    same = (a.person, a.slate, a.creation) == (b.person, b.slate, b.creation)
    assert (a.name == b.name) is same


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    assert len(key) == KEY_BYTES
    assert key_of(tmp_path) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [p.name for p in (tmp_path / "keys").iterdir()] == ["impressions.key"]


def test_many_who_make_the_key_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as many:
        keys = set(many.map(lambda _: key_of(tmp_path), range(32)))
    assert len(keys) == 1


def test_a_cut_key_is_damage_and_not_a_new_key(tmp_path: Path) -> None:
    key_of(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(DamagedError, match="holds 5 bytes, a key has 32"):
        key_of(tmp_path)
