import os
import sys
from pathlib import Path

import pytest
from ammo_chroma.client import check_process, guarded

from ammo_agents.errors import DamagedError, RefusedError


class PanicLike(BaseException):
    """What the bindings raise when Rust panics: no Exception."""


def raising(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("error", [PanicLike("rust"), ValueError("bad"), MemoryError()])
def test_whatever_the_bindings_raise_is_damage(error: BaseException) -> None:
    with pytest.raises(DamagedError, match=type(error).__name__):
        guarded(lambda: raising(error))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_exit_signals_pass(error: BaseException) -> None:
    with pytest.raises(type(error)):
        guarded(lambda: raising(error))


def test_a_fork_is_refused() -> None:
    check_process(os.getpid())
    with pytest.raises(RefusedError, match="fork"):
        check_process(os.getpid() + 1)


def test_only_one_module_imports_chromadb() -> None:
    package = Path(sys.modules["ammo_chroma.client"].__file__ or "").parent
    texts = {p.name: p.read_text(encoding="utf-8") for p in package.glob("*.py")}
    importers = {
        name
        for name, text in texts.items()
        if any(line.startswith(("import chromadb", "from chromadb")) for line in text.splitlines())
    }
    assert importers == {"client.py"}
