"""Secrets let the right one in, once or until they end; guessing becomes slow (S7)."""

import asyncio
import datetime as dt
from asyncio import to_thread
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ammo_agents.errors import BadInputError, RefusedError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.ports import ROLES, Account, Accounts, Role
from ammo_agents.records import PersonId
from ammo_agents.round import login

ANNA, YOU = PersonId("anna"), PersonId("you")
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
PASSWORD = "correct horse battery"


@pytest.fixture
async def accounts(tmp_path: Path) -> AsyncIterator[Accounts]:
    ledger = await SqliteLedger.open(tmp_path / "data" / "ledger.db", free_space_mb=0)
    yield ledger.accounts
    await ledger.close()


async def add(accounts: Accounts, role: Role = "user", password: str = "") -> Account:
    hash = await login.hash_password(password) if password else ""
    account = Account(person=ANNA, role=role, password=hash, made=NOW)
    await accounts.add(account)
    return account


async def test_a_link_works_once_and_for_ten_minutes(accounts: Accounts) -> None:
    await add(accounts)
    secret = await login.make_link(accounts, ANNA, NOW)
    grant = await login.spend_link(accounts, secret, NOW + 9 * MINUTE)
    assert grant is not None
    assert (grant.person, grant.scopes) == (ANNA, ROLES["user"])
    assert await login.spend_link(accounts, secret, NOW + 9 * MINUTE) is None
    late = await login.make_link(accounts, ANNA, NOW)
    assert await login.spend_link(accounts, late, NOW + 10 * MINUTE) is None


async def test_of_twenty_who_follow_one_link_at_once_one_comes_in(accounts: Accounts) -> None:
    secret = await login.make_link(accounts, YOU, NOW)
    found = await asyncio.gather(*(login.spend_link(accounts, secret, NOW) for _ in range(20)))
    assert sum(grant is not None for grant in found) == 1


async def test_each_kind_of_secret_opens_its_own_door_only(accounts: Accounts) -> None:
    link = await login.make_link(accounts, YOU, NOW)
    session = await login.make_session(accounts, YOU, {"read"}, NOW)
    bearer = await login.make_bearer(accounts, YOU, {"read", "feedback"}, NOW)
    feed = await login.make_feed(accounts, YOU, NOW)
    opens = {
        name: await login.granted(accounts, secret, NOW) is not None
        for name, secret in {
            "link": link,
            "session": session,
            "bearer": bearer,
            "feed": feed,
        }.items()
    }
    assert opens == {"link": False, "session": True, "bearer": True, "feed": False}
    read = await login.granted(accounts, feed, NOW, kinds=("feed",))
    assert read is not None
    assert read.scopes == {"read"}
    for secret in (session, bearer, feed, "", "x", "\ud800"):
        assert await login.spend_link(accounts, secret, NOW) is None
    assert await login.granted(accounts, session, NOW) is not None
    assert await login.granted(accounts, "", NOW) is None


async def test_a_session_ends_after_its_days_and_a_token_without_days_stays(
    accounts: Accounts,
) -> None:
    session = await login.make_session(accounts, YOU, {"read"}, NOW, days=30)
    token = await login.make_bearer(accounts, YOU, {"read"}, NOW)
    assert await login.granted(accounts, session, NOW + 29 * DAY) is not None
    assert await login.granted(accounts, session, NOW + 30 * DAY) is None
    assert await login.granted(accounts, token, NOW + 9_999 * DAY) is not None


async def test_a_secret_never_grants_more_than_the_role_of_now(accounts: Accounts) -> None:
    account = await add(accounts, role="admin")
    token = await login.make_bearer(accounts, ANNA, ROLES["admin"], NOW)
    session = await login.make_session(accounts, ANNA, ROLES["admin"], NOW)
    await accounts.change(Account(person=ANNA, role="reader", made=account.made))
    grant = await login.granted(accounts, token, NOW)
    assert grant is not None
    assert grant.scopes == {"read"}
    assert await login.granted(accounts, session, NOW) is None
    await accounts.remove(ANNA)
    assert await login.granted(accounts, token, NOW) is None


async def test_the_ledger_never_holds_a_secret_or_a_password(
    accounts: Accounts, tmp_path: Path
) -> None:
    await add(accounts, password=PASSWORD)
    secret = await login.make_bearer(accounts, ANNA, {"read"}, NOW)
    content = await to_thread(
        lambda: b"".join(f.read_bytes() for f in sorted(tmp_path.rglob("*")) if f.is_file())
    )
    assert login.hash_of(secret).encode() in content
    assert secret.encode() not in content
    assert PASSWORD.encode() not in content
    assert len(secret) == 43


async def test_a_password_lets_in_whoever_knows_it(accounts: Accounts) -> None:
    account = await add(accounts, password="Ångström key")
    tries = login.Tries()
    assert (
        await login.check_password(accounts, ANNA, "A\u030angstro\u0308m key", tries=tries)
        == account
    )
    for wrong in ("", "angstrom key", "\ud800", "Ångström key" * 200, "\0"):
        assert await login.check_password(accounts, ANNA, wrong, tries=login.Tries()) is None
    for nobody in ("nobody", "", "a'b", "\ud800"):
        assert await login.check_password(accounts, PersonId(nobody), PASSWORD) is None


async def test_an_account_without_a_password_has_none_that_fits(accounts: Accounts) -> None:
    await add(accounts)
    for word in ("", "x", PASSWORD):
        assert await login.check_password(accounts, ANNA, word, tries=login.Tries()) is None


async def test_after_five_wrong_ones_a_name_waits_twice_as_long_each_time(
    accounts: Accounts,
) -> None:
    await add(accounts, password=PASSWORD)
    moment = [0.0]
    tries = login.Tries(clock=lambda: moment[0])
    for _ in range(5):
        assert await login.check_password(accounts, ANNA, "wrong", tries=tries) is None
    for wait in (15, 30, 60, 120, 240, 480, 900, 900):
        with pytest.raises(RefusedError, match=f"wait {wait} seconds"):
            await login.check_password(accounts, ANNA, PASSWORD, tries=tries)
        moment[0] += wait
        assert await login.check_password(accounts, ANNA, "wrong", tries=tries) is None
    assert await login.check_password(accounts, YOU, "wrong", tries=tries) is None
    moment[0] += 900
    assert await login.check_password(accounts, ANNA, PASSWORD, tries=tries) is not None
    assert await login.check_password(accounts, ANNA, "wrong", tries=tries) is None
    assert await login.check_password(accounts, ANNA, PASSWORD, tries=tries) is not None


async def test_guesses_made_all_at_once_are_counted_before_they_are_judged(
    accounts: Accounts,
) -> None:
    await add(accounts, password=PASSWORD)
    tries = login.Tries()
    found = await asyncio.gather(
        *(login.check_password(accounts, ANNA, f"guess {n}", tries=tries) for n in range(30)),
        return_exceptions=True,
    )
    assert found.count(None) == 5
    assert sum(isinstance(one, RefusedError) for one in found) == 25


def test_the_names_that_are_remembered_are_bounded() -> None:
    tries = login.Tries(clock=lambda: 0.0)
    for number in range(login.NAMES + 50):
        tries.begin(f"n{number}")
    assert len(tries._names) == login.NAMES


@pytest.mark.parametrize("weak", ["", "seven77", "x" * 1025, "\ud800" * 9])
async def test_a_password_that_is_too_short_too_long_or_no_text_is_refused(weak: str) -> None:
    with pytest.raises(BadInputError) as caught:
        await login.hash_password(weak)
    assert weak[:7] not in caught.value.message or not weak
