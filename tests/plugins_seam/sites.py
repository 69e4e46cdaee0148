"""Installs distributions into a folder of the path, as a wheel would be, and asks a fresh process what it sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

HOOKED = "from ammo_agents.hooks import hookimpl\n"
GOOD = """
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
from ammo_agents.records import Knowledge, SubspaceId
@hookimpl
def ammo_subspaces():
    return [Subspace(id=SubspaceId("{id}"), title="Good", knowledge=Knowledge)]
"""
MANIFEST = """
api = "1"
name = "{name}"
title = "{name}"
[offers]
subspaces = ["{id}"]
"""
START = """
import json, os, sys
sys.path[:0] = [os.environ["SITE"]]
from pathlib import Path
from ammo_agents.hooks import load_plugins
from ammo_agents.plugins.found import found, in_folder
from ammo_agents.settings import Settings, load
settings = load().settings

def told(plugins):
    rows = {}
    for s in plugins.states:
        rows.setdefault(s.name, []).append([s.fault, s.hint])
    return {"faults": rows, "subspaces": [s.id for s in plugins.subspaces()]}

def say(**found):
    print(json.dumps(found), flush=True)
"""


def install(  # noqa: PLR0913 - what a distribution can have
    site: Path,
    name: str,
    source: str,
    *,
    entry: str = "",
    module: str = "",
    manifest: str = "",
    version: str = "1.0",
    points: str = "",
) -> Path:
    """Install a distribution of one package (with a manifest) or of one module; return where its code lies."""
    module = module or name.replace("-", "_")
    site.mkdir(parents=True, exist_ok=True)
    source = textwrap.dedent(source)
    if manifest:
        folder = site / module
        folder.mkdir()
        (folder / "__init__.py").write_text(source, encoding="utf-8")
        (folder / "ammo.toml").write_text(manifest, encoding="utf-8")
        files = [f"{module}/__init__.py", f"{module}/ammo.toml"]
    else:
        folder = site
        (site / f"{module}.py").write_text(source, encoding="utf-8")
        files = [f"{module}.py"]
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    entries = points or f"{entry or name} = {module}"
    (info / "entry_points.txt").write_text(f"[ammo]\n{entries}\n")
    (info / "RECORD").write_text("".join(f"{f},,\n" for f in [*files, f"{info.name}/RECORD"]))
    return folder / "__init__.py" if manifest else site / f"{module}.py"


def ask(
    site: Path, source: str, *, home: Path | None = None, **settings: str
) -> list[dict[str, Any]]:
    """Return what a fresh process says, a JSON object a line; it must end well, and by itself."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("AMMO_")}  # noqa: TID251 - a child
    env |= {"SITE": str(site), "AMMO_HOME": str(home or site / "home"), **settings}
    done = subprocess.run(
        [sys.executable, "-c", START + textwrap.dedent(source)],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env=env,
        cwd=site,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
