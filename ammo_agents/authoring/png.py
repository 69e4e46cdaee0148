"""The texts inside a PNG, read chunk by chunk within limits; the picture itself is never decoded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from ammo_agents.authoring.refusal import refused
from ammo_agents.errors import BadInputError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 10_000
LARGEST_TEXT = 4 * 1024 * 1024
"""Bytes of one text after it was unpacked."""
TEXTS = frozenset({b"tEXt", b"iTXt", b"zTXt"})
LATER = "Save the card again in the tool that made it."


def texts(content: bytes, path: Path) -> dict[str, bytes]:
    """Return keyword → text of every tEXt, iTXt and zTXt chunk; of two with one keyword the first. `path` names the file.

    Raises:
        BadInputError: no PNG, cut off, a wrong checksum, over 10,000 chunks, or a text over 4 MiB once unpacked.
    """
    found: dict[str, bytes] = {}
    for kind, body in _chunks(content, path):
        if kind in TEXTS:
            keyword, text = _text(kind, body, path)
            found.setdefault(keyword.lower(), text)
    return found


def _chunks(content: bytes, path: Path) -> Iterator[tuple[bytes, bytes]]:
    if not content.startswith(SIGNATURE):
        raise refused(path, "is no PNG", hint="Give a Character Card as PNG or JSON.")
    at, count = len(SIGNATURE), 0
    while True:
        count += 1
        if count > MOST_CHUNKS:
            raise refused(path, f"has more than {MOST_CHUNKS:,} chunks", hint=LATER)
        if at + 12 > len(content):
            raise refused(path, "is cut off: it ends before its IEND", hint="Download it again.")
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        end = at + 12 + size
        if end > len(content):
            raise refused(
                path,
                f"is cut off: a {kind!r} chunk of {size:,} bytes goes beyond its end",
                hint="Download it again.",
            )
        body = content[at + 8 : at + 8 + size]
        (said,) = struct.unpack(">I", content[end - 4 : end])
        if zlib.crc32(kind + body) != said:
            raise refused(
                path, f"is damaged: the checksum of a {kind!r} chunk is wrong", hint=LATER
            )
        if kind == b"IEND":
            return
        yield kind, body
        at = end


def _text(kind: bytes, body: bytes, path: Path) -> tuple[str, bytes]:
    keyword, found, rest = body.partition(b"\0")
    if not found or not 1 <= len(keyword) <= 79:
        raise refused(path, "has a text without a keyword", hint=LATER)
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        return name, _sized(rest, name, path)
    if kind == b"zTXt":
        return name, _unpacked(rest[1:], name, path)
    packed, rest = rest[:1] == b"\1", rest[2:]  # compression flag and method
    _, _, rest = rest.partition(b"\0")  # language
    _, _, rest = rest.partition(b"\0")  # translated keyword
    return name, _unpacked(rest, name, path) if packed else _sized(rest, name, path)


def _sized(text: bytes, name: str, path: Path) -> bytes:
    if len(text) > LARGEST_TEXT:
        raise _too_large(name, path)
    return text


def _unpacked(packed: bytes, name: str, path: Path) -> bytes:
    """Return a packed text; a bomb is stopped at the limit, not after it."""
    engine = zlib.decompressobj()
    try:
        text = engine.decompress(packed, LARGEST_TEXT + 1)
    except zlib.error as error:
        raise refused(path, f"its text {name!r} cannot be unpacked: {error}", hint=LATER) from error
    if len(text) > LARGEST_TEXT or engine.unconsumed_tail:
        raise _too_large(name, path)
    if not engine.eof:
        raise refused(path, f"its text {name!r} is cut off", hint=LATER)
    return text


def _too_large(name: str, path: Path) -> BadInputError:
    return refused(
        path,
        f"its text {name!r} has more than {LARGEST_TEXT:,} bytes once unpacked",
        hint="No character card needs that much; do not use this file.",
    )
