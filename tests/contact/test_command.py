"""The inbox in a terminal, by the real command."""

import json
import socket

import pytest

from ammo_agents.cli.inbox import hours
from ammo_agents.errors import BadInputError
from ammo_agents.testing.command import AmmoCommand


def test_a_new_home_is_quiet_and_the_rules_can_be_chosen(scripted: AmmoCommand) -> None:
    assert "Quiet. 0 of 3 used today" in scripted("inbox").stdout
    said = scripted("inbox", "set", "--quiet", "21:30-7", "--max", "2", "--zone", "Europe/Berlin")
    assert "quiet 21:30 to 07:00 (Europe/Berlin)" in said.stdout
    found = scripted.json("inbox")
    assert (found["most"], found["line"]) == (2, "Quiet. 0 of 2 used today")
    assert found["messages"] == found["held_back"] == found["channels"] == []
    assert "Switched off" in scripted("inbox", "set", "--off").stdout
    refused = scripted("inbox", "set", "--zone", "Mars/Olympus", "--max", "9", code=2)
    assert "Europe/Berlin" in refused.stderr
    assert scripted.json("inbox")["most"] == 2
    assert "no notice" in scripted("inbox", "answer", "1", "more", code=2).stderr


def test_a_channel_is_typed_on_standard_input_and_never_shown(scripted: AmmoCommand) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    line = f"http://127.0.0.1:{port}/s3cr3t-path\n"
    added = json.loads(
        scripted("inbox", "channel", "add", "hook", "--event", "card", "--json", typed=line).stdout
    )
    assert (added["sort"], added["address"], added["events"]) == ("webhook", "http://…", ["card"])
    tested = scripted("inbox", "channel", "test", "hook").stdout
    assert "did not reach hook: no answer" in tested
    listed = scripted("inbox", "channel", "list").stdout + scripted("inbox", "--json").stdout
    assert "hook" in listed
    assert "s3cr3t" not in listed + tested
    assert added["secret"] not in listed
    scripted("inbox", "channel", "remove", "hook")
    assert "Nowhere else" in scripted("inbox", "channel", "list").stdout
    assert scripted("inbox", "channel", "add", "x", typed="nonsense\n", code=2).stdout == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("22-8", ("22:00", "08:00")), ("22:30-7:15", ("22:30", "07:15")), ("0-0", ("00:00", "00:00"))],
)
def test_quiet_hours_are_read_as_people_write_them(text: str, wanted: tuple[str, str]) -> None:
    assert hours(text) == wanted


@pytest.mark.parametrize("text", ["", "22", "22-", "a-b", "22:3-8", "٢٢-٨"])
def test_other_words_are_no_quiet_hours(text: str) -> None:
    with pytest.raises(BadInputError):
        hours(text)
