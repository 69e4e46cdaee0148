"""Policy, lock and lists: what may be loaded is decided by hash, named by file, and told without an import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ammo_agents.errors import PluginError, TamperedError
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.lock import Lock, Locked
from ammo_agents.plugins.manifest import Capabilities, parse
from tests.plugins_seam.sites import GOOD, MANIFEST, ask, install

SAYS = 'import sys\nsys.stderr.write("imported\\n")\n' + GOOD
TOLD = "say(**told(load_plugins(settings)))"


def ammo(site: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process that has the plugins of `site` on its path."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("AMMO_")}  # noqa: TID251 - a child
    env |= {"AMMO_HOME": str(site / "home"), "PYTHONPATH": str(site), **settings}
    return subprocess.run(
        [sys.executable, "-c", "from ammo_agents.cli.main import run; run()", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env=env,
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A plugin with a manifest."""
    install(
        tmp_path / "site",
        "tides",
        SAYS.format(id="tides"),
        manifest=MANIFEST.format(name="tides", id="tides")
        + '[capabilities]\nnetwork = ["api.tides.example"]\n',
    )
    return tmp_path / "site"


def test_strict_loads_what_was_trusted_until_one_file_changes(site: Path) -> None:
    strict = {"AMMO_PLUGIN_POLICY": "strict"}
    fault, hint = ask(site, TOLD, **strict)[0]["faults"]["tides"][0]
    assert "not trusted" in fault
    assert "ammo plugin trust tides" in hint
    done = ammo(site, "plugin", "trust", "tides", "--yes", "--json")
    assert json.loads(done.stdout)["granted"] == ["network: api.tides.example"]
    assert "imported" not in done.stderr
    told = ask(site, TOLD, **strict)[0]
    assert told["faults"]["tides"] == [["", ""]]
    assert told["subspaces"] == ["tides"]
    (site / "tides" / "__init__.py").write_text(SAYS.format(id="tides") + "# one more line\n")
    assert ask(site, TOLD, **strict)[0]["faults"]["tides"][0][0] == (
        "changed since it was trusted: __init__.py has changed"
    )
    shown = ammo(site, "subspace", "show", "tides", **strict)
    assert shown.returncode == 3
    assert "__init__.py has changed" in shown.stderr
    assert "ammo plugin trust tides" in shown.stderr


def test_without_a_terminal_nobody_says_yes(site: Path) -> None:
    done = ammo(site, "plugin", "trust", "tides")
    assert done.returncode == 3
    assert "nobody is here to say yes to 'tides'" in done.stderr
    assert "asks for network: api.tides.example" in done.stderr
    assert not (site / "home" / "plugins.lock").exists()


def test_lists_import_nothing_and_tell_the_fault_of_the_last_start(site: Path) -> None:
    install(site, "aa-breaks", "raise ValueError('at import')")
    for words in (("subspace", "list"), ("plugin", "list"), ("plugin", "show", "tides")):
        done = ammo(site, *words)
        assert done.returncode == 0, done.stderr
        assert "tides" in done.stdout
        assert "imported" not in done.stderr
    done = ammo(site, "plugin", "list", "--load", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)["plugins"]}
    assert "imported" in done.stderr
    assert rows["aa-breaks"]["reason"] == "ValueError: at import"
    done = ammo(site, "plugin", "list")
    assert "! ValueError: at import" in done.stdout
    assert "imported" not in done.stderr


def test_none_loads_nothing_and_says_so(site: Path) -> None:
    told = ask(site, TOLD, AMMO_PLUGIN_POLICY="none")[0]
    assert told["subspaces"] == []
    assert "plugin_policy is none" in told["faults"]["tides"][0][0]


def test_a_plugin_that_was_switched_off_stays_off_until_it_is_switched_on(site: Path) -> None:
    path = site / "home" / "plugins.lock"
    locks.change(path, lambda lock: lock.enabling("tides", enabled=False))
    assert ask(site, TOLD)[0]["faults"]["tides"] == [["switched off", "ammo plugin enable tides"]]
    locks.change(path, lambda lock: lock.enabling("tides", enabled=True))
    assert "tides" in ask(site, TOLD)[0]["subspaces"]


HOME = """
from ammo_agents.hooks import Plugins
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.trust import locked
import sys

def one(version):
    place = settings.home / "data" / "plugins" / "brought" / version
    return in_folder(place, name="brought", version=version)[0]

def yes(version):
    locks.change(locks.lock_path(settings), lambda lock: lock.holding(locked(one(version), origin="folder")))

plugins = load_plugins(settings)
say(**told(plugins))
yes("1.0")
plugins.drop("brought")
state = plugins.bring(one("1.0"))
title = lambda: next(s.title for s in plugins.subspaces() if s.id == "brought")
say(fault=state.fault, title=title(), loaded=sorted(m for m in sys.modules if m.startswith("brought")))
again = plugins.bring(one("1.0"))
say(again=again.fault, title=title())
plugins.drop("brought")
say(loaded=sorted(m for m in sys.modules if m.startswith("brought")), path=[p for p in sys.path if "/plugins/brought" in p], **told(plugins))
yes("2.0")
state = plugins.bring(one("2.0"))
say(fault=state.fault, title=title(), version=state.version)
"""


def test_what_was_brought_into_the_home_comes_and_goes_while_ammo_runs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for version in ("1.0", "2.0"):
        folder = home / "data" / "plugins" / "brought" / version
        code = install(
            folder,
            "brought",
            f"from brought.more import TITLE\n{GOOD.format(id='brought')}".replace(
                '"Good"', "TITLE"
            ),
            manifest=MANIFEST.format(name="brought", id="brought"),
            version=version,
        )
        (code.parent / "more.py").write_text(f"TITLE = 'Version {version}'\n")
    first, one, again, gone, two = ask(tmp_path, HOME, home=home)
    assert "not trusted" in first["faults"]["brought"][0][0]
    assert one == {"fault": "", "title": "Version 1.0", "loaded": ["brought", "brought.more"]}
    assert again == {"again": "another plugin is named 'brought' already", "title": "Version 1.0"}
    assert gone["loaded"] == gone["path"] == []
    assert "brought" not in {*gone["subspaces"], *gone["faults"]}
    assert two == {"fault": "", "title": "Version 2.0", "version": "2.0"}


def test_a_home_plugin_cannot_claim_a_module_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "data" / "plugins" / "brought" / "1.0"
    install(folder, "brought", GOOD.format(id="brought"), manifest=MANIFEST.format(name="brought", id="brought"))  # fmt: skip
    (folder / "httpx.py").write_text("")
    fault = ask(tmp_path, TOLD, home=tmp_path / "home")[0]["faults"]["brought"][0][0]
    assert fault == "it ships a module 'httpx', which is httpx's already"


def test_a_lock_is_written_whole_and_read_back(tmp_path: Path) -> None:
    entry = Locked(
        name="tides",
        version="1.0",
        module="tides",
        files={"a.py": "00"},
        capabilities=Capabilities(network=("*",), model=True, schedule="live"),
        origin="pypi",
    )
    path = tmp_path / "plugins.lock"
    locks.write(path, Lock().holding(entry))
    assert locks.read(path).get("tides") == entry
    assert [p.name for p in tmp_path.iterdir()] == ["plugins.lock"]


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", '{"format": 2, "plugins": {}}', '{"format": 1, "plugins": {"a": 7}}'],
)
def test_a_damaged_lock_is_named_and_decides_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plugins.lock"
    path.write_text(text)
    with pytest.raises(TamperedError, match=r"plugins\.lock"):
        locks.read(path)


def test_differences_name_each_file(tmp_path: Path) -> None:
    root = tmp_path / "tides"
    root.mkdir()
    for name in ("a.py", "b.py"):
        (root / name).write_text(name)
    known = Locked(name="tides", version="1.0", module="tides", files=locks.hashes(root))
    (root / "a.py").write_text("changed")
    (root / "b.py").unlink()
    (root / "c.py").write_text("")
    assert locks.differences(known, version="1.1", module="tides", root=root) == (
        "version 1.1, trusted was 1.0",
        "a.py has changed",
        "b.py is gone",
        "c.py is new",
    )


def test_a_link_out_of_the_folder_cannot_be_vouched_for(tmp_path: Path) -> None:
    (tmp_path / "tides").mkdir()
    (tmp_path / "tides" / "a.py").symlink_to("/etc/hostname")
    with pytest.raises(PluginError, match=r"a\.py is a link out of the plugin's folder"):
        locks.hashes(tmp_path / "tides")


WHOLE = 'api = "1"\nname = "tides"\ntitle = "Tides"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("api = 1", "api is 1, it must be a text"),
        ('api = "2"', "needs api 2, this AMMO speaks 1"),
        ('api = "1"', "lacks name"),
        ('api = "1"\nname = "A b"\ntitle = "T"', "name is 'A b', it must be a slug"),
        (WHOLE + "sumary = 1", "sumary is no field of a manifest"),
        (WHOLE + "summary = 'a\x1bb'", "no TOML"),
        (WHOLE + 'summary = "a\\u001bb"', "it must be a text of one line"),
        (WHOLE + "[offers]\nsubspace = []", "offers.subspace is no field"),
        (WHOLE + "[offers]\nsubspaces = 7", "offers.subspaces is 7, it must be a list"),
        (WHOLE + '[offers]\nsubspaces = ["../x"]', "offers.subspaces holds '../x'"),
        (WHOLE + '[offers]\nsubspaces = ["a", "a"]', "a list that holds 'a' once"),
        (WHOLE + 'commands = "x"', "commands is 'x', it must be a table"),
        (WHOLE + '[commands]\n"a b" = "x"', "'a b' is no slug"),
        (WHOLE + '[capabilities]\nnetwork = ["https://x.org"]', "network holds 'https://x.org', each must be a host"),
        (WHOLE + '[capabilities]\nmodel = "yes"', "capabilities.model is 'yes', it must be true or false"),
        (WHOLE + '[capabilities]\nschedule = "hourly"', "schedule is 'hourly', it must be one of never, daily, live"),
        (WHOLE + '[quality]\nx = "fine"', "quality.x is 'fine', it must be"),
        ("a = " + "[" * 100_000, "no TOML"),
    ],
)  # fmt: skip
def test_a_bad_field_of_a_manifest_is_named_with_both_sides(text: str, reason: str) -> None:
    with pytest.raises(PluginError) as caught:
        parse(text.encode(), "tides/ammo.toml")
    assert reason in caught.value.message
    assert "tides/ammo.toml" in caught.value.message
    assert caught.value.hint


def test_capabilities_beyond_what_was_granted_are_told() -> None:
    granted = Capabilities(network=("*.example.org",), schedule="daily")
    asked = Capabilities(
        network=("api.example.org", "other.org"), schedule="live", model=True, processes=True
    )
    assert asked.beyond(granted) == (
        "network: other.org",
        "model: its buddies ask the language model",
        "schedule: live",
        "processes: it starts other programs",
    )
    assert granted.beyond(granted) == ()
