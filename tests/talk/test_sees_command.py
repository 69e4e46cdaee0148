"""``ammo sees`` in the terminal."""

from __future__ import annotations

from ammo_agents.testing.command import AmmoCommand


def test_sees_shows_every_part_of_a_prompt_with_its_tokens(scripted: AmmoCommand) -> None:
    assert "No model was asked yet." in scripted("sees").stdout
    scripted("write", "@bitcoin", "the long fall")
    found = scripted.json("sees", "@bitcoin")
    assert {one["who"] for one in found["sights"]} == {"coin/bitcoin"}
    assert all(part["tokens"] >= 0 for one in found["sights"] for part in one["parts"])
    assert "≈" in scripted("sees", "@bitcoin").stdout
