import subprocess
import sys
from pathlib import Path

import pytest
from ammo_chroma.plugin import ChromaStores

from ammo_agents.testing.stores import check_store


@pytest.mark.slow
async def test_chroma_keeps_the_contract_of_a_store(tmp_path: Path) -> None:
    (await check_store(ChromaStores(), tmp_path)).require()


def test_the_hook_imports_no_chromadb_and_the_store_no_server() -> None:
    code = (
        "import sys, importlib\n"
        "import ammo_chroma.plugin\n"
        "assert 'chromadb' not in sys.modules\n"
        "importlib.import_module('ammo_chroma.store')\n"
        "bad = [m for m in sys.modules if m.startswith(('chromadb.server', 'chromadb.app'))]\n"
        "assert 'chromadb' in sys.modules and not bad, bad\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
