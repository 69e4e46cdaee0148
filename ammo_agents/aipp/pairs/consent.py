"""By what right a pair is built: the person's own switch, and a name for them that is none (S5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from ammo_agents.ports import Diary
from ammo_agents.records import PersonId

KIND, TOPIC = "choice", "train"
"""The diary's choice that feedback may become training pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Since when a person's feedback may be learned from, without a break; a withdrawal ends it for all of it."""

    number: int
    """The diary entry that switched it on: the version every pair carries."""
    since: dt.datetime

    def covers(self, at: dt.datetime) -> bool:
        """Return whether something said then may be learned from: nothing said before it was switched on."""
        return at >= self.since


async def consent_of(diary: Diary, person: PersonId) -> Consent | None:
    """Return the consent that stands; None = never given, or withdrawn."""
    standing: Consent | None = None
    for entry in await diary.entries(person, kind=KIND, topic=TOPIC):
        if not entry.body.get("value"):
            standing = None
        elif standing is None:
            standing = Consent(number=entry.seq, since=entry.at)
    return standing


def hashed(person: PersonId, key: bytes) -> str:
    """Return what stands for a person in pairs and manifests: HMAC-SHA256 with the home's key, 16 hex digits.

    Without the key nobody can tell whose it is, short as names are.
    """
    return hmac.new(key, f"pairs/{person}".encode(), hashlib.sha256).hexdigest()[:16]
