"""Who may come in: accounts, and the tokens of programs (S7). A secret is in an answer once, in the ledger never."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

from ammo_agents import durable
from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.ports.accounts import ROLES, Account, Grant, Role, Scope
from ammo_agents.records import PersonId
from ammo_agents.round import login

Plain = dict[str, Any]
KEY = Path("keys") / "bearer.json"
"""File in the data folder (mode 0600) with the token of programs on this machine."""
HERE = "this machine"
LETTERS = 8
"""Letters of a hash that are shown: enough to revoke by."""
LONGEST_DAYS = 3650


async def add(app: App, *, name: str, role: str = "user", password: str = "") -> Plain:
    """Keep a new account; `password` is an argon2id hash, empty = only links and tokens."""
    account = Account(
        person=PersonId(name), role=cast(Role, role), password=password, made=app.clock.now()
    )
    await app.ledger.accounts.add(account)
    return account_plain(account)


async def listed(app: App) -> Plain:
    """Return every account, by name."""
    return {"accounts": [account_plain(one) for one in await app.ledger.accounts.accounts()]}


async def role(app: App, *, name: str, role: str) -> Plain:
    """Give an account another role; its sessions end."""
    account = await _known(app, name)
    changed = replace(account, role=cast(Role, role))
    await app.ledger.accounts.change(changed)
    return account_plain(changed)


async def password(app: App, *, name: str, password: str = "") -> Plain:
    """Give an account another password, as an argon2id hash, or none; its sessions end."""
    changed = replace(await _known(app, name), password=password)
    await app.ledger.accounts.change(changed)
    return account_plain(changed)


async def remove(app: App, *, name: str) -> Plain:
    """Drop an account with its sessions and tokens; what the person said stays: ``ammo data forget``."""
    await app.ledger.accounts.remove(PersonId(name))
    return {"removed": name}


async def token_show(app: App) -> Plain:
    """Return the token of programs on this machine, made anew if it is missing, foreign or revoked."""
    accounts, now, place = app.ledger.accounts, app.clock.now(), app.folders.data / KEY
    secret = await asyncio.to_thread(_kept, place)
    grant = await login.granted(accounts, secret, now) if secret else None
    if grant is None or grant.person != app.person:
        for old in await accounts.grants(app.person):
            if (old.kind, old.label) == ("bearer", HERE):
                await accounts.revoke(old.hash)
        scopes = await _most(app, app.person)
        secret = await login.make_bearer(accounts, app.person, scopes, now, label=HERE)
        content = {"person": app.person, "token": secret}
        await asyncio.to_thread(durable.write_json, place, content, private=True)
    return {"person": app.person, "token": secret, "file": str(place)}


async def token_new(
    app: App,
    *,
    scopes: Sequence[str],
    label: str = "",
    days: int | None = None,
    person: str | None = None,
) -> Plain:
    """Return a new token; nobody can show it a second time.

    Raises:
        NotFoundError: somebody else without an account.
        BadInputError: a scope that is none or that the role lacks, or days beyond ten years.
    """
    who = app.person if person is None else PersonId(person)
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise BadInputError(
            f"a token of {days} days cannot be made",
            hint=f"Give 1 to {LONGEST_DAYS}, or leave it out.",
        )
    wanted = scopes_of(scopes)
    stray = wanted - await _most(app, who)
    if stray:
        raise BadInputError(
            f"the role of {who} does not allow {', '.join(sorted(stray))}",
            hint=f"Leave it out, or give another role: ammo account role {who}",
        )
    secret = await login.make_bearer(
        app.ledger.accounts, who, wanted, app.clock.now(), label=label, days=days
    )
    found = await app.ledger.accounts.granted(login.hash_of(secret), app.clock.now())
    return {"token": secret, **({} if found is None else grant_plain(found, app.clock.now()))}


async def token_list(app: App, *, person: str | None = None) -> Plain:
    """Return what standing secrets grant, newest first; never the secrets."""
    found = await app.ledger.accounts.grants(None if person is None else PersonId(person))
    return {"grants": [grant_plain(grant, app.clock.now()) for grant in found]}


async def token_revoke(app: App, *, hash: str) -> Plain:
    """End a grant, by the letters that the list shows; raises `NotFoundError`."""
    if not await app.ledger.accounts.revoke(hash):
        raise NotFoundError(f"no grant {hash!r}", hint="List them with: ammo token list")
    return {"revoked": hash}


def account_plain(account: Account) -> Plain:
    """Return an account as data, without the hash of its password."""
    return {
        "person": account.person,
        "role": account.role,
        "scopes": sorted(ROLES[account.role]),
        "password": bool(account.password),
        "made": account.made.isoformat(),
    }


def grant_plain(grant: Grant, now: dt.datetime) -> Plain:
    """Return a grant as data, with the first letters of its hash."""
    return {
        "hash": grant.hash[:LETTERS],
        "person": grant.person,
        "kind": grant.kind,
        "scopes": " ".join(sorted(grant.scopes)),
        "label": grant.label,
        "made": grant.made.isoformat(timespec="seconds"),
        "expires": None if grant.expires is None else grant.expires.isoformat(timespec="seconds"),
        "expired": grant.expires is not None and grant.expires <= now,
    }


def scopes_of(words: Sequence[str]) -> frozenset[Scope]:
    """Return scopes as typed; raises `BadInputError` for none at all or an unknown one."""
    known: frozenset[Scope] = frozenset(get_args(Scope))
    if not words or set(words) - known:
        raise BadInputError(
            f"{' '.join(words)!r} are no scopes",
            hint=f"Name one or more of {', '.join(sorted(known))}: --scope read",
        )
    return frozenset(scope for scope in known if scope in words)


async def _known(app: App, name: str) -> Account:
    account = await app.ledger.accounts.account(PersonId(name))
    if account is None:
        raise NotFoundError(f"no account {name!r}", hint="List them with: ammo account list")
    return account


async def _most(app: App, person: PersonId) -> frozenset[Scope]:
    """Return what a person may do at most: their role, or everything for the owner of this home."""
    account = await app.ledger.accounts.account(person)
    if account is None and person != PersonId(app.settings.person):
        raise NotFoundError(
            f"no account {person!r}", hint=f"Make it first: ammo account add {person}"
        )
    return ROLES["admin" if account is None else account.role]


def _kept(place: Path) -> str:
    """Return the token in the file; empty when there is none that can be read."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        return str(found["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
