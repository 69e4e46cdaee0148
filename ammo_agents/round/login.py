"""Secrets that let somebody in: made here, shown once, kept as hashes only (S7)."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import math
import secrets
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ammo_agents.errors import BadInputError, RefusedError
from ammo_agents.ports.accounts import ROLES, Account, Accounts, Grant, GrantKind, Scope
from ammo_agents.records import PersonId

T = TypeVar("T")
BYTES = 32
"""Random bytes of a secret: 256 bits."""
SHORTEST, LONGEST = 8, 1024
"""Letters of a password."""
FREE = 5
"""Wrong passwords in a row that cost no wait."""
FIRST_WAIT_S, LONGEST_WAIT_S = 15.0, 900.0
NAMES = 4096
"""Names whose failures are remembered; the one unused for longest is forgotten first."""
AT_ONCE = 2
"""Passwords checked at one time: each takes 64 MiB."""


class Tries:
    """Counts wrong passwords in a row by name, and says when a name may be tried again.

    In memory: a restart forgets it, and whoever can restart AMMO needs no password.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._gate = threading.Lock()

    def begin(self, name: str) -> None:
        """Book a try before it is judged, so that many at once count too.

        Raises:
            RefusedError: the name has to wait; it says how long.
        """
        with self._gate:
            now = self._clock()
            failures, until = self._names.get(name, (0, 0.0))
            if now < until:
                raise RefusedError(
                    f"too many wrong passwords: wait {math.ceil(until - now)} seconds",
                    hint="Or make a link at the machine AMMO runs on: ammo open",
                )
            failures += 1
            wait = 0.0
            if failures >= FREE:
                wait = min(FIRST_WAIT_S * 2.0 ** min(failures - FREE, 16), LONGEST_WAIT_S)
            self._names[name] = (failures, now + wait)
            self._names.move_to_end(name)
            while len(self._names) > NAMES:
                self._names.popitem(last=False)

    def forgive(self, name: str) -> None:
        """Forget a name's failures: the password was right."""
        with self._gate:
            self._names.pop(name, None)


TRIES = Tries()
"""One count for this process, whichever door is knocked at."""
THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")


def hash_of(secret: str) -> str:
    """Return under which hash a secret is kept: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def make_link(
    accounts: Accounts, person: PersonId, now: dt.datetime, minutes: float = 10
) -> str:
    """Return the secret of a link that logs a person in once.

    It gives what the person's role gives. A person without an account is the one whose home this
    is, and may do everything: only the command line may ask for such a link.
    """
    account = await accounts.account(person)
    scopes = ROLES["admin" if account is None else account.role]
    return await _make(
        accounts, _blank(person, "link", scopes, now), now + dt.timedelta(minutes=minutes)
    )


async def make_session(
    accounts: Accounts,
    person: PersonId,
    scopes: Collection[Scope],
    now: dt.datetime,
    days: float = 30,
) -> str:
    """Return the secret of a cookie."""
    return await _make(
        accounts, _blank(person, "session", scopes, now), now + dt.timedelta(days=days)
    )


async def make_bearer(
    accounts: Accounts,
    person: PersonId,
    scopes: Collection[Scope],
    now: dt.datetime,
    *,
    label: str = "",
    days: float | None = None,
) -> str:
    """Return the secret of a program's token; None days = until it is revoked."""
    grant = replace(_blank(person, "bearer", scopes, now), label=label)
    return await _make(accounts, grant, None if days is None else now + dt.timedelta(days=days))


async def make_feed(
    accounts: Accounts, person: PersonId, now: dt.datetime, *, label: str = ""
) -> str:
    """Return the secret of a feed's address, which reads one person's cards until it is revoked."""
    return await _make(
        accounts, replace(_blank(person, "feed", ROLES["reader"], now), label=label), None
    )


async def granted(
    accounts: Accounts,
    secret: str,
    now: dt.datetime,
    *,
    kinds: tuple[GrantKind, ...] = ("session", "bearer"),
) -> Grant | None:
    """Return what a secret lets its holder do now, never more than their role; None = nothing."""
    grant = await accounts.granted(hash_of(secret), now)
    return None if grant is None or grant.kind not in kinds else grant


async def spend_link(accounts: Accounts, secret: str, now: dt.datetime) -> Grant | None:
    """Return what a link grants and end it; None = used, expired, or no link at all."""
    hash = hash_of(secret)
    grant = await accounts.granted(hash, now)
    if grant is None or grant.kind != "link":
        return None
    return await accounts.spend(hash, now)


async def hash_password(password: str) -> str:
    """Return the argon2id hash under which a password is kept; raises `BadInputError` for a weak one."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInputError(
            f"a password of {len(password)} letters cannot be used",
            hint=f"Choose {SHORTEST} to {LONGEST} letters.",
        )
    try:
        return await _slowly(hasher().hash, _normal(password))
    except UnicodeEncodeError as error:
        raise BadInputError(
            "a password holds what is no Unicode text", hint="Type another one."
        ) from error


async def check_password(
    accounts: Accounts, person: PersonId, password: str, *, tries: Tries = TRIES
) -> Account | None:
    """Return the account if the password is its own; unknown names take the same work.

    Raises:
        RefusedError: five wrong ones in a row; the name waits, twice as long each time, 15 minutes at most.
    """
    tries.begin(person)
    account = await accounts.account(person)
    known = account.password if account is not None and account.password else None
    right = await _slowly(_verified, known, password)
    if not right:
        return None
    tries.forgive(person)
    return account


@cache
def hasher() -> PasswordHasher:
    """Return argon2id with the parameters of RFC 9106 for 64 MiB."""
    return PasswordHasher()


@cache
def _nobody() -> str:
    """Return the hash of a password that nobody knows: what an unknown name is checked against."""
    return hasher().hash(secrets.token_urlsafe(BYTES))


def _verified(known: str | None, password: str) -> bool:
    try:
        right = hasher().verify(known or _nobody(), _normal(password[:LONGEST]))
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return right and known is not None and len(password) <= LONGEST


async def _slowly(task: Callable[..., T], *arguments: object) -> T:
    """Run `task` beside the loop, with few others: many at once must not take memory or threads from the rest."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, partial(task, *arguments))


def _normal(password: str) -> bytes:
    """Return the bytes of a password, the same from every keyboard."""
    return unicodedata.normalize("NFKC", password).encode()


def _blank(person: PersonId, kind: GrantKind, scopes: Collection[Scope], now: dt.datetime) -> Grant:
    return Grant(hash="", person=person, kind=kind, scopes=frozenset(scopes), made=now)


async def _make(accounts: Accounts, grant: Grant, expires: dt.datetime | None) -> str:
    secret = secrets.token_urlsafe(BYTES)
    await accounts.grant(replace(grant, hash=hash_of(secret), expires=expires))
    return secret
