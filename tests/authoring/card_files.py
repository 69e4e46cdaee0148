"""Files of authors as tests need them: the folder of recipes, and character cards in PNG."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

RECIPES = Path(__file__).parent / "recipes"
SPECIAL: dict[str, Any] = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": {
        "name": "Captain Coin",
        "description": "{{char}} has seen every storm.",
        "personality": "Dry\tand   short.",
        "scenario": "",
        "system_prompt": "Write as {{char}}.",
        "tags": ["sea", "storms"],
        "creator": "a stranger",
        "character_version": "1.2",
        "extensions": {"depth_prompt": {"prompt": "model = x", "depth": 4}},
    },
}


def chunk(kind: bytes, body: bytes, *, crc: int | None = None) -> bytes:
    """Return one chunk of a PNG."""
    said = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", said)


def png(*chunks: bytes) -> bytes:
    """Return a PNG of one pixel that holds these chunks."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + pixel + chunk(b"IEND", b"")


def packed(card: dict[str, Any]) -> bytes:
    """Return a card as a PNG's text holds it."""
    return base64.b64encode(json.dumps(card).encode())
