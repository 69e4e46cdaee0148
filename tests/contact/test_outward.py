"""Webhooks that hear of new cards and of feedback: in order, nothing left out, nothing of anybody else's."""

import datetime as dt
from dataclasses import dataclass, field

from ammo_agents.app import App
from ammo_agents.ports import Address, Channel, Delivery, Message
from ammo_agents.round import play
from ammo_agents.round.addresses import AddressBook
from ammo_agents.round.delivery import Mail
from ammo_agents.round.outward import Outward
from ammo_agents.testing import FixedClock


@dataclass
class Post:
    """A sort of channel that keeps what is sent, and fails when it is told to."""

    name: str = "test"
    failing: int = 0
    sent: list[Message] = field(default_factory=list)

    async def open(self, address: Address) -> Channel:
        return self

    async def send(self, message: Message) -> Delivery:
        if self.failing:
            self.failing -= 1
            return Delivery(delivered=False, error="busy")
        self.sent.append(message)
        return Delivery(delivered=True)

    async def close(self) -> None:
        pass


async def outward(app: App, post: Post, *events: str) -> Outward:
    book = AddressBook(app.folders.data / "keys")
    address = Address(name="hook", provider="test", url="test://x-y-z", events=events)
    await book.add(app.person, address)
    mail = Mail(person=app.person, book=book, providers={"test": post}, clock=app.clock)
    return Outward(mail=mail, ledger=app.ledger)


async def test_every_new_card_is_told_once_in_order_from_the_day_it_was_added(app: App) -> None:
    post = Post()
    out = await outward(app, post, "notice", "card")
    assert await out.tell() == (0, 0)
    before = {card.id for card in await app.ledger.creations()}
    await play(app.parts.worlds[app.subspace().id], most=6)
    made = [c.id for c in (await app.ledger.creations())[::-1] if c.id not in before]
    assert made
    assert await out.tell() == (len(made), 0)
    assert await out.tell() == (0, 0)
    assert [(message.id, message.kind) for message in post.sent] == [(id, "card") for id in made]


async def test_feedback_is_told_without_the_persons_words_also_when_the_clock_went_back(
    app: App, clock: FixedClock
) -> None:
    post = Post()
    out = await outward(app, post, "feedback")
    await out.tell()
    clock.move(dt.timedelta(days=-1))
    here = await app.companion()
    shown = await here.show()
    given = await here.record("save", shown.cards[0].creation, note="my own words")
    other = await app.of("bea").companion()  # type: ignore[arg-type]
    theirs = await other.show()
    await other.record("like", theirs.cards[0].creation)
    assert await out.tell() == (1, 0)
    (message,) = post.sent
    assert (message.id, message.title, message.kind) == (given.feedback, "save", "feedback")
    assert "my own words" not in repr(message)


async def test_what_a_webhook_did_not_take_comes_later_and_nothing_else_comes_before_it(
    app: App, clock: FixedClock
) -> None:
    post = Post()
    out = await outward(app, post, "feedback")
    await out.tell()
    here = await app.companion()
    shown = await here.show()
    given = [await here.record("like", card.creation) for card in shown.cards[:2]]
    post.failing = 1
    assert await out.tell() == (0, 1)
    assert await out.tell() == (0, 0), "it is left alone for a minute"
    clock.move(dt.timedelta(minutes=1))
    assert await out.tell() == (2, 0)
    assert [message.id for message in post.sent] == [one.feedback for one in given]
