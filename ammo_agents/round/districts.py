"""The map of subspaces as people have drawn it: which feed shows what is written where (W5).

A district is a name and a view: rows of creations and acts stay where they are, so drawing the map anew
moves nothing, and taking a change back leaves what was there before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.metaspace.living import Living
from ammo_agents.records import EVERYTHING, Composition, EntityId, Knowledge, SubspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one subspace gives to a feed."""

    subspace: SubspaceId
    only: frozenset[EntityId] = frozenset()
    """Entities that are shown; empty = all."""
    never: frozenset[EntityId] = frozenset()
    """Entities that are shown elsewhere."""

    def takes(self, one: Living) -> bool:
        """Return whether a living creation is shown."""
        return one.entity not in self.never and (not self.only or one.entity in self.only)


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A named feed over one or several subspaces."""

    id: SubspaceId
    title: str
    shares: tuple[Share, ...]

    @property
    def spaces(self) -> tuple[SubspaceId, ...]:
        """The subspaces that it shows, sorted, each once."""
        return tuple(sorted({share.subspace for share in self.shares}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """The whole map."""

    districts: Mapping[SubspaceId, District] = field(default_factory=dict)
    """What is no subspace of its own, by name; ``all`` is always there."""
    feeds: Mapping[SubspaceId, tuple[Share, ...]] = field(default_factory=dict)
    """Subspaces whose own feed shows more, or less, than what is written there."""
    merged: frozenset[SubspaceId] = frozenset()
    """Names that are shown inside another name."""


def drawn(changes: Sequence[Composition], installed: Sequence[SubspaceId]) -> Atlas:
    """Return the map after these changes, oldest first; what is not installed is left out.

    A plugin that calls its subspace ``all`` is not shown: the name is reserved.
    """
    installed = [space for space in installed if space != EVERYTHING]
    every = tuple(Share(subspace=space) for space in sorted(installed))
    districts = {EVERYTHING: District(id=EVERYTHING, title="Everything", shares=every)}
    links: dict[SubspaceId, list[Share]] = {}
    away: dict[SubspaceId, frozenset[EntityId]] = {}
    merged: set[SubspaceId] = set()
    for one in changes:
        shares = [s for name in one.subspaces for s in _shares(name, districts, one.entities)]
        if one.kind == "link":
            links.setdefault(one.into, []).extend(shares)
        elif one.kind == "unlink":
            gone = {share.subspace for share in shares}
            links[one.into] = [s for s in links.get(one.into, []) if s.subspace not in gone]
        else:
            here = tuple(share for share in shares if share.subspace in installed)
            title = one.title or one.into.replace("-", " ").capitalize()
            districts[one.into] = District(id=one.into, title=title, shares=here)
        if one.kind == "merge":
            merged.update(one.subspaces)
        if one.kind == "split":
            old = one.subspaces[0]
            away[old] = away.get(old, frozenset()) | frozenset(one.entities)
    feeds = {
        space: (
            Share(subspace=space, never=away.get(space, frozenset())),
            *(share for share in links.get(space, ()) if share.subspace in installed),
        )
        for space in installed
        if links.get(space) or space in away
    }
    return Atlas(districts=districts, feeds=feeds, merged=frozenset(merged))


def checked(
    change: Composition, atlas: Atlas, known: Mapping[SubspaceId, Knowledge]
) -> Composition:
    """Return the change if it can be made on this map.

    `known` is what each installed subspace knows.

    Raises:
        NotFoundError: no such subspace, or no such entity in it.
        BadInputError: a name that is taken or no name, a thing with itself, a loop, something twice.
    """
    names = {*known, *atlas.districts} - {EVERYTHING}
    for name in change.subspaces:
        if name not in names:
            there = ", ".join(sorted(names)) or "none"
            raise NotFoundError(f"no subspace {name!r} (there are: {there})", hint=MAP)
    _check_entities(change, atlas, known)
    if len(set(change.subspaces)) != len(change.subspaces):
        raise BadInputError(
            f"{change.subspaces[0]!r} and itself cannot be put together",
            hint="Name two different subspaces.",
        )
    if change.kind in {"merge", "split"}:
        _check_name(change, {*names, EVERYTHING})
    else:
        _check_link(change, atlas, known)
    return change


NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
LONGEST = 60
"""Letters of a title."""
MAP = "See the map with: ammo subspace map"


def _check_name(change: Composition, taken: set[SubspaceId]) -> None:
    if change.into in taken:
        raise BadInputError(f"the name {change.into!r} is taken", hint="Choose a new name: --into")
    if not NAME.fullmatch(change.into):
        raise BadInputError(
            f"{change.into!r} is no name of a subspace",
            hint="Use up to 40 lower-case letters, digits and hyphens.",
        )
    if len(change.title) > LONGEST or not change.title.isprintable():
        raise BadInputError(
            "this title cannot be shown", hint=f"Use up to {LONGEST} printable letters."
        )


def _check_link(change: Composition, atlas: Atlas, known: Mapping[SubspaceId, Knowledge]) -> None:
    source, into = change.subspaces[0], change.into
    if into not in known:
        raise NotFoundError(
            f"{into!r} is no installed subspace, so nothing more can be shown in it",
            hint=f"Merge instead: ammo subspace merge {source} … --into NEW",
        )
    shown = {share.subspace for share in atlas.feeds.get(into, ())[1:]}
    inside = {share.subspace for share in _shares(source, atlas.districts, ())}
    if into in inside:
        raise BadInputError(f"{source!r} shows {into!r} already: that is a loop", hint=MAP)
    if change.kind == "unlink":
        if not inside & shown:
            raise NotFoundError(f"{source!r} is not linked into {into!r}", hint=MAP)
        return
    if inside & shown:
        raise BadInputError(f"{source!r} is linked into {into!r} already", hint=MAP)
    back = {share.subspace for share in atlas.feeds.get(source, ())[1:]}
    if into in back:
        raise BadInputError(
            f"{into!r} is shown in {source!r} already: both ways would be a loop",
            hint=f"Make one feed of both: ammo subspace merge {source} {into} --into NEW",
        )


def _check_entities(
    change: Composition, atlas: Atlas, known: Mapping[SubspaceId, Knowledge]
) -> None:
    if change.kind == "split" and not change.entities:
        raise BadInputError("a split needs entities", hint="Name them with --entities A,B")
    if change.kind == "split" and change.subspaces[0] not in known:
        raise BadInputError(
            f"{change.subspaces[0]!r} is a view of several subspaces",
            hint="Split one of them, or take the merge back: ammo subspace undo",
        )
    spaces = {s.subspace for n in change.subspaces for s in _shares(n, atlas.districts, ())}
    there = {e.id for space in spaces if space in known for e in known[space].entities}
    for entity in change.entities:
        if entity not in there:
            raise NotFoundError(
                f"no entity {entity!r} in {', '.join(sorted(spaces))}",
                hint="Write it as in its facts: coin/bitcoin",
            )


def _shares(
    name: SubspaceId, districts: Mapping[SubspaceId, District], only: Sequence[EntityId]
) -> tuple[Share, ...]:
    """Return what stands behind a name: the shares of a district, or the subspace itself."""
    if name not in districts:
        return (Share(subspace=name, only=frozenset(only)),)
    wanted = frozenset(only)
    return tuple(
        Share(
            subspace=share.subspace,
            only=(share.only & wanted if share.only else wanted) if wanted else share.only,
            never=share.never,
        )
        for share in districts[name].shares
    )
