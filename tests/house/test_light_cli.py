"""The command starts light (F17): what is heavy is imported when it is used."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "autogen_agentchat", "chromadb", "datasets", "fastapi", "httpx", "langchain_core", "langgraph", "litellm",
    "numpy", "onnxruntime", "openai", "peft", "tokenizers", "torch", "transformers", "trl", "xllamacpp",
)  # fmt: skip
HELP = """
import json, sys
from ammo_agents.cli.main import run
sys.argv = ["ammo", *sys.argv[1:]]
code = None
try:
    run()
except SystemExit as leaving:
    code = leaving.code
print()
print(json.dumps({"code": code or 0, "modules": sorted({m.partition(".")[0] for m in sys.modules})}))
"""
RUN = "from ammo_agents.cli.main import run; run()"
CORE = "import json, sys, ammo_agents.errors, ammo_agents.settings; print(json.dumps(sorted(sys.modules)))"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMMO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", source, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )


@pytest.mark.parametrize("arguments", [("--help",), ("feed", "--help"), ("models", "--help")])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    done = run(HELP, *arguments)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["code"] == 0
    assert "Usage" in done.stdout
    assert [name for name in HEAVY if name in told["modules"]] == []


def test_help_makes_no_folder(home: Path) -> None:
    run(HELP, "--help")
    assert not home.exists()


def test_errors_and_settings_import_nothing_heavy() -> None:
    done = run(CORE)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint({*HEAVY, "pydantic", "pluggy", "typer", "rich"})


LATER = {
    "apprise", "chromadb", "feedparser", "langchain_core", "langgraph", "litellm", "mcp", "onnxruntime", "openai",
    "tokenizers", "xllamacpp",
}  # fmt: skip
LINE = re.compile(r"import time:\s+\d+ \|\s+\d+ \|\s+([a-z0-9_]+)")


def imports(*words: str, until: str) -> set[str]:
    """Return the names of what a verb imports until it says `until`."""
    found: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-c", RUN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if match := LINE.match(line):
                    found.add(match[1])
                if until in line:
                    return found
        finally:
            process.kill()
    raise AssertionError(f"{words} never said {until!r}")


def test_a_verb_that_asks_no_model_loads_no_graph_and_no_server() -> None:
    found = imports("status", until="leaves_this_machine")
    assert "numpy" in found
    assert found & (LATER | {"fastapi", "uvicorn", "jinja2", "httpx"}) == set()


def test_the_first_page_waits_for_no_model_no_index_and_no_graph() -> None:
    found = imports("up", "--no-open", "--no-write", "--port", "0", until="Ready:")
    assert "fastapi" in found
    assert found & LATER == set()
