"""The whole loop with the parts that people have: SmolLM2 in its own process, MiniLM, Chroma."""

from __future__ import annotations

import signal
import time

import pytest

from ammo_agents.testing.command import AmmoCommand


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_real_model_writes_cards_that_a_person_can_move(real: AmmoCommand) -> None:
    ran = real.json("run", "--rounds", "1", "--per-round", "5", "--seed", "7")
    assert ran["published"] >= 3
    assert ran["tokens_out"] > 0
    cards = real.json("feed", "--all")["cards"]
    written = [
        a
        for c in cards
        for a in (c["authors"]["title"], c["authors"]["hook"], *c["authors"]["claims"])
    ]
    assert written.count("model") >= len(written) / 2
    facts = {f["id"]: f for f in real.json("fact", "list")["facts"]}
    for card in cards:
        for claim in card["claims"]:
            stated = " ".join(facts[i]["statement"] for i in claim["facts"])
            assert all(word in stated for word in _numbers(claim["text"])), claim

    first = real.json("feed", "-n", "3")
    for card in first["cards"]:
        answer = real.json("like", card["id"])
    assert answer["events"] == 3
    why = real.json("why", first["cards"][0]["id"])
    assert why["score"] > first["cards"][0]["score"]
    assert sum(p["value"] for p in why["parts"]) == pytest.approx(why["score"], abs=1e-6)
    health = real.json("metaspace", "verify")
    assert health["exit"] == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_when_the_running_app_is_killed(real: AmmoCommand) -> None:
    with real.start("sit", "--speed", "600", "--slots", "3") as up:
        try:
            first = _first_slate(real, until=time.monotonic() + 240)
            acknowledged = [real.json("like", c["id"])["feedback"] for c in first["cards"]]
        finally:
            up.send_signal(signal.SIGKILL)
    published = real.json("feed", "--all")
    ids = [c["id"] for c in published["cards"]]
    assert len(ids) == len(set(ids))
    assert {c["id"] for c in first["cards"]} <= set(ids)
    kept = [e["feedback"] for b in real.json("you", "show")["beliefs"] for e in b["events"]]
    assert set(acknowledged) <= set(kept)
    real("run", "--rounds", "1", "--per-round", "1")
    again = [c["id"] for c in real.json("feed", "--all")["cards"]]
    assert set(ids) <= set(again)
    assert len(again) == len(set(again))


def _first_slate(ammo: AmmoCommand, *, until: float) -> dict:
    socket = ammo.home / "data" / "ammo.sock"
    while time.monotonic() < until:
        if socket.exists():
            found = ammo.json("feed", "--last")
            if found.get("cards"):
                return found
        time.sleep(0.5)  # noqa: TID251 - waiting for another process
    raise AssertionError("no first slate in time")


def _numbers(text: str) -> list[str]:
    return [w.strip(".,;:()") for w in text.split() if any(letter.isdigit() for letter in w)]
