"""Loads one staged plugin in a process of its own: what exits, hangs or raises there has hurt nobody (S2).

Run as ``python -m ammo_agents.installing.probe HOME NAME VERSION SECONDS``; the answer goes to the file HOME/probe.json.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ammo_agents import durable
from ammo_agents.errors import AmmoError, PluginError
from ammo_agents.hooks import Plugins
from ammo_agents.installing.refusal import Refusal, Rule
from ammo_agents.plugins import guard
from ammo_agents.plugins.found import in_folder
from ammo_agents.settings import Settings, child_environment

ANSWER = "probe.json"
START_S = 20.0
"""Seconds that Python and AMMO themselves may take to start."""
LAST = 400
"""Letters of what a child said last that a refusal repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a plugin showed when it was loaded alone."""

    subspaces: tuple[str, ...] = ()
    buddies: int = 0
    """Goal Buddies that it brings, its subspaces' own included where they are declared."""
    entities: int = 0
    facts: int = 0


def load_apart(home: Path, name: str, version: str, *, seconds: float) -> Probed | Refusal:
    """Return what a plugin staged under `home` offers, or why it cannot be loaded; blocks for a second or more.

    `home` is laid out like any home: the plugin below ``data/plugins``, and a lock that says yes to it.
    """
    answer = home / ANSWER
    line = [
        sys.executable,
        "-P",
        "-m",
        "ammo_agents.installing.probe",
        str(home),
        name,
        version,
        str(seconds),
    ]
    words = home / "probe.err"
    with words.open("wb") as said:
        child = subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd=home,
            env=child_environment(AMMO_HOME=str(home), PYTHONDONTWRITEBYTECODE="1"),
            start_new_session=True,  # what it starts ends with it
        )
        try:
            ended = child.wait(START_S + 2 * seconds)
        except subprocess.TimeoutExpired:
            return _refused(name, f"was not loaded after {START_S + 2 * seconds:g} seconds")
        finally:
            _end(child)
    if not answer.is_file():
        how = f"signal {-ended}" if ended < 0 else f"exit {ended}"
        tail = words.read_bytes()[-LAST:].decode(errors="replace").strip().splitlines()
        last = f": {tail[-1]}" if tail else ""
        return _refused(name, f"ended the process that loaded it ({how}){last}")
    told = json.loads(answer.read_text(encoding="utf-8"))
    if told["fault"]:
        return _refused(name, str(told["fault"]))
    return Probed(
        subspaces=tuple(told["subspaces"]),
        buddies=int(told["buddies"]),
        entities=int(told["entities"]),
        facts=int(told["facts"]),
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _refused(name: str, reason: str) -> Refusal:
    return Refusal(
        rule=Rule.PROBE,
        culprit=f"plugin {name!r}",
        reason=reason,
        way_out="Tell its author; `ammo check` in its project shows the same fault.",
    )


def _probe(home: Path, name: str, version: str, seconds: float) -> dict[str, object]:
    settings = Settings(home=home, offline=True, plugin_seconds=seconds)
    plugins = Plugins(settings)
    for one in in_folder(home / "data" / "plugins" / name / version, name=name, version=version):
        state = plugins.bring(one)
        if state.fault:
            return {"fault": state.fault}
    spaces, entities, facts = plugins.subspaces(), 0, 0
    for space in spaces:
        known = guard.within(name, settings.plugin_seconds, space.knowledge)
        entities += len(known.entities)
        facts += len(known.facts)
    late = [s.fault for s in plugins.states if s.fault]
    return {
        "fault": late[0] if late else "",
        "subspaces": [s.id for s in spaces],
        "buddies": len(plugins.buddies()),
        "entities": entities,
        "facts": facts,
    }


def main(home: str, name: str, version: str, seconds: str) -> None:
    """Probe one plugin and write what it showed, whole; then end at once, whatever it left running."""
    try:
        told = _probe(Path(home), name, version, float(seconds))
    except PluginError as error:
        told = {"fault": error.message}
    except AmmoError as error:
        told = {"fault": f"{error.message} {error.hint}".strip()}
    durable.write_text(Path(home, ANSWER), json.dumps(told))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:5])
