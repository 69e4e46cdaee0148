"""What a person does with a notice: reading, judging its card, muting its buddy, closing its hour (W13).

Judging is ordinary feedback: the card is presented as a slate of one first, because only what was shown
may be judged; it is shown when the person acts, so that a notice nobody opened is no day of use.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from ammo_agents.errors import BadInputError, ConflictError, NotFoundError
from ammo_agents.records import Creation, CreationId, digest
from ammo_agents.round import profile
from ammo_agents.round.asking import Asking
from ammo_agents.round.companion import Companion
from ammo_agents.round.desk import Desk
from ammo_agents.round.memory import FIRST_TAU
from ammo_agents.round.notices import Answer, Notice
from ammo_agents.round.receipt import Given
from ammo_agents.user.present import Presented
from ammo_agents.user.rank import Candidates, Sitting, choose

ANSWERS: tuple[Answer, ...] = get_args(Answer)
ACTS = {"more": "like", "less": "dislike"}
"""What the two judging answers are on a card, and of a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer came to."""

    notice: Notice
    said: Answer
    words: str
    given: Given | None = None
    """The receipt of the feedback, if it was one."""
    repeated: bool = False


@dataclass(slots=True, kw_only=True)
class Answering:
    """Takes a person's answers to their notices."""

    desk: Desk
    companion: Callable[[str], Awaitable[Companion]]
    """Their User Buddy in a subspace."""
    asking: Callable[[str], Awaitable[Asking]]
    """Its asking side."""

    async def find(self, which: str) -> Notice:
        """Return a notice that was sent, by its number, its id or the first letters of it.

        Raises:
            NotFoundError: there is none, or the letters fit several.
        """
        sent = [n for n in (await self.desk.notices()).values() if n.stand == "sent"]
        wanted = which.strip().lower()
        found = [n for n in sent if str(n.number) == wanted or n.id == wanted]
        if not found and len(wanted) >= 4:
            found = [n for n in sent if n.id.startswith(wanted)]
        if len(found) != 1:
            raise NotFoundError(
                f"{'several notices are' if found else 'no notice is'} called {which!r}",
                hint="See them, with their numbers: ammo inbox",
            )
        return found[0]

    async def read(self, which: str) -> Notice:
        """Keep that a notice was read."""
        notice = await self.find(which)
        if not notice.read:
            await self.desk.note(notice, "read", {})
        return await self.find(notice.id)

    async def open(self, which: str) -> tuple[Notice, Presented | None]:
        """Keep that a notice was read, and present its card, so that it can be judged."""
        notice = await self.read(which)
        if not notice.proposal.creation:
            return notice, None
        here = await self.companion(notice.proposal.subspace)
        return notice, await present_one(here, await self._card(here, notice))

    async def answer(self, which: str, said: str) -> Answered:
        """Keep an answer and do what it asks for; the same answer again changes nothing.

        Raises:
            BadInputError: no such answer, or one that this notice cannot be given.
            ConflictError: “more” after “less”, or the other way round.
            NotFoundError: no such notice.
        """
        name = next((answer for answer in ANSWERS if answer == said), None)
        if name is None:
            raise BadInputError(f"no answer is called {said!r}", hint=f"Say {', '.join(ANSWERS)}.")
        notice = await self.find(which)
        other = {"more": "less", "less": "more"}.get(name)
        if other in notice.answers:
            raise ConflictError(
                f"notice {notice.number} was answered {other!r} already",
                hint=f"Take that back first: ammo undo {notice.proposal.creation}".strip(),
            )
        given = await self._judge(notice, name) if name in ACTS else None
        words = given.words if given is not None else await self._do(notice, name)
        repeated = name in notice.answers
        if not repeated:
            await self.desk.note(notice, "answered", {"said": name}, name)
        notice = await self.find(notice.id)
        return Answered(notice=notice, said=name, words=words, given=given, repeated=repeated)

    async def _judge(self, notice: Notice, name: Answer) -> Given | None:
        """Keep more or less as feedback on the card, or on what was asked about; None = on neither."""
        about, key = notice.proposal, f"inbox/{notice.id}/{name}"
        if about.creation:
            here = await self.companion(about.subspace)
            creation = await self._card(here, notice)
            await present_one(here, creation)
            return await here.record(ACTS[name], creation, key=key)
        if about.kind == "question" and about.entity:
            return await (await self.asking(about.subspace)).answer(
                about.entity, ACTS[name], key=key
            )
        return None

    async def _do(self, notice: Notice, name: Answer) -> str:
        """Mute the buddy, close the hour, or only note it; return what that means."""
        desk, buddy = self.desk, notice.proposal.buddy
        chosen = await desk.profile()
        if name == "mute":
            if not buddy:
                raise BadInputError(
                    "this notice comes from no buddy that could be muted",
                    hint="Switch all of it off: ammo inbox set --off",
                )
            await self._choose("muted", tuple(dict.fromkeys([*chosen.muted, buddy])))
            return f"{buddy} will not write first again. Undo: ammo inbox set --unmute {buddy}"
        if name == "never":
            zone = (await desk.rules()).zone
            hour = notice.at.astimezone(zone).hour
            hours = tuple(sorted({*chosen.never_hours, hour}))
            await self._choose("never_hours", hours)
            return f"Never between {hour}:00 and {hour}:59. Undo: ammo inbox set --open {hour}"
        return "Noted."

    async def _choose(self, name: str, value: object) -> None:
        desk = self.desk
        await profile.choose(
            desk.diary, desk.person, name, value, settings=desk.settings, clock=desk.clock
        )

    async def _card(self, here: Companion, notice: Notice) -> Creation:
        return await here.ledger.creation(CreationId(notice.proposal.creation))


async def present_one(companion: Companion, creation: Creation) -> Presented | None:
    """Present one card as a slate of its own, with certainty; None = the person had been shown it before.

    The slate carries the temperature of the person's draws, which with one candidate says nothing about
    this card, so that what Goal Buddies plan with stays as it was.
    """
    if await companion.ledger.shown_in(companion.person, creation.id) is not None:
        return None
    preference = await companion.preference()
    row = await companion.memory.row(creation)
    only = Candidates(ids=(creation.id,), rows=row[None], buddies=(creation.buddy,))
    seed = int(digest([companion.person, creation.id])[:8], 16)
    sitting = Sitting(at=companion.clock.now(), seed=seed, slots=1, exploration=0.0)
    slate = choose(only, preference, sitting)
    last = await companion.ledger.slates(companion.person, companion.subspace, limit=1)
    tau = last[0].tau if last else FIRST_TAU
    return await companion.present(replace(slate, tau=float(np.float64(tau)), exploration=0.0))
