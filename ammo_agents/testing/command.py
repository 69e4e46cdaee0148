"""The installed ``ammo`` command on a home of its own, for tests that want real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTED: Mapping[str, str] = {
    "AMMO_PLUGIN_MODULES": "ammo_agents.testing.plugin",
    "AMMO_MODEL": "scripted/shots",
    "AMMO_EMBEDDER": "scripted/hash",
    "AMMO_FREE_SPACE_MB": "0",
}
"""Settings of a home that starts at once: the scripted model and the hashing embedder."""


@dataclass(slots=True)
class AmmoCommand:
    """Runs verbs of the command line against one home."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    """Settings as variables, beside those of the test's own environment."""
    seconds: float = 240.0
    """How long one verb may take."""

    def line(self, *words: str) -> list[str]:
        """Return the whole command line of a verb."""
        settings = {**self.env, "AMMO_HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "120"}
        ammo = Path(sys.executable).with_name("ammo")
        return ["env", *(f"{k}={v}" for k, v in settings.items()), str(ammo), *words]

    def __call__(
        self, *words: str, typed: str = "", code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run one verb to its end; any other exit code than `code` fails the test."""
        done = subprocess.run(
            self.line(*words),
            input=typed,
            capture_output=True,
            text=True,
            timeout=self.seconds,
            check=False,
        )
        said = f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert done.returncode == code, f"{words} ended with {done.returncode}, not {code}:\n{said}"
        return done

    def json(self, *words: str) -> dict[str, Any]:
        """Run one verb with ``--json`` and return what it prints."""
        answer: dict[str, Any] = json.loads(self(*words, "--json").stdout)
        return answer

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a verb that stays; its streams are pipes."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self.line(*words), stdin=pipe, stdout=pipe, stderr=pipe, text=True)
