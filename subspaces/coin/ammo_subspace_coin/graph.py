"""The knowledge base: coins and groups, typed edges, and the statements that always hold."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from ammo_agents.records import (
    BuddyId,
    Edge,
    Entity,
    EntityId,
    Fact,
    GoalBuddy,
    Knowledge,
    Quantity,
    Source,
    fact_id,
)
from ammo_subspace_coin.coins import COIN, COINS, MARKET, Coin

REGISTRY = Source(
    name="Cosmos Chain Registry contributors",
    url="https://github.com/cosmos/chain-registry",
    licence="CC BY 4.0",
    verified_by="near-extracted from the registry's description by the authors of ammo_subspace_coin",
)
BEGINNING = dt.date(2013, 4, 29)
"""The first day of this world: what always holds is dated with it."""
WEIGHTS = {
    "wraps": 1.0,
    "forked_from": 0.9,
    "derived_from": 0.9,
    "pegged_to": 0.8,
    "competes_with": 0.8,
    "runs_on": 0.7,
    "related_to": 0.6,
    "is_a": 0.5,
    "traded_in": 0.1,
}
"""How near the two ends of an edge of each kind are, in (0, 1]."""
ABOUT = "coin.about"


@cache
def read_graph() -> dict[str, Any]:
    """Return the hand-written tables of ``data/graph.toml``; reads a file once."""
    return tomllib.loads(_text("graph.toml"))


def knowledge() -> Knowledge:
    """Return the whole graph with its standing facts; reads two small files."""
    graph = read_graph()
    described = json.loads(_text("entities.json"))["coins"]
    rows = {row["symbol"]: row for row in graph["coin"]}
    market = Entity(
        id=MARKET,
        subspace=COIN,
        name="Coin Market",
        aliases=("crypto market", "the market"),
        kind="market",
        summary="All coins of this subspace taken together.",
        keywords=("market", "breadth", "week"),
    )
    groups = tuple(_group(row) for row in graph["group"])
    coins = tuple(_coin(COINS[s], rows[s], described.get(s)) for s in COINS)
    edges = tuple(edge for s in COINS for edge in _edges(COINS[s], rows[s]))
    facts = tuple(_about(COINS[s], row) for s in COINS for row in rows[s]["fact"])
    return Knowledge(entities=(market, *coins, *groups), edges=edges, facts=facts)


def buddies(known: Knowledge) -> Sequence[GoalBuddy]:
    """Return one Goal Buddy for each coin and one for the market, born from the graph."""
    return [
        GoalBuddy(
            id=BuddyId(entity.id),
            subspace=COIN,
            entity=entity.id,
            name=f"{entity.name} Buddy",
            voice="Short, sober sentences; numbers before adjectives.",
            neighbours=_neighbours(entity.id, known.edges),
        )
        for entity in known.entities
        if entity.kind in {"coin", "market"}
    ]


def _neighbours(entity: EntityId, edges: Sequence[Edge]) -> tuple[EntityId, ...]:
    near: dict[EntityId, float] = {}
    for edge in edges:
        if entity in {edge.source, edge.target}:
            other = edge.target if edge.source == entity else edge.source
            near[other] = max(near.get(other, 0.0), edge.weight)
    return tuple(sorted(near, key=lambda id: (-near[id], id)))


def _group(row: Mapping[str, str]) -> Entity:
    return Entity(
        id=EntityId(f"{COIN}/{row['slug']}"),
        subspace=COIN,
        name=row["name"],
        kind="group",
        summary=row["summary"],
        keywords=(row["slug"],),
    )


def _coin(coin: Coin, row: Mapping[str, Any], described: Mapping[str, str] | None) -> Entity:
    return Entity(
        id=coin.id,
        subspace=COIN,
        name=coin.name,
        aliases=(coin.symbol,) if coin.symbol != coin.name else (),
        kind="coin",
        summary=(described or {}).get("description", ""),
        keywords=tuple(row.get("is_a", ())),
        source=REGISTRY if described else None,
    )


def _edges(coin: Coin, row: Mapping[str, Any]) -> list[Edge]:
    edges = [
        Edge(source=coin.id, kind=kind, target=_target(target), weight=weight)
        for kind, weight in WEIGHTS.items()
        for target in row.get(kind, ())
    ]
    market = Edge(source=coin.id, kind="traded_in", target=MARKET, weight=WEIGHTS["traded_in"])
    return [*edges, market]


def _target(name: str) -> EntityId:
    return COINS[name].id if name in COINS else EntityId(f"{COIN}/{name}")


def _about(coin: Coin, row: Mapping[str, Any]) -> Fact:
    quantities = tuple(
        Quantity(name=slot, value=float(value), unit=unit, text=text)
        for slot, (value, unit, text) in row.get("numbers", {}).items()
    )
    # Prose is said near its own words, so the name stands in it and only numbers are slots.
    frame = row["frame"].replace("{name}", coin.name)
    statement = frame.format_map({q.name: q.text for q in quantities})
    return Fact(
        id=fact_id(entity=coin.id, predicate=ABOUT, date=BEGINNING, statement=statement),
        subspace=COIN,
        entity=coin.id,
        predicate=ABOUT,
        frame=frame,
        quantities=quantities,
        date=BEGINNING,
        source=REGISTRY if row["source"] == "registry" else _protocol(row["url"]),
    )


def _protocol(url: str) -> Source:
    return Source(
        name="The protocol's own definition",
        url=url,
        licence="Apache-2.0",
        verified_by="written by the authors of ammo_subspace_coin from what the protocol is",
    )


def _text(name: str) -> str:
    return resources.files("ammo_subspace_coin").joinpath("data", name).read_text(encoding="utf-8")
