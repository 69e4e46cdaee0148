"""Who may come in, and with what: accounts are made by the command line, secrets are kept as hashes (S7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

from ammo_agents.records import PersonId

Role = Literal["reader", "user", "author", "admin"]
Scope = Literal["read", "feedback", "publish", "admin"]
GrantKind = Literal["link", "session", "bearer", "feed"]
ROLES: dict[Role, frozenset[Scope]] = {
    "reader": frozenset({"read"}),
    "user": frozenset({"read", "feedback"}),
    "author": frozenset({"read", "feedback", "publish"}),
    "admin": frozenset({"read", "feedback", "publish", "admin"}),
}
"""What each role may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person who may log in."""

    person: PersonId
    role: Role
    password: str = ""
    """argon2id hash; empty = no password, only links and tokens."""
    made: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a secret lets its holder do; the secret itself is not kept."""

    hash: str
    """SHA-256 of the secret, in hex."""
    person: PersonId
    kind: GrantKind
    """``link`` works once, ``session`` is a cookie, ``bearer`` a program's token, ``feed`` a secret address."""
    scopes: frozenset[Scope]
    label: str = ""
    made: dt.datetime
    expires: dt.datetime | None = None


class Accounts(Protocol):
    """Accounts and grants, in the ledger; backups and archives do not hold them."""

    async def add(self, account: Account) -> None:
        """Keep a new account; raises `ConflictError` if the name is taken, `BadInputError` if it is no slug."""
        ...

    async def account(self, person: PersonId) -> Account | None:
        """Return one account."""
        ...

    async def accounts(self) -> list[Account]:
        """Return every account, by name."""
        ...

    async def change(self, account: Account) -> None:
        """Replace role or password; the account's sessions end. Raises `NotFoundError`."""
        ...

    async def remove(self, person: PersonId) -> None:
        """Drop an account and all its grants. Raises `NotFoundError`."""
        ...

    async def grant(self, grant: Grant) -> None:
        """Keep a grant."""
        ...

    async def granted(self, hash: str, now: dt.datetime) -> Grant | None:
        """Return what a secret's hash grants, within the role its holder has now; None = nothing, or expired."""
        ...

    async def spend(self, hash: str, now: dt.datetime) -> Grant | None:
        """Return a grant and drop it in the same transaction: a link works once."""
        ...

    async def grants(self, person: PersonId | None = None) -> list[Grant]:
        """Return standing grants, newest first."""
        ...

    async def revoke(self, hash: str) -> bool:
        """Drop a grant, by its hash or the first 8 letters of it; False = there was none."""
        ...
