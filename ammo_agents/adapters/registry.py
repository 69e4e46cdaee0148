"""Which adapter a buddy writes with: the newest row of the society's diary for it (decision 0017, training.md 5.5).

A row of kind ``adapter`` has a target as its topic and says ``{adapter, was, by, reason, gate, act}``.
The most specific target that names an adapter wins: ``<subspace>/<buddy>``, then ``<subspace>``, then
``*``. A tainted, altered or missing adapter is never used: the base writes in its place, and why is said.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.adapters.verdict import Verdict
from ammo_agents.errors import AmmoError, BadInputError, RefusedError
from ammo_agents.ports import SOCIETY, Diary, Entry

KIND, TAINT = "adapter", "taint"
EVERYWHERE = "*"
Act = Literal["promote", "rollback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What one buddy writes with."""

    adapter: str = ""
    """Empty = the base."""
    target: str = ""
    """The target whose pointer says so; empty = none does."""
    fault: str = ""
    """Why the adapter that is pointed at does not write."""
    manifest: AdapterManifest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One promotion or rollback."""

    seq: int
    at: dt.datetime
    target: str
    act: Act
    adapter: str
    """What writes since; empty = what holds for a wider target, at last the base."""
    was: str
    by: str
    reason: str
    """Why it was promoted although the gate said no, or why it was rolled back."""
    gate: Mapping[str, object]
    """What the gate had said, in short."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Promotes and rolls back. Only the process that owns the home writes here."""

    diary: Diary
    folder: AdapterFolder

    async def pointers(self) -> Mapping[str, str]:
        """Return target → adapter id, of every target that names one: a picture of this moment."""
        newest = await self.diary.latest(SOCIETY, KIND)
        found = {target: str(entry.body["adapter"]) for target, entry in newest.items()}
        return {target: adapter for target, adapter in found.items() if adapter}

    async def live(
        self, subspace: str, buddy: str = "", *, pointers: Mapping[str, str] | None = None
    ) -> Live:
        """Return what a buddy writes with, every file of it checked; `pointers` are those of another moment.

        `buddy` is ``bitcoin`` or ``coin/bitcoin``; empty = what holds for the whole subspace.
        """
        said = await self.pointers() if pointers is None else pointers
        target = next((t for t in targets_of(subspace, buddy) if t in said), "")
        if not target:
            return Live()
        adapter = said[target]
        try:
            manifest = await self.usable(adapter)
        except AmmoError as error:
            return Live(target=target, fault=error.message)
        return Live(adapter=adapter, target=target, manifest=manifest)

    async def usable(self, adapter: str) -> AdapterManifest:
        """Return an adapter that may write.

        Raises:
            NotFoundError: there is none with this id.
            TamperedError: it is not what its manifest says.
            RefusedError: somebody whose words it was trained on has taken them back.
        """
        manifest = await asyncio.to_thread(self.folder.read, adapter)
        if why := (await self.tainted()).get(adapter):
            raise RefusedError(
                f"adapter {adapter} is tainted: {why}",
                hint="Train again without those words: ammo train run; the base writes meanwhile.",
            )
        return manifest

    async def promote(
        self, target: str, adapter: str, *, by: str, gate: Verdict, reason: str = ""
    ) -> Change:
        """Let an adapter write for a target from the next round on; what is live already stays so.

        Raises:
            NotFoundError, TamperedError, RefusedError: as `usable` says; `reason` changes nothing there.
            RefusedError: the gate failed and no reason was given, or it saw grounding get worse.
        """
        check_target(target)
        await self.usable(adapter)
        _open_gate(adapter, gate, reason)
        was = (await self.pointers()).get(target, "")
        if was == adapter:
            return (await self.history(target))[-1]
        body = {"adapter": adapter, "was": was, "by": by, "reason": reason, "gate": gate.short()}
        return await self._write(target, "promote", body)

    async def rollback(self, target: str, *, by: str, reason: str = "") -> Change:
        """Point back to what wrote before, passing over what may no longer write; at last the base.

        Raises:
            RefusedError: nothing was promoted for this target.
        """
        check_target(target)
        before = _stack(await self.history(target))
        if not before:
            raise RefusedError(
                f"nothing is promoted for {target!r}: there is nothing to take back",
                hint="See what is live: ammo runs list",
            )
        was, passed = before.pop(), []
        while before:
            try:
                await self.usable(before[-1])
                break
            except AmmoError as error:
                passed.append(error.message)
                before.pop()
        said = "; ".join([*([reason] if reason else []), *(f"passed over: {p}" for p in passed)])
        adapter = before[-1] if before else ""
        body = {"adapter": adapter, "was": was, "by": by, "reason": said, "gate": {}}
        return await self._write(target, "rollback", body)

    async def history(self, target: str | None = None) -> tuple[Change, ...]:
        """Return every promotion and rollback, the oldest first; None = of every target."""
        entries = await self.diary.entries(SOCIETY, kind=KIND, topic=target)
        return tuple(_change(entry) for entry in entries)

    async def tainted(self) -> Mapping[str, str]:
        """Return adapters nobody may load until they are trained again, each with the reason."""
        newest = await self.diary.latest(SOCIETY, TAINT)
        return {adapter: str(entry.body["reason"]) for adapter, entry in newest.items()}

    async def taint(
        self, *, reason: str, people: Collection[str] = (), events: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Mark every adapter that learned from these people or events, and every descendant; return their ids.

        The reason is kept in words that name nobody.
        """
        every = await asyncio.to_thread(self.folder.all)
        known = await self.tainted()
        hit = _descendants(every, set(people), set(events))
        fresh = [adapter for adapter in hit if adapter not in known]
        for adapter in fresh:
            body = {"adapter": adapter, "reason": reason}
            await self.diary.write(f"{TAINT}/{adapter}", SOCIETY, TAINT, body, topic=adapter)
        return tuple(fresh)

    async def _write(self, target: str, act: Act, body: Mapping[str, object]) -> Change:
        # The key is the number of the row it stands on: two promotions of one moment cannot both hold.
        last = await self.diary.newest(SOCIETY, kind=KIND, topic=target, limit=1)
        key = f"{KIND}/{target}/{last[0].seq if last else 0}"
        await self.diary.write(key, SOCIETY, KIND, {**body, "act": act}, topic=target)
        (entry,) = await self.diary.newest(SOCIETY, kind=KIND, topic=target, limit=1)
        return _change(entry)


def targets_of(subspace: str, buddy: str = "") -> tuple[str, ...]:
    """Return the targets that hold for a buddy, the most specific first."""
    own = buddy if buddy.startswith(f"{subspace}/") else f"{subspace}/{buddy}"
    return (*((own,) if buddy else ()), subspace, EVERYWHERE)


def check_target(target: str) -> None:
    """Refuse what is no target.

    Raises:
        BadInputError: it is neither ``<subspace>/<buddy>`` nor ``<subspace>`` nor ``*``.
    """
    parts = target.split("/")
    if target != EVERYWHERE and not (
        len(parts) <= 2 and all(p and p.isprintable() and not p.startswith("@") for p in parts)
    ):
        raise BadInputError(
            f"{target!r} is no target", hint="Give coin/bitcoin, coin, or * for every buddy."
        )


def _open_gate(adapter: str, gate: Verdict, reason: str) -> None:
    if gate.passed:
        return
    if gate.grounding_worse:
        raise RefusedError(
            f"adapter {adapter} made more claims that its sources do not carry: {gate.why}",
            hint="No reason opens this gate. Train on fewer steps, or on pairs that cite.",
        )
    if not reason.strip():
        raise RefusedError(
            f"the gate did not let adapter {adapter} through: {gate.why}",
            hint='See the report: ammo runs show; promote it all the same, kept and shown: --anyway "REASON"',
        )


def _stack(changes: Sequence[Change]) -> list[str]:
    """Return what was promoted and not taken back, the newest last."""
    kept: list[str] = []
    for change in changes:
        if change.act == "promote":
            kept.append(change.adapter)
            continue
        kept = kept[:-1]
        while kept and kept[-1] != change.adapter:
            kept.pop()
    return kept


def _descendants(
    every: Sequence[AdapterManifest], people: set[str], events: set[str]
) -> tuple[str, ...]:
    """Return ids of adapters that learned from these people or events, themselves or through a parent."""
    hit = {m.id for m in every if people & set(m.people) or events & set(m.events)}
    while more := {m.id for m in every if m.id not in hit and hit & set(m.parents)}:
        hit |= more
    return tuple(sorted(hit))


def _change(entry: Entry) -> Change:
    body = entry.body
    return Change(
        seq=entry.seq,
        at=entry.at,
        target=entry.topic,
        act="rollback" if body.get("act") == "rollback" else "promote",
        adapter=str(body["adapter"]),
        was=str(body.get("was", "")),
        by=str(body.get("by", "")),
        reason=str(body.get("reason", "")),
        gate=dict(body.get("gate", {})),
    )
