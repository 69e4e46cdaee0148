"""The only way to a person: `Desk.notify` holds a message at every gate, and keeps what became of it (W13).

A model's text never reaches a person by itself; a run that ends without `notify` has said nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import zoneinfo
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from ammo_agents.errors import BudgetError, ModelError
from ammo_agents.ports import Clock, Diary
from ammo_agents.records import PersonId
from ammo_agents.round import notices, profile
from ammo_agents.round.notices import KIND, Notice, Proposal
from ammo_agents.round.profile import Profile
from ammo_agents.settings import Settings
from ammo_agents.user.contact import Decision, Moment, Rules, decide, local_day

LOOKING = ("sitting", "sight", "interaction", "signal", "message", "choice")
"""Kinds of entries that a person makes by looking."""
MOST_TEXT = 600
"""Characters of a notice's text."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """Everything one person is written through, and the record of it."""

    person: PersonId
    settings: Settings
    diary: Diary
    clock: Clock
    seen: Callable[[], Awaitable[dt.datetime | None]]
    """When the newest slate was shown to the person; None = never."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a message to this person is made, by whichever desk."""
    _known: dict[str, Notice] = field(default_factory=dict)
    _seq: int = -1
    """Up to where `_known` is folded; -1 = not at all."""

    async def notices(self) -> dict[str, Notice]:
        """Return every notice of the window, by id; what was read before is not read again."""
        if self._seq < 0:
            newest = await self.diary.newest(self.person, kind=KIND, limit=notices.WINDOW)
            entries = newest[::-1]
        else:
            entries = await self.diary.entries(self.person, kind=KIND, after=self._seq)
        fresh = [
            one for one in entries if one.seq > self._seq
        ]  # another caller may have folded some
        self._known = notices.fold(fresh, self._known)
        self._seq = fresh[-1].seq if fresh else max(self._seq, 0)
        return self._known

    async def profile(self) -> Profile:
        """Return what the person chose."""
        return await profile.read(self.diary, self.person, self.settings)

    async def rules(self) -> Rules:
        """Return what the person allows, with the bars of the settings."""
        return await asyncio.to_thread(rules_of, await self.profile(), self.settings)

    async def looked(self) -> dt.datetime | None:
        """Return when the person last looked at anything; None = never."""
        newest = [await self.diary.newest(self.person, kind=kind, limit=1) for kind in LOOKING]
        times = [entries[0].at for entries in newest if entries]
        times += [one.touched for one in (await self.notices()).values() if one.touched]
        shown = await self.seen()
        return max([*times, *([] if shown is None else [shown])], default=None)

    async def moment(
        self, rules: Rules, proposal: Proposal | None = None, *, busy: bool = False
    ) -> Moment:
        """Return what the gates are asked about now; without a proposal only what holds for anything."""
        now, known = self.clock.now(), (await self.notices()).values()
        sent = [one for one in known if one.stand == "sent"]
        day = local_day(now, rules)
        moment = Moment(
            at=now,
            looked=await self.looked(),
            busy=busy,
            today=sum(local_day(one.at, rules) == day for one in sent),
        )
        if proposal is None:
            return moment
        same = [one.at for one in sent if one.proposal.matter == proposal.matter]
        return replace(
            moment,
            buddy=proposal.buddy,
            same=max(same, default=None),
            score=proposal.score,
            least=proposal.least,
            novelty=proposal.novelty,
        )

    async def notify(
        self, proposal: Proposal, *, say: Callable[[], Awaitable[str]] | None = None
    ) -> Notice:
        """Send a message, or keep why it was not sent: the only way to a person.

        The same key on the same matter is one notice, however often it is proposed. `say` gives the
        words; it is awaited only when every gate has passed, and where it fails the proposal's own
        words are sent. When this returns, the notice is in the inbox; channels follow by `Mail`.
        """
        proposal = replace(proposal, title=_tidy(proposal.title), text=_tidy(proposal.text))
        if self.turn.locked():
            return await self._held(proposal, busy=True)
        async with self.turn:
            return await self._held(proposal, say=say)

    async def note(self, notice: Notice, name: str, body: dict[str, object], key: str = "") -> None:
        """Keep one more thing that happened to a notice; the same `key` counts once."""
        at = self.clock.now()
        where = "/".join(["notice", notice.id, name, *([key] if key else [])])
        body = {"type": name, **body}
        await self.diary.write(where, self.person, KIND, body, topic=notice.id, at=at)

    async def expire(self) -> int:
        """Fold away what nobody read in time; return how many."""
        now, known = self.clock.now(), await self.notices()
        late = [one for one in known.values() if one.is_expired(now) and not one.gone]
        for notice in late:
            await self.note(notice, "expired", {})
        return len(late)

    async def _held(
        self,
        proposal: Proposal,
        *,
        busy: bool = False,
        say: Callable[[], Awaitable[str]] | None = None,
    ) -> Notice:
        """Hold a proposal at the gates, then send it or keep why not."""
        rules = await self.rules()
        decision = decide(rules, await self.moment(rules, proposal, busy=busy))
        known = await self.notices()
        before = known.get(notices.notice_id(self.person, proposal, decision.at))
        if before is not None and before.stand == "sent":
            return before
        if not decision.passed:
            return await self._suppress(proposal, decision, before)
        if say is not None:
            await self._write("proposed", proposal, decision, key=f"/{decision.at.isoformat()}")
            proposal = replace(proposal, text=await _words(say, proposal.text))
        number = 1 + max((one.number for one in known.values()), default=0)
        more = {"number": number, "channels": list((await self.profile()).channels)}
        return await self._write("sent", proposal, decision, more)

    async def _suppress(
        self, proposal: Proposal, decision: Decision, before: Notice | None
    ) -> Notice:
        """Keep why it was not sent: once for each gate it failed at, and day."""
        name, day = decision.failed.name if decision.failed else "", decision.at.date()
        if before is not None and before.failed == name and before.at.date() == day:
            return before
        key = f"/{name}/{decision.at.isoformat()}"
        return await self._write("suppressed", proposal, decision, key=key)

    async def _write(
        self,
        name: str,
        proposal: Proposal,
        decision: Decision,
        more: dict[str, object] | None = None,
        *,
        key: str = "",
    ) -> Notice:
        """Keep the beginning of a notice, or its next stand, and return it as it is then."""
        id = notices.notice_id(self.person, proposal, decision.at)
        body = {"type": name, **notices.beginning(proposal, decision), **(more or {})}
        where = f"notice/{id}/{name}{key}"
        await self.diary.write(where, self.person, KIND, body, topic=id, at=decision.at)
        return (await self.notices())[id]


def rules_of(chosen: Profile, settings: Settings) -> Rules:
    """Return a person's rules; reads the zone's file, so not in the loop. An unknown zone counts as UTC."""
    try:
        zone: dt.tzinfo = zoneinfo.ZoneInfo(chosen.zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        zone = dt.UTC
    return Rules(
        proactive=chosen.proactive,
        idle_days=settings.idle_days,
        muted=frozenset(chosen.muted),
        quiet_from=_time(chosen.quiet_from),
        quiet_to=_time(chosen.quiet_to),
        never_hours=frozenset(chosen.never_hours),
        zone=zone,
        most_a_day=chosen.most_a_day,
        score=settings.contact_score,
        novelty=settings.contact_novelty,
    )


def _time(text: str) -> dt.time:
    hour, _, minute = text.partition(":")
    return dt.time(int(hour), int(minute))


async def _words(say: Callable[[], Awaitable[str]], plain: str) -> str:
    """Return a model's words, or the plain ones when it has none or may not be asked."""
    try:
        return _tidy(await say()) or plain
    except (ModelError, BudgetError):
        return plain


def _tidy(text: str) -> str:
    """Return text on one line without control characters, cut to `MOST_TEXT`."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_TEXT]
