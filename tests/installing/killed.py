"""Installs and upgrades one plugin in child processes that are killed at points spread over their whole life.

Run as ``python killed.py HOME OLD.whl NEW.whl KILLS``; prints one JSON line a kill: what was there then, and after a sweep.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path

from ammo_agents.installing import environment, install, place, plan
from ammo_agents.installing.environment import Environment
from ammo_agents.installing.plan import Plan, Stage
from ammo_agents.installing.source import Fetched
from ammo_agents.plugins.found import found, plugins_folder
from ammo_agents.plugins.trust import Trust
from ammo_agents.settings import Settings


def come(settings: Settings, wheel: Path, around: Environment) -> None:
    """Stage a wheel and put it into its place; no probe, so that the writes are most of the time."""
    with place.staging(settings) as folder:
        stage = Stage(settings=settings, folder=folder, environment=around, installed=[])
        made = plan.stage_wheel(stage, Fetched(path=wheel, origin=wheel.name))
        assert isinstance(made, Plan), made
        install.commit(settings, install.settle(settings, made))


def seen(settings: Settings) -> list[str]:
    """Return what a start would load: ``version`` of each, with the fault of what it would not."""
    trust = Trust.of(settings)
    mine = [trust.judged(one) for one in found(settings) if one.place == "home"]
    return [f"{one.version} {one.fault}".strip() for one in mine]


def child_lives(seconds: float) -> None:
    """Let some time pass."""
    select.select([], [], [], seconds)


def main(home: Path, old: Path, new: Path, kills: int) -> None:
    """Kill, look, sweep, look again."""
    around = environment.around()
    begun = time.perf_counter()
    come(Settings(home=home / "timed"), old, around)
    whole = time.perf_counter() - begun
    for number in range(kills):
        upgrade = bool(number % 2)
        settings = Settings(home=home / str(number))
        if upgrade:
            come(settings, old, around)
        child = os.fork()
        if child == 0:
            come(settings, new if upgrade else old, around)
            os._exit(0)
        child_lives(whole * 2.0 * number / kills)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        there = seen(settings)
        place.sweep(settings)
        folder = plugins_folder(settings)
        leftovers = [p.name for p in folder.glob(".*")] if folder.is_dir() else []
        told = {"killed": os.WIFSIGNALED(status), "upgrade": upgrade, "there": there}
        print(json.dumps({**told, "swept": seen(settings), "left": leftovers}))  # noqa: T201
        come(settings, new, around)
        assert seen(settings) == ["0.2.0"], seen(settings)
        shutil.rmtree(settings.home or home)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
