"""Every record goes through JSON and comes back equal, type by type and bit by bit."""

import dataclasses
import datetime as dt
import types
import typing
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from ledger_records import make_preference, unit

from ammo_agents import records
from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.ledger.codec import (
    body_hash,
    decode,
    encode,
    pack_unit,
    pack_wide,
    unpack_unit,
    unpack_wide,
)

WITH_ARRAYS = {"Placed", "Preference"}
KINDS = sorted(
    name
    for name in records.__all__
    if dataclasses.is_dataclass(getattr(records, name)) and name not in WITH_ARRAYS
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**70), 2**70),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    dt.date: st.dates(),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
    type(None): st.none(),
    object: JSON,
}


def strategy(kind: Any) -> st.SearchStrategy[Any]:
    """Return values of an annotation, however deep."""
    if isinstance(kind, typing.NewType):
        return strategy(kind.__supertype__)
    if kind in PLAIN:
        return PLAIN[kind]
    if typing.get_origin(kind) is not None or isinstance(kind, types.UnionType):
        return composed(typing.get_origin(kind), typing.get_args(kind))
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{f.name: strategy(hints[f.name]) for f in dataclasses.fields(kind)})


def composed(origin: Any, inner: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Return values of a literal, a union, a tuple or a mapping."""
    if origin is typing.Literal:
        return st.sampled_from(inner)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([strategy(option) for option in inner])
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(strategy(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*[strategy(part) for part in inner])
    return st.dictionaries(strategy(inner[0]), strategy(inner[1]), max_size=2)


def kinds_of(value: Any) -> Any:
    """Return the types in a record, all the way down; times count as times whatever their zone class."""
    if dataclasses.is_dataclass(value):
        return type(value), [kinds_of(getattr(value, f.name)) for f in dataclasses.fields(value)]
    if isinstance(value, tuple):
        return tuple, [kinds_of(item) for item in value]
    return type(value)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=12)
@given(data=st.data())
def test_a_record_comes_back_equal(name: str, data: st.DataObject) -> None:
    kind = getattr(records, name)
    record = data.draw(strategy(kind))
    text = encode(record)
    back = decode(kind, text)
    assert back == record
    assert kinds_of(back) == kinds_of(record)
    assert encode(back) == text


def test_every_record_is_in_this_test() -> None:
    assert len(KINDS) >= 35
    assert {"Creation", "Fact", "Slate", "Feedback", "Rejected", "Draft", "Shift"} <= set(KINDS)


@given(
    arrays(np.float64, (5, 5), elements=st.floats(allow_nan=False, allow_infinity=False)),
    st.booleans(),
)
def test_a_wide_array_keeps_every_bit(array: np.ndarray, mirrored: bool) -> None:
    if mirrored:
        array = np.triu(array) + np.triu(array, 1).T
    for part in (array, array[0], array[:, :0], array[:2]):
        back = unpack_wide(pack_wide(part))
        assert back.shape == part.shape
        assert back.tobytes() == np.ascontiguousarray(part).tobytes()


def test_a_symmetric_matrix_takes_half_the_room() -> None:
    symmetric = make_preference(1, size=99).precision
    crooked = symmetric + np.triu(symmetric)
    assert len(pack_wide(symmetric)) == 9 + 99 * 100 // 2 * 8
    assert len(pack_wide(crooked)) == 9 + 99 * 99 * 8
    minus = np.zeros((2, 2))
    minus[0, 1] = -0.0
    assert unpack_wide(pack_wide(minus)).tobytes() == minus.tobytes()


def test_wrong_arrays_are_refused() -> None:
    for bad in (np.array([np.nan]), np.array([np.inf]), np.zeros((2, 2, 2))):
        with pytest.raises(VectorError):
            pack_wide(bad)
    for row in (np.zeros(3, np.float32), np.ones(3, np.float32), np.ones((1, 1), np.float32)):
        with pytest.raises(VectorError):
            pack_unit(row)
    for blob in (b"", b"f", b"f" + bytes(8) + b"123"):
        with pytest.raises(ValueError):  # noqa: PT011 - any text will do
            unpack_wide(blob)


def test_a_unit_row_keeps_every_bit() -> None:
    row = unit(3, 384)
    assert unpack_unit(pack_unit(row, dim=384)).tobytes() == row.tobytes()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\udc00", {1, 2}])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(BadInputError):
        encode([value])


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"text": 1, "facts": []}', "\x00"])
def test_a_foreign_text_is_no_record(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any text will do
        decode(records.Claim, text)


def test_a_body_hash_does_not_depend_on_the_process() -> None:
    assert body_hash("a") == body_hash("a")
    assert body_hash("a", "b") != body_hash("ab")
