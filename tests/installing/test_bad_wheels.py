"""Every wheel that breaks a rule is refused before a byte of it is written, with culprit, reason and way out."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from built import Wheel

from ammo_agents.installing import environment, wheel
from ammo_agents.installing.environment import Environment
from ammo_agents.installing.refusal import Refusal, Rule
from ammo_agents.installing.wheel import Inspected

Change = Callable[[Wheel], object]


@pytest.fixture(scope="module")
def around() -> Environment:
    return environment.around()


def with_file(name: str, content: bytes = b"x\n") -> Change:
    return lambda w: w.files.update({name: content})


def link(w: Wheel) -> None:
    w.files[f"{w.package}/secrets"] = b"/etc/passwd"
    w.external[f"{w.package}/secrets"] = (stat.S_IFLNK | 0o777) << 16


def points(text: str) -> Change:
    return lambda w: w.files.update({f"{w.info}/entry_points.txt": text.encode()})


def metadata(text: str) -> Change:
    return lambda w: w.files.update({f"{w.info}/METADATA": text.encode()})


def foreign_package(w: Wheel) -> None:
    w.files["numpy/__init__.py"] = b""
    w.files[f"{w.info}/entry_points.txt"] = b"[ammo]\ntides = numpy\n"


def standard_library(w: Wheel) -> None:
    w.files["json/__init__.py"] = b""
    w.files[f"{w.info}/entry_points.txt"] = b"[ammo]\ntides = json\n"


def no_manifest(w: Wheel) -> None:
    del w.files[f"{w.package}/ammo.toml"]


def undeclared_native(w: Wheel) -> None:
    w.files[f"{w.package}/fast.bin"] = b"\x7fELF" + bytes(64)


BAD: dict[str, tuple[Rule, str, Change]] = {
    "leads out": (Rule.PATH, "../evil.py", with_file("ammo_subspace_tides/../../evil.py")),
    "absolute": (Rule.PATH, "/etc/evil", with_file("/etc/evil")),
    "backslash": (Rule.PATH, "evil", with_file("ammo_subspace_tides\\..\\evil.py")),
    "drive": (Rule.PATH, "C:", with_file("C:/evil.py")),
    "twice but for case": (Rule.PATH, "AMMO.toml", with_file("ammo_subspace_tides/AMMO.toml")),
    "link": (Rule.LINK, "secrets", link),
    "pth": (Rule.STARTUP, "evil.pth", with_file("evil.pth", b"import os\n")),
    "sitecustomize": (Rule.STARTUP, "sitecustomize.py", with_file("sitecustomize.py")),
    "bytecode": (
        Rule.BYTECODE,
        "x.cpython",
        with_file("ammo_subspace_tides/__pycache__/x.cpython-311.pyc"),
    ),
    "outside": (Rule.OUTSIDE, "tests/test_it.py", with_file("tests/test_it.py")),
    "scripts": (
        Rule.OUTSIDE,
        ".data/scripts",
        with_file("ammo_subspace_tides-0.1.0.data/scripts/sh"),
    ),
    "import name of another": (Rule.NAMESAKE, "numpy", foreign_package),
    "import name of Python": (Rule.NAMESAKE, "json", standard_library),
    "entry point of another": (
        Rule.NAMESAKE,
        "coin",
        points("[ammo]\ncoin = ammo_subspace_tides\n"),
    ),
    "script of another": (
        Rule.NAMESAKE,
        "pip",
        points(
            "[ammo]\ntides = ammo_subspace_tides\n[console_scripts]\npip = ammo_subspace_tides:x\n"
        ),
    ),
    "no entry point": (Rule.ENTRY, "tides", points("[other]\na = b\n")),
    "two entry points": (
        Rule.ENTRY,
        "tides",
        points("[ammo]\ntides = ammo_subspace_tides\nebb = ammo_subspace_tides\n"),
    ),
    "entry point to nothing": (
        Rule.ENTRY,
        "ammo_subspace_tides.gone",
        points("[ammo]\ntides = ammo_subspace_tides.gone\n"),
    ),
    "entry points no one can read": (Rule.ENTRY, "entry_points.txt", points("no section\n")),
    "native": (Rule.NATIVE, "fast.so", with_file("ammo_subspace_tides/fast.so")),
    "native by its bytes": (Rule.NATIVE, "fast.bin", undeclared_native),
    "no manifest": (Rule.MANIFEST, "ammo.toml", no_manifest),
    "manifest that is none": (
        Rule.MANIFEST,
        "ammo.toml",
        lambda w: w.manifest('api = "1"', "api = ["),
    ),
    "another api": (Rule.MANIFEST, "ammo.toml", lambda w: w.manifest('api = "1"', 'api = "9"')),
    "manifest of another": (
        Rule.MANIFEST,
        "ammo.toml",
        lambda w: w.manifest('name = "tides"', 'name = "ebb"'),
    ),
    "a file RECORD forgets": (
        Rule.RECORD,
        "late.py",
        lambda w: w.unrecorded.update({"ammo_subspace_tides/late.py": b"1"}),
    ),
    "a file that was changed": (
        Rule.RECORD,
        "__init__.py",
        lambda w: w.unrecorded.update({"ammo_subspace_tides/__init__.py": b"1"}),
    ),
    "bomb": (Rule.SIZE, "zeros", with_file("ammo_subspace_tides/zeros", bytes(30_000_000))),
    "another name inside": (
        Rule.WHEEL,
        "tides",
        metadata("Name: ammo-subspace-ebb\nVersion: 0.1.0\n"),
    ),
    "another version inside": (
        Rule.WHEEL,
        "tides",
        metadata("Name: ammo-subspace-tides\nVersion: 9\n"),
    ),
    "another Python": (Rule.WHEEL, "tides", lambda w: setattr(w, "python", "<3")),
    "another machine": (Rule.WHEEL, "tides", lambda w: setattr(w, "tag", "cp311-cp311-win_amd64")),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_wheel_is_refused_with_its_culprit(
    kind: str, tmp_path: Path, around: Environment
) -> None:
    rule, culprit, change = BAD[kind]
    made = Wheel()
    change(made)
    refused = wheel.inspect(made.into(tmp_path), around)
    assert isinstance(refused, Refusal), kind
    assert refused.rule == rule
    assert culprit in refused.culprit or culprit in refused.culprit.replace("\\\\", "")
    assert refused.reason
    assert refused.way_out
    assert [p.name for p in tmp_path.iterdir()] == [p.name for p in tmp_path.glob("*.whl")]


def test_a_sound_wheel_is_told_with_what_it_asks_for(tmp_path: Path, around: Environment) -> None:
    found = wheel.inspect(Wheel().into(tmp_path), around)
    assert isinstance(found, Inspected)
    assert (found.name, found.version, found.module) == ("tides", "0.1.0", "ammo_subspace_tides")
    assert found.manifest.capabilities.words() == (
        "model: its buddies ask the language model",
        "schedule: daily",
    )
    assert wheel.unmet(found) is None


def test_compiled_code_comes_in_only_where_it_is_declared_and_allowed(
    tmp_path: Path, around: Environment
) -> None:
    made = Wheel()
    undeclared_native(made)
    path = made.into(tmp_path / "hidden")
    refused = wheel.inspect(path, around, allow_native=True)
    assert isinstance(refused, Refusal)
    assert "does not declare" in refused.reason
    made.manifest('schedule = "daily"', 'schedule = "daily"\nnative = true')
    found = wheel.inspect(made.into(tmp_path / "told"), around, allow_native=True)
    assert isinstance(found, Inspected)


@pytest.mark.parametrize("cut", [10, 400, -30], ids=["head", "middle", "tail"])
def test_a_wheel_that_was_cut_off_is_refused(tmp_path: Path, around: Environment, cut: int) -> None:
    path = Wheel().into(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    refused = wheel.inspect(path, around)
    assert isinstance(refused, Refusal)
    assert refused.rule == Rule.WHEEL


def test_a_wheel_with_another_hash_than_the_index_says_is_refused(
    tmp_path: Path, around: Environment
) -> None:
    path = Wheel().into(tmp_path)
    refused = wheel.inspect(path, around, sha256="0" * 64)
    assert isinstance(refused, Refusal)
    assert refused.rule == Rule.HASH
    assert wheel.digest(path) in refused.reason


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nowhere-to-be-found>=2", "pip install 'nowhere-to-be-found>=2'"),
        ("numpy<1", "fits"),
        ("not a requirement !", "fits"),
        ("other @ https://example.org/other.whl", "fits"),
    ],
    ids=["missing", "conflict", "unread", "address"],
)
def test_what_the_environment_lacks_is_named_with_the_line_that_brings_it(
    tmp_path: Path, around: Environment, line: str, says: str
) -> None:
    found = wheel.inspect(Wheel(requires=(line,)).into(tmp_path), around)
    assert isinstance(found, Inspected)
    refused = wheel.unmet(found)
    assert refused is not None
    assert refused.rule == Rule.REQUIRES
    assert says in refused.way_out


def test_what_other_platforms_and_extras_need_is_not_asked_for(
    tmp_path: Path, around: Environment
) -> None:
    lines = ("nowhere; sys_platform == 'win32'", "nowhere; extra == 'more'", "numpy>=1")
    found = wheel.inspect(Wheel(requires=lines).into(tmp_path), around)
    assert isinstance(found, Inspected)
    assert wheel.unmet(found) is None
