"""Loading a hundred installed plugins against importing them bare, and the lists that import none.

    python bench/plugins.py [--plugins 100] [--repeats 9] [--json]

Each plugin is a really installed distribution: dist-info with entry point and RECORD, a package with
manifest, hook, wordings and knowledge. Both sides run in fresh processes, in turn, with bytecode in place,
and import the very same modules; the net time leaves out what both need first (`ammo_agents.hooks`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import machine

WARM = 4
"""Runs before the measured ones: they write bytecode, and what has just changed is not remembered yet."""
PLUGIN = '''"""What this plugin offers: one subspace."""

from __future__ import annotations

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import CardField, Subspace
from ammo_agents.records import Knowledge, SubspaceId
from {module}.wordings import WORDINGS

ID = SubspaceId("{name}")


def knowledge() -> Knowledge:
    """Return the graph; what reads files is imported when somebody asks."""
    from {module} import graph

    return graph.knowledge(ID)


FIELDS = (
    CardField(name="high", label="High", predicate="tide.*", quantity="high", kind="number"),
    CardField(name="low", label="Low", predicate="tide.*", quantity="low", kind="number"),
)
space = Subspace(id=ID, title="Tides {name}", summary="High and low water.", knowledge=knowledge, wordings=WORDINGS, fields=FIELDS)


@hookimpl
def ammo_subspaces() -> list[Subspace]:
    """Offer the subspace."""
    return [space]
'''
WORDINGS = '''"""How its facts may be said."""

from ammo_agents.ports import Wording

WORDINGS = {
    f"tide.kind{n}": Wording(
        titles=("High water at {high}", "The bay at {high}"),
        frames=("High water in the bay reached {high}.", "The tide came up to {high}.", "At its highest the water stood at {high}."),
        words=frozenset({"high", "water", "bay", "tide", "reached", "stood"}),
        around={"high": ("reached", "at", "to")},
    )
    for n in range(12)
}
'''
GRAPH = '''"""What it knows."""

from ammo_agents.records import Knowledge


def knowledge(_) -> Knowledge:
    return Knowledge()
'''
MANIFEST = """api = "1"
name = "{name}"
title = "Tides {name}"
summary = "High and low water."

[offers]
subspaces = ["{name}"]

[capabilities]
network = ["api.tides.example"]
files = []
model = true
schedule = "daily"
native = false
processes = false

[quality]
conformance = "met"
bad_input = "exempt: it reads nothing"
"""
BARE = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
import importlib
import ammo_agents.hooks
first, cpu = time.perf_counter(), time.process_time()
for name in json.loads(sys.argv[2]):
    importlib.import_module(name)
end, spent = time.perf_counter(), time.process_time() - cpu
print(json.dumps({"net": end - first, "cpu": spent, "whole": end - start}))
"""
LOAD = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
from ammo_agents.hooks import load_plugins
from ammo_agents.settings import load
first, cpu = time.perf_counter(), time.process_time()
plugins = load_plugins(load().settings)
end, spent = time.perf_counter(), time.process_time() - cpu
wanted = len(json.loads(sys.argv[2]))
loaded = sum(not s.fault for s in plugins.states)
assert loaded == wanted == len(plugins.states), [s for s in plugins.states if s.fault][:3]
print(json.dumps({"net": end - first, "cpu": spent, "whole": end - start}))
"""
NAMES = "import sys; sys.path.insert(0, sys.argv[1]); from importlib import metadata; print([p.value for p in metadata.entry_points(group='ammo')])"
LIST = "import sys; sys.path.insert(0, {site!r}); from ammo_agents.cli.main import run; run()"
SEEN = "import sys; sys.path.insert(0, {site!r})\nfrom ammo_agents.cli.main import run\ntry: run()\nfinally: assert not any(m.startswith('ammo_bench_') for m in sys.modules)"
AUDIT = """
import socket, sys, time
from ammo_agents.plugins import watch
from ammo_agents.plugins.manifest import Capabilities
def events(n):
    start = time.perf_counter()
    for _ in range(n): sys.audit("ammo.nothing")
    return 1e9 * (time.perf_counter() - start) / n
events(1000)
before = events(1_000_000)
watch.over("nobody", Capabilities(), lambda n, e: None)
after = events(1_000_000)
print(round(before, 1), round(after, 1))
"""


def installed(site: Path, count: int) -> None:
    """Write `count` distributions as a wheel would be unpacked."""
    for number in range(count):
        name = f"bench-{number:03d}"
        module = f"ammo_bench_{number:03d}"
        package = site / module
        package.mkdir(parents=True)
        files = {
            "__init__.py": '"""A plugin of the benchmark."""\n',
            "plugin.py": PLUGIN.format(module=module, name=name),
            "wordings.py": WORDINGS,
            "graph.py": GRAPH,
            "ammo.toml": MANIFEST.format(name=name),
        }
        for file, text in files.items():
            (package / file).write_text(text, encoding="utf-8")
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: ammo-{name}\nVersion: 1.0\nRequires-Dist: ammo-agents\n\nTides.\n"
        )
        (info / "entry_points.txt").write_text(f"[ammo]\n{name} = {module}.plugin\n")
        (info / "RECORD").write_text("".join(f"{module}/{f},sha256=x,1\n" for f in files))


def run(code: str, *arguments: str, env: dict[str, str]) -> tuple[str, float]:
    """Return what a fresh process says, and the seconds of the whole process."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    return done.stdout, time.perf_counter() - start


def measure(count: int, repeats: int) -> dict[str, Any]:
    """Return the medians of both sides, and of the lists."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        installed(site, count)
        env = {k: v for k, v in os.environ.items() if not k.startswith("AMMO_")}  # noqa: TID251 - children
        env["AMMO_HOME"] = str(Path(folder, "home"))
        Path(folder, "home", "data").mkdir(
            parents=True
        )  # a home in use: what was found is remembered
        names = run(NAMES, str(site), env=env)[0].strip().replace("'", '"')
        sides: dict[str, list[dict[str, float]]] = {"bare": [], "load": []}
        lists: dict[str, list[float]] = {"subspace list": [], "plugin list": [], "--version": []}
        for number in range(-WARM, repeats):
            for side, code in (("bare", BARE), ("load", LOAD)):
                said, whole = run(code, str(site), names, env=env)
                if number >= 0:
                    sides[side].append({**json.loads(said), "process": whole})
            for verb, seconds in lists.items():
                code = (SEEN if number < 0 else LIST).format(site=str(site))
                took = run(code, *verb.split(), env=env)[1]
                if number >= 0:
                    seconds.append(took)
        audit = run(AUDIT, env=env)[0].split()
    medians = {
        side: {key: round(1e3 * statistics.median(r[key] for r in rows), 1) for key in rows[0]}
        for side, rows in sides.items()
    }
    return {
        "plugins": count,
        "loaded": len(json.loads(names)),
        "ms": medians,
        "ratio": {
            key: round(medians["load"][key] / medians["bare"][key], 2) for key in medians["bare"]
        },
        "lists_ms": {verb: round(1e3 * statistics.median(s), 1) for verb, s in lists.items()},
        "audit_ns_per_event": {"without": float(audit[0]), "with": float(audit[1])},
        "machine": machine("pluggy"),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plugins", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.plugins, given.repeats)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    ms, ratio = found["ms"], found["ratio"]
    print(f"{found['loaded']} plugins, medians of {given.repeats}; {found['machine']}")
    for key, words in (
        ("net", "after ammo_agents.hooks is imported"),
        ("cpu", "the same in CPU time"),
        ("whole", "with it"),
        ("process", "whole process"),
    ):
        print(f"{words}: bare {ms['bare'][key]} ms, loaded {ms['load'][key]} ms: {ratio[key]} x")
    for verb, took in found["lists_ms"].items():
        print(f"ammo {verb}: {took} ms")
    audit = found["audit_ns_per_event"]
    print(f"one audit event: {audit['without']} ns without the watch, {audit['with']} ns with it")


if __name__ == "__main__":
    main()
