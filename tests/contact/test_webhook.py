"""Signed calls to a receiver that really listens, as somebody who knows only the docs would write it."""

import asyncio
import datetime as dt
import hashlib
import hmac
import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.errors import (
    BadInputError,
    DamagedError,
    MissingPartError,
    NotFoundError,
    RefusedError,
)
from ammo_agents.ports import Address, Message
from ammo_agents.records import PersonId
from ammo_agents.round.addresses import AddressBook, redacted, shown
from ammo_agents.round.channels import Webhooks, checked
from ammo_agents.round.webhook import HEADER, Webhook, cloud_event, signature, verify

YOU = PersonId("you")
AT = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
MESSAGE = Message(
    id="n_1", person=YOU, kind="notify", title="Café", body="9% down", at=AT, more={"number": 4}
)
SECRET = "s3cret-of-the-hook"


class Receiver:
    """Answers calls one after the other with the statuses of a list, and keeps what came."""

    def __init__(self) -> None:
        self.answers = [200]
        self.more = ""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
        fields = {name.lower(): value for name, value in lines}
        fields[":line"] = head.split("\r\n")[0]
        self.got.append((fields, await reader.readexactly(int(fields["content-length"]))))
        status = self.answers[min(len(self.got), len(self.answers)) - 1]
        writer.write(
            f"HTTP/1.1 {status} X\r\n{self.more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    async with await asyncio.start_server(found.answer, "127.0.0.1", 0) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


def hook(receiver: Receiver, *, private: bool = True) -> Webhook:
    url = f"http://127.0.0.1:{receiver.port}/hook/t0ken?k=v4lue"
    return Webhook(
        Address(name="hook", provider="webhook", url=url, secret=SECRET, private=private)
    )


async def test_a_receiver_that_knows_only_the_docs_can_check_a_call(receiver: Receiver) -> None:
    webhook = hook(receiver)
    done = await webhook.send(MESSAGE)
    await webhook.close()
    assert done.delivered
    (fields, body), *more = receiver.got
    assert more == []
    assert fields[":line"] == "POST /hook/t0ken?k=v4lue HTTP/1.1"
    assert fields["content-type"].startswith("application/cloudevents+json")
    parts = dict(part.split("=") for part in fields[HEADER.lower()].split(","))
    wanted = hmac.new(SECRET.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256)
    assert parts["v1"] == wanted.hexdigest()
    assert abs(int(parts["t"]) - dt.datetime.now(dt.UTC).timestamp()) < 60
    event = json.loads(body)
    assert {k: event[k] for k in ("specversion", "id", "type", "source", "time")} == {
        "specversion": "1.0",
        "id": "n_1",
        "type": "ammo.notice",
        "source": "urn:ammo:home",
        "time": "2026-07-01T12:00:00+00:00",
    }
    assert event["data"]["title"] == "Café"
    assert event["data"]["number"] == 4


async def test_a_busy_receiver_is_asked_twice_more(receiver: Receiver) -> None:
    receiver.answers = [503, 500, 204]
    webhook = hook(receiver)
    assert (await webhook.send(MESSAGE)).delivered
    await webhook.close()
    assert len(receiver.got) == 3
    assert len({body for _, body in receiver.got}) == 1


async def test_a_plain_no_is_not_asked_again(receiver: Receiver) -> None:
    receiver.answers = [410]
    webhook = hook(receiver)
    done = await webhook.send(MESSAGE)
    await webhook.close()
    assert (done.delivered, done.error) == (False, "it answered 410")
    assert len(receiver.got) == 1


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [307]
    receiver.more = f"Location: http://127.0.0.1:{receiver.port}/elsewhere\r\nSet-Cookie: a=b\r\n"
    webhook = hook(receiver)
    assert not (await webhook.send(MESSAGE)).delivered
    assert not (await webhook.send(MESSAGE)).delivered
    await webhook.close()
    assert [fields[":line"].split()[1] for fields, _ in receiver.got] == ["/hook/t0ken?k=v4lue"] * 2
    assert all("cookie" not in fields for fields, _ in receiver.got)


async def test_an_address_that_was_public_is_not_called_when_it_has_become_private(
    receiver: Receiver,
) -> None:
    webhook = hook(receiver, private=False)
    done = await webhook.send(MESSAGE)
    await webhook.close()
    assert "not public" in done.error
    assert receiver.got == []


async def test_nobody_listening_is_a_value(receiver: Receiver) -> None:
    async with await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0) as server:
        receiver.port = server.sockets[0].getsockname()[1]
    webhook = hook(receiver)
    done = await webhook.send(MESSAGE)
    await webhook.close()
    assert done.error == "no answer: ConnectError"


@given(body=st.binary(max_size=200), at=st.integers(0, 2**33), late=st.integers(-900, 900))
def test_a_signature_holds_for_five_minutes_and_for_these_bytes_alone(
    body: bytes, at: int, late: int
) -> None:
    header = signature(SECRET, body, at)
    assert verify(SECRET, header, body, at + late) == (abs(late) <= 300)
    assert not verify(SECRET, header, body + b" ", at)
    assert not verify("another", header, body, at)
    assert not verify(SECRET, header.replace(f"t={at}", f"t={at + 1}"), body, at)


@pytest.mark.parametrize(
    "header", ["", "t=,v1=", "v1=aa", "t=1", "t=٣,v1=a", "t=1e3,v1=a", "t=-1,v1=é", "t=" + "9" * 99]
)
def test_a_header_of_another_form_is_no_signature(header: str) -> None:
    assert not verify(SECRET, header, b"", 0)


def test_cards_and_feedback_have_types_of_their_own() -> None:
    kinds = {"card": "ammo.card.created", "feedback": "ammo.feedback", "test": "ammo.notice"}
    for kind, wanted in kinds.items():
        message = Message(id="x", person=YOU, kind=kind, title="", body="", at=AT)  # type: ignore[arg-type]
        assert json.loads(cloud_event(message))["type"] == wanted


# --- the address book -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "line",
    [
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://169.254.169.254/latest",
        "https://10.1.2.3/x",
        "https://100.64.0.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://0/x",
        "http://93.184.216.34/x",
        "https://224.0.0.1/x",
        "ntfy://topic",
        "json://127.0.0.1",
    ],
)
async def test_only_the_owner_may_type_a_private_address(line: str) -> None:
    offered = {"apprise": Webhooks()}
    with pytest.raises(RefusedError):
        await checked("hook", line, ["notice"], owner=False, offered=offered)
    if line.startswith("http"):
        found = await checked("hook", line, ["notice"], owner=True, offered=offered)
        assert found.private or "93.184" in line


@pytest.mark.parametrize("line", ["https://", "https:///x", "http://[::1", "https://a:b:c/"])
async def test_a_webhook_has_a_host(line: str) -> None:
    with pytest.raises(BadInputError):
        await checked("hook", line, ["notice"], owner=True, offered={})


async def test_what_nothing_here_knows_says_what_to_install() -> None:
    with pytest.raises(MissingPartError) as refused:
        await checked("phone", "ntfy://topic-hunter2", ["notice"], owner=True, offered={})
    assert refused.value.hint == "pip install ammo-apprise"
    assert "hunter2" not in refused.value.message


async def test_addresses_are_kept_in_a_file_that_only_the_owner_can_read(tmp_path: Path) -> None:
    book = AddressBook(tmp_path / "keys")
    kept = await book.add(YOU, Address(name="hook", provider="webhook", url="https://e.org/s3cr3t"))
    assert len(kept.secret) == 64
    assert (await book.all(YOU))["hook"] == kept
    assert await book.all(PersonId("other")) == {}
    place = tmp_path / "keys" / "channels.json"
    stats = [await asyncio.to_thread(p.stat) for p in (place, place.parent)]
    assert [stat.S_IMODE(found.st_mode) for found in stats] == [0o600, 0o700]
    assert await asyncio.to_thread(os.listdir, place.parent) == ["channels.json"]
    with pytest.raises(BadInputError, match="already"):
        await book.add(YOU, kept)
    assert "s3cr3t" not in repr(kept)
    assert kept.secret not in repr(kept)
    await book.remove(YOU, "hook")
    with pytest.raises(NotFoundError):
        await book.remove(YOU, "hook")


async def test_forgetting_a_person_forgets_their_addresses_and_nobody_elses(tmp_path: Path) -> None:
    book, other = AddressBook(tmp_path), PersonId("other")
    for person in (YOU, other):
        for name in ("a", "b"):
            await book.add(person, Address(name=name, provider="webhook", url="https://e.org/x"))
    assert await book.forget(YOU) == 2
    assert await book.all(YOU) == {}
    assert sorted(await book.all(other)) == ["a", "b"]


async def test_a_damaged_book_says_so(tmp_path: Path) -> None:
    await asyncio.to_thread((tmp_path / "channels.json").write_text, "{", encoding="utf-8")
    with pytest.raises(DamagedError, match=r"channels\.json"):
        await AddressBook(tmp_path).all(YOU)


@pytest.mark.parametrize(
    ("name", "url", "events"),
    [
        ("Two Words", "https://e.org", ("notice",)),
        ("", "https://e.org", ("notice",)),
        ("a" * 33, "https://e.org", ("notice",)),
        ("hook", "e.org", ("notice",)),
        ("hook", "https://e.org/\nX: y", ("notice",)),
        ("hook", "https://" + "e" * 2000, ("notice",)),
        ("hook", "https://e.org", ("notice", "everything")),
        ("hook", "https://e.org", ()),
    ],
)
async def test_an_entry_that_cannot_be_used_is_not_kept(
    name: str, url: str, events: tuple[str, ...], tmp_path: Path
) -> None:
    book = AddressBook(tmp_path)
    with pytest.raises(BadInputError):
        await book.add(YOU, Address(name=name, provider="webhook", url=url, events=events))
    assert await book.all(YOU) == {}


def test_an_address_is_shown_as_its_scheme_and_no_error_holds_a_part_of_it() -> None:
    url = "mailtos://user:pa55%20word@mail.example.org:587?to=friend@example.net&k=v4lue"
    address = Address(name="mail", provider="apprise", url=url, secret="hm4c")
    assert shown(address) == "mailtos://…"
    error = f"login of user failed at mail.example.org:587 with pa55%20word, {url}\nhm4c v4lue"
    left = redacted(error, address)
    for part in ("pa55", "mail.example.org", "friend", "hm4c", "v4lue", "user"):
        assert part not in left
    assert "\n" not in left
    assert left.startswith("login of …")
