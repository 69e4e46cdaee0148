"""``ammo sees`` in the terminal."""

from __future__ import annotations

from pathlib import Path

from ammo_agents.testing.command import SCRIPTED, AmmoCommand


def test_sees_shows_every_part_of_a_prompt_with_its_tokens(tmp_path: Path) -> None:
    ammo = AmmoCommand(tmp_path / "home", {**SCRIPTED, "AMMO_STORE": "exact"})
    assert "No model was asked yet." in ammo("sees").stdout
    ammo("write", "@bitcoin", "the long fall")
    found = ammo.json("sees", "@bitcoin")
    assert {one["who"] for one in found["sights"]} == {"coin/bitcoin"}
    assert all(part["tokens"] >= 0 for one in found["sights"] for part in one["parts"])
    assert "≈" in ammo("sees", "@bitcoin").stdout
