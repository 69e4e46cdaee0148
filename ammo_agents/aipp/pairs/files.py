"""Pairs and rows as JSON lines: AMMO's own, and the plain ones of published sets (prompt, chosen, rejected)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from ammo_agents import durable
from ammo_agents.aipp.pairs.record import Pair, Prompt, Row, Side, Signal, Split, Taught, plain
from ammo_agents.errors import BadInputError
from ammo_agents.records import Message

T = TypeVar("T", Pair, Row)
USERS = ("user", "userId", "person", "user_id")
"""How published files call the person, the first that is there."""
ROLES = ("system", "user", "assistant")
LONGEST_LINE = 4_000_000
"""Characters of a line at most."""
WAY = (
    "Each line is one JSON object with prompt, chosen and rejected; mend the line or leave it out."
)
WAY_ROW = "Each line is one JSON object with prompt, completion and label (true or false)."


def read(path: Path) -> list[Pair]:
    """Return the pairs of a file; a plain published one is read too.

    Raises:
        BadInputError: no such file, or a line that is no pair: with file, line number and reason.
    """
    return _read(path, pair_of, WAY)


def read_rows(path: Path) -> list[Row]:
    """Return the KTO rows of a file; raises `BadInputError` as `read` does."""
    return _read(path, row_of, WAY_ROW)


def are_rows(path: Path) -> bool:
    """Return whether a file holds KTO rows and not pairs, by its first line; a broken one is told when it is read."""
    for _, line in _lines(path):
        return '"completion"' in line and '"rejected"' not in line
    return False


def write(path: Path, found: Iterable[Taught]) -> Path:
    """Write pairs or rows as JSON lines, whole or not at all, and return the path.

    Raises:
        DiskFullError: no room; what was there before is untouched.
    """
    lines = (json.dumps(plain(one), ensure_ascii=False, allow_nan=False) for one in found)
    put(path, "".join(f"{line}\n" for line in lines))
    return path


def put(path: Path, words: str) -> None:
    """Write a text whole: never a half file.

    Raises:
        DiskFullError: no room; what was there before is untouched.
        BadInputError: a place that may not be written to.
    """
    try:
        durable.write_text(path, words)
    except OSError as error:
        raise BadInputError(
            f"{path} could not be written: {error.strerror}",
            hint="Name a place that may be written to.",
        ) from error


def pair_of(said: Mapping[str, Any]) -> Pair:
    """Return the pair an object says.

    Raises:
        ValueError: it says none; the message is the reason.
    """
    chosen, rejected = _text(said, "chosen"), _text(said, "rejected")
    if chosen.strip() == rejected.strip():
        raise ValueError("chosen and rejected are the same text")
    return Pair(
        chosen=chosen,
        rejected=rejected,
        chosen_by=_side(said, "chosen_by"),
        rejected_by=_side(said, "rejected_by"),
        margin=_margin(said),
        **_common(said, {"chosen", "rejected", "chosen_by", "rejected_by", "margin"}),
    )


def row_of(said: Mapping[str, Any]) -> Row:
    """Return the KTO row an object says; raises `ValueError` with the reason."""
    if not isinstance(said.get("label"), bool):
        raise ValueError(f"label is {said.get('label')!r}, not true or false")
    return Row(
        completion=_text(said, "completion"),
        label=said["label"],
        by=_side(said, "by"),
        **_common(said, {"completion", "label", "by"}),
    )


def prompt_of(value: object) -> Prompt:
    """Return a prompt: a text, or a list of {role, content}; raises `ValueError` with the reason."""
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("the prompt is empty")
        return value
    if not isinstance(value, list) or not value:
        raise ValueError("the prompt is neither a text nor a list of messages")
    return tuple(_message(one) for one in value)


def _read(path: Path, make: Callable[[Mapping[str, Any]], T], way: str) -> list[T]:
    found: list[T] = []
    for number, line in _lines(path):
        try:
            said = json.loads(line)
            if not isinstance(said, dict):
                raise ValueError("it is no JSON object")
            found.append(make(said))
        except (ValueError, RecursionError) as error:
            raise BadInputError(f"{path}, line {number}: {_reason(error)}", hint=way) from error
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            number = 0
            while line := file.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE:
                    raise BadInputError(
                        f"{path}, line {number}: it has over {LONGEST_LINE} characters", hint=WAY
                    )
                if line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path} is no UTF-8 text: {error.reason}", hint=WAY) from error
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be read: {error.strerror}", hint="Name a file of pairs (JSON lines)."
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON: {error.msg} at character {error.pos + 1}"
    return str(error) or type(error).__name__


def _common(said: Mapping[str, Any], own: set[str]) -> dict[str, Any]:
    known = {"prompt", "source", "signal", "subspace", "buddy", "at", "events", "impression"}
    known |= {"consent", "extra", "split", "id"}
    user = next((name for name in USERS if said.get(name) not in (None, "")), "user")
    extra = {k: v for k, v in said.items() if k not in known | own | {user, "user"}}
    signal, split = said.get("signal", "given"), said.get("split", "")
    if signal not in get_args(Signal):
        raise ValueError(f"signal is {signal!r}, none of {', '.join(get_args(Signal))}")
    if split not in get_args(Split):
        raise ValueError(f"split is {split!r}, not train, dev or test")
    return {
        "prompt": prompt_of(said.get("prompt")),
        "source": _word(said, "source") or "given",
        "signal": signal,
        "subspace": _word(said, "subspace"),
        "buddy": _word(said, "buddy"),
        "user": str(said.get(user, "")),
        "at": _time(said.get("at")),
        "events": tuple(str(one) for one in _list(said, "events")),
        "impression": _word(said, "impression"),
        "consent": int(said.get("consent", 0)),
        "extra": {**dict(said.get("extra", {})), **extra},
        "split": split,
        "id": _word(said, "id"),
    }


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        raise ValueError(f"it has no {name!r}")
    if isinstance(value, list) and len(value) == 1:  # a completion as one message
        value = _message(value[0]).text
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    if not value.strip():
        raise ValueError(f"{name} is empty")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{name} holds characters that are no text")
    return value


def _message(value: object) -> Message:
    if not isinstance(value, dict) or not isinstance(value.get("content"), str):
        raise ValueError("a message is {role, content}")
    if value.get("role") not in ROLES:
        raise ValueError(
            f"a message has the role {value.get('role')!r}, none of {', '.join(ROLES)}"
        )
    return Message(role=value["role"], text=value["content"])


def _side(said: Mapping[str, Any], name: str) -> Side:
    value = said.get(name)
    if value is None:
        return Side()
    if not isinstance(value, dict) or set(value) - {
        f.name for f in Side.__dataclass_fields__.values()
    }:
        raise ValueError(f"{name} is not how a text came to be")
    return Side(**value)


def _margin(said: Mapping[str, Any]) -> float:
    """Return the lead of the majority over all votes; a file without votes is as clear as can be."""
    if "margin" in said:
        found = float(said["margin"])
        if not 0 <= found <= 1:
            raise ValueError(f"margin is {found}, not in [0, 1]")
        return found
    votes = [said.get(name) for name in ("votes_a", "votes_b", "ties")]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and n >= 0 for n in votes):
        return 1.0
    a, b, ties = (float(n) for n in votes if n is not None)
    return abs(a - b) / (a + b + ties) if a + b + ties else 1.0


def _word(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def _list(said: Mapping[str, Any], name: str) -> list[Any]:
    value = said.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return value


def _time(value: object) -> dt.datetime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"at is {value!r}, no time")
    found = dt.datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(f"at is {value!r}, a time without a zone")
    return found
