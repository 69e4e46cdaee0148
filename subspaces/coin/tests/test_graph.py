"""The knowledge graph: what its statements stand on, and the buddies born from it."""

import json
from importlib import resources

from ammo_subspace_coin import graph
from ammo_subspace_coin.coins import COINS
from ammo_subspace_coin.plugin import coin

from ammo_agents.records import EntityId


def test_each_coin_has_a_statement_a_source_and_a_buddy() -> None:
    known = coin.knowledge()
    assert coin.buddies is not None
    buddies = {b.entity: b for b in coin.buddies(known)}
    for one in COINS.values():
        assert [f for f in known.facts if f.entity == one.id and f.source.verified_by]
        assert buddies[one.id].name == f"{one.name} Buddy"
    assert buddies[EntityId("coin/market")].name == "Coin Market Buddy"
    assert len(buddies) == len(COINS) + 1


def test_the_nearest_neighbour_of_wrapped_bitcoin_is_bitcoin() -> None:
    buddies = {b.entity: b for b in graph.buddies(graph.knowledge())}
    assert buddies[EntityId("coin/wrapped-bitcoin")].neighbours[0] == "coin/bitcoin"
    assert "coin/litecoin" in buddies[EntityId("coin/bitcoin")].neighbours


def test_what_is_taken_from_the_registry_shares_its_words() -> None:
    folder = resources.files("ammo_subspace_coin").joinpath("data")
    described = json.loads(folder.joinpath("entities.json").read_text(encoding="utf-8"))["coins"]
    symbols = {one.id: symbol for symbol, one in COINS.items()}
    for fact in graph.knowledge().facts:
        if fact.source.licence != "CC BY 4.0":
            continue
        record = described[symbols[fact.entity]]
        origin = f"{record['description']} {record['extended_description']}".lower()
        words = {w.strip(".,").lower() for w in fact.statement.split()}
        content = {w for w in words if len(w) > 4} - set(
            COINS[symbols[fact.entity]].name.lower().split()
        )
        found = {w for w in content if w[:5] in origin}
        assert len(found) >= 0.6 * len(content), (fact.statement, content - found)


def test_coins_are_described_by_their_own_record_and_not_by_a_token_of_the_same_symbol() -> None:
    summaries = {e.name: e.summary for e in graph.knowledge().entities}
    assert summaries["Bitcoin"].startswith("Bitcoin, the first")
    assert summaries["Cosmos"].startswith("ATOM is the native")
    assert summaries["Cardano"] == ""
