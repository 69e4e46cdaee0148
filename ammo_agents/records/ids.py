"""Names of things, and ids that follow from content."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
from enum import Enum
from typing import NewType

SubspaceId = NewType("SubspaceId", str)
"""A slug: ``coin``."""
EntityId = NewType("EntityId", str)
"""``<subspace>/<slug>``: ``coin/bitcoin``."""
BuddyId = NewType("BuddyId", str)
"""A Goal Buddy; one born from an entity carries the entity's id."""
PersonId = NewType("PersonId", str)
"""A slug; the one person of a local AMMO is ``you``."""
FactId = NewType("FactId", str)
"""``f_`` + hash of what the fact states."""
IdeaId = NewType("IdeaId", str)
"""``i_`` + hash."""
CreationId = NewType("CreationId", str)
"""``c_`` + hash of the text and its origin."""
SlateId = NewType("SlateId", str)
"""``s_`` + hash."""
FeedbackId = NewType("FeedbackId", str)
"""``b_`` + hash of its idempotency key."""


def canonical(value: object) -> str:
    """Return `value` as canonical JSON: sorted keys, no spaces, no NaN; records become objects."""
    return json.dumps(
        value,
        default=_plain,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of `value`, in hex."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def content_id(prefix: str, value: object) -> str:
    """Return ``<prefix>_`` and 12 base-32 letters (60 bits) of the hash of `value`."""
    raw = hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).digest()
    return f"{prefix}_{base64.b32encode(raw)[:12].decode().lower()}"


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no canonical form")
