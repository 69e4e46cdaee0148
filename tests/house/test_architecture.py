"""The house's conventions, read from its own files."""

import ast
import dataclasses
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ammo_agents import errors
from ammo_agents.hooks import Hooks
from ammo_agents.plugins import manifest
from ammo_agents.settings import HELP, Settings

ROOT = Path(__file__).parents[2]
PACKAGES = [
    ROOT / "ammo_agents",
    *sorted(p for p in (ROOT / "plugins").glob("*/ammo_*") if p.suffix == ""),
    *sorted(p for p in (ROOT / "subspaces").glob("*/ammo_*") if p.suffix == ""),
]
LINES = 400
FUNCTION_LINES = 50
BANNED_NAMES = {
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "common",
    "misc",
    "base",
}


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(package.rglob("*.py"))


def error_classes() -> list[type[errors.AmmoError]]:
    found = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    return [c for c in found if issubclass(c, errors.AmmoError) and c is not errors.AmmoError]


def hook_names() -> list[str]:
    return [name for name in vars(Hooks) if name.startswith("ammo_")]


def test_no_module_has_more_than_400_lines() -> None:
    sizes = {
        str(m.relative_to(ROOT)): len(m.read_text(encoding="utf-8").splitlines()) for m in modules()
    }
    assert {name: n for name, n in sizes.items() if n > LINES} == {}


def test_no_function_has_more_than_50_lines() -> None:
    long = {}
    for module in modules():
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{module.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(m.relative_to(ROOT))
        for m in modules()
        if not ast.get_docstring(ast.parse(m.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(m.relative_to(ROOT)) for m in modules() if m.stem in BANNED_NAMES] == []


@pytest.mark.parametrize(
    "project", sorted({ROOT, *(p.parent for p in PACKAGES[1:])}), ids=lambda p: p.name
)
def test_every_package_folder_is_shipped(project: Path) -> None:
    setup = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(setup["tool"]["setuptools"]["packages"])
    inits = project.glob("ammo_agents/__init__.py" if project == ROOT else "ammo_*/__init__.py")
    package = next(inits).parent
    folders = {
        ".".join(init.parent.relative_to(project).parts) for init in package.rglob("__init__.py")
    }
    mapped = setup["tool"]["setuptools"].get("package-dir", {})
    assert folders == listed - (set(mapped) - folders)
    assert all((project / folder / "__init__.py").is_file() for folder in mapped.values())


def test_every_hook_has_a_sentence_and_a_section_in_the_docs() -> None:
    page = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    for name in hook_names():
        hook = vars(Hooks)[name]
        sentence = inspect.getdoc(hook)
        arguments = [f"`{a}`" for a in inspect.signature(hook).parameters if a != "self"]
        assert sentence
        assert f"| `{name}` | {', '.join(arguments) or 'none'} | {sentence} |" in page
        assert f"\n## `{name}`\n" in page


def test_the_docs_name_no_hook_that_is_not_there() -> None:
    page = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(ammo_\w+)`", page, re.MULTILINE)) == set(hook_names())


def test_every_error_has_a_code_of_its_own_and_an_exit_code() -> None:
    codes = [c.code for c in error_classes()]
    assert len(codes) == len(set(codes))
    assert {c.exit_code for c in error_classes()} == {2, 3, 4, 5}


def test_the_tree_at_the_top_shows_every_error_as_it_is() -> None:
    drawn = {
        name: (int(exit_code), code)
        for name, exit_code, code in re.findall(
            r"[├└]── (\w+) +(\d) +(AMMO-\d{4})", inspect.getdoc(errors) or ""
        )
    }
    assert drawn == {c.__name__: (c.exit_code, c.code) for c in error_classes()}


def test_the_tree_at_the_top_shows_who_descends_from_whom() -> None:
    parents: dict[int, str] = {}
    for line in (inspect.getdoc(errors) or "").splitlines():
        match = re.match(r"([│ ]*)[├└]── (\w+)", line)
        if match:
            depth = len(match[1]) // 4 - 1  # the drawing is indented by four
            parents[depth] = match[2]
            mother = parents[depth - 1] if depth else "AmmoError"
            assert getattr(errors, match[2]).__base__.__name__ == mother


def test_every_setting_has_a_sentence() -> None:
    lacking = [
        f.name for f in dataclasses.fields(Settings) if not HELP.get(f.name, "").endswith(".")
    ]
    assert lacking == []


@pytest.mark.parametrize("package", PACKAGES[1:], ids=lambda p: p.name)
def test_every_plugin_ships_a_manifest_with_its_scorecard(package: Path) -> None:
    setup = tomllib.loads((package.parent / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = manifest.read(package)
    assert set(setup["project"]["entry-points"]["ammo"]) == {shipped.name}
    assert "ammo.toml" in setup["tool"]["setuptools"]["package-data"][package.name]
    assert shipped.quality


def test_every_field_of_a_manifest_is_in_the_docs() -> None:
    page = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z.]+)` \|", page.partition("\n## The manifest\n")[2], re.MULTILINE)
    fields = {f.name for f in dataclasses.fields(manifest.Manifest)}
    asked = {f"capabilities.{f.name}" for f in dataclasses.fields(manifest.Capabilities)}
    assert set(told) - {"installed", "strict", "none"} == fields | asked
    assert all(f"`{kind}`" in page for kind in manifest.KINDS)


def test_no_code_trusts_remote_code_or_unpickles() -> None:
    words = re.compile(r"trust_remote_code|\bpickle\b|torch\.load|allow_pickle=True")
    found = [
        str(m.relative_to(ROOT)) for m in modules() if words.search(m.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_only_durable_flushes_and_names_files() -> None:
    words = re.compile(r"\bfsync\b|\bos\.(rename|replace)\b")
    training = sorted((ROOT / "training" / "ammo_training").rglob("*.py"))
    found = [
        str(m.relative_to(ROOT))
        for m in (*modules(), *training)
        if words.search(m.read_text(encoding="utf-8"))
    ]
    assert found == ["ammo_agents/durable.py", "ammo_agents/testing/scan.py"]  # scan names them


def test_nobody_starts_chromas_server() -> None:
    words = re.compile(r"chromadb\.(server|app)\b")
    found = [
        str(m.relative_to(ROOT)) for m in modules() if words.search(m.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=55
    )
    assert done.returncode == 0, done.stdout[-4000:]
