"""Homes and files of authors: a folder of recipes, cards in PNG, and the settings that read them."""

from __future__ import annotations

import base64
import json
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.settings import Loaded, load
from ammo_agents.testing.command import SCRIPTED

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


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A copy of the folder of recipes, to be changed."""
    return Path(shutil.copytree(RECIPES, tmp_path / "recipes"))


@pytest.fixture
def home(tmp_path: Path) -> Callable[..., Loaded]:
    """Make the settings of a home; `recipes` = the folder of recipes is copied into it."""

    def make(*, recipes: bool = False, **settings: str) -> Loaded:
        place = tmp_path / "home"
        if recipes:
            shutil.copytree(RECIPES, place / "data" / "subspaces" / "recipes", dirs_exist_ok=True)
        env = {**SCRIPTED, "AMMO_STORE": "exact", "AMMO_HOME": str(place), **settings}
        return load(env=env, cwd=tmp_path)

    return make
