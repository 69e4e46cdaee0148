"""Writes the template of a new subspace and says what comes next."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ammo_agents.authoring.template import begin


def run(name: str, *, folder: Path | None, declarative: bool, as_json: bool) -> None:
    """Write the template of a new subspace.

    Raises:
        BadInputError: no name for one, or its folder is there already.
    """
    made = begin(name, folder, declarative=declarative)
    if as_json:
        sys.stdout.write(json.dumps(made.plain(), indent=2) + "\n")
        return
    lines = [f"{made.path}: {len(made.files)} files. Next:", *(f"  {s}" for s in made.next_steps())]
    sys.stdout.write("\n".join(lines) + "\n")
