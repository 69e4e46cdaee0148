"""What a vector store lets in: limits, unit rows, typed tags and clauses (D7). Every store asks here first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ammo_agents.errors import BadInputError, VectorError
from ammo_agents.ports import Clause, Collection, Row, Tag
from ammo_agents.records import Vector

MOST_CLAUSES = 64
MOST_IDS = 500
MOST_ROWS = 1_000
LONGEST_TEXT = 1_000
"""Letters of an id or of a text tag."""
UNIT_ERROR = 1e-3
"""A row whose length differs from 1 by more is refused."""
LARGEST_INT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Shape:
    """What every row of one collection looks like; its first row fixes it."""

    dim: int
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag name → ``str``, ``int``, ``float`` or ``bool``."""


def check_rows(
    collection: Collection, rows: Sequence[Row], *, dim: int, shape: Shape | None
) -> Shape:
    """Return the shape the rows share with the collection (or found it with).

    Creations and knowledge have the space's `dim`; preferences have the dim of their first row.

    Raises:
        VectorError: a row that is not finite, not unit, or not of the collection's dim.
        BadInputError: more than 1,000 rows, an id twice, an id or tags that cannot be kept.
    """
    if len(rows) > MOST_ROWS:
        raise BadInputError(
            f"{len(rows)} rows in one call, at most {MOST_ROWS} are taken",
            hint="Write them in smaller batches.",
        )
    seen: set[str] = set()
    for row in rows:
        check_text("id", row.id)
        if row.id in seen:
            raise BadInputError(f"id {row.id!r} comes twice in one call", hint="Keep the newest.")
        seen.add(row.id)
        if shape is None:
            shape = Shape(
                dim if collection != "preferences" else int(np.size(row.vector)), _kinds(row.tags)
            )
        check_unit(row.id, row.vector, shape.dim)
        if _kinds(row.tags) != shape.tags:
            raise BadInputError(
                f"{row.id!r} has tags {_kinds(row.tags)}, rows of {collection!r} have {dict(shape.tags)}",
                hint="Every row of a collection carries the same tags; a rebuild may change them.",
            )
    return shape or Shape(dim)


def check_unit(name: str, vector: Vector, dim: int) -> Vector:
    """Return `vector` as a float32 row of shape (dim,).

    Raises:
        VectorError: another shape, NaN or infinity, or a length that is not 1.
    """
    row = np.asarray(vector, np.float32)
    if row.shape != (dim,):
        raise VectorError(
            f"{name!r} has shape {row.shape}, this collection holds rows of {dim}",
            hint="Use the embedder this space was made with.",
        )
    length = float(np.linalg.norm(row.astype(np.float64)))
    if not math.isfinite(length) or abs(length - 1.0) > UNIT_ERROR:
        raise VectorError(
            f"{name!r} has length {length:g}, the space holds finite rows of length 1",
            hint="Pass it through geometry.unit first.",
        )
    return row


def check_ids(ids: Sequence[str]) -> None:
    """Raise `BadInputError` for more than 500 ids."""
    if len(ids) > MOST_IDS:
        raise BadInputError(
            f"{len(ids)} ids in one call, at most {MOST_IDS} are taken",
            hint="Ask in smaller batches.",
        )


def check_k(k: int) -> None:
    """Raise `BadInputError` when `k` is negative or over 1,000."""
    if not 0 <= k <= MOST_ROWS:
        raise BadInputError(f"k = {k}, a search gives 0 to {MOST_ROWS} rows", hint="Ask for less.")


def check_where(where: Sequence[Clause], shape: Shape) -> tuple[Clause, ...]:
    """Return the clauses with values of their tag's own type.

    Raises:
        BadInputError: more than 64 clauses, an unknown tag or operator, a value of another type,
            or an order asked of words.
    """
    if len(where) > MOST_CLAUSES:
        raise BadInputError(
            f"{len(where)} filter clauses, at most {MOST_CLAUSES} are taken",
            hint="Join values of one tag with 'in'.",
        )
    return tuple(_checked(clause, shape) for clause in where)


def check_text(name: str, text: object) -> None:
    """Raise `BadInputError` unless `text` is a text that can be stored: 1 to 1,000 letters, real Unicode."""
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT or not _encodes(text):
        raise BadInputError(
            f"{name} {text!r:.60} is no text of 1 to {LONGEST_TEXT} letters",
            hint="Clean it where it comes in.",
        )


def matches(tags: Mapping[str, Tag], where: Sequence[Clause]) -> bool:
    """Return whether a row's tags satisfy every (checked) clause."""
    return all(_holds(tags[clause.tag], clause.op, clause.value) for clause in where)


def _checked(clause: Clause, shape: Shape) -> Clause:
    kind = shape.tags.get(clause.tag)
    if kind is None:
        raise BadInputError(
            f"rows have no tag {clause.tag!r} (they have {', '.join(sorted(shape.tags)) or 'none'})",
            hint="Filter by a tag that is kept.",
        )
    if clause.op not in {"==", "!=", ">=", "<=", "in"}:
        raise BadInputError(f"unknown operator {clause.op!r}", hint="Use == != >= <= in.")
    if clause.op in {">=", "<="} and kind not in {"int", "float"}:
        raise BadInputError(
            f"{clause.tag!r} is a {kind}: only numbers have an order", hint="Use == or in."
        )
    if clause.op != "in":
        return Clause(tag=clause.tag, op=clause.op, value=_typed(clause.tag, clause.value, kind))
    if not isinstance(clause.value, tuple):
        raise BadInputError(f"'in' on {clause.tag!r} needs a tuple", hint="Pass (value, …).")
    check_ids([str(v) for v in clause.value])
    values = tuple(_typed(clause.tag, v, kind) for v in clause.value)
    return Clause(tag=clause.tag, op="in", value=values)


def _typed(tag: str, value: object, kind: str) -> Tag:
    if kind == "float" and type(value) is int:
        value = float(value)
    if type(value).__name__ != kind:
        raise BadInputError(
            f"{tag!r} is a {kind}, the clause compares it with {value!r:.60}",
            hint="Compare values of one type.",
        )
    return _kept(tag, value)


def _kinds(tags: Mapping[str, Tag]) -> dict[str, str]:
    return {name: type(_kept(name, value)).__name__ for name, value in sorted(tags.items())}


def _kept(name: str, value: Any) -> Tag:
    """Return a tag's value if every store can keep it."""
    if isinstance(value, str) and len(value) <= LONGEST_TEXT and _encodes(value):
        return value
    if isinstance(value, bool) or (type(value) is int and abs(value) <= LARGEST_INT):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    raise BadInputError(
        f"tag {name!r} = {value!r:.60} cannot be kept",
        hint="Tags are short texts, 64-bit integers, finite numbers or booleans.",
    )


def _encodes(text: str) -> bool:
    """Return whether the text is UTF-8 and without NUL; a lone surrogate is not."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _holds(value: Tag, op: str, wanted: Any) -> bool:
    match op:
        case "==":
            return bool(value == wanted)
        case "!=":
            return bool(value != wanted)
        case ">=":
            return bool(value >= wanted)
        case "<=":
            return bool(value <= wanted)
        case _:
            return value in wanted
