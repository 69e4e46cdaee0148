"""Character Cards V2 and V3, from JSON or PNG: a stranger's text becomes voice and prompt of a buddy, never more (S1).

What is taken: name, description, personality, scenario, system prompt and post-history instructions as the
buddy's prompt; tags as topics. What a card says of models, budgets, books or scripts is kept beside it, unused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ammo_agents.authoring import buddy_file, png
from ammo_agents.authoring.graph_file import slug_of
from ammo_agents.authoring.reading import bytes_of
from ammo_agents.authoring.refusal import refused, shown
from ammo_agents.records import BuddyId, EntityId, GoalBuddy, SubspaceId

LARGEST = 16 * 1024 * 1024
"""Bytes of one file."""
LARGEST_JSON = 2 * 1024 * 1024
DEEPEST = 40
"""Levels of nesting."""
SPECS = {"chara_card_v2": "V2", "chara_card_v3": "V3"}
CHUNKS = ("ccv3", "chara")
"""Keywords of a PNG, the newer one first."""
SECTIONS = (
    ("description", "Who it is"),
    ("personality", "What it is like"),
    ("scenario", "Where it is"),
    ("system_prompt", "What its author asks of it"),
    ("post_history_instructions", "What its author asks of it last"),
)
"""(field of the card, heading in the buddy's prompt)."""
VOICE = "personality"
MACRO = re.compile(r"\{\{char\}\}|<BOT>", re.IGNORECASE)
"""Stands for the character's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One character card as it came."""

    name: str
    spec: str
    """``V2`` or ``V3``."""
    texts: Mapping[str, str]
    """Fields of `SECTIONS` that are not empty."""
    tags: tuple[str, ...]
    creator: str
    version: str
    whole: Mapping[str, Any]
    """The card's JSON, for keeping: extensions and all."""
    sha256: str
    """Of the file."""


def read(path: Path) -> Card:
    """Return the character card in a JSON or PNG file; blocks.

    Raises:
        BadInputError: over 16 MiB, no card in it, another format or version, damaged, packed beyond its limit, or nested too deep.
    """
    content = bytes_of(path, most=LARGEST)
    found = _from_png(content, path) if content.startswith(png.SIGNATURE) else content
    return _card(_json(found, path), path, hashlib.sha256(content).hexdigest())


def buddy_of(
    card: Card, *, space: SubspaceId, entity: EntityId, slug: str = "", name: str = ""
) -> GoalBuddy:
    """Return a card as a Goal Buddy of one entity; its words are voice and prompt, and set nothing else.

    Model, budget, λ, schedule, sources and principles are never a card's to choose.
    """
    called = _line(name or card.name)[: buddy_file.LONGEST["name"]] or "Imported"
    parts = [
        f"{heading}:\n{MACRO.sub(lambda _: called, card.texts[field])}"
        for field, heading in SECTIONS
        if field in card.texts
    ]
    topics = dict.fromkeys(_line(tag)[: buddy_file.ENTRY["topics"]] for tag in card.tags)
    return GoalBuddy(
        id=BuddyId(f"{space}/{slug or slug_of(called) or 'imported'}"),
        subspace=space,
        entity=entity,
        name=called,
        voice=_line(MACRO.sub(lambda _: called, card.texts.get(VOICE, "")))[
            : buddy_file.LONGEST["voice"]
        ].strip(),
        topics=tuple(topic for topic in topics if topic)[: buddy_file.MOST["topics"]],
        prompt="\n\n".join(parts)[: buddy_file.PROMPT].strip(),
    )


def provenance(card: Card, path: Path, *, day: str) -> dict[str, Any]:
    """Return where an imported buddy came from, as it is kept beside it."""
    return {
        "file": path.name,
        "sha256": card.sha256,
        "format": f"Character Card {card.spec}",
        "card": card.name,
        "creator": card.creator,
        "version": card.version,
        "imported": day,
    }


def _from_png(content: bytes, path: Path) -> bytes:
    held = png.texts(content, path)
    for keyword in CHUNKS:
        if keyword in held:
            try:
                return base64.b64decode(held[keyword].strip(), validate=True)
            except (binascii.Error, ValueError) as error:
                raise refused(
                    path, f"its text {keyword!r} is no base64: {error}", hint=png.LATER
                ) from error
    raise refused(
        path,
        "holds no character card (no text 'ccv3' or 'chara')",
        hint="Save the picture with its card: some sites strip it; ask for the JSON.",
    )


def _json(content: bytes, path: Path) -> Any:
    if len(content) > LARGEST_JSON:
        raise refused(
            path,
            f"its card has {len(content):,} bytes, at most {LARGEST_JSON:,} are read",
            hint="Take pictures and books out of the card.",
        )
    if _depth(content) > DEEPEST:
        raise refused(
            path, f"its card is nested deeper than {DEEPEST} levels", hint="No card needs that."
        )
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refused(path, f"holds no JSON: {error}", hint="Give a Character Card.") from error


def _depth(content: bytes) -> int:
    """Return the deepest nesting of brackets, those inside of texts counted too: cheap, and never too low."""
    deep = deepest = 0
    for byte in re.sub(rb"[^\[\]{}]", b"", content):
        deep += 1 if byte in b"[{" else -1
        deepest = max(deepest, deep)
    return deepest


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _card(table: Any, path: Path, sha256: str) -> Card:
    if not isinstance(table, dict):
        raise refused(
            path, "is no character card", hint="A card is a JSON object with spec and data."
        )
    spec = SPECS.get(str(table.get("spec", "")))
    data = table.get("data")
    if spec is None or not isinstance(data, dict):
        said = shown(table.get("spec")) if "spec" in table else "none"
        raise refused(
            path,
            f"its spec is {said}, read are {', '.join(SPECS)}",
            hint="Save it as Character Card V2 or V3; V1 cards open in most editors and save as V2.",
        )
    texts = {}
    for field in ("name", "creator", "character_version", *(f for f, _ in SECTIONS)):
        value = data.get(field, "")
        if not isinstance(value, str):
            raise refused(
                path, f"data.{field} is {shown(value)}, it must be a text", hint=png.LATER
            )
        texts[field] = _readable(value)
    if not texts["name"].strip():
        raise refused(path, "data.name is empty", hint="Give the card a name.")
    tags = data.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise refused(
            path, f"data.tags is {shown(tags)}, it must be a list of texts", hint=png.LATER
        )
    return Card(
        name=_line(texts["name"]),
        spec=spec,
        texts={field: texts[field] for field, _ in SECTIONS if texts[field].strip()},
        tags=tuple(_readable(tag) for tag in tags),
        creator=_line(texts["creator"])[:200],
        version=_line(texts["character_version"])[:60],
        whole=table,
        sha256=sha256,
    )


def _readable(text: str) -> str:
    """Return a text without lone surrogates, control and format characters: what nobody sees, nobody can allow."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = (c if c.isprintable() or c == "\n" else " " if c.isspace() else "" for c in text)
    return "".join(kept)


def _line(text: str) -> str:
    return " ".join(text.split())
