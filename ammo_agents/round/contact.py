"""When a buddy writes first: `Watch.tick` looks for a reason, and `Desk.notify` is the way (W13).

Candidates are found by dot product and held at the gates of `user.contact`; only what passes them all
may cost a token, and silence costs none.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ammo_agents import geometry
from ammo_agents.records import Creation, CreationId, Matrix
from ammo_agents.round import notices
from ammo_agents.round.asking import Question
from ammo_agents.round.companion import Companion
from ammo_agents.round.delivery import Mail
from ammo_agents.round.desk import Desk
from ammo_agents.round.notices import Notice, Proposal
from ammo_agents.round.outward import Outward
from ammo_agents.user.contact import Rules, decide, local_day

MOST_TRIED = 8
"""Best new cards that are held at the gates in one look."""
BEST, FEW = 0.1, 10
"""A card is worth a message only among the best tenth of the cards that wait, where there are ten."""
FIRST = 500
"""Newest creations among which the first look finds those of the last day."""

Say = Callable[[Creation], Awaitable[str]]
"""Asks a model for the words of a notice; called only when every gate has passed."""
Ask = Callable[[Companion], Awaitable[Question | None]]
"""Finds the one question that is worth a person's time; no model is called for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What one look for a reason to write did."""

    sent: tuple[Notice, ...] = ()
    suppressed: tuple[Notice, ...] = ()
    """Those newly kept as not sent, or still waiting."""
    delivered: int = 0
    failed: int = 0
    expired: int = 0


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks for a reason to write to one person, by dot product before any model is asked."""

    desk: Desk
    companions: Callable[[], Awaitable[Sequence[Companion]]]
    """The person's User Buddies, one for each subspace that is open."""
    mail: Mail | None = None
    outward: Outward | None = None
    """Webhooks that want more than notices."""
    say: Say | None = None
    ask: Ask | None = None
    _met: set[CreationId] = field(default_factory=set)
    """Creations that were looked at already."""
    _begun: set[str] = field(default_factory=set)
    """Subspaces that were looked at already."""
    _asked: dt.date | None = None
    """The person's day on which a question was last looked for."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def tick(self) -> Ticked:
        """Carry out what is due, then send one message at most, if there is a reason to.

        Meant to be called every minute; a call while another one runs does nothing.
        """
        if self._turn.locked():
            return Ticked()
        async with self._turn:
            went, failed = await self._carry()
            expired = await self.desk.expire()
            found = await self._look()
            again = await self._carry() if any(n.stand == "sent" for n in found) else (0, 0)
        return Ticked(
            sent=tuple(n for n in found if n.stand == "sent"),
            suppressed=tuple(n for n in found if n.stand != "sent"),
            delivered=went + again[0],
            failed=failed + again[1],
            expired=expired,
        )

    async def _carry(self) -> tuple[int, int]:
        if self.mail is None:
            return 0, 0
        went, failed = await self.mail.deliver(await self.desk.notices(), self.desk.note)
        told, broken = (0, 0) if self.outward is None else await self.outward.tell()
        return went + told, failed + broken

    async def _look(self) -> list[Notice]:
        """Return what was sent or kept back; nothing at all while it is switched off or nobody looks."""
        rules = await self.desk.rules()
        first = decide(rules, await self.desk.moment(rules)).failed
        if first is not None and first.name in {"on", "idle"}:
            return []
        found: list[Notice] = []
        for companion in await self.companions():
            found += await self._offer(companion, rules, is_open=first is None)
            if any(notice.stand == "sent" for notice in found):
                return found
        if first is None and self.ask is not None:
            found += await self._question(rules)
        return found

    async def _offer(self, companion: Companion, rules: Rules, *, is_open: bool) -> list[Notice]:
        """Propose the best new cards of a subspace, best first, until one is sent or waits."""
        wanted = await self._news(companion, is_open=is_open)
        if not wanted:
            return []
        found: list[Notice] = []
        for proposal, creation in await self._best(companion, wanted):
            say = None if self.say is None else _bound(self.say, creation)
            notice = await self.desk.notify(proposal, say=say)
            found.append(notice)
            below = (proposal.score or 0.0) < max(rules.score, proposal.least)
            if notice.stand == "sent" or notice.waits or below:
                break
        return found

    async def _news(self, companion: Companion, *, is_open: bool) -> set[CreationId]:
        """Return the cards to look at: those that are new, and those that waited for their hour."""
        now, known = self.desk.clock.now(), (await self.desk.notices()).values()
        news = {id for id in companion.living.ids if id not in self._met}
        if news and companion.subspace not in self._begun:
            self._begun.add(companion.subspace)
            since = now - notices.LIFE
            made = await companion.ledger.creations(subspace=companion.subspace, limit=FIRST)
            news &= {one.id for one in made if one.created_at >= since}
        self._met.update(companion.living.ids)
        spoken = {CreationId(one.proposal.creation) for one in known}
        waiting = {
            CreationId(one.proposal.creation)
            for one in known
            if one.waits and one.stand != "sent" and now < one.expires
        }
        return (news - spoken) | (waiting if is_open else set())

    async def _best(
        self, companion: Companion, wanted: set[CreationId]
    ) -> list[tuple[Proposal, Creation]]:
        """Return proposals for the wanted cards the person has not seen, best φ(e)·q first."""
        preference = await companion.preference()
        pool = await companion.recall(preference)
        places = [i for i, id in enumerate(pool.ids) if id in wanted]
        if not places or pool.rows.shape[1] != len(preference.q):
            return []
        everything = geometry.scores(pool.rows, preference.q)
        least = float(np.quantile(everything, 1 - BEST)) if len(everything) >= FEW else 0.0
        scores = everything[places]
        order = geometry.top_k(scores, MOST_TRIED, ids=[pool.ids[i] for i in places])
        known = _known_rows(companion, set(pool.ids))
        found = []
        for k in order.tolist():
            creation = await companion.ledger.creation(pool.ids[places[k]])
            row = companion.living.vector(creation.id)
            novelty = 1.0 if row is None else geometry.novelty(row, known)
            proposal = proposal_of(creation, float(scores[k]), novelty)
            found.append((replace(proposal, least=least, among=len(places)), creation))
        return found

    async def _question(self, rules: Rules) -> list[Notice]:
        """Propose the one question worth asking, looked for once in the person's day."""
        today = local_day(self.desk.clock.now(), rules)
        if self.ask is None or self._asked == today:
            return []
        self._asked = today
        for companion in await self.companions():
            question = await self.ask(companion)
            if question is not None:
                return [await self.desk.notify(question_of(question, companion, today))]
        return []


def proposal_of(creation: Creation, score: float, novelty: float) -> Proposal:
    """Return the proposal of a card: its own checked words, its entity as the matter."""
    return Proposal(
        kind="notify",
        matter=creation.entity,
        title=creation.title.text,
        text=creation.hook.text,
        key=creation.id,
        subspace=creation.subspace,
        creation=creation.id,
        entity=creation.entity,
        buddy=creation.buddy,
        score=score,
        novelty=novelty,
    )


def question_of(question: Question, companion: Companion, day: dt.date) -> Proposal:
    """Return the proposal of a question: one a day and subspace, whatever it is about."""
    return Proposal(
        kind="question",
        matter=f"question/{companion.subspace}",
        title=f"Do you like {question.entity.name}?",
        text=question.why,
        key=f"{question.entity.id}/{day}",
        subspace=companion.subspace,
        entity=question.entity.id,
    )


def _known_rows(companion: Companion, unseen: set[CreationId]) -> Matrix:
    """Return the rows of what the person has seen and that still lives, shape (n, D)."""
    living = companion.living
    places = [i for i, id in enumerate(living.ids) if id not in unseen]
    return living.matrix[places] if places else np.empty((0, living.matrix.shape[1]), np.float32)


def _bound(say: Say, creation: Creation) -> Callable[[], Awaitable[str]]:
    return lambda: say(creation)
