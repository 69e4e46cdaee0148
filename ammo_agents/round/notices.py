"""What became of everything a buddy wanted to say first: a fold over diary entries of kind ``notice``.

``proposed`` → ``sent`` → ``delivered`` or ``failed`` per channel → ``read``, ``answered``, ``expired``;
or ``suppressed`` with the gate that failed. Nothing is changed or dropped: the state is the fold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from ammo_agents.ports import Entry
from ammo_agents.records import PersonId, content_id
from ammo_agents.user.contact import Decision

KIND = "notice"
WINDOW = 1_000
"""Entries looked back: more than a day of them, which is as far as a gate looks."""
LIFE = dt.timedelta(hours=24)
"""A notice nobody read by then is folded away; what waits for its hour waits so long at most."""

NoticeKind = Literal["notify", "question", "review"]
Stand = Literal["proposed", "suppressed", "sent"]
Answer = Literal["more", "less", "mute", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Something somebody wants to say to a person."""

    kind: NoticeKind
    matter: str
    """What it is about; the same matter is not said again within a day: ``coin/bitcoin``."""
    title: str
    text: str
    key: str = ""
    """Names this very message, so that it is said once: a creation's id; empty = once a matter and UTC day."""
    subspace: str = ""
    creation: str = ""
    """The card it shows; empty = none."""
    entity: str = ""
    """For a question: what is asked about."""
    buddy: str = ""
    url: str = ""
    score: float | None = None
    """φ(e)·q of the card."""
    least: float = 0.0
    """What it must reach beside the settings' bar: the best tenth of what waits for this person."""
    novelty: float | None = None
    among: int = 1
    """How many new cards it was the best of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The last try of a channel that did not take it."""

    error: str
    tries: int
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One proposal and all that happened to it."""

    id: str
    """``n_`` and letters."""
    proposal: Proposal
    stand: Stand
    first: dt.datetime
    """When it was first proposed."""
    at: dt.datetime
    """When it was sent, or last suppressed."""
    number: int = 0
    """The person's first notice is 1; 0 = not sent."""
    gates: Sequence[Mapping[str, Any]] = ()
    """Name, passed, value, bar and words of each gate: why now, or why not."""
    failed: str = ""
    """Name of the gate that stopped it."""
    reason: str = ""
    waits: bool = False
    """It is not over: it waits for its hour, or was cut off while it was made."""
    channels: tuple[str, ...] = ()
    """Where else it is to go."""
    delivered: Mapping[str, dt.datetime] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    """By channel, of those that have not taken it yet."""
    read: bool = False
    answers: tuple[Answer, ...] = ()
    touched: dt.datetime | None = None
    """When the person last did something with it."""
    gone: bool = False
    """Nobody read it in time."""

    @property
    def expires(self) -> dt.datetime:
        """When it is folded away, or no longer waits for its hour."""
        return (self.at if self.stand == "sent" else self.first) + LIFE

    def is_expired(self, now: dt.datetime) -> bool:
        """Return whether its time has passed without anybody reading it."""
        return self.gone or (self.is_unread and now >= self.expires)

    @property
    def is_unread(self) -> bool:
        """Has it been sent, and neither read nor answered nor folded away?"""
        return self.stand == "sent" and not (self.read or self.answers or self.gone)

    @property
    def pending(self) -> tuple[str, ...]:
        """Channels that have not taken it yet."""
        return tuple(name for name in self.channels if name not in self.delivered)


def notice_id(person: PersonId, proposal: Proposal, at: dt.datetime) -> str:
    """Return the id of a proposal: the same key on the same matter is the same notice."""
    said = proposal.key or at.astimezone(dt.UTC).date().isoformat()
    return content_id("n", [person, proposal.kind, proposal.matter, said])


def fold(entries: Iterable[Entry], known: Mapping[str, Notice] | None = None) -> dict[str, Notice]:
    """Return every notice as the entries, in order, leave it; entries without their beginning are passed over."""
    found = dict(known or {})
    for entry in entries:
        notice = _after(found.get(entry.topic), entry)
        if notice is not None:
            found[entry.topic] = notice
    return found


def beginning(proposal: Proposal, decision: Decision) -> dict[str, Any]:
    """Return the body of an entry that begins a notice: what was to be said, and every gate's value."""
    failed = decision.failed
    return {
        "proposal": asdict(proposal),
        "gates": [asdict(gate) for gate in decision.gates],
        "failed": "" if failed is None else failed.name,
        "reason": decision.reason,
        "waits": decision.passed or decision.waits,
    }


def _after(notice: Notice | None, entry: Entry) -> Notice | None:
    """Return a notice after one more entry; None = the entry's beginning is not known."""
    body, kind = entry.body, str(entry.body.get("type"))
    if kind in {"proposed", "suppressed", "sent"}:
        return _begun(notice, entry, kind)
    if notice is None:
        return None
    match kind:
        case "delivered":
            rest = {n: f for n, f in notice.failures.items() if n != body["channel"]}
            done = {**notice.delivered, str(body["channel"]): entry.at}
            return replace(notice, delivered=done, failures=rest)
        case "failed":
            tried = Failure(error=str(body["error"]), tries=int(body["tries"]), at=entry.at)
            return replace(notice, failures={**notice.failures, str(body["channel"]): tried})
        case "read":
            return replace(notice, read=True, touched=entry.at)
        case "answered":
            said = dict.fromkeys([*notice.answers, body["said"]])
            return replace(notice, answers=tuple(said), touched=entry.at)
        case "expired":
            return replace(notice, gone=True)
        case _:
            return notice


def _begun(notice: Notice | None, entry: Entry, kind: str) -> Notice:
    body = entry.body
    stand: Stand = (
        "sent" if kind == "sent" else "suppressed" if kind == "suppressed" else "proposed"
    )
    return Notice(
        id=entry.topic,
        proposal=Proposal(**body["proposal"]),
        stand=stand,
        first=entry.at if notice is None else notice.first,
        at=entry.at,
        number=int(body.get("number", 0)),
        gates=tuple(body["gates"]),
        failed=str(body["failed"]),
        reason=str(body["reason"]),
        waits=stand != "sent" and bool(body["waits"]),
        channels=tuple(body.get("channels", ())),
    )
