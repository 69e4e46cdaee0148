"""``entities.csv`` and ``edges.csv``: the knowledge graph of a folder, as its author wrote it (W6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from ammo_agents.authoring.refusal import instead, shown
from ammo_agents.authoring.table import Row, parts, rows
from ammo_agents.records import Edge, Entity, EntityId, Source, SubspaceId

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KIND = re.compile(r"[a-z0-9]+([ _-][a-z0-9]+)*")
SOURCE_COLUMNS = ("source", "url", "licence", "verified_by")
ENTITY_COLUMNS = ("slug", "name", "kind", "summary", "aliases", "keywords", *SOURCE_COLUMNS)
EDGE_COLUMNS = ("source", "kind", "target", "weight")


def entities(path: Path, space: SubspaceId, standard: Source) -> tuple[Entity, ...]:
    """Return the entities of ``entities.csv``; `standard` fills what a row leaves out of its source.

    Raises:
        BadInputError: as `table.rows`; no name, a slug that is none or is there twice, a kind that is no word.
    """
    found: dict[EntityId, Entity] = {}
    for row in rows(path, columns=ENTITY_COLUMNS, needed=("name",)):
        entity = _entity(row, space, standard)
        if entity.id in found:
            raise row.wrong(
                "slug",
                f"{entity.id.partition('/')[2]!r} is there already, for {found[entity.id].name!r}",
                "Give one of them another slug.",
            )
        found[entity.id] = entity
    return tuple(found.values())


def edges(path: Path, space: SubspaceId, known: Mapping[EntityId, Entity]) -> tuple[Edge, ...]:
    """Return the edges of ``edges.csv``, between entities of this folder.

    Raises:
        BadInputError: as `table.rows`; an entity nobody declared, an edge to itself, a weight that is no number in (0, 1000].
    """
    found: dict[tuple[EntityId, str, EntityId], Edge] = {}
    for row in rows(path, columns=EDGE_COLUMNS, needed=("source", "kind", "target")):
        ends = [entity_of(row, column, space, known) for column in ("source", "target")]
        if ends[0] == ends[1]:
            raise row.wrong("target", "the edge leads back to itself", "Name two entities.")
        if not KIND.fullmatch(row["kind"]):
            raise row.wrong(
                "kind", f"{shown(row['kind'])} is no kind", "Write small letters: used_in"
            )
        edge = Edge(source=ends[0], kind=row["kind"], target=ends[1], weight=_weight(row))
        found[edge.source, edge.kind, edge.target] = edge
    return tuple(found.values())


def entity_of(
    row: Row, column: str, space: SubspaceId, known: Mapping[EntityId, Entity]
) -> EntityId:
    """Return the entity that a cell names by slug, id or name.

    Raises:
        BadInputError: the cell is empty, or names nothing of this folder; the nearest slug is told.
    """
    said = row[column]
    if not said:
        raise row.wrong(column, "is empty", "Name an entity of entities.csv by its slug.")
    wanted = EntityId(said if said.startswith(f"{space}/") else f"{space}/{said}")
    if wanted in known:
        return wanted
    for entity in known.values():
        if entity.name.lower() == said.lower():
            return entity.id
    slugs = [id.partition("/")[2] for id in known]
    raise row.wrong(
        column,
        f"entities.csv has no {shown(said)}",
        instead(said, slugs, noun="slug") or "Declare it in entities.csv.",
    )


def source_of(row: Row, standard: Source) -> Source:
    """Return a row's source; what it leaves out is the folder's own."""
    own = bool(row["source"])  # another source has its own address and licence, or none
    return Source(
        name=row["source"] or standard.name,
        url=row["url"] or ("" if own else standard.url),
        licence=row["licence"] or ("" if own else standard.licence),
        verified_by=row["verified_by"] or standard.verified_by,
    )


def slug_of(name: str) -> str:
    """Return a name as a slug: ``Crème brûlée`` → ``creme-brulee``; empty where it has no letters for one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))


def _entity(row: Row, space: SubspaceId, standard: Source) -> Entity:
    if not row["name"]:
        raise row.wrong("name", "is empty", "Give every entity a name.")
    slug = row["slug"].removeprefix(f"{space}/") or slug_of(row["name"])
    if not SLUG.fullmatch(slug):
        raise row.wrong(
            "slug",
            f"{shown(slug)} is no slug",
            "Write small letters, digits and single hyphens: apple-pie",
        )
    kind = row["kind"].lower() or "thing"
    if not KIND.fullmatch(kind):
        raise row.wrong("kind", f"{shown(kind)} is no kind", "Write one small word: dish")
    source = source_of(row, standard)
    return Entity(
        id=EntityId(f"{space}/{slug}"),
        subspace=space,
        name=row["name"],
        aliases=parts(row["aliases"]),
        kind=kind,
        summary=row["summary"],
        keywords=parts(row["keywords"]),
        source=source if source.name else None,
    )


def _weight(row: Row) -> float:
    said = row["weight"]
    if not said:
        return 1.0
    if not re.fullmatch(r"\d{1,4}(\.\d{1,6})?", said) or not 0 < float(said) <= 1000:
        raise row.wrong("weight", f"{shown(said)} is no weight", "Write a number over 0: 0.8")
    return float(said)
