"""Turns records into canonical JSON and back, and vectors into bytes and back."""

from __future__ import annotations

import hashlib
import struct
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.records import Preference, Vector, Wide, canonical

T = TypeVar("T")
UNIT = 1e-3
"""How far a unit row's length may be from 1: float32 rounding at D = 1536 stays far below."""
ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""Built at first use: building one costs milliseconds, using it microseconds."""
FULL, SYMMETRIC = b"f", b"s"


def encode(record: object) -> str:
    """Return `record` as canonical JSON: equal records give equal text.

    Raises:
        BadInputError: a number that is not finite, a lone surrogate, or a value JSON cannot say.
    """
    try:
        text = canonical(record)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInputError(
            f"{type(record).__name__} cannot be kept: {error}",
            hint="Only finite numbers and valid Unicode text can be stored.",
        ) from error
    return text


def decode(kind: type[T], text: str | bytes) -> T:
    """Return the record of type `kind` that `encode` wrote; raises `ValueError` for any other text."""
    record: T = _adapter(kind).validate_json(text)
    return record


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in ADAPTERS:
        ADAPTERS[kind] = TypeAdapter(kind)
    return ADAPTERS[kind]


def body_hash(*parts: object) -> bytes:
    """Return the SHA-256 (32 bytes) of the canonical JSON of `parts`: what a request says."""
    return hashlib.sha256(encode(parts).encode()).digest()


def pack_unit(vector: Vector, *, dim: int | None = None) -> bytes:
    """Return a unit row as little-endian float32 bytes.

    Raises:
        VectorError: not one row, not finite, not of length 1, or not of shape (dim,).
    """
    row = np.ascontiguousarray(vector, dtype="<f4")
    if row.ndim != 1 or (dim is not None and row.shape[0] != dim):
        raise VectorError(
            f"a vector of shape {tuple(row.shape)} came where ({dim or 'D'},) belongs",
            hint="Embed with the embedder this MetaSpace was made with.",
        )
    length = float(np.linalg.norm(row.astype(np.float64)))
    if not abs(length - 1.0) <= UNIT:
        raise VectorError(
            f"a vector of length {length:.6g} came where a unit row belongs",
            hint="Normalise the row; NaN and zero vectors have no place in a MetaSpace.",
        )
    return row.tobytes()


def unpack_unit(blob: bytes) -> Vector:
    """Return the row that `pack_unit` wrote, shape (len(blob) / 4,), float32."""
    return np.frombuffer(blob, dtype="<f4").astype(np.float32)


def pack_wide(array: Wide) -> bytes:
    """Return a float64 array as bytes that keep every bit; a symmetric matrix takes half the room.

    Raises:
        VectorError: not finite, or neither a row nor a matrix.
    """
    array = np.ascontiguousarray(array, dtype="<f8")
    if array.ndim not in {1, 2} or not np.isfinite(array).all():
        raise VectorError(
            f"a preference array of shape {tuple(array.shape)} is not finite, or is no row or matrix",
            hint="The update that made it went wrong; fold the person's events anew.",
        )
    rows, columns = array.shape if array.ndim == 2 else (0, array.shape[0])
    mark = FULL
    # Bits are compared, not numbers: -0.0 and 0.0 are equal but not the same.
    bits = array.view(np.int64)
    if rows and rows == columns and (bits == bits.T).all():
        mark, array = SYMMETRIC, array.ravel()[_upper(rows)]
    return mark + struct.pack("<II", rows, columns) + array.tobytes()


def unpack_wide(blob: bytes) -> Wide:
    """Return the array that `pack_wide` wrote; raises `ValueError` for any other bytes."""
    if len(blob) < 9:
        raise ValueError("too short for a float64 array")
    rows, columns = struct.unpack("<II", blob[1:9])
    flat = np.frombuffer(blob, dtype="<f8", offset=9).astype(np.float64)
    if blob[:1] == SYMMETRIC:
        full = np.empty((rows, columns))
        full.ravel()[_upper(rows)] = flat
        full.T.flat[_upper(rows)] = flat
        return full
    return flat.reshape((rows, columns) if rows else (columns,))


@cache
def _upper(size: int) -> NDArray[np.intp]:
    """Return where the upper triangle of a (size, size) matrix lies in its flat form."""
    rows, columns = np.triu_indices(size)
    return np.asarray(rows * size + columns)


def preference_columns(preference: Preference) -> tuple[object, ...]:
    """Return the columns of a preference row, in the order of its table.

    Raises:
        VectorError: an array that is not finite, or shapes that do not belong together.
    """
    shapes = (preference.q.shape, preference.precision.shape, preference.information.shape)
    fits = len(shapes[0]) == 1 and shapes[0] == shapes[2] and len(shapes[1]) == 2
    if not fits or len(set(shapes[1])) > 1 or shapes[1][0] > shapes[0][0]:
        raise VectorError(
            f"a preference with q {shapes[0]}, L {shapes[1]} and h {shapes[2]} is none",
            hint="q and h have one length of at least d, L has shape (d, d).",
        )
    return (
        preference.person,
        preference.subspace,
        preference.basis,
        preference.version,
        preference.day,
        pack_wide(preference.q),
        pack_wide(preference.precision),
        pack_wide(preference.information),
    )


def preference_row(row: tuple[Any, ...]) -> Preference:
    """Return the preference of such a row; raises `ValueError` for damaged bytes."""
    person, subspace, basis, version, day, q, precision, information = row
    return Preference(
        person=person,
        subspace=subspace,
        basis=basis,
        version=version,
        day=day,
        q=unpack_wide(q),
        precision=unpack_wide(precision),
        information=unpack_wide(information),
    )
