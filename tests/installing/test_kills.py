"""An install or an upgrade that is killed leaves the plugin there whole, or not at all (F2)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from built import Wheel

KILLS = 30


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_thirty_kills_leave_the_old_one_or_the_new_one_or_none(tmp_path: Path) -> None:
    old, new = Wheel(), Wheel(version="0.2.0", word="New")
    for made in (old, new):
        for number in range(16):
            made.files[f"{made.package}/page{number}.txt"] = str(number).encode() * 9000
    line = [
        sys.executable,
        str(Path(__file__).with_name("killed.py")),
        str(tmp_path / "homes"),
        str(old.into(tmp_path)),
        str(new.into(tmp_path)),
        str(KILLS),
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(text) for text in done.stdout.splitlines()]
    assert len(rows) == KILLS
    assert sum(row["killed"] for row in rows) >= 12
    for row in rows:
        whole = (["0.1.0"], ["0.2.0"]) if row["upgrade"] else ([], ["0.1.0"])
        assert row["there"] in whole, row
        assert row["swept"] == row["there"], row
        assert row["left"] == [], row
    assert {len(row["there"]) for row in rows if not row["upgrade"]} == {0, 1}
