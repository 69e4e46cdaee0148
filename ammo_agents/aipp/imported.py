"""What a person liked elsewhere, read from a file: OPML, or JSON lines of likes (also Bluesky's).

A file of somebody's making is untrusted: size, entities, encodings and depth are refused with the reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ammo_agents.errors import BadInputError

LARGEST = 5 * 1024 * 1024
"""Bytes of a file."""
MOST_ITEMS = 5000
"""Items that are read; a longer file is cut, and says so."""
LONGEST_TITLE = 300
"""Characters of an item that are placed."""
HINT = 'AMMO reads OPML, and JSON lines like {"title": "…", "liked": true}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Liked:
    """One thing a person followed, liked or did not like elsewhere."""

    text: str
    liked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file as it was understood."""

    id: str
    """``i_`` and the first 12 letters of the file's SHA-256: the same file has the same id."""
    shape: str
    """``opml``, ``likes`` or ``bluesky``."""
    items: tuple[Liked, ...]
    skipped: tuple[str, ...]
    """What could not be used, each with the reason, in file order."""


def read_file(content: bytes) -> Import:
    """Return what a file says of a person's likes.

    Raises:
        BadInputError: over 5 MB, no OPML and no JSON lines, a wrong encoding, or XML with a DTD or entities.
    """
    if len(content) > LARGEST:
        raise BadInputError(
            f"the file has {len(content)} bytes, at most {LARGEST} are read",
            hint="Split it, or export a shorter time.",
        )
    if not content.strip():
        raise BadInputError("the file is empty", hint=HINT)
    name = "i_" + hashlib.sha256(content).hexdigest()[:12]
    if content.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        found = [*_outlines(_tree(content))]
        shape = "opml"
    else:
        shape, found = _lines(content)
    skipped = [one for one in found if isinstance(one, str)]
    items = [one for one in found if isinstance(one, Liked)]
    if len(items) > MOST_ITEMS:
        skipped.append(f"{len(items) - MOST_ITEMS} items after the first {MOST_ITEMS}")
    return Import(id=name, shape=shape, items=tuple(items[:MOST_ITEMS]), skipped=tuple(skipped))


def _tree(content: bytes) -> Element:
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadInputError(
            f"the XML declares what an OPML file never needs ({type(error).__name__}); nothing was read",
            hint="Export it again without DTD and entities.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise BadInputError(f"the file is no XML: {error}", hint=HINT) from error
    if root.tag != "opml":
        raise BadInputError(f"the XML is <{root.tag[:40]}>, not <opml>", hint=HINT)
    return root


def _outlines(root: Element) -> Iterator[Liked | str]:
    for at, outline in enumerate(root.iter("outline"), start=1):
        title = _clean(outline.get("title") or outline.get("text") or "")
        yield Liked(text=title) if title else f"outline {at}: no title"


def _lines(content: bytes) -> tuple[str, list[Liked | str]]:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInputError(
            f"the file is not UTF-8: byte {error.start} is {content[error.start]:#04x}",
            hint="Save it as UTF-8. " + HINT,
        ) from error
    found = [_line(at, line) for at, line in enumerate(lines, start=1) if line.strip()]
    rows = [one for _, one in found]
    if all(isinstance(one, str) and one.endswith("no JSON object") for one in rows):
        raise BadInputError("no line of the file is a JSON object", hint=HINT)
    bluesky = any(shape == "bluesky" for shape, _ in found)
    return ("bluesky" if bluesky else "likes"), rows


def _line(at: int, line: str) -> tuple[str, Liked | str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        return "likes", f"line {at}: no JSON object"
    words, bluesky = _words(row)
    shape = "bluesky" if bluesky else "likes"
    if not words:
        return shape, f"line {at}: " + (
            "a like that holds only an address (at://…), no words"
            if bluesky
            else "no title, no text"
        )
    liked = row.get("liked", True)
    if not isinstance(liked, bool):
        return shape, f"line {at}: liked is neither true nor false"
    return shape, Liked(text=words, liked=liked)


def _words(row: Mapping[str, Any]) -> tuple[str, bool]:
    """Return an item's words, and whether it has Bluesky's shape: a like record, or a post in a feed view."""
    post = row.get("post")
    record = post.get("record") if isinstance(post, dict) else row.get("record", row.get("value"))
    if isinstance(record, dict) and "text" in record:
        return _clean(record["text"]), True
    subject = row.get("subject")
    if isinstance(subject, dict) or str(row.get("$type", "")).startswith("app.bsky."):
        return _clean(row.get("text", "")), True
    title, text = _clean(row.get("title", "")), _clean(row.get("text", ""))
    return title or text, False


def _clean(text: object) -> str:
    """Return printable words on one line, cut; nothing for what is no text or holds half a character."""
    if not isinstance(text, str):
        return ""
    kept = "".join(c if c.isprintable() else " " for c in text)
    words = " ".join(kept.split())[:LONGEST_TITLE].strip()
    return words if any(c.isalnum() for c in words) else ""
