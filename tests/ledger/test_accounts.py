"""Accounts and grants as the ledger keeps them."""

import asyncio
import datetime as dt
import sqlite3
from asyncio import to_thread
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ammo_agents.errors import BadInputError, ConflictError, DamagedError, NotFoundError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.ports import Account, Grant, Ledger
from ammo_agents.records import PersonId

ANNA, BEN = PersonId("anna"), PersonId("ben")
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ACCOUNT = Account(person=ANNA, role="user", made=NOW)
HASHED = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"


def grant(number: int, **changes: Any) -> Grant:
    blank = Grant(
        hash=f"{number:064x}", person=ANNA, kind="bearer", scopes=frozenset({"read"}), made=NOW
    )
    return replace(blank, **changes)


async def test_accounts_come_back_by_name(ledger: SqliteLedger) -> None:
    port: Ledger = ledger
    ben = Account(person=BEN, role="admin", password=HASHED, made=NOW)
    await port.accounts.add(ben)
    await port.accounts.add(ACCOUNT)
    assert await port.accounts.accounts() == [ACCOUNT, ben]
    assert await port.accounts.account(BEN) == ben
    assert await port.accounts.account(PersonId("cleo")) is None
    with pytest.raises(ConflictError, match="anna"):
        await port.accounts.add(replace(ACCOUNT, role="admin"))
    assert await port.accounts.account(ANNA) == ACCOUNT


@pytest.mark.parametrize(
    "bad",
    [
        {"person": name}
        for name in ("", "society", "Anna", "an na", "../x", "-a", "x" * 33, "a/b", "ä", "a\0")
    ]
    + [{"role": "root"}, {"password": "plain words"}, {"made": NOW.replace(tzinfo=None)}],
)
async def test_what_is_no_account_is_refused(ledger: SqliteLedger, bad: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        await ledger.accounts.add(replace(ACCOUNT, **bad))
    assert await ledger.accounts.accounts() == []


@pytest.mark.parametrize(
    "bad",
    [
        {"hash": "secret"},
        {"hash": "A" * 64},
        {"person": PersonId("society")},
        {"person": PersonId("")},
        {"kind": "root"},
        {"scopes": frozenset()},
        {"scopes": frozenset({"read", "everything"})},
        {"label": "a\nb"},
        {"label": "x" * 129},
        {"made": NOW.replace(tzinfo=None)},
        {"expires": NOW.replace(tzinfo=None)},
    ],
)
async def test_what_is_no_grant_is_refused(ledger: SqliteLedger, bad: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        await ledger.accounts.grant(grant(1, **bad))
    assert await ledger.accounts.grants() == []


async def test_a_change_ends_sessions_and_links_and_leaves_tokens(ledger: SqliteLedger) -> None:
    accounts = ledger.accounts
    with pytest.raises(NotFoundError):
        await accounts.change(ACCOUNT)
    await accounts.add(ACCOUNT)
    for number, kind in enumerate(("bearer", "session", "link", "feed")):
        await accounts.grant(grant(number, kind=kind))
    await accounts.grant(grant(9, person=BEN, kind="session"))
    changed = replace(ACCOUNT, role="reader", password=HASHED)
    await accounts.change(replace(changed, made=NOW + HOUR))
    assert await accounts.account(ANNA) == changed
    assert [g.kind for g in await accounts.grants(ANNA)] == ["feed", "bearer"]
    assert len(await accounts.grants(BEN)) == 1


async def test_removing_an_account_drops_its_grants_and_nobody_else_s(ledger: SqliteLedger) -> None:
    accounts = ledger.accounts
    await accounts.add(ACCOUNT)
    await accounts.grant(grant(1))
    await accounts.grant(grant(2, person=BEN))
    await accounts.remove(ANNA)
    assert await accounts.account(ANNA) is None
    assert [g.person for g in await accounts.grants()] == [BEN]
    with pytest.raises(NotFoundError):
        await accounts.remove(ANNA)


async def test_a_grant_is_found_by_its_hash_until_it_expires(ledger: SqliteLedger) -> None:
    accounts = ledger.accounts
    short = grant(1, expires=NOW + HOUR, label="a phone", scopes=frozenset({"read", "feedback"}))
    await accounts.grant(short)
    assert await accounts.granted(short.hash, NOW) == short
    assert await accounts.granted(short.hash, NOW + HOUR) is None
    assert await accounts.granted(grant(2).hash, NOW) is None
    with pytest.raises(ConflictError):
        await accounts.grant(grant(1, person=BEN))
    await accounts.grant(grant(3, made=NOW + HOUR))
    assert [g.hash for g in await accounts.grants()] == [grant(3).hash]


async def test_a_grant_is_spent_once_however_many_ask(ledger: SqliteLedger) -> None:
    accounts = ledger.accounts
    await accounts.grant(grant(1, kind="link", expires=NOW + HOUR))
    answers = await asyncio.gather(*(accounts.spend(grant(1).hash, NOW) for _ in range(20)))
    assert sum(answer is not None for answer in answers) == 1
    await accounts.grant(grant(2, kind="link", expires=NOW + HOUR))
    assert await accounts.spend(grant(2).hash, NOW + HOUR) is None
    assert await accounts.grants() == []


async def test_a_grant_is_revoked_by_its_first_eight_letters(ledger: SqliteLedger) -> None:
    accounts = ledger.accounts
    one = grant(1, hash="0123abcd" + "1" * 56)
    two = grant(2, hash="0123abce" + "1" * 56)
    twin = grant(3, hash="0123abce" + "2" * 56)
    for each in (one, two, twin):
        await accounts.grant(each)
    for nothing in ("", "0123", "0123abc%", "________", "ffffffff", "0123abcd1", "0123ABCD"):
        assert not await accounts.revoke(nothing)
    with pytest.raises(BadInputError, match="several"):
        await accounts.revoke("0123abce")
    assert await accounts.revoke("0123abcd")
    assert not await accounts.revoke("0123abcd")
    assert await accounts.revoke(two.hash)
    assert [g.hash for g in await accounts.grants()] == [twin.hash]


async def test_forgetting_a_person_keeps_the_door_open_for_them(ledger: SqliteLedger) -> None:
    await ledger.accounts.add(ACCOUNT)
    await ledger.accounts.grant(grant(1))
    await ledger.diary.write("k", ANNA, "message", {"text": "hi"})
    await ledger.forget(ANNA)
    assert await ledger.accounts.account(ANNA) == ACCOUNT
    assert len(await ledger.accounts.grants(ANNA)) == 1
    assert await ledger.diary.last(ANNA) == 0


async def test_an_archive_holds_no_account_and_no_grant(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    before = await ledger.canonical_hash()
    await ledger.accounts.add(replace(ACCOUNT, password=HASHED))
    await ledger.accounts.grant(grant(1))
    assert await ledger.canonical_hash() == before
    archive = await ledger.export(tmp_path)
    other = await SqliteLedger.open(tmp_path / "other" / "ledger.db", free_space_mb=0)
    await other.accounts.add(replace(ACCOUNT, role="admin"))
    await other.import_archive(archive)
    assert [account.role for account in await other.accounts.accounts()] == ["admin"]
    assert await other.accounts.grants() == []
    await other.close()


def spoil(place: Path, statement: str) -> None:
    db = sqlite3.connect(place)
    db.execute(statement)
    db.commit()
    db.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts SET role = 'root'",
        "UPDATE accounts SET made = 'noon'",
        "UPDATE grants SET scopes = 'read everything'",
        "UPDATE grants SET kind = 'root'",
        "UPDATE grants SET expires = '2026-05-01T12:00:00'",
    ],
)
async def test_a_damaged_row_lets_nobody_in(place: Path, statement: str) -> None:
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    await ledger.accounts.add(ACCOUNT)
    await ledger.accounts.grant(grant(1))
    await ledger.close()
    await to_thread(spoil, place, statement)
    ledger = await SqliteLedger.open(place, free_space_mb=0)
    reading = (
        ledger.accounts.account(ANNA)
        if "accounts" in statement
        else ledger.accounts.granted(grant(1).hash, NOW)
    )
    with pytest.raises(DamagedError, match=r"accounts|grants"):
        await reading
    await ledger.close()
