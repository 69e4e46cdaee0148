"""`ammo check`, `ammo subspace new` and `ammo subspace dev` from the terminal, as real processes."""

from pathlib import Path

from ammo_agents.testing.command import AmmoCommand


def test_an_author_begins_checks_and_breaks_a_subspace(
    ammo_home: AmmoCommand, tmp_path: Path
) -> None:
    place = tmp_path / "my-recipes"
    made = ammo_home.json("subspace", "new", "my-recipes", "--declarative", "--folder", str(place))
    assert made["path"] == str(place)
    assert "facts.csv" in made["files"]
    found = ammo_home.json("check", str(place), "--tier", "silver", "--days", "3")
    assert (found["tier"], found["wanted"], found["reached"]) == ("silver", "silver", True)
    facts = place / "facts.csv"
    facts.write_text(facts.read_text(encoding="utf-8") + "omega,place,Omega is last.,,\n", encoding="utf-8")  # fmt: skip
    said = ammo_home("subspace", "check", str(place), "--days", "3", code=2).stdout
    assert "FAIL  knowledge" in said
    assert "omega" in said
    assert "Tier: none." in said
    dev = ammo_home("subspace", "dev", str(place), "--once", code=2).stdout
    assert "the last good version stays" in dev
    assert "facts.csv" in dev


def test_what_is_not_there_is_told_with_what_is(ammo_home: AmmoCommand, tmp_path: Path) -> None:
    said = ammo_home("check", "no-such-plugin", code=2).stderr
    assert "'no-such-plugin' is no installed plugin, no folder and no wheel" in said
    assert "coin" in said
    assert "has neither pyproject.toml nor ammo.toml" in ammo_home("check", str(tmp_path), code=2).stderr  # fmt: skip
    assert "There are bronze" in ammo_home("check", "coin", "--tier", "best", code=2).stderr
