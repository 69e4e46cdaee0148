"""Signed impression ids: who was shown which creation, where in which slate, until when (S3, W15).

A vote counts only with the impression it was given for, so nobody can vote for what nobody was shown.
A token is opaque and url-safe: the bytes it says, and HMAC-SHA256 over them with the key of this home.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ammo_agents import durable
from ammo_agents.errors import DamagedError
from ammo_agents.records import CreationId, PersonId, SlateId, content_id

KEY_BYTES = 32
KEY_FILE = Path("keys") / "impressions.key"
"""Where the key lies, below the data folder; mode 0600."""
DAYS = 30
"""Days after which an impression carries no vote any more."""
LONGEST = 400
"""Letters of a token at most."""
SEAL = 16
"""Bytes of the HMAC that are kept: half of them, as RFC 2104 allows."""
KINDS = {"impression": b"\x01", "cursor": b"\x02", "context": b"\x03"}
"""First byte of a token: one kind cannot stand for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impression:
    """One card as one person was shown it."""

    person: PersonId
    slate: SlateId
    creation: CreationId
    position: int
    """0 is the first."""
    expires: dt.datetime

    @property
    def name(self) -> str:
        """What it is kept under: ``p_`` and letters."""
        return content_id("p", [self.person, self.slate, self.creation])


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """Signed here, for this person, and still good."""

    impression: Impression


@dataclass(frozen=True, slots=True)
class Forged:
    """Not signed here: changed, cut, invented, or of another kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Signed here, for this person, and too old to carry a new vote."""

    impression: Impression


@dataclass(frozen=True, slots=True)
class Foreign:
    """Signed here, for somebody else. Outside this is told like `Forged` (S6)."""


Verdict = Genuine | Forged | Expired | Foreign


def key_of(data: Path) -> bytes:
    """Return the key of a data folder, made when it is missing; blocks, so call it in a thread.

    Raises:
        DamagedError: the file holds no key.
        DiskFullError: no room to make one.
    """
    place = data / KEY_FILE
    if not place.exists():
        with suppress(FileExistsError):  # the first of two who make it at once wins
            durable.write_bytes(place, secrets.token_bytes(KEY_BYTES), private=True, new=True)
    key = place.read_bytes()
    if len(key) != KEY_BYTES:
        raise DamagedError(
            f"{place} holds {len(key)} bytes, a key has {KEY_BYTES}",
            hint="Move it away: a new one is made, and votes for what was shown before are refused.",
        )
    return key


def signed(impression: Impression, key: bytes) -> str:
    """Return the token of an impression: url-safe, without padding."""
    body = [
        int(impression.expires.timestamp()),
        impression.position,
        impression.slate,
        impression.creation,
    ]
    return sealed("impression", impression.person, body, key)


def read(token: str, person: PersonId, key: bytes, *, now: dt.datetime) -> Verdict:
    """Return what a token is, told by this person at `now`; a token of any content is safe to give."""
    found = opened("impression", token, key)
    if found is None:
        return Forged()
    owner, body = found
    if not hmac.compare_digest(owner, _owner(person, key)):
        return Foreign()
    expires, position, slate, creation = body
    impression = Impression(
        person=person,
        slate=SlateId(slate),
        creation=CreationId(creation),
        position=position,
        expires=dt.datetime.fromtimestamp(expires, dt.UTC),
    )
    if now >= impression.expires:
        return Expired(impression=impression)
    return Genuine(impression=impression)


def sealed(kind: str, person: PersonId, body: list[Any], key: bytes) -> str:
    """Return a token of a kind that holds a JSON list for one person, whose name it does not tell."""
    said = KINDS[kind] + _owner(person, key) + json.dumps(body, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(said + _seal(said, key)).decode().rstrip("=")


def opened(kind: str, token: str, key: bytes) -> tuple[bytes, list[Any]] | None:
    """Return whose a token is and what it holds; None = it was not sealed here as this kind."""
    if not token.isascii() or len(token) > LONGEST:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    said, seal = raw[:-SEAL], raw[-SEAL:]
    # Other letters can stand for the same bytes: only the one spelling counts.
    plain = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    if plain != token or not hmac.compare_digest(seal, _seal(said, key)):
        return None
    if said[:1] != KINDS[kind]:
        return None
    body: list[Any] = json.loads(said[1 + OWNER :])
    return said[1 : 1 + OWNER], body


def belongs(owner: bytes, person: PersonId, key: bytes) -> bool:
    """Return whether what `opened` told is this person's."""
    return hmac.compare_digest(owner, _owner(person, key))


OWNER = 8
"""Bytes that stand for a person: a keyed hash, so that a token names nobody."""


def _owner(person: PersonId, key: bytes) -> bytes:
    return hmac.new(key, b"person\x00" + person.encode(), hashlib.sha256).digest()[:OWNER]


def _seal(said: bytes, key: bytes) -> bytes:
    return hmac.new(key, said, hashlib.sha256).digest()[:SEAL]
