"""Notices by apprise, to a receiver that really listens on this machine."""

import asyncio
import datetime as dt
import json
import logging
from collections.abc import AsyncIterator

import pytest

from ammo_agents.errors import BadInputError
from ammo_agents.hooks import load_plugins
from ammo_agents.ports import Address, ChannelProvider, Message
from ammo_agents.records import PersonId
from ammo_agents.settings import Settings

MESSAGE = Message(
    id="n_1",
    person=PersonId("you"),
    kind="notify",
    title="A fall of 9.0% for Bitcoin",
    body="Bitcoin closed down 9.0%. <b>Not bold</b>",
    url="http://127.0.0.1:8642/inbox#n_1",
    at=dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC),
)


class Receiver:
    """Answers every call with one status, and keeps what came."""

    def __init__(self) -> None:
        self.status = 200
        self.more = ""
        self.got: list[tuple[str, bytes]] = []
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        length = int({k.lower(): v for k, v in fields.items()}.get("content-length", "0"))
        self.got.append((head, await reader.readexactly(length)))
        line = (
            f"HTTP/1.1 {self.status} X\r\n{self.more}Content-Length: 0\r\nConnection: close\r\n\r\n"
        )
        writer.write(line.encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    async with await asyncio.start_server(found.answer, "127.0.0.1", 0) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


@pytest.fixture
async def provider() -> ChannelProvider:
    plugins = await asyncio.to_thread(load_plugins, Settings(plugins=("apprise",)))
    return plugins.channels()[0]


def line(port: int) -> Address:
    url = f"json://me:pa55word@127.0.0.1:{port}/secret-path"
    return Address(name="phone", provider="apprise", url=url, private=True)


async def test_a_message_goes_out_with_its_link(
    receiver: Receiver, provider: ChannelProvider
) -> None:
    channel = await provider.open(line(receiver.port))
    done = await channel.send(MESSAGE)
    await channel.close()
    assert done.delivered
    (head, body), *more = receiver.got
    assert more == []
    assert "Authorization: Basic" in head
    said = json.loads(body)
    assert said["title"] == "A fall of 9.0% for Bitcoin"
    assert said["message"].endswith("<b>Not bold</b>\n\nhttp://127.0.0.1:8642/inbox#n_1")


async def test_a_refusal_is_a_value_with_a_reason_and_without_the_address(
    receiver: Receiver, provider: ChannelProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver.status = 500
    channel = await provider.open(line(receiver.port))
    done = await channel.send(MESSAGE)
    assert not done.delivered
    assert "500" in done.error
    out = "".join(capfd.readouterr())
    assert "pa55word" not in done.error + out
    assert "secret-path" not in done.error + out
    assert logging.getLogger("apprise").propagate is False


async def test_a_redirect_is_not_followed(receiver: Receiver, provider: ChannelProvider) -> None:
    receiver.status = 302
    receiver.more = f"Location: http://127.0.0.1:{receiver.port}/elsewhere\r\n"
    channel = await provider.open(line(receiver.port))
    done = await channel.send(MESSAGE)
    assert not done.delivered
    assert len(receiver.got) == 1


async def test_nobody_listening_is_a_value(provider: ChannelProvider) -> None:
    async with await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    channel = await provider.open(line(port))
    done = await channel.send(MESSAGE)
    assert not done.delivered
    assert done.error


@pytest.mark.parametrize("url", ["nonsense://x", "json://", "tgram://", "\x00://a", "mailto://"])
async def test_a_line_that_apprise_does_not_know_is_refused_without_repeating_it(
    url: str, provider: ChannelProvider
) -> None:
    with pytest.raises(BadInputError) as refused:
        await provider.open(Address(name="phone", provider="apprise", url=url + "?k=hunter2"))
    assert "hunter2" not in refused.value.message + refused.value.hint
