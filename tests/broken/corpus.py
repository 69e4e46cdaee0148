"""The corpus of broken plugins: a good one from the template, and for each kind one edit that breaks it.

A kind names the rule that must catch it and words that its reason must hold; `also` are rules that break with it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ammo_agents.authoring.template import begin

Way = Literal["static", "child", "inside"]
"""How it shows: without importing, in a process of its own, or in what its subspace tells."""
Change = Callable[[Path, Path], None]
"""Breaks a project: gets its folder and its package's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One kind of broken plugin."""

    kind: str
    rule: str
    says: str
    change: Change
    way: Way = "inside"
    also: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Its id as a plugin: every kind has one, so that no two share a module."""
        return f"broken-{self.kind}"


def project(broken: Broken, folder: Path) -> Path:
    """Write the broken plugin into `folder` and return its project."""
    made = begin(broken.name, folder / broken.name).path
    broken.change(made, made / f"ammo_subspace_{broken.name.replace('-', '_')}")
    return made


def edit(file: str, old: str, new: str) -> Change:
    """Return the change of one text in one file of the package; `{project}` is the project's own."""

    def change(project: Path, package: Path) -> None:
        path = project / file.removeprefix("../") if file.startswith("../") else package / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}: the template has changed"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def first(file: str, code: str) -> Change:
    """Return the change that puts code behind the ``from __future__`` line of a module."""
    mark = "from __future__ import annotations\n"
    return edit(file, mark, f"{mark}\n{code}\n")


def all_of(*changes: Change) -> Change:
    """Return several changes as one."""

    def change(project: Path, package: Path) -> None:
        for one in changes:
            one(project, package)

    return change


def put(file: str, content: bytes) -> Change:
    """Return the change that adds a file to the project."""

    def change(project: Path, _package: Path) -> None:
        path = project / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return change


def into_package(file: str, content: bytes) -> Change:
    """Return the change that adds a file to the package."""

    def change(_project: Path, package: Path) -> None:
        (package / file).parent.mkdir(parents=True, exist_ok=True)
        (package / file).write_bytes(content)

    return change


def moved(package: str) -> Change:
    """Return the change that gives the package another name."""

    def change(project: Path, old: Path) -> None:
        for path in [*project.rglob("*.py"), project / "pyproject.toml"]:
            text = path.read_text(encoding="utf-8").replace(old.name, package)
            path.write_text(text, encoding="utf-8")
        old.rename(project / package)

    return change


def no_tests(project: Path, _package: Path) -> None:
    """Take the tests away."""
    for path in (project / "tests").iterdir():
        path.unlink()


def link_out(project: Path, package: Path) -> None:
    """Let a file of the package be one of somebody else's."""
    (project.parent / "elsewhere.csv").write_text("secret\n", encoding="utf-8")
    (package / "data" / "more.csv").symlink_to(project.parent / "elsewhere.csv")


def wheel(folder: Path, name: str, members: dict[str, str]) -> Path:
    """Write a wheel with these members, whatever their names are, and return it."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return path


def static(kind: str, rule: str, says: str, change: Change, *also: str) -> Broken:
    """Return a kind that shows without importing."""
    return Broken(
        kind=kind, rule=rule, says=says, change=change, way="static", also=frozenset(also)
    )


def child(kind: str, rule: str, says: str, change: Change, *also: str) -> Broken:
    """Return a kind that must be imported to show, and may end the process."""
    return Broken(kind=kind, rule=rule, says=says, change=change, way="child", also=frozenset(also))


def inside(kind: str, rule: str, says: str, change: Change, *also: str) -> Broken:
    """Return a kind that shows in what the subspace tells."""
    return Broken(kind=kind, rule=rule, says=says, change=change, also=frozenset(also))


TOML, PLUGIN, KNOWN = "ammo.toml", "plugin.py", "knowledge.py"
WORLD, WORDS, BUDDIES = "triggers.py", "wordings.py", "buddies.py"
PYPROJECT = "../pyproject.toml"
HOOK = "@hookimpl\ndef ammo_subspaces() -> list[Subspace]:"
POINTS = "[project.entry-points.ammo]\n"
RETURN = "    return Knowledge(entities=entities, edges=edges, facts=tuple(facts))"

STATIC = (
    static("pth", "no-pth", "Python runs it at every start", put("start.pth", b"import os\n")),
    static("sitecustomize", "no-pth", "sitecustomize.py", into_package("sitecustomize.py", b"")),
    static("undeclared-network", "network-declared", "triggers.py:5: imports httpx", first(WORLD, "import httpx")),
    static("hidden-network", "network-declared", "imports socket", first(WORLD, "import importlib\nx = importlib.import_module('socket')")),
    static("another-host", "network-declared", "evil.example.com",
        all_of(edit(TOML, "network = []", 'network = ["api.example.org"]'), first(WORLD, 'import httpx\nURL = "https://evil.example.com/x"'))),
    static("undeclared-subprocess", "programs-declared", "imports subprocess", first(WORLD, "import subprocess")),
    static("undeclared-system", "programs-declared", "calls os.system", first(WORLD, "from os import system\ndef f():\n    system('ls')")),
    static("eval", "programs-declared", "calls eval", first(KNOWN, "def f(x):\n    return eval(x)")),
    static("pickle", "programs-declared", "calls pickle.loads", first(KNOWN, "import pickle\ndef f(x):\n    return pickle.loads(x)")),
    static("undeclared-files", "files-declared", "calls pathlib.Path.home", first(KNOWN, "from pathlib import Path\ndef f():\n    return Path.home()")),
    static("reads-passwords", "files-declared", "open('/etc/passwd')", first(KNOWN, "def f():\n    return open('/etc/passwd').read()")),
    static("writes", "files-declared", "calls .write_text()", first(KNOWN, "def f(p):\n    p.write_text('x')")),
    static("native", "native-declared", "fast.so", into_package("fast.so", b"\x7fELF")),
    static("api-2", "api", "needs api 2", edit(TOML, 'api = "1"', 'api = "2"'), "manifest"),
    static("malformed-manifest", "manifest-reads", "is no TOML", edit(TOML, "[offers]", "[offers"), "manifest"),
    static("unknown-field", "manifest-reads", "capabilities.netwrok is no field", edit(TOML, "network = []", "netwrok = []"), "manifest"),
    static("binary-manifest", "manifest-reads", "is no TOML", into_package("ammo.toml", b"\xff\xfe\x00"), "manifest"),
    static("no-manifest", "manifest", "has no ammo.toml", lambda _, package: (package / "ammo.toml").unlink()),
    static("name-mismatch", "name-agrees", "ammo.toml is of 'other'", edit(TOML, 'name = "broken-name-mismatch"', 'name = "other"')),
    static("registers-twice", "name-agrees", "several entry points", edit(PYPROJECT, POINTS, POINTS + 'again = "ammo_subspace_broken_registers_twice.plugin"\n')),
    static("no-module", "name-agrees", "no such module", edit(PYPROJECT, ".plugin\"", "_gone.plugin\""), "manifest"),
    static("shadows-python", "names-free", "a module of Python's own", moved("json")),
    static("shadows-ammo", "names-free", "AMMO's own", moved("ammo_agents")),
    static("shadows-a-package", "names-free", "is a package of ammo-subspace-coin", moved("ammo_subspace_coin")),
    static("takes-a-plugin", "names-free", "a plugin 'coin' is installed already",
        all_of(edit(PYPROJECT, POINTS + "broken-takes-a-plugin", POINTS + "coin"), edit(TOML, 'name = "broken-takes-a-plugin"', 'name = "coin"'))),
    static("takes-a-subspace", "names-free", "subspaces: 'coin' is offered already", edit(TOML, 'subspaces = ["broken-takes-a-subspace"]', 'subspaces = ["coin"]')),
    static("link-outside", "paths-inside", "more.csv: lies outside", link_out),
    static("no-tests", "tests", "holds no test_*.py", no_tests),
    static("tests-of-nothing", "tests", "uses a suite", all_of(no_tests, put("tests/test_nothing.py", b"def test_nothing() -> None:\n    assert True\n"))),
    static("no-licence", "licence", "states no licence", edit(PYPROJECT, 'license = "0BSD"\n', "")),
    static("no-readme", "readme", "has 0 words", lambda project, _: (project / "README.md").unlink()),
)  # fmt: skip

CHILD = (
    child("raises", "imports", "ValueError: at import", first(PLUGIN, "raise ValueError('at import')")),
    child("missing-library", "imports", "No module named 'no_such_library'", first(PLUGIN, "import no_such_library")),
    child("no-python", "imports", "SyntaxError", first(PLUGIN, "def f(:")),
    child("exits", "imports", "SystemExit: 3", first(PLUGIN, "import sys\nsys.exit(3)")),
    child("os-exit", "imports", "exit code 7", first(PLUGIN, "import os\nos._exit(7)"), "programs-declared"),
    child("kills-itself", "imports", "signal 9", first(PLUGIN, "import os\nos.kill(os.getpid(), 9)"), "programs-declared"),
    child("hangs", "imports", "takes longer than", first(PLUGIN, "import time\ntime.sleep(60)")),
    child("blocks-in-a-loop", "imports", "takes longer than", first(PLUGIN, "while True:\n    pass")),
    child("phones-home", "imports", "connect", first(PLUGIN, "s = __import__('sock' + 'et')\ns.create_connection(('192.0.2.1', 80), 1)")),
    child("starts-a-program", "imports", "starts", first(PLUGIN, "p = __import__('sub' + 'process')\np.run(['true'])")),
    child("misspelt-hook", "hooks", "unknown hook 'ammo_subspace'", edit(PLUGIN, "def ammo_subspaces", "def ammo_subspace")),
    child("wrong-argument", "hooks", "nonsense", edit(PLUGIN, "ammo_subspaces()", "ammo_subspaces(nonsense)")),
    child("no-list", "hooks", "which is no list", edit(PLUGIN, "return [broken_no_list]", "return 'coin'")),
    child("wrong-type", "hooks", "offers 7, which is no Subspace", edit(PLUGIN, "return [broken_wrong_type]", "return [7]")),
    child("raising-hook", "hooks", "KeyError", edit(PLUGIN, "return [broken_raising_hook]", "raise KeyError('key')")),
    child("offers-twice", "hooks", "twice", edit(PLUGIN, "return [broken_offers_twice]", "return [broken_offers_twice, broken_offers_twice]")),
    child("async-hook", "hooks", "is async", edit(PLUGIN, "\ndef ammo", "\nasync def ammo")),
    child("offers-another", "offers-agree", "its ammo.toml declares", edit(PLUGIN, "    id=BROKEN_OFFERS_ANOTHER,", '    id="something-else",')),
    child("offers-nothing", "offers-agree", "offers nothing", edit(PLUGIN, "return [broken_offers_nothing]", "return []")),
    child("knowledge-hangs", "knowledge", "takes longer than", edit(KNOWN, "    rows = letters()", "    __import__('time').sleep(60)\n    rows = letters()")),
    child("knowledge-exits", "knowledge", "exit code 9", edit(KNOWN, "    rows = letters()", "    getattr(__import__('os'), '_exit')(9)\n    rows = letters()")),
)  # fmt: skip

INSIDE = (
    inside("knowledge-raises", "knowledge", "ZeroDivisionError", edit(KNOWN, RETURN, "    return 1 / 0"), "*"),
    inside("no-knowledge", "knowledge", "returned dict, not Knowledge", edit(KNOWN, RETURN, "    return {}"), "*"),
    inside("duplicate-entity", "entities", "is there twice", edit(KNOWN, "entities=entities,", "entities=(*entities, entities[0]),"), "buddies"),
    inside("foreign-entity", "entities", "must be broken-foreign-entity/<slug", edit(KNOWN, "        for row in rows\n    )", "        for row in rows\n    ) + (Entity(id=EntityId('coin/bitcoin'), subspace=SubspaceId('coin'), name='Bitcoin'),)")),
    inside("bad-slug", "entities", "'broken-bad-slug/Bad Slug'", edit(KNOWN, "entities=entities,", "entities=(*entities, Entity(id=EntityId('broken-bad-slug/Bad Slug'), subspace=BROKEN_BAD_SLUG, name='x')),")),
    inside("nameless-entity", "entities", "has no name", edit(KNOWN, "entities=entities,", "entities=(*entities, Entity(id=EntityId('broken-nameless-entity/x'), subspace=BROKEN_NAMELESS_ENTITY, name=' ')),")),
    inside("edge-to-nowhere", "edges", "the graph lacks 'broken-edge-to-nowhere/omega'", edit(KNOWN, "edges=edges,", "edges=(*edges, Edge(source=rows[0].id, kind='before', target=EntityId('broken-edge-to-nowhere/omega'))),"), "buddies"),
    inside("edge-to-itself", "edges", "leads back to itself", edit(KNOWN, "edges=edges,", "edges=(*edges, Edge(source=rows[0].id, kind='before', target=rows[0].id)),")),
    inside("control-characters", "text-plain", "the character U+001B", edit(KNOWN, "            name=row.name,", '            name=row.name + "\\x1b[2J",')),
    inside("turned-text", "text-plain", "the character U+202E", edit(KNOWN, "is a letter of the", "is a \\u202eletter of the")),
    inside("script", "text-plain", "markup", edit(KNOWN, "is a letter of the", "is <script>alert()</script> of the")),
    inside("huge-text", "size", "its summary has", edit(KNOWN, 'summary=f"{row.name} is', 'summary="x" * 9_000 + f"{row.name} is')),
    inside("huge-knowledge", "size", "entities; at most 50,000 fit", edit(KNOWN, "entities=entities,", "entities=entities + tuple(Entity(id=EntityId(f'broken-huge-knowledge/e{n}'), subspace=BROKEN_HUGE_KNOWLEDGE, name='e') for n in range(50_001)),")),
    inside("no-source", "facts-sourced", "its source lacks", edit(KNOWN, '    verified_by="the authors of ammo_subspace_broken_no_source",\n', "")),
    inside("source-without-name", "facts-sourced", "its source lacks", edit(KNOWN, 'name="The Greek alphabet"', 'name=""')),
    inside("no-fact-licence", "facts-licensed", "states no licence", edit(KNOWN, '    licence="public domain",\n', "")),
    inside("digit-outside", "facts-slots", "a digit stands outside the slots", edit(KNOWN, "has place {place} in", "has place {place} of 24 in")),
    inside("another-number", "facts-slots", "says '3' and holds 2", edit(KNOWN, "value=number, unit=\"count\", text=str(number)", "value=number, unit=\"count\", text=str(number + (number == 2))")),
    inside("slot-without-quantity", "facts-slots", "the frame has slots", edit(KNOWN, "quantities=tuple(quantities)", "quantities=tuple(quantities[1:])"), "*"),
    inside("no-sentence", "facts-slots", "is no sentence", edit(KNOWN, "stands for {value}.\"", "stands for {value}\"")),
    inside("endless-surprise", "facts-slots", "is no number of nats", edit(WORLD, "surprise=round(math.log(len(rows)), 3)", "surprise=math.inf")),
    inside("another-id", "facts-id", "does not follow from what it states", edit(KNOWN, "statement=statement)", "statement='x')")),
    inside("unknown-entity", "facts-own", "which the graph lacks", edit(KNOWN, "        entity=letter.id,\n        predicate", "        entity=EntityId('broken-unknown-entity/omega'),\n        predicate"), "facts-id"),
    inside("another-subspace", "facts-own", "belongs to 'coin'", edit(KNOWN, "subspace=BROKEN_ANOTHER_SUBSPACE,\n        entity=letter.id", "subspace=SubspaceId('coin'),\n        entity=letter.id")),
    inside("told-too-early", "world-forward", "was told on", edit(WORLD, "        date=day,", "        date=day + dt.timedelta(days=3),")),
    inside("day-goes-back", "world-forward", "the day went from", edit(WORLD, "self._day += dt.timedelta(days=1)", "self._day -= dt.timedelta(days=1)"), "world-repeats"),
    inside("day-stands-still", "world-forward", "the day went from", edit(WORLD, "self._day += dt.timedelta(days=1)", "pass"), "world-repeats"),
    inside("random-world", "world-repeats", "two walks from one start", first(WORLD, "from itertools import count\nCOUNT = count()"), "world-repeats"),
    inside("world-with-a-memory", "world-repeats", "tells other shifts than one from", edit(WORLD, "index = (day - SINCE).days", "index = (day - Turns.first).days")),
    inside("shifts-unsorted", "shifts", "most surprising first", edit(WORLD, "        return [\n            Shift(", "        return [Shift(subspace=BROKEN_SHIFTS_UNSORTED, entity=letters()[0].id, date=self._day, facts=(fact(letters()[0], 'broken.plain', '{letter} was there on {date}.', {}, date=self._day),)), *(\n            Shift("), "*"),
    inside("empty-shift", "shifts", "holds no fact", edit(WORLD, "facts=(told,)", "facts=()")),
    inside("turned-round", "wordings-sound", "turns it round", edit(WORDS, '"As number {number} of {round}, {letter} had', '"As number {round} of {number}, {letter} had')),
    inside("wording-with-a-number", "wordings-sound", "a digit stands outside", edit(WORDS, '"{letter}, place {place}"', '"{letter}, place {place} of 24"')),
    inside("wording-of-a-strange-slot", "wordings-sound", "its facts have no ['size']", edit(WORDS, '"{letter}, place {place}"', '"{letter}, {size}"')),
    inside("wording-loses-a-slot", "wordings-sound", "an example loses a slot", edit(WORDS, '(PLACE, "{letter} holds place {place} in', '(PLACE, "{letter} holds a place in')),
    inside("no-wording", "wordings-taught", "there is none", edit(WORDS, '"broken_no_wording.turn"', '"other"')),
    inside("no-examples", "wordings-taught", "it has no titles", edit(WORDS, 'titles=(\n            "{letter} had its turn on {date}",\n            "{letter}, number {number} of {round}",\n            "On {date}, {letter} had its turn",\n        ),', "titles=(),")),
    inside("crash-on-a-bad-day", "bad-input", "OverflowError", edit(WORLD, "        if not SINCE <= start <= LAST:", "        start -= dt.timedelta(days=400)\n        if False:"), "world-repeats"),
    inside("buddy-of-nothing", "buddies", "what the graph lacks", edit(BUDDIES, "            entity=entity.id,", "            entity=EntityId('broken-buddy-of-nothing/omega'),")),
    inside("two-buddies-one-id", "buddies", "is there twice", edit(BUDDIES, "id=BuddyId(entity.id)", "id=BuddyId('broken-two-buddies-one-id/one')")),
    inside("reward-out-of-range", "actions", "its reward is 7.0", edit(PLUGIN, "reward=0.3", "reward=7.0")),
    inside("reward-not-a-number", "actions", "its reward is nan", edit(PLUGIN, "reward=0.3", "reward=float('nan')")),
    inside("act-twice", "actions", "must be a slug, and there once", edit(PLUGIN, 'actions=(', 'actions=(Action(name="knew", label="Again", reward=0.5),')),
    inside("field-of-nothing", "fields", "has a quantity 'colour'", edit(PLUGIN, 'quantity="place"', 'quantity="colour"')),
    inside("no-zip", "seed-pack", "", edit(PLUGIN, "    buddies=buddies,", "    buddies=buddies,\n    seed=lambda: b'PK no zip',"), "real-model"),
    inside("seed-of-another-type", "seed-pack", "returned str, not bytes", edit(PLUGIN, "    buddies=buddies,", "    buddies=buddies,\n    seed=lambda: 'cards',"), "real-model"),
    inside("no-mods", "mods", "no fields and no acts", edit(PLUGIN, 'actions=(Action(name="knew", label="I knew that", reward=0.3),)', "actions=()"), "*"),
    inside("no-notice", "attribution", "attribution is empty", edit(KNOWN, 'licence="public domain"', 'licence="CC BY-SA 4.0"')),
    inside("stray-bridge", "bridges", "does not begin at an entity of its own", first(PLUGIN, "from ammo_agents.records import Edge, EntityId")),
)  # fmt: skip


def _more(broken: Broken, change: Change) -> Broken:
    """Return a kind with a second change."""
    return Broken(
        kind=broken.kind,
        rule=broken.rule,
        says=broken.says,
        change=all_of(broken.change, change),
        way=broken.way,
        also=broken.also,
    )


SECOND: dict[str, Change] = {
    "random-world": edit(WORLD, "index = (day - SINCE).days % len(rows)", "index = ((day - SINCE).days + next(COUNT) * 5) % len(rows)"),
    "world-with-a-memory": all_of(
        edit(WORLD, "        self._only = set(options.only)", "        Turns.first = start\n        self._only = set(options.only)"),
    ),
    "shifts-unsorted": edit(WORLD, "for told in self._told(self._day)\n        ]", "for told in self._told(self._day)\n        )]"),
    "no-mods": edit(PLUGIN, "    fields=(\n", "    fields=() and (\n"),
    "stray-bridge": edit(PLUGIN, "    buddies=buddies,", "    buddies=buddies,\n    bridges=lambda known: [Edge(source=EntityId('coin/bitcoin'), kind='near', target=EntityId('movie/x'))],"),
}  # fmt: skip

CORPUS = tuple(
    _more(one, SECOND[one.kind]) if one.kind in SECOND else one
    for one in (*STATIC, *CHILD, *INSIDE)
)
