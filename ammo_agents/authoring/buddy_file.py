"""A Goal Buddy in Markdown: what it is between ``+++`` lines, in TOML; below, its author's instructions (W6).

::

    +++
    space = "coin"
    entity = "bitcoin"
    voice = "Dry and short."
    +++
    Tell what moved, then against what.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ammo_agents import durable
from ammo_agents.authoring.reading import decoded, text_of
from ammo_agents.authoring.refusal import instead, refused, shown
from ammo_agents.errors import BadInputError
from ammo_agents.records import BuddyId, EntityId, GoalBuddy, SubspaceId, principles_of

FENCE = "+++"
LARGEST = 64 * 1024
"""Bytes of one file."""
LONGEST = {"name": 80, "voice": 600, "model": 200, "graph": 80}
"""Letters of a text, by key."""
PROMPT = 8_000
"""Letters of the body."""
MOST = {"topics": 32, "sources": 32, "principles": 16}
"""Entries of a list, by key."""
ENTRY = {"topics": 60, "sources": 200, "principles": 300}
"""Letters of an entry, by key."""
SCHEDULES = ("daily", "weekly", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = (
    "id",
    "name",
    "space",
    "entity",
    "voice",
    "topics",
    "sources",
    "schedule",
    "model",
    "budget",
    "lambda",
    "principles",
    "graph",
)
HINTS = {
    "voice": 'voice = "Dry and short."',
    "topics": 'topics = ["a word that chooses its facts"]',
    "schedule": 'schedule = "weekly"',
    "budget": "budget = 3",
    "lambda": "lambda = 1.5",
    "principles": 'principles = ["no advice"]',
}
"""What a new file holds as comments where nothing was given."""
BODY = "Say first what is new, then what it is measured against."
"""The text of a new file."""
SLUG = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
KEY = re.compile(r"\s*(?:[\"']?([\w-]+)[\"']?\s*[.=]|\[+\s*[\"']?([\w-]+))")
NAMED = re.compile(r"([a-z][a-z0-9_-]*)/([a-z0-9]+([-_][a-z0-9]+)*)")


def read(path: Path, *, space: SubspaceId | None = None) -> GoalBuddy:
    """Return the Goal Buddy in a Markdown file; `space` stands in where the file names none, and blocks any other.

    Raises:
        BadInputError: it is no such file; file, line, key, reason and a way out are told.
    """
    return parse(text_of(path, most=LARGEST), path, space=space)


def read_bytes(content: bytes, path: Path, *, space: SubspaceId | None = None) -> GoalBuddy:
    """Return the Goal Buddy in bytes; `path` names them in errors. Raises as `read`."""
    if len(content) > LARGEST:
        raise refused(path, f"has more than {LARGEST:,} bytes", hint="Make it shorter.")
    return parse(decoded(content, path), path, space=space)


def parse(text: str, path: Path, *, space: SubspaceId | None = None) -> GoalBuddy:
    """Return the Goal Buddy in a text; `path` names it in errors and gives its slug. Raises as `read`."""
    head, body, start = _parted(text, path)
    fields = _Fields(path, head, _lines(head, start), _table(head, path, start))
    fields.known()
    where = fields.slug("space") or (space or "")
    if not where:
        raise fields.lacking("space", 'space = "coin"')
    if space is not None and where != space:
        raise fields.wrong("space", f"must be {space!r}, where the file lies")
    entity = _entity(fields, where)
    slug = SLUG.fullmatch(path.stem.lower())
    return GoalBuddy(
        id=BuddyId(_id(fields, where, slug.group() if slug else "")),
        subspace=SubspaceId(where),
        entity=EntityId(entity),
        name=fields.text("name")
        or f"{path.stem.replace('-', ' ').replace('_', ' ').title()[:74]} Buddy",
        voice=fields.text("voice"),
        topics=fields.texts("topics"),
        sources=fields.texts("sources"),
        schedule=_schedule(fields),
        model=fields.text("model"),
        budget=_budget(fields),
        cost_weight=_weight(fields),
        principles=_principles(fields),
        prompt=_prompt(body, path, start + head.count("\n") + 2),
        graph=fields.text("graph"),
    )


def written(buddy: GoalBuddy) -> str:
    """Return a Goal Buddy as the Markdown file that `read` takes for it; what is default is left out."""
    return _file(
        {
            "id": buddy.id,
            "name": buddy.name,
            "space": buddy.subspace,
            "entity": buddy.entity,
            "voice": buddy.voice,
            "topics": list(buddy.topics),
            "sources": list(buddy.sources),
            "schedule": buddy.schedule,
            "model": buddy.model,
            "budget": buddy.budget,
            "lambda": buddy.cost_weight,
            "principles": list(buddy.principles),
            "graph": buddy.graph,
        },
        buddy.prompt,
    )


def drafted(values: Mapping[str, Any]) -> str:
    """Return the file of a new buddy, for its author to go on with: the keys given, the others as comments.

    `values` may also hold ``prompt``, the text below.

    Raises:
        BadInputError: a key that no buddy has.
    """
    for key in values:
        if key not in {*KEYS, "prompt"}:
            raise BadInputError(
                f"{key!r} is no key of a buddy", hint=instead(key, KEYS, noun="key")
            )
    given = {key: values[key] for key in KEYS if key in values}
    left = [line for key, line in HINTS.items() if given.get(key) in ("", [], (), None)]
    return _file(given, str(values.get("prompt") or BODY), left)


def write(buddy: GoalBuddy, path: Path) -> None:
    """Write a Goal Buddy to `path` as Markdown, whole or not at all; blocks.

    Raises:
        BadInputError: what is written could not be read back; nothing is kept.
    """
    text = written(buddy)
    parse(text, path, space=buddy.subspace)
    durable.write_text(path, text)


def _file(values: Mapping[str, Any], prompt: str, hints: Sequence[str] = ()) -> str:
    lines = [
        f"{key} = {_toml(value)}"
        for key, value in values.items()
        if value not in ("", [], (), None)
    ]
    return "\n".join([
        FENCE,
        *lines,
        *(f"# {hint}" for hint in hints),
        FENCE,
        "",
        prompt.strip(),
        "",
    ])


class _Fields:
    """The front matter of one file, with the line of each key."""

    def __init__(
        self, path: Path, head: str, lines: Mapping[str, int], values: Mapping[str, Any]
    ) -> None:
        self.path, self.head, self.lines, self.values = path, head, lines, values

    def wrong(self, key: str, must: str) -> BadInputError:
        """Return the refusal of one value."""
        return refused(
            self.path,
            f"{key} is {shown(self.values.get(key))}, it {must}",
            hint=f"Correct {key}; docs/authoring.md lists every key.",
            line=self.lines.get(key, 0),
        )

    def lacking(self, key: str, example: str) -> BadInputError:
        """Return the refusal of a file without a key it needs."""
        return refused(
            self.path, f"lacks {key}", hint=f"Add a line between the +++: {example}", line=1
        )

    def known(self) -> None:
        """Refuse a key that no buddy has."""
        for key in self.values:
            if key not in KEYS:
                raise refused(
                    self.path,
                    f"{shown(key)} is no key of a buddy",
                    hint=instead(key, KEYS, noun="key"),
                    line=self.lines.get(key, 0),
                )

    def text(self, key: str) -> str:
        """Return a text of one line; empty where it is left out."""
        value, most = self.values.get(key, ""), LONGEST.get(key, 120)
        if not isinstance(value, str) or len(value) > most or not value.isprintable():
            raise self.wrong(key, f"must be a text of one line, at most {most} letters")
        return value.strip()

    def slug(self, key: str) -> str:
        """Return a slug; empty where it is left out."""
        value = self.text(key)
        if value and not SLUG.fullmatch(value):
            raise self.wrong(key, "must be a slug: small letters, digits and hyphens")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, each once; empty where it is left out."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or len(value) > MOST[key]:
            raise self.wrong(key, f"must be a list of at most {MOST[key]} texts")
        for one in value:
            if not isinstance(one, str) or not one.strip() or len(one) > ENTRY[key]:
                raise self.wrong(
                    key, f"holds {shown(one)}, each must be a text of 1 to {ENTRY[key]} letters"
                )
            if not one.isprintable():
                raise self.wrong(
                    key, f"holds {shown(one)}, which has a character that no page shows"
                )
        return tuple(dict.fromkeys(one.strip() for one in value))


def _parted(text: str, path: Path) -> tuple[str, str, int]:
    """Return the front matter, the body, and the line on which the front matter begins."""
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None or lines[first].strip() != FENCE:
        found = "" if first is None else lines[first].strip()
        hint = (
            "Front matter is TOML between lines of +++ here, not YAML between ---."
            if found == "---"
            else f"Begin the file with a line {FENCE}, then key = value lines, then {FENCE} again."
        )
        raise refused(path, f"does not begin with {FENCE}", hint=hint, line=(first or 0) + 1)
    for n in range(first + 1, len(lines)):
        if lines[n].strip() == FENCE:
            return "\n".join(lines[first + 1 : n]), "\n".join(lines[n + 1 :]), first + 2
    raise refused(
        path,
        f"has no second {FENCE}",
        hint=f"Close the front matter with a line {FENCE}.",
        line=len(lines),
    )


def _table(head: str, path: Path, start: int) -> dict[str, Any]:
    try:
        return tomllib.loads(head)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said, _, where = (str(error) or type(error).__name__).partition(" (at ")
        at = re.match(r"line (\d+)", where)
        raise refused(
            path,
            f"the front matter is no TOML: {said}",
            hint='Write key = "text", key = 3 or key = ["one", "two"], a key a line.',
            line=start - 1 + (int(at[1]) if at else head.count("\n") + 1),
        ) from error


def _lines(head: str, start: int) -> dict[str, int]:
    """Return key → the line it stands on."""
    found: dict[str, int] = {}
    for n, line in enumerate(head.split("\n")):
        if key := KEY.match(line):
            found.setdefault(key[1] or key[2], start + n)
    return found


def _entity(fields: _Fields, space: str) -> str:
    said = fields.text("entity")
    if not said:
        raise fields.lacking("entity", 'entity = "bitcoin"')
    full = said if "/" in said else f"{space}/{said}"
    named = NAMED.fullmatch(full)
    if named is None or named[1] != space:
        raise fields.wrong("entity", f"must be the slug of an entity of {space}: bitcoin")
    return full


def _id(fields: _Fields, space: str, stem: str) -> str:
    said = fields.text("id") or stem
    full = said if "/" in said else f"{space}/{said}"
    named = NAMED.fullmatch(full)
    if named is None or named[1] != space or len(full) > 120:
        raise fields.wrong("id", f"must be {space}/<slug>, or the file be named by a slug")
    return full


def _schedule(fields: _Fields) -> str:
    said = fields.text("schedule").lower()
    if said in {"", "never"}:
        return ""
    short = said if said in SCHEDULES else said[:3]
    days = "monday tuesday wednesday thursday friday saturday sunday".split()
    if said not in SCHEDULES and said not in days:
        raise fields.wrong("schedule", f"must be one of never, {', '.join(SCHEDULES)}")
    return short


def _budget(fields: _Fields) -> int | None:
    value = fields.values.get("budget")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000:
        raise fields.wrong("budget", "must be a whole number of cards a day, 0 to 1000")
    return value


def _weight(fields: _Fields) -> float | None:
    value = fields.values.get("lambda")
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= 100:
        raise fields.wrong("lambda", "must be a number from 0 to 100: the weight of Cost(e)")
    return float(value)


def _principles(fields: _Fields) -> tuple[str, ...]:
    """Return the principles; which of those in free words can be weighed is known where plugins are."""
    texts = fields.texts("principles")
    try:
        principles_of(texts, owner="principles", free=lambda _: True)
    except BadInputError as error:
        raise fields.wrong("principles", f"cannot be checked: {error.message}") from error
    return texts


def _prompt(body: str, path: Path, line: int) -> str:
    text = body.strip()
    if len(text) > PROMPT:
        raise refused(
            path,
            f"the text has {len(text):,} letters, at most {PROMPT:,} are read",
            hint="Make it shorter.",
            line=line,
        )
    for character in text:
        if not character.isprintable() and character not in "\n\t":
            raise refused(path, f"the text holds {character!r}", hint="Take it out.", line=line)
    return text


def _toml(value: object) -> str:
    """Return a value as TOML; a basic string of TOML escapes what one of JSON does, and DEL."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
