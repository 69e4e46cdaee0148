"""The command as people type it: exit codes, JSON, what it says to nonsense, a second terminal."""

from __future__ import annotations

import json
import time

import pytest

from ammo_agents.testing.command import AmmoCommand

pytestmark = pytest.mark.timeout(240)
CARD_KEYS = {
    "id",
    "title",
    "hook",
    "claims",
    "blocks",
    "cost",
    "score",
    "reasons",
    "buddy",
    "model",
    "prompt",
}


def test_a_headless_run_then_feed_why_and_fact_tell_one_story(scripted: AmmoCommand) -> None:
    ran = scripted.json("run", "--rounds", "2", "--subspace", "coin", "--seed", "3")
    assert ran["published"] == len(ran["cards"]) > 4
    listed = scripted.json("feed", "--all")
    assert {c["id"] for c in listed["cards"]} == {c["id"] for c in ran["cards"]}
    slate = scripted.json("feed", "-n", "3")
    assert len(slate["cards"]) == 3
    card = slate["cards"][0]
    assert card.keys() >= CARD_KEYS
    fact = scripted.json("fact", "show", card["claims"][0]["facts"][0])
    assert fact["numbers"]
    assert fact["source"]["name"]
    assert fact["date"] <= "2020-12-31"
    why = scripted.json("why", card["id"][:7])
    assert sum(p["value"] for p in why["parts"]) == pytest.approx(why["score"], abs=1e-6)
    assert scripted.json("like", card["id"], "--key", "k1")["repeated"] is False
    assert scripted.json("like", card["id"], "--key", "k1")["repeated"] is True
    assert scripted.json("you", "show")["events"] == 1
    assert scripted.json("undo")["card"] == card["id"]
    assert scripted.json("buddy", "show", "@bitcoin")["id"] == "coin/bitcoin"
    painted = scripted("buddy", "show", "@bitcoin").stdout
    assert "Bitcoin Buddy" in painted
    assert "is a → proof-of-work, payment-coin" in painted
    assert "writes with scripted/shots" in painted
    assert scripted.json("rejections")["rate"] <= 1.0


def test_the_same_seed_makes_the_same_cards(scripted: AmmoCommand, other: AmmoCommand) -> None:
    words = ("run", "--rounds", "1", "--seed", "11")
    assert scripted.json(*words)["cards"] == other.json(*words)["cards"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("feed", "--nonsense"), 2, "nonsense"),
        (("like", "c_zzzz"), 2, "c_zzzz"),
        (("fact", "show", "f_zzzz"), 2, "f_zzzz"),
        (("run", "--from", "yesterday"), 2, "YYYY-MM-DD"),
        (("run", "--from", "1999-01-01"), 2, "1999-01-01"),
        (("run", "--subspace", "atlantis"), 2, "atlantis"),
        (("feed", "--slots", "0"), 2, "slots"),
        (("--model", "local/none", "run"), 2, "none"),
        (("--store", "pinecone", "run"), 2, "pinecone"),
        (("explain", "AMMO-9999"), 2, "AMMO-9999"),
        (("ask", "@nobody hello"), 2, "nobody"),
        (("data", "forget"), 2, "--all"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_nonsense_gets_a_clear_answer(
    scripted: AmmoCommand, words: tuple[str, ...], code: int, says: str
) -> None:
    done = scripted(*words, code=code)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_in_json_is_one_object(scripted: AmmoCommand) -> None:
    done = scripted("like", "c_zzzz", "--json", code=2)
    assert json.loads(done.stderr)["error"]["code"] == "AMMO-0101"
    assert done.stdout == ""


def test_an_unknown_setting_is_named(scripted: AmmoCommand) -> None:
    scripted.home.mkdir(parents=True)
    (scripted.home / "config.toml").write_text("slotz = 3\n", encoding="utf-8")
    assert "slotz" in scripted("config", "show", code=2).stderr
    (scripted.home / "config.toml").write_text("slots = 3\n", encoding="utf-8")
    rows = scripted.json("config", "show", "--origin")["settings"]
    slots = next(r for r in rows if r["name"] == "slots")
    assert slots["value"] == "3"
    assert slots["origin"].endswith("config.toml")


def test_a_damaged_ledger_is_never_served(scripted: AmmoCommand) -> None:
    scripted("run", "--rounds", "1")
    ledger = scripted.home / "data" / "ledger.db"
    ledger.write_bytes(b"no database at all" * 400)
    done = scripted("feed", "--all", code=4)
    assert "ledger.db" in done.stderr


def test_a_person_sits_down_and_another_terminal_joins(scripted: AmmoCommand) -> None:
    up = scripted.start("sit", "--speed", "600", "--slots", "4")
    try:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            found = (
                scripted.json("feed", "--last")
                if (scripted.home / "data" / "ammo.sock").exists()
                else {}
            )
            if found.get("cards"):
                break
            time.sleep(0.3)  # noqa: TID251 - waiting for another process
        card = found["cards"][0]["id"]
        assert scripted.json("like", card)["events"] == 1
        assert "in use by process" in scripted("run", "--rounds", "1", code=3).stderr
        out, err = up.communicate("w 1\nl 2\nbogus\nn\nq\n", timeout=60)
    finally:
        up.kill()
    assert up.returncode == 0, err
    assert "score" in out
    assert "You liked" in out
    assert scripted.json("you", "show")["events"] == 2


def test_data_travel_to_another_home_and_are_forgotten(
    scripted: AmmoCommand, other: AmmoCommand
) -> None:
    scripted("run", "--rounds", "1")
    card = scripted.json("feed", "-n", "2")["cards"][0]["id"]
    scripted("like", card, "--note", "canary-note-7411")
    archive = scripted.home / "me.zip"
    exported = scripted.json("data", "export", "-o", str(archive))
    other("data", "import", str(archive))
    assert other.json("you", "show")["events"] == 1
    again = other.json("data", "export", "-o", str(other.home / "again.zip"))
    assert again["hash"] == exported["hash"]
    scripted("data", "forget", "--all", "--yes")
    assert scripted.json("you", "show")["events"] == 0
    held = [p for p in (scripted.home / "data").rglob("*") if p.is_file()]
    assert held
    assert not [p for p in held if b"canary-note-7411" in p.read_bytes()]


def test_doctor_is_red_when_a_model_is_missing(scripted: AmmoCommand) -> None:
    assert scripted.json("doctor")["exit"] == 0
    scripted.env["AMMO_MODEL"] = "local/smollm2-135m"
    scripted.env["AMMO_MODELS_DIR"] = str(scripted.home / "empty")
    done = scripted("doctor", code=1)
    assert "smollm2" in done.stdout
