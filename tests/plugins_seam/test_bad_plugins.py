"""Thirty bad plugins and a good one, really installed, in one process: it serves on, and each culprit is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.plugins_seam.sites import GOOD, HOOKED, MANIFEST, ask, install


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad plugin: its code, and what must be said of it."""

    source: str
    reason: str
    hint: str = ""
    manifest: str = ""
    module: str = ""
    points: str = ""


OFFER = HOOKED + "@hookimpl\ndef ammo_subspaces(): "
SPACED = (
    "from ammo_agents.ports import Subspace\nfrom ammo_agents.records import Knowledge\n" + OFFER
)


def plain(name: str, *, id: str = "", more: str = "") -> str:
    """Return a manifest of this name."""
    return MANIFEST.format(name=name, id=id or name) + more


BAD = {
    "b-raises": Bad("raise ValueError('at import')", "ValueError: at import", "ammo plugin disable b-raises"),
    "b-syntax": Bad("def f(:", "SyntaxError"),
    "b-lacks": Bad("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
    "b-hangs": Bad("import threading\nthreading.Event().wait()", "not done after 1 seconds", "AMMO_PLUGIN_SECONDS"),
    "b-loops": Bad("while True: pass", "not done after 1 seconds"),
    "b-hook-hangs": Bad(OFFER + "\n    import threading\n    threading.Event().wait()", "not done after 1 seconds"),
    "b-exits": Bad("import sys\nsys.exit(3)", "SystemExit: 3"),
    "b-interrupts": Bad("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "b-interrupts-main": Bad("import _thread\n_thread.interrupt_main()", "it called interrupt_main()"),
    "b-os-exits": Bad("import os\nos._exit(7)", "it called _exit(7)"),
    "b-posix-exits": Bad("import posix\nposix._exit(7)", "it called _exit(7)"),
    "b-aborts": Bad("import os\nos.abort()", "it called abort()"),
    "b-kills": Bad("import os\nos.kill(os.getpid(), 9)", "it called kill("),
    "b-kills-all": Bad("import os\ntry:\n    os.killpg(0, 9)\nexcept Exception:\n    pass", "it called killpg(0, 9)"),
    "b-signals": Bad("import signal\nsignal.raise_signal(9)", "it called raise_signal("),
    "b-alarm": Bad("import signal\nsignal.alarm(1)", "it called alarm(1)"),
    "b-execs": Bad("import os\nos.execv('/bin/true', ['true'])", "os.exec: /bin/true"),
    "b-hook-_exits": Bad(OFFER + "\n    import os\n    os._exit(7)", "it called _exit(7)"),
    "b-thread-_exits": Bad(
        "import os, threading\nt = threading.Thread(target=lambda: os._exit(7))\n"
        "threading.excepthook = lambda _: None\nt.start()\nt.join()\nraise ValueError('alive')",
        "ValueError: alive",
    ),
    "b-recurses": Bad("def f(): f()\nf()", "RecursionError"),
    "b-misspelt": Bad(HOOKED + "@hookimpl\ndef ammo_subspace(): return []", "unknown hook 'ammo_subspace'", "Did you mean ammo_subspaces?"),
    "b-argument": Bad(HOOKED + "@hookimpl\ndef ammo_subspaces(nonsense): return []", "nonsense"),
    "b-no-list": Bad(OFFER + "return 'coin'", "returned str, which is no list", "must return a list of Subspace"),
    "b-type": Bad(OFFER + "return [7]", "offers 7, which is no Subspace"),
    "b-id": Bad(SPACED + "return [Subspace(id='../up', title='', knowledge=Knowledge)]", "named '../up'"),
    "b-id-number": Bad(SPACED + "return [Subspace(id=7, title='', knowledge=Knowledge)]", "a part named 7"),
    "b-protocol": Bad(HOOKED + "@hookimpl\ndef ammo_models(): return [object()]", "which is no ModelProvider: no cards"),
    "b-async": Bad(HOOKED + "@hookimpl\nasync def ammo_subspaces(): return []", "ammo_subspaces is async"),
    "b-generator": Bad(OFFER + "yield 7", "returned a generator"),
    "b-wrapper": Bad(HOOKED + "@hookimpl(wrapper=True)\ndef ammo_subspaces():\n    return (yield)", "wraps what others offer"),
    "b-huge": Bad(OFFER + "return [None] * 1_000_000", "1,000,000 parts"),
    "b-raising-hook": Bad(OFFER + "raise KeyError('key')", "KeyError: 'key'"),
    "b-unreadable": Bad("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "E: it cannot be told"),
    "b-shadows-core": Bad(HOOKED + "@hookimpl\ndef ammo_stores():\n    from ammo_agents.metaspace.exact import ExactStores\n    return [ExactStores()]", "plugins 'AMMO' and 'b-shadows-core' both offer 'exact'"),
    "b-shadows-part": Bad(GOOD.format(id="a-good"), "plugins 'a-good' and 'b-shadows-part' both offer 'a-good'"),
    "b-shadows-module": Bad(GOOD.format(id="x"), "b-shadows-module and httpx both claim the module name 'httpx'", "pip uninstall b-shadows-module", module="httpx"),
    "b-shadows-python": Bad("", "claims the module name 'antigravity', which is Python's own", module="antigravity"),
    "b-names-another": Bad("", "its entry point names 'rich', which is a module of rich", points="b-names-another = rich"),
    "b-no-module": Bad("", "No module named 'nowhere_at_all'", points="b-no-module = nowhere_at_all"),
    "b-api": Bad("", "needs api 2, this AMMO speaks 1", "Install a version", 'api = "2"\n'),
    "b-no-toml": Bad("", "ammo.toml is no TOML", "Correct the file", "api = [\n"),
    "b-field": Bad("", "ofers is no field of a manifest", "Did you mean offers?", plain("b-field", more="[capabilities]\n").replace("offers", "ofers")),
    "b-other-name": Bad("", "is of 'b-same', the entry point is named 'b-other-name'", "same name", plain("b-same")),
    "b-undeclared": Bad(GOOD.format(id="b-secret"), "offers 'b-secret', its ammo.toml declares for subspaces: b-undeclared", "[offers] subspaces", plain("b-undeclared")),
    "b-unkept": Bad("", "declares 'b-unkept' for subspaces and offers none", "Take it out", plain("b-unkept")),
    "b-connects": Bad("import socket\nsocket.create_connection(('192.0.2.1', 443))", "wanted to connect to 192.0.2.1 port 443, granted are: none", "[capabilities] network", plain("b-connects")),
    "b-connects-quietly": Bad(GOOD.format(id="b-connects-quietly") + "import socket\ntry:\n    socket.getaddrinfo('planted.example', 443)\nexcept Exception:\n    pass", "wanted to connect to planted.example", "", plain("b-connects-quietly")),
    "b-runs": Bad("import subprocess\nsubprocess.run(['/bin/true'])", "start another program (subprocess.Popen: /bin/true)", "processes = true", plain("b-runs", more="[capabilities]\nprocesses = true\n")),
    "b-same-module": Bad(GOOD.format(id="b-first"), "is loaded already, as plugin 'b-once'", "One module is one plugin", points="b-once = b_same_module\nb-same-module = b_same_module"),
}  # fmt: skip
LATER = """
plugins = load_plugins(settings)
say(**told(plugins))
spaces = {s.id: s for s in plugins.subspaces()}
errors = {}
for name in ("c-connects", "c-asks", "c-runs", "c-exits", "c-fails"):
    try:
        spaces[name].knowledge()
    except BaseException as error:
        errors[name] = [type(error).__name__, str(error), getattr(error, "hint", "")]
say(errors=errors, **told(plugins))
spaces["c-local"].knowledge()
say(host="serves on", **told(plugins))
"""
WORKING = """
from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
def knowledge():
    {work}
@hookimpl
def ammo_subspaces():
    return [Subspace(id="{id}", title="Works", knowledge=knowledge)]
"""
WORKS = {
    "c-connects": "import socket; socket.create_connection(('198.51.100.7', 443), timeout=1)",
    "c-asks": "import asyncio; asyncio.run(asyncio.open_connection('198.51.100.8', 443))",
    "c-runs": "import subprocess; subprocess.run(['/bin/true'])",
    "c-exits": "import sys; sys.exit(3)",
    "c-fails": "raise KeyError('water')",
    "c-local": "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname()).close(); s.close()",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What one process says that has all of them installed: at the start, and after some have worked."""
    site = tmp_path_factory.mktemp("bad") / "site"
    install(site, "a-good", GOOD.format(id="a-good"))
    install(site, "z-good", GOOD.format(id="z-good"), manifest=plain("z-good"))
    for name, bad in BAD.items():
        install(site, name, bad.source, manifest=bad.manifest, module=bad.module, points=bad.points)
    for name, work in WORKS.items():
        install(site, name, WORKING.format(work=work, id=name), manifest=plain(name))
    return ask(site, LATER, AMMO_PLUGIN_SECONDS="1")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_plugin_is_disabled_with_its_reason_and_the_way_out(
    name: str, told: list[dict[str, Any]]
) -> None:
    faults = told[0]["faults"][name]
    assert len(faults) == 1
    fault, hint = faults[0]
    assert BAD[name].reason in fault
    assert BAD[name].hint in hint
    assert hint


def test_the_good_ones_among_them_are_loaded(told: list[dict[str, Any]]) -> None:
    assert {"a-good", "z-good", "coin", "movie", "b-first"} <= set(told[0]["subspaces"])
    assert (
        set(told[0]["subspaces"]) & {"x", "b-secret", "b-undeclared", "b-connects-quietly"} == set()
    )
    for name in ("a-good", "z-good", "coin", "movie", "local", "chroma"):
        assert told[0]["faults"][name] == [["", ""]]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("c-connects", "plugin 'c-connects' wanted to connect to 198.51.100.7 port 443, granted are: none"),
        ("c-asks", "plugin 'c-asks' wanted to connect to 198.51.100.8 port 443, granted are: none"),
        ("c-runs", "plugin 'c-runs' wanted to start another program (subprocess.Popen: /bin/true), which it does not declare"),
    ],
)  # fmt: skip
def test_who_does_what_it_did_not_declare_is_refused_and_disabled_for_the_run(
    name: str, reason: str, told: list[dict[str, Any]]
) -> None:
    assert told[0]["faults"][name] == [["", ""]]
    assert told[1]["errors"][name][:2] == ["PluginError", reason]
    assert told[1]["faults"][name][0][0] == reason
    assert "ammo.toml" in told[1]["faults"][name][0][1]
    assert name not in told[1]["subspaces"]


@pytest.mark.parametrize(
    ("name", "reason"), [("c-exits", "SystemExit: 3"), ("c-fails", "KeyError: 'water'")]
)
def test_what_a_subspace_raises_later_names_its_plugin(
    name: str, reason: str, told: list[dict[str, Any]]
) -> None:
    kind, words, hint = told[1]["errors"][name]
    assert (kind, words) == ("PluginError", f"plugin {name!r} failed in knowledge: {reason}")
    assert hint == f"Tell its author, or switch it off: ammo plugin disable {name}"


def test_after_all_of_it_the_host_serves_on(told: list[dict[str, Any]]) -> None:
    assert told[-1]["host"] == "serves on"
    assert {"a-good", "z-good", "c-local"} <= set(told[-1]["subspaces"])
