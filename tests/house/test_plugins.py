"""The plugin seam, with really installed plugins: each in a distribution of its own on the path."""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = """
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
from ammo_agents.records import Knowledge, SubspaceId
@hookimpl
def ammo_subspaces():
    return [Subspace(id=SubspaceId("{id}"), title="Good", knowledge=Knowledge)]
"""
HOOKED = "from ammo_agents.hooks import hookimpl\n"
ASK = """
import json, sys
sys.path[:0] = sys.argv[1:]
from ammo_agents.hooks import load_plugins
from ammo_agents.settings import Settings
plugins = load_plugins(Settings())
parts = {"subspaces": [s.id for s in plugins.subspaces()], "models": [m.name for m in plugins.models()]}
faults = {}
for state in plugins.states:
    faults.setdefault(state.name, []).append(state.fault)
print(json.dumps({"parts": parts, "faults": faults}))
"""


def install(site: Path, name: str, source: str, *, entry: str = "", module: str = "") -> None:
    """Install a distribution of one module into `site`, as a wheel would be."""
    module = module or name.replace("-", "_")
    site.mkdir(exist_ok=True)
    (site / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[ammo]\n{entry or name} = {module}\n")


def ask(site: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what all plugins offer, and the faults by plugin, as a fresh process sees them."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(site)],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["parts"], answer["faults"]


def test_a_good_plugin_is_loaded_without_a_fault(tmp_path: Path) -> None:
    install(tmp_path / "site", "zz-good", GOOD.format(id="good"))
    parts, faults = ask(tmp_path / "site")
    assert "good" in parts["subspaces"]
    assert faults["zz-good"] == [""]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise ValueError('at import')", "ValueError: at import"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("def f(:", "SyntaxError"),
        (HOOKED + "@hookimpl\ndef ammo_subspace(): return []", "unknown hook 'ammo_subspace'"),
        (HOOKED + "@hookimpl\ndef ammo_subspaces(nonsense): return []", "nonsense"),
        (HOOKED + "@hookimpl\ndef ammo_subspaces(): return 'coin'", "returned str, which is no list"),
        (HOOKED + "@hookimpl\ndef ammo_subspaces(): return [7]", "offers 7, which is no Subspace"),
        (HOOKED + "@hookimpl\ndef ammo_models(settings): return [object()]", "which is no ModelProvider: no cards"),
        (HOOKED + "@hookimpl\ndef ammo_models(settings): raise KeyError('key')", "KeyError: 'key'"),
        (HOOKED + "@hookimpl\ndef ammo_models(settings): raise SystemExit('bye')", "SystemExit: bye"),
    ],
    ids=[
        "missing-library", "raises-on-import", "exits-on-import", "no-python", "misspelt-hook",
        "wrong-argument", "no-list", "wrong-type", "half-a-protocol", "raising-hook", "exiting-hook",
    ],
)  # fmt: skip
def test_a_broken_plugin_is_disabled_with_its_reason_and_the_rest_goes_on(
    tmp_path: Path, source: str, reason: str
) -> None:
    site = tmp_path / "site"
    install(site, "aa-broken", source)
    install(site, "zz-good", GOOD.format(id="good"))
    parts, faults = ask(site)
    assert reason in faults["aa-broken"][0]
    assert faults["zz-good"] == [""]
    assert "good" in parts["subspaces"]


def test_two_plugins_with_one_name_are_both_refused_naming_both(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "first-owner", GOOD.format(id="one"), entry="shared")
    install(site, "second-owner", GOOD.format(id="two"), entry="shared")
    install(site, "zz-good", GOOD.format(id="good"))
    parts, faults = ask(site)
    assert len(faults["shared"]) == 2
    assert all("first-owner and second-owner" in fault for fault in faults["shared"])
    assert {"one", "two"}.isdisjoint(parts["subspaces"])
    assert "good" in parts["subspaces"]


def test_of_two_subspaces_with_one_id_the_second_plugin_is_disabled(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "aa-first", GOOD.format(id="same"))
    install(site, "bb-second", GOOD.format(id="same"))
    parts, faults = ask(site)
    assert parts["subspaces"].count("same") == 1
    assert faults["aa-first"] == [""]
    assert faults["bb-second"] == ["plugins 'aa-first' and 'bb-second' both offer 'same'"]


def test_a_plugin_offers_all_of_its_parts_or_none(tmp_path: Path) -> None:
    source = GOOD.format(id="half").replace("return [", "return [7, ")
    install(tmp_path / "site", "zz-half", source)
    parts, faults = ask(tmp_path / "site")
    assert "half" not in parts["subspaces"]
    assert "no Subspace" in faults["zz-half"][0]


def test_the_subspace_of_the_docs_has_twelve_lines_and_loads(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    snippet = re.search(r"```python\n(import datetime.*?)```", page, re.DOTALL)
    assert snippet is not None
    assert len(snippet[1].splitlines()) == 12
    install(tmp_path / "site", "ammo-subspace-tides", snippet[1], entry="tides")
    parts, faults = ask(tmp_path / "site")
    assert faults["tides"] == [""]
    assert "tides" in parts["subspaces"]
    facts = "from ammo_subspace_tides import *; print(knowledge().facts[0].statement)"
    done = subprocess.run(
        [sys.executable, "-c", facts], capture_output=True, text=True, check=True, cwd=tmp_path / "site", timeout=50
    )  # fmt: skip
    assert done.stdout.strip() == "High water in the bay reached 4.2 m."
