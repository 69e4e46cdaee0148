"""Accounts and grants in SQLite: names, roles, and hashes of what is kept secret (S7)."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, get_args

from ammo_agents.errors import BadInputError, ConflictError, DamagedError, NotFoundError
from ammo_agents.ledger.connect import wiping
from ammo_agents.ledger.faults import RESTORE
from ammo_agents.ledger.file import LedgerFile
from ammo_agents.ports.accounts import ROLES, Account, Grant, GrantKind, Scope
from ammo_agents.ports.diary import SOCIETY
from ammo_agents.records import PersonId

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
HASH = re.compile(r"[0-9a-f]{64}")
START = 8
"""Letters of a hash that name a grant."""
LABEL_LENGTH = 128
KNOWN = 1_000
"""Grants that are held at most."""
T = TypeVar("T")
ACCOUNT = "person, role, password, made"
GRANT = "hash, person, kind, scopes, label, made, expires"


class SqliteAccounts:
    """Who may come in, and with what. See `ports.Accounts`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file
        self._known: dict[str, Grant] = {}
        """Standing grants that were asked for: every request asks, and this process alone writes."""
        self._writes = 0

    async def _write(self, task: Callable[..., T], *given: object) -> T:
        """Write, and forget what is known before and after: nobody is let in by what was just revoked.

        A caller that is cancelled meanwhile does not end the write, nor what follows it.
        """
        self._forget()
        writing = asyncio.ensure_future(self._file.write(task, *given))
        writing.add_done_callback(lambda _: self._forget())
        return await asyncio.shield(writing)

    def _forget(self) -> None:
        self._writes += 1
        self._known.clear()

    def held(self, hash: str, now: dt.datetime) -> Grant | None:
        """Return a grant that is held in memory and stands; None says nothing."""
        found = self._known.get(hash)
        return None if found is None or (found.expires and found.expires <= now) else found

    async def add(self, account: Account) -> None:
        """Keep a new account; raises `ConflictError` for a taken name, `BadInputError` for none."""
        check_account(account)
        await self._write(_add, account)

    async def account(self, person: PersonId) -> Account | None:
        """Return one account; None also for what could be no name of one."""
        if not NAME.fullmatch(person):
            return None
        return await self._file.read(_account, person)

    async def accounts(self) -> list[Account]:
        """Return every account, by name."""
        return await self._file.read(_accounts)

    async def change(self, account: Account) -> None:
        """Replace role or password; the account's sessions and unused links end. Raises `NotFoundError`."""
        check_account(account)
        await self._write(_change, account)

    async def remove(self, person: PersonId) -> None:
        """Drop an account and all its grants. Raises `NotFoundError`."""
        await self._write(_remove, person)

    async def grant(self, grant: Grant) -> None:
        """Keep a grant, and drop those that had expired when it was made; raises `ConflictError` for a known hash."""
        check_grant(grant)
        await self._write(_grant, grant)

    async def granted(self, hash: str, now: dt.datetime) -> Grant | None:
        """Return what a secret's hash grants, within the role its holder has now; None = nothing, or expired."""
        found = self._known.get(hash)
        if found is not None:
            return found if found.expires is None or found.expires > now else None
        before = self._writes
        found = await self._file.read(_granted, hash, now)
        if found is not None and before == self._writes:
            if len(self._known) >= KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[hash] = found
        return found

    async def spend(self, hash: str, now: dt.datetime) -> Grant | None:
        """Return a grant and drop it in the same transaction: a link works once."""
        return await self._write(_spend, hash, now)

    async def grants(self, person: PersonId | None = None) -> list[Grant]:
        """Return standing grants, newest first."""
        return await self._file.read(_grants, person)

    async def revoke(self, hash: str) -> bool:
        """Drop a grant, by its hash or the first 8 letters of it; False = there was none."""
        if not (HASH.fullmatch(hash) or (len(hash) == START and HASH.fullmatch(hash * START))):
            return False
        return await self._write(_revoke, hash)


def check_account(account: Account) -> None:
    """Raise `BadInputError` for an account that cannot be kept."""
    if not NAME.fullmatch(account.person) or account.person == SOCIETY:
        raise BadInputError(
            f"{account.person!r} cannot be the name of an account",
            hint=f"Give 1 to 32 of a-z, 0-9, _ and -; not {SOCIETY!r}.",
        )
    if account.role not in ROLES:
        raise BadInputError(
            f"{account.role!r} is no role", hint=f"Choose one of {', '.join(sorted(ROLES))}."
        )
    if account.password and not account.password.startswith("$argon2id$"):
        raise BadInputError(
            "a password comes as an argon2id hash", hint="Never keep a password itself."
        )
    _check_time(account.made)


def check_grant(grant: Grant) -> None:
    """Raise `BadInputError` for a grant that cannot be kept."""
    if not HASH.fullmatch(grant.hash):
        raise BadInputError("a grant is kept under the SHA-256 of its secret, 64 hex letters")
    if not grant.person or grant.person == SOCIETY:
        raise BadInputError(f"{grant.person!r} can hold no grant", hint="Name a person.")
    if grant.kind not in get_args(GrantKind):
        raise BadInputError(f"{grant.kind!r} is no kind of grant")
    stray = grant.scopes - set(get_args(Scope))
    if stray or not grant.scopes:
        raise BadInputError(
            f"a grant with the scopes {sorted(grant.scopes)} means nothing",
            hint=f"Choose from {', '.join(get_args(Scope))}.",
        )
    if len(grant.label) > LABEL_LENGTH or not (grant.label.isprintable() or not grant.label):
        raise BadInputError(
            f"a label of {len(grant.label)} letters cannot be used",
            hint=f"Give at most {LABEL_LENGTH} printable letters.",
        )
    _check_time(grant.made)
    if grant.expires is not None:
        _check_time(grant.expires)


def _check_time(at: dt.datetime) -> None:
    if at.tzinfo is None:
        raise BadInputError(f"the time {at} has no zone", hint="Times are aware, in UTC.")


def _add(db: sqlite3.Connection, account: Account) -> None:
    if _account(db, account.person) is not None:
        raise ConflictError(
            f"there is an account {account.person} already",
            hint=f"Change it: ammo account role {account.person}, or choose another name.",
        )
    row = (account.person, account.role, account.password, _written(account.made))
    db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", row)


def _account(db: sqlite3.Connection, person: PersonId) -> Account | None:
    query = f"SELECT {ACCOUNT} FROM accounts WHERE person = ?"  # noqa: S608 - our own text
    row = db.execute(query, (person,)).fetchone()
    return None if row is None else _account_of(row)


def _accounts(db: sqlite3.Connection) -> list[Account]:
    query = f"SELECT {ACCOUNT} FROM accounts ORDER BY person"  # noqa: S608 - our own text
    return [_account_of(row) for row in db.execute(query)]


def _change(db: sqlite3.Connection, account: Account) -> None:
    with wiping(db):
        changed = db.execute(
            "UPDATE accounts SET role = ?, password = ? WHERE person = ?",
            (account.role, account.password, account.person),
        ).rowcount
        _check_found(account.person, changed)
        db.execute(
            "DELETE FROM grants WHERE person = ? AND kind IN ('session', 'link')",
            (account.person,),
        )


def _remove(db: sqlite3.Connection, person: PersonId) -> None:
    with wiping(db):
        gone = db.execute("DELETE FROM accounts WHERE person = ?", (person,)).rowcount
        _check_found(person, gone)
        db.execute("DELETE FROM grants WHERE person = ?", (person,))


def _check_found(person: PersonId, rows: int) -> None:
    if not rows:
        raise NotFoundError(f"no account {person}", hint="List them with: ammo account list")


def _grant(db: sqlite3.Connection, grant: Grant) -> None:
    made = _written(grant.made)
    db.execute("DELETE FROM grants WHERE expires <= ?", (made,))
    if db.execute("SELECT 1 FROM grants WHERE hash = ?", (grant.hash,)).fetchone():
        raise ConflictError("this secret grants something already", hint="Make another one.")
    expires = None if grant.expires is None else _written(grant.expires)
    scopes = " ".join(sorted(grant.scopes))
    row = (grant.hash, grant.person, grant.kind, scopes, grant.label, made, expires)
    db.execute(f"INSERT INTO grants ({GRANT}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - our own text


def _granted(db: sqlite3.Connection, hash: str, now: dt.datetime) -> Grant | None:
    query = f"SELECT {GRANT} FROM grants WHERE hash = ?"  # noqa: S608 - our own text
    row = db.execute(query, (hash,)).fetchone()
    found = None if row is None else _grant_of(row)
    if found is None or (found.expires is not None and found.expires <= now):
        return None
    account = _account(db, found.person)
    return found if account is None else replace(found, scopes=found.scopes & ROLES[account.role])


def _spend(db: sqlite3.Connection, hash: str, now: dt.datetime) -> Grant | None:
    found = _granted(db, hash, now)
    _drop(db, "hash = ?", hash)
    return found


def _grants(db: sqlite3.Connection, person: PersonId | None) -> list[Grant]:
    query = f"SELECT {GRANT} FROM grants WHERE ?1 IS NULL OR person = ?1 ORDER BY seq DESC"  # noqa: S608 - our own text
    return [_grant_of(row) for row in db.execute(query, (person,))]


def _revoke(db: sqlite3.Connection, hash: str) -> bool:
    query = "SELECT hash FROM grants WHERE substr(hash, 1, ?) = ?"
    found = db.execute(query, (len(hash), hash)).fetchall()
    if len(found) > 1:
        raise BadInputError(f"{hash} begins several grants", hint="Give the whole hash.")
    return bool(found) and bool(_drop(db, "hash = ?", found[0][0]))


def _drop(db: sqlite3.Connection, where: str, value: str) -> int:
    with wiping(db):
        return db.execute(f"DELETE FROM grants WHERE {where}", (value,)).rowcount  # noqa: S608 - our own text


def _written(at: dt.datetime) -> str:
    """Return a time as it is kept: in UTC, of one width, so that texts sort as times do."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _account_of(row: tuple[Any, ...]) -> Account:
    person, role, password, made = row
    if role not in ROLES:
        raise _damaged("accounts", "Account")
    return Account(
        person=PersonId(person), role=role, password=password, made=_time("accounts", made)
    )


def _grant_of(row: tuple[Any, ...]) -> Grant:
    hash, person, kind, scopes, label, made, expires = row
    known = frozenset(scopes.split())
    if kind not in get_args(GrantKind) or not known <= set(get_args(Scope)):
        raise _damaged("grants", "Grant")
    return Grant(
        hash=hash,
        person=PersonId(person),
        kind=kind,
        scopes=known,
        label=label,
        made=_time("grants", made),
        expires=None if expires is None else _time("grants", expires),
    )


def _time(table: str, text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise _damaged(table, "time") from error
    if found.tzinfo is None:
        raise _damaged(table, "time")
    return found


def _damaged(table: str, what: str) -> DamagedError:
    return DamagedError(
        f"the ledger holds a row of {table} that is no {what}: it is damaged", hint=RESTORE
    )
