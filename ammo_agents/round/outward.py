"""Tells a person's webhooks of new cards and of what the person said: at least once, in order.

How far each webhook has come is a diary entry of kind ``outward``. It holds the ids of the last window
rather than a time, so that a clock that is set back, or an act that is taken back, loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ammo_agents.ports import Address, Entry, Ledger, Message
from ammo_agents.records import Creation, Feedback
from ammo_agents.round.delivery import Mail, wait

KIND = "outward"
WINDOW = 100
"""Newest cards, or acts, that are looked through: more at once than a minute brings."""
KEEP = 1_000
"""Entries of how far webhooks have come that are kept."""


@dataclass(slots=True, kw_only=True)
class Outward:
    """One person's webhooks that want more than notices."""

    mail: Mail
    ledger: Ledger

    async def tell(self) -> tuple[int, int]:
        """Send what is new, oldest first; return how much went, and how many webhooks failed.

        A webhook that has just been added hears of what comes from now on.
        """
        wanted = [
            (address, event)
            for address in (await self.mail.book.all(self.mail.person)).values()
            for event in address.events
            if event != "notice"
        ]
        if not wanted:
            return 0, 0
        states = await self.ledger.diary.latest(self.mail.person, KIND)
        went, failed = 0, 0
        for address, event in wanted:
            sent, well = await self._tell(address, event, states.get(f"{address.name}/{event}"))
            went, failed = went + sent, failed + (not well)
        return went, failed

    async def _tell(self, address: Address, event: str, state: Entry | None) -> tuple[int, bool]:
        messages = await self._messages(event)
        if state is None:
            await self._keep(address, event, [m.id for m in messages], tries=0)
            return 0, True
        told, tries = list(state.body["told"]), int(state.body["tries"])
        news = [message for message in messages if message.id not in set(told)]
        if not news or (tries and abs(self.mail.clock.now() - state.at) < wait(tries)):
            return 0, True
        sent = 0
        for message in news:
            if not (await self.mail.send(address, message)).delivered:
                break
            told.append(message.id)
            sent += 1
        well = sent == len(news)
        await self._keep(address, event, told, tries=0 if well else 1 if sent else tries + 1)
        return sent, well

    async def _messages(self, event: str) -> list[Message]:
        """Return what there is of an event, oldest first."""
        person = self.mail.person
        if event == "card":
            cards = (await self.ledger.creations(limit=WINDOW))[::-1]
            return [_card(card, self.mail) for card in cards]
        acts = (await self.ledger.feedback(person))[-WINDOW:]
        return [_act(act, self.mail) for act in acts]

    async def _keep(self, address: Address, event: str, told: Sequence[str], *, tries: int) -> None:
        mail, now = self.mail, self.mail.clock.now()
        topic = f"{address.name}/{event}"
        body: Mapping[str, object] = {"told": list(told)[-2 * WINDOW :], "tries": tries}
        key = f"outward/{topic}/{await self.ledger.diary.last(mail.person)}/{tries}"
        await self.ledger.diary.write(key, mail.person, KIND, body, topic=topic, at=now)
        await self.ledger.diary.prune(mail.person, KIND, keep=KEEP)


def _card(card: Creation, mail: Mail) -> Message:
    return Message(
        id=card.id,
        person=mail.person,
        kind="card",
        title=card.title.text,
        body=card.hook.text,
        url=f"{mail.url}/card/{card.id}" if mail.url else "",
        at=card.created_at,
        more={
            "card": card.id,
            "subspace": card.subspace,
            "entity": card.entity,
            "buddy": card.buddy,
        },
    )


def _act(act: Feedback, mail: Mail) -> Message:
    """Return one act; what the person wrote beside it stays here."""
    return Message(
        id=act.id,
        person=mail.person,
        kind="feedback",
        title=act.act,
        body="",
        at=act.at,
        more={
            "act": act.act,
            "card": act.creation,
            "subspace": act.subspace,
            "about": "" if act.subject is None else act.subject.key,
        },
    )
