"""Seed packs: cards that a subspace brings with it, so that a new home is not empty and nothing is embedded.

A pack is one zip that a subspace ships in its wheel: the creations, the facts they cite, the unit rows of
both, the basis of φ and the day their world had reached. `plant` puts it into a home whose space has the
same embedder; whatever does not fit is refused whole, with the reason, and the home begins without it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

from ammo_agents.errors import (
    AmmoError,
    DamagedError,
    NotFoundError,
    RefusedError,
    SpaceMismatchError,
    TamperedError,
    VersionError,
)
from ammo_agents.geometry import Basis
from ammo_agents.ledger.codec import decode, encode
from ammo_agents.metaspace.door import check_unit
from ammo_agents.metaspace.space import MetaSpace
from ammo_agents.ports import Ledger, Subspace
from ammo_agents.records import Creation, Fact, FactId, Matrix, Placed, SubspaceId
from ammo_agents.round import cited
from ammo_agents.settings import Settings

VERSION = 1
"""Of the format; a pack of a newer one is refused."""
LARGEST = 16_000_000
"""Bytes of one part, unpacked: a pack that claims more is refused before it is unpacked."""
HEAD = "head.json"
PARTS = ("creations.jsonl", "facts.jsonl", "creations.f4", "facts.f4", "basis.bin")
WITHOUT = "AMMO starts without its cards; reinstall the subspace to have them."
STAMP = (1980, 1, 1, 0, 0, 0)
"""The time of every member: equal packs are equal bytes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What one subspace brings, checked: nothing in it contradicts anything else in it."""

    subspace: SubspaceId
    embedder: str
    """The id of the embedder that placed it: ``local/minilm-l6-v2``."""
    space: str
    """The fingerprint of its space."""
    day: dt.date
    """The day its world had reached."""
    creations: tuple[Creation, ...]
    """Oldest first."""
    facts: tuple[Fact, ...]
    """Every fact that a creation cites, each once."""
    creation_rows: Matrix = field(compare=False)
    """Unit rows of the creations, shape (n, D), float32."""
    fact_rows: Matrix = field(compare=False)
    """Unit rows of the facts, shape (m, D), float32."""
    basis: Basis = field(compare=False)

    @property
    def dim(self) -> int:
        """D of its space."""
        return self.basis.dim


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What became of one subspace's pack."""

    subspace: SubspaceId
    cards: int = 0
    """How many cards the home has from it that it did not have before."""
    note: str = ""
    """Why there are none."""


async def plant_seeds(
    ledger: Ledger, subspaces: Sequence[Subspace], settings: Settings
) -> list[Planted]:
    """Plant the pack of every subspace that has one and has not begun; a bad pack is told, never raised.

    The subspace of the settings comes first: its basis becomes the one of the home.
    """
    order = sorted(subspaces, key=lambda s: (s.id != settings.subspace, s.id))
    return [await _told(ledger, subspace, settings) for subspace in order if subspace.seed]


async def _told(ledger: Ledger, subspace: Subspace, settings: Settings) -> Planted:
    if settings.live and not settings.offline:
        return Planted(subspace=subspace.id, note="its world is live, and a pack is of the past")
    if await ledger.day(subspace.id) is not None:
        return Planted(subspace=subspace.id, note="its world has begun")
    try:
        cards = await plant(ledger, subspace, settings.embedder)
    except AmmoError as error:
        return Planted(subspace=subspace.id, note=error.message)
    return Planted(subspace=subspace.id, cards=cards)


async def plant(ledger: Ledger, subspace: Subspace, embedder: str) -> int:
    """Put a subspace's pack into the ledger and return how many cards are new; a killed try is taken up.

    `embedder` is the id of the one this home uses. The world's day is written last: a home that has one
    has begun, and is left alone, as is one with cards of its own.

    Raises:
        SpaceMismatchError: the home's embedder, or the space of its ledger, is not the pack's.
        DamagedError, TamperedError, VersionError: a pack that cannot be used; nothing was written.
    """
    if subspace.seed is None or await ledger.day(subspace.id) is not None:
        return 0
    pack = await asyncio.to_thread(_read, subspace.seed)
    if pack.subspace != subspace.id:
        raise RefusedError(
            f"the seed pack of {subspace.id!r} is for {pack.subspace!r}",
            hint="Reinstall the subspace; AMMO starts without its seed cards.",
        )
    if pack.embedder != embedder:
        raise SpaceMismatchError(
            f"the seed pack was placed by {pack.embedder}, this home uses {embedder}",
            hint="AMMO starts without seed cards; buddies write their own.",
        )
    there = {c.id for c in await ledger.creations(subspace=subspace.id)}
    if there - {c.id for c in pack.creations}:
        return 0
    await MetaSpace.stamp(ledger, fingerprint=pack.space, dim=pack.dim, embedder=pack.embedder)
    await _write(ledger, pack)
    return len(pack.creations) - len(there)


def _read(seed: Callable[[], bytes]) -> Pack:
    try:
        return unpack(seed())
    except OSError as error:
        raise DamagedError(f"the seed pack cannot be read: {error}", hint=WITHOUT) from error


async def _write(ledger: Ledger, pack: Pack) -> None:
    """Write a pack: all of it waits for one commit of the ledger, and the day for all of it."""
    if await ledger.meta("basis") is None:
        await ledger.save_blob(f"basis/{pack.basis.fingerprint}", pack.basis.to_bytes())
        await ledger.set_meta("basis", pack.basis.fingerprint)
    mark = f"seed/{pack.subspace}"
    await asyncio.gather(
        ledger.learn(f"{mark}/facts", pack.facts, pack.fact_rows),
        *(
            ledger.publish(
                f"{mark}/{creation.id}",
                Placed(creation=creation, vector=row, space=pack.space),
                (),
            )
            for creation, row in zip(pack.creations, pack.creation_rows, strict=True)
        ),
    )
    await ledger.advance(f"{mark}/day", pack.subspace, pack.day)


async def gather(
    ledger: Ledger, subspace: Subspace, *, since: dt.date, most: int, leave: Sequence[str] = ()
) -> Pack:
    """Return a pack of a home's newest creations from `since` on, without those named in `leave`.

    Raises:
        NotFoundError: the home has no such creations, or no space or basis yet.
    """
    day = await ledger.day(subspace.id)
    living = await ledger.creations(subspace=subspace.id, since=since)
    found = [creation for creation in living if creation.subspace == subspace.id]
    creations = [c for c in found if c.id not in leave][:most][::-1]
    name, space, embedder = [await ledger.meta(n) for n in ("basis", "space", "space.embedder")]
    blob = None if name is None else await ledger.blob(f"basis/{name}")
    if day is None or space is None or embedder is None or blob is None or not creations:
        raise NotFoundError(
            f"this home has no cards of {subspace.id!r} to make a seed pack of",
            hint=f"Let buddies write some first: ammo run --subspace {subspace.id} --cards 60",
        )
    ids, rows = await ledger.vectors(subspace=subspace.id, since=since)
    places = dict(zip(ids, rows, strict=True))
    wanted = list(dict.fromkeys(id for c in creations for id in cited(c)))
    fact_ids, fact_rows = await ledger.fact_vectors(subspace.id)
    fact_places = dict(zip(fact_ids, fact_rows, strict=True))
    return Pack(
        subspace=subspace.id,
        embedder=embedder,
        space=space,
        day=day,
        creations=tuple(creations),
        facts=tuple(await ledger.facts(ids=wanted)),
        creation_rows=np.stack([places[c.id] for c in creations]),
        fact_rows=np.stack([fact_places[id] for id in wanted]),
        basis=Basis.from_bytes(blob),
    )


def pack_up(pack: Pack) -> bytes:
    """Return a pack as bytes: the same for the same pack and the same zlib."""
    parts = dict(
        zip(
            PARTS,
            (
                "\n".join(encode(c) for c in pack.creations).encode(),
                "\n".join(encode(f) for f in pack.facts).encode(),
                np.ascontiguousarray(pack.creation_rows, "<f4").tobytes(),
                np.ascontiguousarray(pack.fact_rows, "<f4").tobytes(),
                pack.basis.to_bytes(),
            ),
            strict=True,
        )
    )
    head = {
        "version": VERSION,
        "subspace": pack.subspace,
        "embedder": pack.embedder,
        "space": pack.space,
        "day": pack.day.isoformat(),
        "sha256": {name: sha256(part).hexdigest() for name, part in parts.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, part in {HEAD: json.dumps(head, sort_keys=True).encode(), **parts}.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), part, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def unpack(blob: bytes) -> Pack:
    """Return the pack that `pack_up` wrote, wholly checked; blocks for some milliseconds.

    Raises:
        DamagedError: no pack, one that is cut off, or one whose parts contradict each other.
        TamperedError: a part is not the one its hash speaks of.
        VersionError: a newer AMMO made it.
    """
    try:
        head, parts = _parts(blob)
        pack = _assembled(head, parts)
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        if isinstance(error, ValidationError):
            error = ValueError(
                f"{error.error_count()} fields do not fit: {error.errors()[0]['msg']}"
            )
        raise DamagedError(f"the seed pack cannot be read: {error}", hint=WITHOUT) from error
    _check(pack)
    return pack


def _parts(blob: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        for member in archive.infolist():
            if member.file_size > LARGEST:
                raise ValueError(f"{member.filename} is of {member.file_size} bytes")
        head = json.loads(archive.read(HEAD))
        if int(head["version"]) > VERSION:
            raise VersionError(
                f"the seed pack has format {head['version']}, this AMMO reads up to {VERSION}",
                hint="Update AMMO; until then it starts without these cards.",
            )
        parts = {name: archive.read(name) for name in PARTS}
    for name, part in parts.items():
        if sha256(part).hexdigest() != head["sha256"][name]:
            raise TamperedError(f"{name} of the seed pack has another hash", hint=WITHOUT)
    return head, parts


def _assembled(head: dict[str, Any], parts: dict[str, bytes]) -> Pack:
    creations, facts, creation_rows, fact_rows, basis = (parts[name] for name in PARTS)
    frame = Basis.from_bytes(basis)
    return Pack(
        subspace=SubspaceId(str(head["subspace"])),
        embedder=str(head["embedder"]),
        space=str(head["space"]),
        day=dt.date.fromisoformat(head["day"]),
        creations=_records(Creation, creations),
        facts=_records(Fact, facts),
        creation_rows=np.frombuffer(creation_rows, "<f4").reshape(-1, frame.dim).astype(np.float32),
        fact_rows=np.frombuffer(fact_rows, "<f4").reshape(-1, frame.dim).astype(np.float32),
        basis=frame,
    )


def _records(kind: type[T], lines: bytes) -> tuple[T, ...]:
    return tuple(decode(kind, line) for line in lines.split(b"\n") if line)


def _check(pack: Pack) -> None:
    """Raise `DamagedError` for a pack whose parts do not belong together."""
    known = {fact.id for fact in pack.facts}
    if len(pack.creations) != len(pack.creation_rows) or len(pack.facts) != len(pack.fact_rows):
        raise _unfit("it has not one row for each creation and each fact")
    if len({c.id for c in pack.creations}) != len(pack.creations) or len(known) != len(pack.facts):
        raise _unfit("an id comes twice")
    for fact, row in zip(pack.facts, pack.fact_rows, strict=True):
        check_unit(fact.id, row, pack.dim)
        if fact.subspace != pack.subspace:
            raise _unfit(f"fact {fact.id} belongs to {fact.subspace!r}")
    for creation, row in zip(pack.creations, pack.creation_rows, strict=True):
        check_unit(creation.id, row, pack.dim)
        _check_creation(pack, creation, known)


def _check_creation(pack: Pack, creation: Creation, known: set[FactId]) -> None:
    if creation.subspace != pack.subspace:
        raise _unfit(f"creation {creation.id} belongs to {creation.subspace!r}")
    if creation.date > pack.day:
        raise _unfit(
            f"creation {creation.id} speaks of {creation.date}, its world is at {pack.day}"
        )
    if missing := set(cited(creation)) - known:
        raise _unfit(f"creation {creation.id} cites {min(missing)}, which it does not bring")


def _unfit(reason: str) -> DamagedError:
    return DamagedError(f"the seed pack does not hold together: {reason}", hint=WITHOUT)
