"""Carries notices out of the inbox: a channel that fails queues and is tried again, nothing is lost (W13).

Exactly once in the inbox; outside at least once: a process killed between sending and noting sends the
same message again, under the same id. No error that is kept holds any part of an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from ammo_agents.errors import AmmoError, MissingPartError, NotFoundError
from ammo_agents.ports import Address, Channel, ChannelProvider, Clock, Delivery, Message
from ammo_agents.records import PersonId, content_id
from ammo_agents.round.addresses import AddressBook, redacted
from ammo_agents.round.notices import Failure, Notice

FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=1)

Note = Callable[[Notice, str, dict[str, object], str], Awaitable[None]]
"""Keeps what happened to a notice: its name, its body, and what makes it one of a kind."""


def wait(tries: int) -> dt.timedelta:
    """Return how long to wait after the `tries`-th failure in a row: a minute, doubled up to an hour."""
    minutes: int = 2 ** min(max(tries - 1, 0), 10)
    return min(FIRST_WAIT * minutes, LONGEST_WAIT)


@dataclass(slots=True, kw_only=True)
class Mail:
    """One person's channels, opened when something goes there."""

    person: PersonId
    book: AddressBook
    providers: Mapping[str, ChannelProvider]
    """By name."""
    clock: Clock
    url: str = ""
    """Where the app answers, for links; empty = no link."""
    _open: dict[Address, Channel] = field(default_factory=dict)

    async def deliver(self, known: Mapping[str, Notice], note: Note) -> tuple[int, int]:
        """Try what is due, oldest first, and keep how it went; return how many went and how many failed.

        A channel that fails is left alone for the rest of this pass, so that order is kept.
        """
        now = self.clock.now()
        due = [
            (notice, name)
            for notice in sorted(known.values(), key=lambda one: one.number)
            if notice.stand == "sent" and not notice.gone and now < notice.expires
            for name in notice.pending
        ]
        if not due:
            return 0, 0
        addresses, went, failed = await self.book.all(self.person), 0, set[str]()
        for notice, name in due:
            before = notice.failures.get(name)
            if name in failed or name not in addresses or not _is_due(before, now):
                continue
            done = await self.send(addresses[name], message_of(notice, self.person, self.url))
            if done.delivered:
                await note(notice, "delivered", {"channel": name}, name)
                went += 1
            else:
                failed.add(name)
                tries = 1 + (0 if before is None else before.tries)
                body = {"channel": name, "error": done.error, "tries": tries}
                await note(notice, "failed", body, f"{name}/{tries}")
        return went, len(failed)

    async def send(self, address: Address, message: Message) -> Delivery:
        """Try one channel once; whatever goes wrong is a value."""
        try:
            channel = await self._channel(address)
            done = await channel.send(message)
        except AmmoError as error:
            done = Delivery(delivered=False, error=f"{error.message} ({error.hint})")
        except Exception as error:  # noqa: BLE001 - the plugin boundary: a bad channel stops no other
            done = Delivery(delivered=False, error=f"{type(error).__name__}: {error}")
        return (
            done
            if done.delivered
            else Delivery(
                delivered=False, error=redacted(done.error or "it was not taken", address)
            )
        )

    async def test(self, name: str) -> Delivery:
        """Send one test message now; raises `NotFoundError` for a channel nobody knows."""
        addresses = await self.book.all(self.person)
        if name not in addresses:
            raise NotFoundError(f"no channel is called {name!r}", hint="ammo inbox channel list")
        now = self.clock.now()
        message = Message(
            id=content_id("n", ["test", name, now]),
            person=self.person,
            kind="test",
            title="AMMO can reach you here",
            body="This is a test. Buddies write rarely, never in your quiet hours, and can be told to stop.",
            at=now,
        )
        return await self.send(addresses[name], message)

    async def close(self) -> None:
        """Close every channel that was opened."""
        for channel in self._open.values():
            await channel.close()
        self._open.clear()

    async def _channel(self, address: Address) -> Channel:
        if address not in self._open:
            provider = self.providers.get(address.provider)
            if provider is None:
                raise MissingPartError(
                    f"no plugin offers channels of the sort {address.provider!r}",
                    hint=f"pip install ammo-{address.provider}",
                )
            self._open[address] = await provider.open(address)
        return self._open[address]


def message_of(notice: Notice, person: PersonId, url: str) -> Message:
    """Return a notice as it goes out."""
    said = notice.proposal
    return Message(
        id=notice.id,
        person=person,
        kind=said.kind,
        title=said.title,
        body=said.text,
        url=said.url or (f"{url}/inbox#{notice.id}" if url else ""),
        at=notice.at,
        more={
            "number": notice.number,
            "buddy": said.buddy,
            "subspace": said.subspace,
            "card": said.creation,
            "why": [gate["words"] for gate in notice.gates],
        },
    )


def _is_due(before: Failure | None, now: dt.datetime) -> bool:
    """Return whether a channel may be tried; a clock that was set back does not hold it up."""
    return before is None or abs(now - before.at) >= wait(before.tries)
