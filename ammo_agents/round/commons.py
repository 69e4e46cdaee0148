"""What a home knows of other people: the community that is kept, and who agreed to be learned from (W12).

A community of a published log serves every person of the home; one learned from people of this home
serves only the person it was learned for, who has no part in it, and goes before the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from ammo_agents.aipp.archive import packed, unpacked
from ammo_agents.aipp.circles import Circles
from ammo_agents.aipp.community import Community
from ammo_agents.aipp.preference import FIXED, Prior
from ammo_agents.errors import DamagedError
from ammo_agents.geometry import Basis, Frame, fit_basis
from ammo_agents.ports import Embedder, Ledger
from ammo_agents.records import PersonId, SubspaceId

JOINED = "community.joined"
"""The stamp that lists who agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What a User Buddy begins with: the frame of φ, the prior, and circles of like taste."""

    frame: Frame
    prior: Prior = FIXED
    circles: Circles | None = None
    community: Community | None = field(default=None, compare=False)
    """None = nobody else is known here."""
    fault: str = ""
    """Why a community that is kept is not served."""


async def frozen_basis(
    ledger: Ledger,
    embed: Callable[[], Awaitable[Embedder]],
    sample: Callable[[], Awaitable[list[str]]],
) -> Basis:
    """Return the kept basis of φ, or fit one on texts of the first subspace and keep it."""
    kept = await ledger.meta("basis")
    if kept is not None:
        blob = await ledger.blob(f"basis/{kept}")
        if blob is not None:
            return Basis.from_bytes(blob)
    embedder = await embed()
    basis = fit_basis(await embedder.embed(await sample()))
    await ledger.save_blob(f"basis/{basis.fingerprint}", basis.to_bytes())
    await ledger.set_meta("basis", basis.fingerprint)
    return basis


def stamp_of(subspace: SubspaceId, person: PersonId | None = None) -> str:
    """Return the stamp that names a community: of everybody here, or of one person."""
    return f"community/{subspace}" if person is None else f"community/{subspace}/{person}"


async def taught(ledger: Ledger, subspace: SubspaceId, person: PersonId, basis: Basis) -> Taught:
    """Return what the kept community teaches; one that was learned in another space teaches nothing.

    Raises:
        DamagedError: the kept community cannot be read.
    """
    bare = Taught(frame=Frame(basis=basis))
    fingerprint = await named(ledger, subspace, person)
    if not fingerprint:
        return bare
    blob = await ledger.blob(f"community/{fingerprint}")
    if blob is None:
        raise DamagedError(
            f"the community {fingerprint} is named and not kept",
            hint="Learn it again: ammo community learn",
        )
    found = await asyncio.to_thread(unpacked, blob)
    if found.basis != basis.fingerprint:
        return replace(bare, fault="it was learned in another space: ammo community learn")
    frame = Frame(basis=replace(basis, tables=fingerprint), tables=found.tables)
    return Taught(frame=frame, prior=found.prior, circles=found.circles, community=found)


async def named(ledger: Ledger, subspace: SubspaceId, person: PersonId) -> str:
    """Return the fingerprint of the community that serves a person; empty = none."""
    own = await ledger.meta(stamp_of(subspace, person))
    return own or await ledger.meta(stamp_of(subspace)) or ""


async def keep(
    ledger: Ledger, community: Community, subspace: SubspaceId, person: PersonId | None = None
) -> str:
    """Keep a community in place of the one before it, whose bytes leave the ledger; return its fingerprint."""
    blob = await asyncio.to_thread(packed, community)
    fingerprint = hashlib.sha256(blob).hexdigest()[:16]
    await ledger.save_blob(f"community/{fingerprint}", blob)
    await ledger.set_meta(stamp_of(subspace, person), fingerprint)
    return fingerprint


async def drop(ledger: Ledger, subspace: SubspaceId, person: PersonId) -> list[str]:
    """Forget the communities that serve a person in a subspace and return their fingerprints."""
    dropped = []
    for stamp in (stamp_of(subspace, person), stamp_of(subspace)):
        if fingerprint := await ledger.meta(stamp):
            dropped.append(fingerprint)
            await ledger.set_meta(stamp, "")
    return dropped


async def joined(ledger: Ledger) -> tuple[PersonId, ...]:
    """Return the people of this home who agreed to be learned from."""
    return tuple(PersonId(name) for name in json.loads(await ledger.meta(JOINED) or "[]"))


async def agree(ledger: Ledger, people: Sequence[PersonId]) -> None:
    """Keep who agreed to be learned from."""
    await ledger.set_meta(JOINED, json.dumps(sorted(set(people)), ensure_ascii=False))
