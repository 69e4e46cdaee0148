"""``ammo community`` as people run it."""

from pathlib import Path

from ammo_agents.testing.command import AmmoCommand


def test_learning_shows_what_was_learned_and_forgetting_undoes_it(
    scripted: AmmoCommand, log: Path
) -> None:
    learned = scripted.json("community", "learn", "--data", str(log))
    assert learned["people"] == 40
    shown = scripted.json("community", "show")
    assert shown["community"] == learned["community"]
    assert shown["prior"] == learned["prior"]
    assert "well_liked" in scripted("community", "show").stdout
    assert scripted.json("community", "forget")["forgotten"] == [learned["community"]]
    assert scripted.json("community", "show")["community"] is None


def test_what_cannot_be_learned_from_is_refused_in_two_lines(
    scripted: AmmoCommand, tmp_path: Path
) -> None:
    scripted("community", "learn", code=2)
    scripted("community", "learn", "--data", str(tmp_path / "nowhere"), code=2)
    refused = scripted("community", "learn", "--home", code=3)
    assert "fewer than 5 people of this home" in refused.stderr
    assert "ammo community join" in refused.stderr


def test_joining_and_leaving_are_one_word(scripted: AmmoCommand) -> None:
    assert scripted.json("community", "show")["you_joined"] is False
    assert scripted.json("community", "join")["joined"] is True
    assert scripted.json("community", "show")["you_joined"] is True
    assert scripted.json("community", "leave")["joined"] is False
    assert scripted.json("community", "show")["you_joined"] is False
