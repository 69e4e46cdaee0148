"""A real ``ammo up``: promoted and rolled back from another terminal, through its socket, the process never the wiser."""

from collections.abc import Callable
from typing import Any

import made_adapters as made
import pytest
from running_ammo import serving

from ammo_agents.settings import Loaded
from ammo_agents.testing.command import AmmoCommand

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_running_ammo_promotes_and_rolls_back_without_a_restart(
    scripted: AmmoCommand, played: Callable[..., Loaded]
) -> None:
    scripted.env["AMMO_MODEL"] = "scripted/adapted"
    played(rounds=1, AMMO_MODEL="scripted/adapted")
    one = made.kept(scripted.home / "data", target="coin")

    def written(request: str) -> Any:
        card = scripted.json("write", "@bitcoin", request)["card"]
        assert card is not None
        return card

    with serving(scripted) as running:
        pid = running.process.pid
        assert written("What happened to the price?")["adapter"] == ""
        told = scripted.json("runs", "promote", one.id)
        assert (told["adapter"], told["was"]) == (one.id, "the base")
        assert written("How does it stand against others?")["adapter"] == one.id
        refused = scripted("runs", "rollback", "@ethereum", code=3)
        assert "nothing is promoted" in refused.stderr
        assert scripted.json("runs", "rollback", "coin")["adapter"] == "the base"
        assert written("Is it calmer than last month?")["adapter"] == ""
        assert (running.process.pid, running.process.poll()) == (pid, None)
