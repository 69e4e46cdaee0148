"""The card pipeline with a scripted model, as a process: cards of films, true to their facts, with titles of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ammo_agents.testing.command import SCRIPTED, AmmoCommand


@pytest.mark.timeout(120)
def test_two_days_of_films_bring_cards_whose_facts_name_their_articles(tmp_path: Path) -> None:
    ammo = AmmoCommand(tmp_path / "home", {**SCRIPTED, "AMMO_STORE": "exact"})
    ran = ammo.json("run", "--rounds", "2", "--subspace", "movie", "--seed", "1")
    assert ran["published"] >= 4
    cards = ammo.json("feed", "--all", "--subspace", "movie")["cards"]
    titles = [card["title"] for card in cards]
    assert len(set(titles)) == len(titles)
    assert {card["entity"].startswith("movie/") for card in cards} == {True}
    shown = ammo.json("fact", "show", cards[0]["claims"][0]["facts"][0])
    assert "Wikipedia contributors" in shown["source"]["name"]
